"""``comity screen``: people and things of a file against the lists, with reasons. It proposes; officers decide."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.output import (
    DONE,
    FOUND,
    Home,
    Json,
    out,
    out_json,
    read_clock,
    settle,
    tell,
    tell_json,
    with_bar,
    with_spinner,
)
from comity.matching.hit import band
from comity.node.reference import Answer, Screening, prepare_screening, read_inputs, screen, summary

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SHOWN_DEFECTS = 10
"""Filing defects that are printed for each manifest; ``--json`` gives all."""


@app.command()
def run(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Manifests, CSV or entities.", metavar="FILE…")],
    form: Annotated[str, typer.Option("--format", help="auto, paxlst, csv or ftm.")] = "auto",
    lists: Annotated[list[str] | None, typer.Option("--list", help="Only this list; may be given again.")] = None,
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="Least score of a possible hit.")] = 0.7,
    limit: Annotated[int, typer.Option(min=1, help="Most possible hits for one person or thing.")] = 5,
    target: Annotated[Path | None, typer.Option("--out", help="Write the hits as JSON lines to this file.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Screens every person and thing in the files and says why each possible hit is one."""
    settings = settle(ctx, home, is_json)
    inputs = read_inputs(files)
    ready = with_spinner(
        lambda: prepare_screening(settings.home, inputs, read_clock(), form=form, lists=lists or ()), "Loading lists …"
    )
    found = screen(ready, threshold=threshold, limit=limit, workers=workers)
    answers = list(with_bar(found, len(ready.queries), "Screening"))
    if target is not None:
        _write(target, answers)
    if settings.is_json:
        for answer in answers:
            for hit in answer.hits:
                out_json(hit.to_json())
        tell_json(_told(ready, answers))
    else:
        _print(ready, answers)
    is_clean = all(len(answer.hits) == 0 for answer in answers) and all(one.is_complete for one in ready.manifests)
    raise typer.Exit(DONE if is_clean else FOUND)


def _write(target: Path, answers: Iterable[Answer]) -> None:
    lines = [json.dumps(hit.to_json(), ensure_ascii=False) for answer in answers for hit in answer.hits]
    try:
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{target} cannot be written: {error.strerror}", param_hint="--out") from error


def _told(ready: Screening, answers: list[Answer]) -> dict[str, Any]:
    return {
        "summary": summary(ready, answers),
        "screened": len(answers),
        "lists": [{"name": index.list_name, "version": index.list_version} for index in ready.indices],
        "warnings": list(ready.warnings),
        "manifests": [
            {
                "file": one.file,
                "reference": one.reference,
                "flight": one.flight.number,
                "travellers": len(one.travellers),
                "complete": one.is_complete,
                "filing_defects": [str(defect) for defect in one.filing_defects],
            }
            for one in ready.manifests
        ],
    }


def _print(ready: Screening, answers: list[Answer]) -> None:
    for notice in ready.notices:
        tell(f"Note: {notice}", style="dim")
    for manifest in ready.manifests:
        for defect in manifest.filing_defects[:SHOWN_DEFECTS]:
            tell(f"  {defect.place}: {defect.says}", style="dim")
        if len(manifest.filing_defects) > SHOWN_DEFECTS:
            tell(f"  … and {len(manifest.filing_defects) - SHOWN_DEFECTS} more", style="dim")
    for answer in answers:
        if len(answer.hits) > 0:
            _print_answer(answer)
    for warning in ready.warnings:
        out(warning, style="bold yellow")
    out(summary(ready, answers), style="bold")


def _print_answer(answer: Answer) -> None:
    query = answer.query
    born = f", born {', '.join(birth.text for birth in query.births)}" if len(query.births) > 0 else ""
    out(f"{query.id}  {query.caption}{born}", style="bold")
    for hit in answer.hits:
        out(f"  Possible hit, {band(hit.score)}: {hit.caption}  ({hit.match}, {hit.list} {hit.list_version})")
        for reason in hit.reasons:
            out(f"    {reason.weight:+.1f}  {reason.says}")
    out()
