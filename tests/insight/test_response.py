"""Response times: what happened, by the nearest rank, with what is open beside it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.insight.response import Sample, figures, nearest_rank


def sample(
    minutes: float | None, *, in_time: bool | None = None, lowered: bool = False, level: str = "urgent"
) -> Sample:
    return Sample("Belmora → Arvenia", level, "Answer", "m", minutes, in_time, lowered)


def test_open_messages_count_in_the_number_and_not_in_the_times() -> None:
    line = figures([sample(10.0, in_time=True), sample(None), sample(None, in_time=False)])[0]
    assert (line.count, line.open, line.median, line.in_time) == (3, 2, 10.0, 0.5)


def test_levels_stand_apart_and_share_lowered_is_of_all() -> None:
    lines = figures([sample(1.0, lowered=True), sample(3.0), sample(9.0, level="routine")])
    assert [(line.level, line.count, line.lowered) for line in lines] == [("routine", 1, 0.0), ("urgent", 2, 0.5)]


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentile_is_a_value_that_somebody_took_with_enough_at_or_below(values: list[float]) -> None:
    for share in (0.5, 0.9):
        found = nearest_rank(values, share)
        assert found in values
        assert sum(value <= found for value in values) >= share * len(values)


def test_nothing_has_no_figure() -> None:
    assert nearest_rank([], 0.5) is None
    assert figures([]) == ()
