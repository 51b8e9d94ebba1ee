"""``comity match``: how good matching is on pairs that people judged, and which threshold a desk can bear."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.output import Home, Json, out, out_json, read_clock, settle, tell, with_bar, with_spinner
from comity.errors import Defect, InputRefused
from comity.formats.judged_pairs import JudgedPairs, read_judged_pairs
from comity.matching.evaluation import (
    LEAST,
    Proposal,
    Reliability,
    Scored,
    area,
    at_threshold,
    propose,
    reliability,
    score_pairs,
)
from comity.matching.hit import MODEL
from comity.node.asking import prepare_screening, screen
from comity.node.reference import read_inputs

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
BUDGET = re.compile(r"(\d+)/([1-9]\d*)")


@app.callback()
def match() -> None:
    """How good matching is, on pairs that people judged."""


@app.command()
def evaluate(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Judged pairs: CSV or JSON lines.")],
    thresholds: Annotated[list[float] | None, typer.Option("--threshold", help="May be given again.")] = None,
    alarms: Annotated[str, typer.Option("--alarms", help="Budget such as 10/2000; proposes a threshold.")] = "",
    innocents: Annotated[Path | None, typer.Option("--innocents", help="People on no list, for the budget.")] = None,
    lists: Annotated[list[str] | None, typer.Option("--list", help="Screen the innocents against it only.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes for the innocents.")] = 1,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Prints precision, recall, alarms and reliability at thresholds, and proposes one from a budget of alarms.

    The budget is met by the innocents where they are given, screened against the lists of this installation, and
    otherwise by the pairs of the file that are not the same.
    """
    settings = settle(ctx, home, is_json)
    budget = _budget(alarms)
    judged = read_judged_pairs(str(file), next(iter(read_inputs([file]).values())))
    sides = [(pair.left, pair.right) for pair in judged.pairs]
    scores = list(with_bar(score_pairs(sides), len(sides), "Comparing"))
    scored = [Scored(score, pair.is_same, pair.label) for score, pair in zip(scores, judged.pairs, strict=True)]
    proposal = None
    if budget is not None:
        best = [one.score for one in scored if not one.is_same]
        if innocents is not None:
            best = _best(settings.home, innocents, lists or [], workers)
        proposal = propose(best, *budget)
    found = _told(judged, scored, thresholds or THRESHOLDS, proposal)
    if settings.is_json:
        out_json(found)
    else:
        _print(found)


def _budget(text: str) -> tuple[int, int] | None:
    if text == "":
        return None
    found = BUDGET.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no budget; write 10/2000", param_hint="--alarms")
    return int(found[1]), int(found[2])


def _best(home: Path, innocents: Path, lists: list[str], workers: int) -> list[float]:
    """The best score of each innocent against the lists."""
    inputs = read_inputs([innocents])
    ready = with_spinner(lambda: prepare_screening(home, inputs, read_clock(), lists=lists), "Loading lists …")
    if len(ready.queries) == 0:
        raise InputRefused(
            "There is no innocent in it.", [Defect("match.innocents", "The file names nobody.", "Give people.")]
        )
    answers = screen(ready, threshold=LEAST, limit=1, workers=workers)
    shown = with_bar(answers, len(ready.queries), "Screening the innocents")
    return [max((hit.score for hit in answer.hits), default=0.0) for answer in shown]


def _told(judged: JudgedPairs, scored: list[Scored], thresholds: Any, proposal: Proposal | None) -> dict[str, Any]:
    labels = sorted({one.label for one in scored} - {""})
    told: dict[str, Any] = {
        "model": MODEL,
        "pairs": len(scored),
        "same": sum(one.is_same for one in scored),
        "unsure": judged.unsure,
        "auc": _rounded(area(scored)),
        "thresholds": [_at(scored, threshold, labels) for threshold in sorted(set(thresholds))],
        "reliability": _reliability(reliability(scored)),
    }
    if proposal is not None:
        told["proposal"] = {
            "threshold": proposal.threshold,
            "alarms": proposal.alarms,
            "allowed": proposal.allowed,
            "innocents": proposal.innocents,
            "at": None if proposal.threshold is None else _at(scored, proposal.threshold, labels),
        }
    return told


def _at(scored: list[Scored], threshold: float, labels: list[str]) -> dict[str, Any]:
    row = at_threshold(scored, threshold)
    wrong = [one for one in scored if (one.score >= threshold) != one.is_same]
    return {
        "threshold": threshold,
        "precision": round(row.precision, 4),
        "recall": round(row.recall, 4),
        "f1": round(row.f1, 4),
        "alarms": row.alarms,
        "false_alarms": row.false,
        "missed": row.missed,
        "errors_by_label": {label: sum(one.label == label for one in wrong) for label in labels},
    }


def _reliability(found: Reliability) -> dict[str, Any]:
    return {
        "error": round(found.error, 4),
        "error_at_share": round(found.error_at_share, 4),
        "bands": [
            {
                "from": band.least,
                "to": band.below,
                "pairs": band.pairs,
                "score": round(band.score, 4),
                "score_at_share": round(band.expected, 4),
                "same": round(band.same, 4),
            }
            for band in found.bands
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _print(told: dict[str, Any]) -> None:
    auc = "" if told["auc"] is None else f", area under the curve {told['auc']:.3f}"
    out(f"{told['pairs']:,} judged pairs, {told['same']:,} the same, {told['unsure']:,} unsure left out{auc}")
    out(f"Model {told['model']}")
    out()
    out("threshold  precision  recall     F1  alarms  false  missed", style="bold")
    for row in told["thresholds"]:
        out(_line(row))
    out()
    shown = told["reliability"]
    out("score         pairs  says   at the file's share  same", style="bold")
    for band in shown["bands"]:
        span = f"{band['from']:.2f} to {band['to']:.2f}"
        figures = f"{band['pairs']:>5}  {band['score']:.3f}  {band['score_at_share']:>19.3f}  {band['same']:.3f}"
        out(f"{span}  {figures}")
    out(f"Mean error {shown['error']:.3f} as it is, {shown['error_at_share']:.3f} read at the file's share.")
    if "proposal" in told:
        _print_proposal(told["proposal"])
    tell(
        "Evidence, not the chance that it is the same person: where few are listed, most alarms are false.", style="dim"
    )


def _line(row: dict[str, Any]) -> str:
    errors = ", ".join(f"{n} {label}" for label, n in row["errors_by_label"].items())
    figures = f"{row['precision']:>9.3f}  {row['recall']:>6.3f}  {row['f1']:>5.3f}  {row['alarms']:>6}"
    tail = f"   wrong: {errors}" if errors != "" else ""
    return f"{row['threshold']:>9.4g}  {figures}  {row['false_alarms']:>5}  {row['missed']:>6}{tail}"


def _print_proposal(proposal: dict[str, Any]) -> None:
    out()
    budget = f"{proposal['allowed']} alarms among {proposal['innocents']:,} innocents"
    if proposal["threshold"] is None:
        out(f"No threshold keeps to {budget}: {proposal['alarms']} score 1.", style="bold yellow")
        return
    out(f"Proposed threshold {proposal['threshold']:.4f} ({proposal['alarms']} of at most {budget}):", style="bold")
    out(_line(proposal["at"]))
    if proposal["threshold"] < THRESHOLDS[0]:
        tell(
            "So low a threshold means that these innocents hardly resemble anybody: give more of the people who pass"
            " your desk, with --innocents.",
            style="yellow",
        )
