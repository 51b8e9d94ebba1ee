"""What officers decided about possible hits, and when a decision may speak for a new hit: pure rules, no storage.

A decision is remembered for one pair: what was compared of the person asked about, and what was compared of the
listed record. Either side's digest changes as soon as anything that is compared changes, and then the decision says
nothing any more. *Not same* takes a later hit out of the way only where the asked side carries a number that one
register gives once: two people may share a name and a day of birth, and nobody answers for a namesake. The digests
are keyed, so that what is kept tells nobody who was meant.

Not handled here: where decisions are kept, and whose decisions count for whom (:mod:`comity.node.judgements`).
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from comity.matching.identifiers import SHARED, Tree, identifiers_of
from comity.model.canon import encode
from comity.model.entity import vocabulary

Decision = Literal["same", "not_same", "cant_tell"]
ALSO_COMPARED = frozenset({"firstName", "middleName", "lastName", "fatherName", "motherName", "gender", "birthPlace"})
"""Compared although the vocabulary does not mark them for matching."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The two sides of one possible hit as keyed digests (64 hex digits); ``is_one_person`` says whether the asked
    side is told from its namesakes by a number of its own."""

    asked: str
    listed: str
    is_one_person: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision of an officer: ``role`` and ``when`` are shown with it; ``place`` orders decisions of one moment."""

    decision: str
    ground: str
    role: str
    when: datetime
    place: str = ""


def pair_of(
    key: bytes, asked: Tree, papers: Iterable[Tree], listed: Tree, held: Iterable[Tree], *, source: str
) -> Pair:
    """The pair of a possible hit. ``papers`` and ``held`` are what each side holds, ``source`` is the list's name.

    Who asks and under which id does not matter, so the same traveller on another flight is the same pair; on the
    listed side the record's id does, so that two records that say the same are two.
    """
    papers = tuple(papers)
    return Pair(
        asked=_digest(key, b"asked", compared(asked, papers)),
        listed=listed_digest(key, listed, held, source=source),
        is_one_person=_has_number(asked, papers),
    )


def listed_digest(key: bytes, listed: Tree, held: Iterable[Tree], *, source: str) -> str:
    """The keyed digest of a listed record as it stands; another one as soon as anything compared changes."""
    return _digest(key, b"listed", [source, str(listed["id"]), compared(listed, held)])


def compared(tree: Tree, held: Iterable[Tree] = ()) -> list[object]:
    """What is compared of one side, in a form that is equal where nothing that is compared differs."""
    properties = {
        name: sorted({_plain(value) for value in values})
        for name, values in sorted(tree["properties"].items())
        if is_compared(tree["schema"], name) and len(values) > 0
    }
    return [tree["schema"], properties, sorted(encode(_paper(one)).decode() for one in held)]


@lru_cache(maxsize=4096)
def is_compared(schema: str, name: str) -> bool:
    """Whether a property takes part in comparing."""
    found = vocabulary()[schema].get(name)
    return name in ALSO_COMPARED or (found is not None and bool(found.matchable))


def prevailing(judgements: Iterable[Judgement]) -> Judgement | None:
    """The last of several decisions about one pair; None if there is none."""
    return max(judgements, key=lambda one: (one.when, one.place), default=None)


def settles(pair: Pair, judgements: Sequence[Judgement]) -> Judgement | None:
    """The decision that takes a hit out of the way: *not same*, the last word, and about one person."""
    last = prevailing(judgements)
    return last if last is not None and last.decision == "not_same" and pair.is_one_person else None


def _paper(tree: Tree) -> dict[str, object]:
    texts = {name: sorted({_plain(v) for v in values}) for name, values in sorted(tree["properties"].items())}
    return {"schema": tree["schema"], **{name: texts[name] for name in ("number", "country", "type") if name in texts}}


def _has_number(tree: Tree, papers: Sequence[Tree]) -> bool:
    """A telephone or an address for mail is a household's, so it tells nobody apart."""
    return any(one.kind not in SHARED for one in identifiers_of(tree, papers))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _digest(key: bytes, side: bytes, said: object) -> str:
    return hmac.new(key, side + b"\x00" + encode(said), hashlib.sha256).hexdigest()
