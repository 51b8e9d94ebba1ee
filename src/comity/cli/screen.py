"""``comity screen``: people and things of a file against the lists, with reasons. It proposes; officers decide."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.output import (
    DONE,
    FOUND,
    Home,
    Json,
    Settings,
    out,
    out_json,
    read_clock,
    settle,
    steps,
    tell,
    tell_json,
    with_bar,
    with_spinner,
)
from comity.formats.cusres import answer_to
from comity.formats.manifest import Manifest
from comity.formats.pnr_exchange import acknowledge
from comity.matching.hit import band
from comity.node import bulk
from comity.node.asking import Answer, Screening, in_words, prepare_screening, screen, summary
from comity.node.pool import Asked
from comity.node.reference import load_lists, read_inputs

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SHOWN_HITS = 20
"""Hits that are printed beside a result file; the file has all."""
SHOWN_DEFECTS = 10
"""Filing defects that are printed for each manifest; ``--json`` gives all."""


@app.command()
def run(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Manifests, CSV or entities.", metavar="FILE…")],
    form: Annotated[str, typer.Option("--format", help="auto, paxlst, pnrgov, pnrgov_xml, mrz, csv or ftm.")] = "auto",
    lists: Annotated[list[str] | None, typer.Option("--list", help="Only this list; may be given again.")] = None,
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="Least score of a possible hit.")] = 0.7,
    limit: Annotated[int, typer.Option(min=1, help="Most possible hits for one person or thing.")] = 5,
    target: Annotated[Path | None, typer.Option("--out", help="Write the hits as JSON lines to this file.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Write the answer to each carrier (CUSRES, ACKRES) to this folder.")
    ] = None,
    ended: Annotated[
        bool, typer.Option("--ended", help="Also entries that their list does not name any more, marked so.")
    ] = False,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Screens every person and thing in the files and says why each possible hit is one.

    With --out, files of CSV or entities are read row by row in constant memory, and a run that was stopped goes on
    where it was: give the same command again.
    """
    settings = settle(ctx, home, is_json)
    sources = bulk.sources_of(files, form) if target is not None else ()
    if target is not None and len(sources) > 0:
        indices, warnings = with_spinner(
            lambda: load_lists(settings.home, read_clock(), lists or (), with_ended=ended), "Loading lists …"
        )
        asked = Asked(indices, threshold, limit)
        raise typer.Exit(_in_bulk(settings, sources, asked, warnings, target, workers))
    inputs = read_inputs(files)
    ready = with_spinner(
        lambda: prepare_screening(settings.home, inputs, read_clock(), form=form, lists=lists or (), with_ended=ended),
        "Loading lists …",
    )
    if answers is not None:
        _answer_carriers(answers, ready.manifests)
    found = screen(ready, threshold=threshold, limit=limit, workers=workers)
    told = list(with_bar(found, len(ready.queries), "Screening"))
    if target is not None:
        _write(target, told)
    if settings.is_json:
        for answer in told:
            for hit in answer.hits:
                out_json(hit.to_json())
        tell_json(_told(ready, told))
    else:
        _print(ready, told)
    is_clean = all(len(answer.hits) == 0 for answer in told) and all(one.is_complete for one in ready.manifests)
    raise typer.Exit(DONE if is_clean else FOUND)


def _in_bulk(
    settings: Settings,
    sources: tuple[bulk.Source, ...],
    asked: Asked,
    warnings: list[str],
    target: Path,
    workers: int,
) -> int:
    now, indices = read_clock(), asked.indices
    try:
        state = with_spinner(lambda: bulk.begin(sources, asked, target, now), "Reading through …")
        if state.done > 0:
            tell(f"Goes on after row {state.done:,} of {state.rows:,}.", style="dim")
        with steps(state.rows, "Screening") as moved:
            state = bulk.run(sources, asked, target, state, workers=workers, moved=moved, now=now)
    except OSError as error:
        raise typer.BadParameter(f"{target} cannot be written: {error.strerror}", param_hint="--out") from error
    if state.nameless > 0:
        warnings.append(f"{state.nameless:,} could not be screened: no name and no number.")
    told = in_words(len(indices), now, asked=state.done, hit=state.hit, hits=state.hits)
    if settings.is_json:
        named = [{"name": index.list_name, "version": index.list_version} for index in indices]
        tell_json({"summary": told, "screened": state.done, "hits": state.hits, "lists": named, "warnings": warnings})
    else:
        _print_first(target, state.hits)
        for warning in warnings:
            out(warning, style="bold yellow")
        out(told, style="bold")
    return FOUND if state.hits > 0 else DONE


def _print_first(target: Path, hits: int) -> None:
    """The first hits of a result in words; all of them stand in the file."""
    with target.open(encoding="utf-8") as lines:
        for hit in (json.loads(line) for line in islice(lines, SHOWN_HITS)):
            out(f"{hit['query']}  Possible hit, {band(hit['score'])}: {hit['caption']}", style="bold")
            out(f"  {hit['match']}, {hit['list']} {hit['list_version']}")
            _print_ended(hit.get("ended", ""))
            for reason in hit["reasons"]:
                out(f"    {reason['weight']:+.1f}  {reason['says']}")
    if hits > SHOWN_HITS:
        out(f"… and {hits - SHOWN_HITS:,} more in {target}", style="dim")


def _print_ended(day: str) -> None:
    if day != "":
        out(f"    No longer listed: the last day was {day}", style="bold yellow")


def _answer_carriers(folder: Path, manifests: Iterable[Manifest]) -> None:
    """One file for each list: what is wrong with it as a filing, and nothing of what screening finds."""
    now = read_clock()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for n, one in enumerate(manifests, 1):
            stem = "".join(char for char in Path(one.file).stem if char.isalnum() or char in "-_")
            if one.message == "paxlst":
                (folder / f"cusres-{stem}-{n}.edi").write_bytes(answer_to(one, now, str(n)))
            else:
                (folder / f"ackres-{stem}-{n}.edi").write_bytes(acknowledge(one, now))
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be written: {error.strerror}", param_hint="--answers") from error


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
    born = f", born {', '.join(birth.says for birth in query.births)}" if len(query.births) > 0 else ""
    out(f"{query.id}  {query.caption}{born}", style="bold")
    for hit in answer.hits:
        out(f"  Possible hit, {band(hit.score)}: {hit.caption}  ({hit.match}, {hit.list} {hit.list_version})")
        _print_ended(hit.ended)
        for reason in hit.reasons:
            out(f"    {reason.weight:+.1f}  {reason.says}")
    out()
