"""Unusual looking: each pattern is found when it is there, and an ordinary day shows nothing but the lot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from comity.insight.looking import HOURS, KINDS, LOT, OWN_NAME, PROTECTED, VOLUME, WITHOUT_STEP, Look, Measures, unusual

DAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = DAY.date()
NO_LOT = Measures(lot=1 << 62)


def looks(count: int, *, officer: str = "ada", at: datetime = DAY, own: bool = True, **marks: bool) -> list[Look]:
    return [
        Look(officer, at + timedelta(seconds=n), f"{officer}-{at:%d%H}-{n}", f"{n:064d}", is_own=own, **marks)
        for n in range(count)
    ]


def habit(officer: str = "ada", count: int = 20) -> list[Look]:
    return [look for back in range(1, 30) for look in looks(count, officer=officer, at=DAY - timedelta(days=back))]


def kinds(some: list[Look], since: date = TODAY) -> list[tuple[str, str, int]]:
    return [(one.officer, one.kind, one.count) for one in unusual(some, since, b"s" * 32, NO_LOT)]


def test_an_ordinary_day_shows_nothing() -> None:
    assert kinds([*habit(), *looks(25), *habit("ben"), *looks(22, officer="ben", own=False)]) == []


def test_a_name_of_ones_own_family_is_shown_even_once() -> None:
    assert kinds([*habit(), *looks(1, is_kin=True)]) == [("ada", OWN_NAME, 1)]


def test_a_protected_person_is_shown_unless_the_officer_works_on_the_matter() -> None:
    assert kinds([*habit(), *looks(2, is_protected=True)]) == []
    assert kinds([*habit(), *looks(2, own=False, is_protected=True)]) == [("ada", PROTECTED, 2)]


def test_many_matters_without_a_step_are_shown_unless_colleagues_do_the_same() -> None:
    mine = [*habit(), *looks(40, own=False)]
    assert kinds(mine) == [("ada", WITHOUT_STEP, 40)]
    assert kinds([*mine, *looks(39, officer="ben", own=False), *looks(41, officer="eve", own=False)]) == []


def test_looking_at_hours_when_one_never_works_is_shown_once_there_is_a_habit() -> None:
    night = DAY.replace(hour=3)
    assert kinds([*habit(), *looks(8, at=night)]) == [("ada", HOURS, 8)]
    assert kinds([*habit(), *looks(5, at=night)]) == []
    assert kinds(looks(8, at=night)) == []
    nights = [look for back in range(1, 30) for look in looks(20, at=night - timedelta(days=back))]
    assert kinds([*nights, *looks(8, at=night)]) == []


def test_sudden_volume_is_measured_by_ones_own_habit() -> None:
    assert kinds([*habit(count=10), *looks(31)]) == [("ada", VOLUME, 31)]
    assert kinds([*habit(count=11), *looks(31)]) == []
    assert kinds([*habit(count=1), *looks(29)]) == []


def test_days_before_are_habit_and_are_not_shown() -> None:
    some = [*habit(), *looks(3, is_kin=True), *looks(3, at=DAY - timedelta(days=2), is_kin=True)]
    assert kinds(some) == [("ada", OWN_NAME, 3)]
    assert kinds(some, TODAY - timedelta(days=3)) == [("ada", OWN_NAME, 3), ("ada", OWN_NAME, 3)]


def test_about_one_look_in_a_hundred_is_drawn_and_another_secret_draws_others() -> None:
    some = [look for n in range(100) for look in looks(100, officer=f"officer{n}")]
    first, second = (
        {(one.officer, one.looks[0].act) for one in unusual(some, TODAY, secret) if one.kind == LOT}
        for secret in (b"a" * 32, b"b" * 32)
    )
    assert 50 < len(first) < 170
    assert len(first & second) < 20
    assert first == {(one.officer, one.looks[0].act) for one in unusual(some, TODAY, b"a" * 32) if one.kind == LOT}


@given(
    st.lists(
        st.builds(
            Look,
            st.sampled_from(["ada", "ben", "eve"]),
            st.integers(0, 53 * 24 * 60).map(lambda minutes: DAY - timedelta(minutes=minutes)),
            st.sampled_from("mnopq"),
            st.sampled_from("abc"),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
        max_size=200,
    )
)
def test_order_of_the_log_changes_nothing_and_each_finding_names_looks_of_its_day(some: list[Look]) -> None:
    found = unusual(some, TODAY - timedelta(days=20), b"s" * 32)
    again = unusual(some[::-1], TODAY - timedelta(days=20), b"s" * 32)
    assert [(o.officer, o.kind, o.day, o.count) for o in found] == [(o.officer, o.kind, o.day, o.count) for o in again]
    for one in found:
        assert one.kind in KINDS
        assert len(one.looks) > 0
        assert {(look.officer, look.at.date()) for look in one.looks} == {(one.officer, one.day)}
