"""Asking the lists about people and things: files in, possible hits out, and in words what was found.

Screening proposes; nothing here decides, and nobody is ever said to be clear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from comity.errors import Defect, InputRefused
from comity.formats import Manifest, Reading, detect, format_named
from comity.matching.hit import Hit
from comity.matching.screening.index import Index
from comity.matching.subject import Subject, subjects_of
from comity.node.pool import Asked, spread
from comity.node.reference import load_lists

CHUNK = 64
"""Queries given to a worker at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One person or thing that was screened, and its possible hits, best first."""

    query: Subject
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening made ready: what is asked, of which lists, and what has to be said about both."""

    queries: tuple[Subject, ...]
    indices: tuple[Index, ...]
    manifests: tuple[Manifest, ...]
    notices: tuple[str, ...]
    warnings: tuple[str, ...]
    at: datetime


def prepare_screening(
    home: Path,
    files: Mapping[str, bytes],
    now: datetime,
    *,
    form: str = "auto",
    lists: Sequence[str] = (),
    with_ended: bool = False,
) -> Screening:
    """Reads what is asked and loads the lists; raises :class:`InputRefused` for unreadable files and no lists."""
    loaded, warnings = load_lists(home, now, lists, with_ended=with_ended)
    readings = _readings(files, form, now)
    queries = tuple(_distinct(readings))
    manifests = tuple(manifest for _, reading in readings for manifest in reading.manifests)
    warnings.extend(_provisional(manifest) for manifest in manifests if not manifest.is_complete)
    nameless = sum(len(query.names) == 0 and len(query.identifiers) == 0 for query in queries)
    if nameless > 0:
        warnings.append(f"{nameless} could not be screened: no name and no number.")
    notices = tuple(str(notice) for _, reading in readings for notice in reading.notices)
    return Screening(queries, loaded, manifests, notices, tuple(warnings), now)


def _provisional(manifest: Manifest) -> str:
    count = _counted(len(manifest.filing_defects), "defect")
    return f"{Path(manifest.file).name}: incomplete, refused as a filing ({count}); screened provisionally."


def _readings(files: Mapping[str, bytes], form: str, now: datetime) -> list[tuple[str, Reading]]:
    readings: list[tuple[str, Reading]] = []
    defects: list[Defect] = []
    for name, data in files.items():
        try:
            chosen = detect(name, data) if form in ("", "auto") else format_named(form)
            readings.append((name, chosen.read({name: data}, now)))
        except InputRefused as error:
            defects.extend(error.defects)
    if len(defects) > 0:
        raise InputRefused("The files cannot be screened.", defects, recorded="Nobody was screened.")
    return readings


def _distinct(readings: Sequence[tuple[str, Reading]]) -> Iterator[Subject]:
    """The subjects of all files; an id that an earlier file used is told apart by the file's name."""
    used: set[str] = set()
    for name, reading in readings:
        for subject in subjects_of(reading.entities):
            one = subject if subject.id not in used else replace(subject, id=f"{Path(name).name}#{subject.id}")
            used.add(one.id)
            yield one


def screen(screening: Screening, *, threshold: float = 0.7, limit: int = 5, workers: int = 1) -> Iterator[Answer]:
    """The answers in the order of the queries; the same whatever the number of workers."""
    asked = Asked(screening.indices, threshold, limit)
    some = workers if len(screening.queries) > CHUNK else 1
    chunks = (screening.queries[i : i + CHUNK] for i in range(0, len(screening.queries), CHUNK))
    for answers in spread(asked, _answers, chunks, workers=some):
        yield from answers


def ask(asked: Asked, query: Subject) -> Answer:
    """One answer: the best of the possible hits in all the lists."""
    hits = [hit for i in asked.indices for hit in i.screen(query, threshold=asked.threshold, limit=asked.limit)]
    hits.sort(key=lambda hit: (-hit.score, hit.list, hit.match))
    return Answer(query, tuple(hits[: asked.limit]))


def _answers(asked: Asked, queries: Sequence[Subject]) -> list[Answer]:
    return [ask(asked, query) for query in queries]


def screen_files(
    home: Path,
    files: Mapping[str, bytes],
    now: datetime,
    *,
    form: str = "auto",
    lists: Sequence[str] = (),
    threshold: float = 0.7,
    limit: int = 5,
    workers: int = 1,
) -> tuple[Screening, tuple[Answer, ...], str]:
    """Reads, screens and sums up in one call: the screening, its answers and the summary in words."""
    screening = prepare_screening(home, files, now, form=form, lists=lists)
    answers = tuple(screen(screening, threshold=threshold, limit=limit, workers=workers))
    return screening, answers, summary(screening, answers)


def summary(screening: Screening, answers: Sequence[Answer]) -> str:
    """What the screening found, in the words that officers may rely on."""
    hits = sum(len(answer.hits) for answer in answers)
    hit = sum(len(answer.hits) > 0 for answer in answers)
    return in_words(len(screening.indices), screening.at, asked=len(answers), hit=hit, hits=hits)


def in_words(lists: int, at: datetime, *, asked: int, hit: int, hits: int) -> str:
    """What was found for how many, in words: never that somebody is clear."""
    where, when = _counted(lists, "list"), f"{at.astimezone(UTC):%H:%M} UTC"
    who = _counted(asked, "entry", "entries")
    if hits == 0:
        return f"Nothing found in {where}, {when}; {who} screened."
    found = _counted(hits, "possible hit")
    return f"{found} for {hit:,} of {who} screened, in {where}, {when}. A person decides: same, not same, can't tell."


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
