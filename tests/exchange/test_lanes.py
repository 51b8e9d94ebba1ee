"""Sequence: any order of arrival gives the same lane; gaps are named; repetition and old incarnations do not count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.exchange.lanes import MAX_GAPS, LaneState, advance, judge


def after(*numbers: int, incarnation: int = 1, state: LaneState | None = None) -> LaneState:
    lane = LaneState() if state is None else state
    for n in numbers:
        lane = advance(lane, incarnation, n)
    return lane


def test_numbers_in_order_are_next_and_repeated_ones_are_not() -> None:
    lane = after(1, 2)
    assert judge(lane, 1, 3).kind == "next"
    assert judge(lane, 1, 2).kind == "duplicate"
    assert not judge(lane, 1, 2).taken
    assert lane.through == 2


def test_a_gap_is_taken_and_named_and_closed_by_what_was_missing() -> None:
    lane = after(1)
    verdict = judge(lane, 1, 5)
    assert (verdict.kind, verdict.missing, verdict.taken) == ("gap", ((2, 4),), True)
    lane = advance(lane, 1, 5)
    assert (lane.through, lane.missing) == (1, ((2, 4),))
    assert judge(lane, 1, 3).missing == ((2, 2), (4, 4))
    lane = after(3, 2, 4, state=lane)
    assert (lane.through, lane.missing) == (5, ())


def test_the_first_number_seen_may_be_late() -> None:
    verdict = judge(LaneState(), 1, 4)
    assert (verdict.kind, verdict.missing) == ("new_incarnation", ((1, 3),))
    assert after(4).through == 0


def test_a_restored_sender_starts_anew_and_its_former_self_is_refused() -> None:
    lane = after(1, 2, 3)
    assert judge(lane, 2, 1).kind == "new_incarnation"
    lane = after(1, incarnation=2, state=lane)
    assert (lane.incarnation, lane.through) == (2, 1)
    verdict = judge(lane, 1, 4)
    assert (verdict.kind, verdict.taken, verdict.rule) == ("old_incarnation", False, "lane.old_incarnation")
    assert advance(lane, 1, 4) == lane


def test_a_peer_cannot_make_us_keep_gaps_without_end() -> None:
    lane = after(*range(1, 4 * MAX_GAPS, 2))
    assert len(lane.seen) == MAX_GAPS
    verdict = judge(lane, 1, 1 << 50)
    assert (verdict.taken, verdict.rule) == (False, "lane.too_many_gaps")
    assert judge(lane, 1, 2).taken


@given(st.lists(st.integers(1, 60), min_size=1, max_size=80))
def test_any_order_with_repetitions_gives_the_same_lane(numbers: list[int]) -> None:
    lane = after(*numbers)
    assert lane == after(*sorted(set(numbers)))
    seen = set(numbers)
    listed = {n for first, last in lane.seen for n in range(first, last + 1)}
    missing = {n for first, last in lane.missing for n in range(first, last + 1)}
    assert listed == seen
    assert missing == set(range(1, max(seen))) - seen
    assert lane.through == next(n for n in range(len(seen) + 1) if n + 1 not in seen)
    assert all(judge(lane, 1, n).kind == "duplicate" for n in seen)
