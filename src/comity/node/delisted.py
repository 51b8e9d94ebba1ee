"""Entries that a list still carries although it does not name them any more: kept and told, and no possible hit.

Some publishers leave a person in their table after the freeze was lifted or the denial ran out, with the day on which
it ended. Such an entry stays in the version, so that a diff and an old decision can be read; asked about today, it is
no hit unless somebody asks for what is over as well. An entry of which any listing act has no end is listed. A day
that is known to the month or the year ends with that month or year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from comity.formats import Tree
from comity.model.span import span_of


def ended_of(trees: Iterable[Tree]) -> dict[str, str]:
    """The last day (ISO) of every entity whose listing acts all say when they ended, in whatever future or past."""
    days: dict[str, str] = {}
    open_ended: set[str] = set()
    for tree in trees:
        if tree["schema"] != "Sanction":
            continue
        said = [span.last.isoformat() for span in map(span_of, tree["properties"].get("endDate", ())) if span]
        for entity in tree["properties"].get("entity", ()):
            if len(said) == 0:
                open_ended.add(entity)
            else:
                days[entity] = max(days.get(entity, ""), *said)
    return {entity: day for entity, day in days.items() if entity not in open_ended}


def over_on(ended: Mapping[str, str], today: date) -> dict[str, str]:
    """Those of ``ended`` whose last day is before ``today``."""
    return {entity: day for entity, day in ended.items() if day < today.isoformat()}
