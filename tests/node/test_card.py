"""What a notice means in each member's own law, in words, and never more than the profile says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.federation import Federation, federation, officer
from tests.node.test_message import law
from tests.node.test_notice import ask, publish, reviewer, take

from comity.node.card import Card
from comity.node.query import matter_page
from comity.policy.paths import Entry


def card(world: Federation, matter: str, member: str = "QN") -> Card:
    found = matter_page(world.nodes[member], officer(member), matter, world.now).card
    assert found is not None
    return found


def published(world: Federation, colour: str = "red", **changes: Any) -> str:
    matter = ask(world, colour, **changes)
    world.settle()
    publish(world, matter)
    return matter


@pytest.mark.rule("R-13")
@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("arrest", "Detain may be lawful – call bureau"),
        ("locate", "Refer – second line: locate only"),
        ("none", "No legal effect here: refer – second line, call bureau"),
    ],
)
def test_course_follows_the_members_own_law_and_no_others(tmp_path: Path, effect: str, words: str) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        law(world, "QN", {"effect.notice.red": Entry(effect, "", "Extradition Act 4", "V")})
        assert card(world, matter).words == words
        assert "signed by A. Lund" in card(world, matter).rule
        other = card(world, matter, "QO")
        assert (other.course, other.rule) == ("unknown", "No rule recorded for Cordia: ask your lawyer.")


def test_missing_person_is_protected_whatever_the_law_says(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world, "yellow")
        law(world, "QN", {"effect.notice.yellow": Entry("arrest", "", "Act 4", "V")})
        assert card(world, matter).words == "Protect – speak apart"


def test_card_says_accused_or_how_long_is_left_and_warnings_until_their_day(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        warned = {"warning": "armed", "warning_source": "arrest of 2024", "warning_until": "2026-12-01"}
        first = published(world, **warned)
        assert [str(line) for line in card(world, first).person] == ["accused, not convicted"]
        assert "armed" in str(card(world, first).warnings[0])
        second = published(
            world, standing="convicted", penalty_months=None, remaining_months="14", last_name="Sorensen"
        )
        assert [str(line) for line in card(world, second).person] == ["convicted, 14 months left"]
        world.now = world.now.replace(month=12, day=5)
        assert card(world, first).warnings == ()


def test_note_on_who_the_person_is_not_travels_with_the_notice(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = published(world)
        note = {
            "checked_by": "document",
            "consent": "yes",
            "until": "2027-11-01",
            "note": "Ilka Varnholt, QM99",
        }
        take(world, "QN", matter, "distinct.distinct", **note)
        world.settle()
        take(world, "QS", matter, "clearance.distinct", reviewer(1), **note)
        world.settle()
        assert card(world, matter, "QO").notes == ("Ilka Varnholt, QM99",)
