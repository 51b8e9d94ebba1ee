"""The fold: every way in which a prototype broke before its contracts were changed, and the properties it keeps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.procedures.scribe import FEDERAL, OTHER, OWNER, PARTY, REVIEWER, Scribe, random_history

from comity.procedures.diffusion.table import V1
from comity.procedures.machine import MatterView, fold


def shown(view: MatterView) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {name: (track.state, track.frozen) for name, track in view.tracks.items()}


def sent() -> tuple[Scribe, str]:
    scribe = Scribe()
    return scribe, scribe.write("owner", "send", OWNER)


def test_sent_then_withdrawn() -> None:
    scribe, first = sent()
    scribe.write("owner", "withdraw", OWNER, prev=first)
    view = scribe.view()
    assert view.owner == OWNER
    assert view.tracks["owner"].state == "withdrawn"
    assert view.status.code == "withdrawn"


def test_stranger_cannot_freeze_a_track() -> None:
    scribe, first = sent()
    scribe.write("owner", "suspend", OWNER, prev=first)
    stranger = scribe.write("owner", "withdraw", PARTY, prev=first)
    view = scribe.view()
    assert view.tracks["owner"].frozen == ()
    assert view.tracks["owner"].state == "suspended"
    assert view.outcomes[stranger].verdict == "off_chain"


def test_stranger_cannot_open_somebody_elses_matter() -> None:
    scribe, _ = sent()
    fake = scribe.write("owner", "send", PARTY)
    assert scribe.view().outcomes[fake].verdict == "off_chain"
    assert scribe.view().owner == OWNER
    alone = fold(V1, {fake: scribe.acts[fake]}, "QS")
    assert alone.owner == ""


def test_writer_cannot_uncancel_by_a_second_branch() -> None:
    scribe, first = sent()
    scribe.write("owner", "withdraw", OWNER, prev=first)
    suspended = scribe.write("owner", "suspend", OWNER, prev=first)
    scribe.write("owner", "lift", OWNER, prev=suspended)
    view = scribe.view()
    assert len(view.tracks["owner"].frozen) == 2
    assert view.tracks["owner"].state == "withdrawn"


def test_writer_cannot_uncancel_by_opening_again() -> None:
    scribe, first = sent()
    scribe.write("owner", "withdraw", OWNER, prev=first)
    scribe.write("owner", "send", OWNER)
    assert scribe.view().status.code == "withdrawn"


def test_urgent_withdrawal_does_not_wait_for_an_ordinary_update() -> None:
    scribe, first = sent()
    update = scribe.write("owner", "update", OWNER, prev=first)
    withdrawal = scribe.write("owner", "withdraw", OWNER, prev=update)
    view = scribe.view(update)
    assert view.outcomes[withdrawal].verdict == "waiting"
    assert view.missing == (update,)
    assert view.status.code == "withdrawn"
    assert scribe.view().outcomes[withdrawal].verdict == "applied"


def test_permissive_step_always_waits() -> None:
    scribe, first = sent()
    suspended = scribe.write("owner", "suspend", OWNER, prev=first)
    update = scribe.write("owner", "update", OWNER, prev=suspended)
    scribe.write("owner", "lift", OWNER, prev=update)
    assert scribe.view(update).tracks["owner"].state == "suspended"
    assert scribe.view().tracks["owner"].state == "sent"


def test_recall_before_its_target_takes_effect_when_the_target_comes() -> None:
    scribe, first = sent()
    update = scribe.write("owner", "update", OWNER, prev=first)
    scribe.write("owner", "withdraw", OWNER, prev=update)
    assert scribe.view(first, update).owner == ""
    assert scribe.view(update).status.code == "withdrawn"


def test_nobody_preempts_anybody_by_recalling_an_unknown_target() -> None:
    scribe, first = sent()
    update = scribe.write("owner", "update", OWNER, prev=first)
    scribe.write("owner", "withdraw", PARTY, prev=update)
    assert scribe.view(update).status.code == "sent"
    assert scribe.view().status.code == "sent"


def test_long_acknowledged_take_up_is_not_marked_as_crossed() -> None:
    scribe, first = sent()
    ack = scribe.write("reply/QN", "acknowledge", PARTY, seen=(first,))
    take = scribe.write("reply/QN", "take_up", PARTY, prev=ack, seen=(first,))
    ending = scribe.write("owner", "withdraw", OWNER, prev=first)
    assert scribe.view().settled[take] == "not_settled"
    scribe.write("line/QN", "settle", OWNER, seen=tuple(sorted((take, ending))))
    assert scribe.view().settled[take] == "counted"


def test_crossing_take_up_was_not_applied() -> None:
    scribe, first = sent()
    ack = scribe.write("reply/QN", "acknowledge", PARTY, seen=(first,))
    take = scribe.write("reply/QN", "take_up", PARTY, prev=ack, seen=(first,))
    ending = scribe.write("owner", "withdraw", OWNER, prev=first)
    scribe.write("line/QN", "settle", OWNER, seen=tuple(sorted((ack, ending))))
    assert scribe.view().settled[take] == "not_applied"


def test_take_up_that_knows_of_the_withdrawal_is_refused_by_every_reader() -> None:
    scribe, first = sent()
    ack = scribe.write("reply/QN", "acknowledge", PARTY, seen=(first,))
    ending = scribe.write("owner", "withdraw", OWNER, prev=first)
    take = scribe.write("reply/QN", "take_up", PARTY, prev=ack, seen=(ending,))
    outcome = scribe.view().outcomes[take]
    assert outcome.verdict == "refused"
    assert "withdrawn" in outcome.reason


def test_after_an_offer_only_the_named_agency_follows() -> None:
    scribe, first = sent()
    offer = scribe.write("owner", "offer", OWNER, prev=first, to=FEDERAL)
    update = scribe.write("owner", "update", OWNER, prev=offer)
    accept = scribe.write("owner", "accept", FEDERAL, prev=offer)
    after = scribe.write("owner", "suspend", FEDERAL, prev=accept)
    view = scribe.view()
    assert view.outcomes[update].verdict == "off_chain"
    assert view.outcomes[after].verdict == "applied"
    assert view.tracks["owner"].writer == FEDERAL
    assert view.tracks["owner"].frozen == ()


def test_protective_act_of_the_agency_that_offered_stands() -> None:
    scribe, first = sent()
    offer = scribe.write("owner", "offer", OWNER, prev=first, to=FEDERAL)
    scribe.write("owner", "accept", FEDERAL, prev=offer)
    scribe.write("owner", "withdraw", OWNER, prev=offer)
    view = scribe.view()
    assert view.tracks["owner"].frozen == ()
    assert view.status.code == "withdrawn"


def test_fact_outside_its_states_is_recorded_flagged_and_leaves_the_state() -> None:
    scribe, first = sent()
    withdrawn = scribe.write("owner", "withdraw", OWNER, prev=first)
    late = scribe.write("owner", "update", OWNER, prev=withdrawn)
    view = scribe.view()
    assert view.outcomes[late].verdict == "out_of_order"
    assert view.tracks["owner"].state == "withdrawn"


def test_unknown_version_is_kept_and_never_guessed() -> None:
    scribe, _ = sent()
    strange = scribe.write("owner", "withdraw", OWNER, version=9)
    assert scribe.view().outcomes[strange].verdict == "not_understood"
    assert scribe.view().status.code == "sent"


def test_reviewer_cancels_and_only_the_reviewer() -> None:
    scribe, first = sent()
    scribe.write("review", "refuse", OTHER, seen=(first,))
    assert scribe.view().status.code == "sent"
    scribe.write("review", "refuse", REVIEWER, seen=(first,))
    assert scribe.view().status.code == "cancelled"


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_same_acts_show_the_same_in_any_order_of_arrival(seed: int, length: int) -> None:
    rng = random.Random(seed)
    scribe = random_history(rng, length)
    first = scribe.view()
    items = list(scribe.acts.items())
    rng.shuffle(items)
    again = fold(V1, dict(items), "QS")
    assert shown(first) == shown(again)
    assert first.outcomes == again.outcomes
    assert first.settled == again.settled
    assert first.status == again.status


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_what_an_act_reached_never_changes(seed: int, length: int) -> None:
    rng = random.Random(seed)
    scribe = random_history(rng, length)
    whole = scribe.view()
    held: dict[str, object] = {}
    items = list(scribe.acts.items())
    rng.shuffle(items)
    for digest, header in items:
        held[digest] = header
        part = fold(V1, held, "QS")  # type: ignore[arg-type]
        for known, outcome in part.outcomes.items():
            if outcome.verdict != "waiting":
                assert (outcome.verdict, outcome.state) == (whole.outcomes[known].verdict, whole.outcomes[known].state)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30))
def test_withdrawal_of_the_writer_always_prevails(seed: int, length: int) -> None:
    rng = random.Random(seed)
    scribe = random_history(rng, length)
    view = scribe.view()
    for digest, outcome in view.outcomes.items():
        header = scribe.acts[digest]
        if header.step == "withdraw" and outcome.verdict == "applied":
            assert view.tracks["owner"].state == "withdrawn"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 25))
def test_strangers_change_nothing_that_is_shown(seed: int, length: int) -> None:
    rng = random.Random(seed)
    scribe = random_history(rng, length)
    honest = scribe.view()
    targets = [d for d, h in scribe.acts.items() if honest.outcomes[d].verdict in ("applied", "waiting")]
    for digest in targets:
        for name in ("suspend", "withdraw", "update", "lift", "acknowledge", "refuse"):
            scribe.write(scribe.acts[digest].track, name, "QZ.bureau", prev=digest)
    again = scribe.view()
    assert shown(again) == shown(honest)
    assert {d: again.outcomes[d] for d in honest.outcomes} == honest.outcomes


@pytest.mark.parametrize("step", V1.steps, ids=lambda s: f"{s.on}.{s.name}")
def test_every_step_has_a_text_and_a_basis(step: object) -> None:
    assert step.says.endswith(".")  # type: ignore[attr-defined]
    assert len(step.basis) > 5  # type: ignore[attr-defined]
