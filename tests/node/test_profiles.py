"""A member's law as an act: everybody reads it from the day it names, every version stays, nobody writes another's."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.federation import START, Federation, federation, officer

from comity.errors import InputRefused, RuleRefused
from comity.node.action import Order, take_step
from comity.node.profiles import history
from comity.policy.laws import changes
from comity.policy.profile import read_profile

TEXT = """format: comity-profile-1
member: {member}
version: {version}
valid_from: '{since}'
officer: {{name: A. Lund, office: Ministry of Justice}}
packs: [coe]
values:
  effect.notice.red: {{value: {effect}, source: Extradition Act 4, mark: V}}
  age.criminal_responsibility: {{value: 15, source: Penal Code 3, mark: V}}
"""


def text(member: str = "QN", version: int = 1, since: str = "2026-01-01", effect: str = "arrest") -> str:
    return TEXT.format(member=member, version=version, since=since, effect=effect)


def publish(world: Federation, said: str, member: str = "QN", role: str = "legal_officer") -> str:
    order = Order("legal_profile", "publish", "profile", data={"text": said})
    return take_step(world.nodes[member], officer(member, role), order, world.now).matter


def test_published_law_is_read_at_every_member_with_the_name_of_who_signed(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        publish(world, text())
        world.settle()
        for node in world.nodes.values():
            value = node.law("QN", "effect.notice.red")
            assert (value.value, value.standing) == ("arrest", "signed")
            assert "A. Lund" in value.says
            assert node.law("QN", "clock.extradition.papers").standing == "unsigned"
            assert node.law("QN", "age.majority").says == "No rule recorded for Belmora: ask your lawyer."


def test_rules_read_the_version_of_the_day_and_every_version_stays_after_a_restart(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        publish(world, text())
        world.settle()
        publish(world, text(version=2, since="2027-01-01", effect="locate"))
        world.settle()
        world.crash("QM")
        node = world.open("QM")
        assert [profile.version for profile in history(node.laws, "QN")] == [2, 1]
        assert node.law("QN", "effect.notice.red", START.date()).value == "arrest"
        assert node.law("QN", "effect.notice.red", date(2027, 1, 2)).value == "locate"
        world.now += timedelta(days=60)
        assert node.law("QN", "effect.notice.red").value == "locate"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (text(member="QO"), "profile.member"),
        (text().replace("effect.notice.red", "effects.red"), "profile"),
        (text().replace("arrest", "hang"), "profile"),
        ("nothing", "profile"),
    ],
)
def test_profile_that_is_not_whole_is_refused_with_its_defects(tmp_path: Path, said: str, rule: str) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            publish(world, said)
        assert rule in {defect.rule for defect in refused.value.defects}


def test_older_version_and_an_officer_without_the_role_are_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        publish(world, text(version=3))
        world.settle()
        with pytest.raises(InputRefused) as refused:
            publish(world, text(version=3))
        assert [defect.rule for defect in refused.value.defects] == ["profile.version"]
        with pytest.raises(RuleRefused):
            publish(world, text(version=4), role="duty_officer")


def test_difference_of_two_versions_names_each_path_once() -> None:
    first = read_profile(text().encode(), "Belmora", "a")
    second = read_profile(
        text(version=2, effect="none").replace("criminal_responsibility", "majority").encode(), "B", "b"
    )
    found = {change.path: (change.before is None, change.after is None) for change in changes(first, second)}
    assert found == {
        "effect.notice.red": (False, False),
        "age.criminal_responsibility": (False, True),
        "age.majority": (True, False),
    }
