"""Who reports a document, and what stands of a report, as every reader folds it from headers alone."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.model.act import FORMAT, Header, digest_of, matter_id
from comity.model.canon import encode
from comity.procedures.machine import fold
from comity.procedures.travel_document import V1
from comity.procedures.travel_document.standing import Standing, standing_of

NONCE = "0" * 32
OWNER = "QM.bureau"


def header(n: int, step: str, prev: str = "", *, agency: str = OWNER, **terms: Any) -> Header:
    """One act of a report, as its writer would sign it."""
    drawn = hashlib.sha256(str(n).encode()).hexdigest()
    opening = {"nonce": NONCE} if prev == "" else {}
    return Header(
        format=FORMAT, network="a" * 32, id=drawn[:32], matter=matter_id(OWNER, NONCE), track="record",
        procedure="travel_document", version=1, step=step, prev=prev or drawn, seen=(), agency=agency, key="act-1",
        officer="1" * 16, time="2026-11-22T09:00:00Z", terms={**opening, **terms}, parts=(),
    )  # fmt: skip


def digest(one: Header) -> str:
    """Its digest."""
    return digest_of(encode(one))


def chain(*steps: tuple[str, dict[str, Any]]) -> dict[str, Header]:
    """Acts that follow one another."""
    acts: dict[str, Header] = {}
    prev = ""
    for n, (step, terms) in enumerate(steps):
        one = header(n, step, prev, **terms)
        prev = digest(one)
        acts[prev] = one
    return acts


OURS = {"country": "QM"}


@pytest.mark.rule("TD-1")
@pytest.mark.parametrize("country", ["QN", "", "QMX", None])
@pytest.mark.parametrize("step", ["report", "report_many", "report_range"])
def test_every_reader_refuses_a_report_of_what_its_writer_does_not_issue(step: str, country: str | None) -> None:
    acts = chain((step, {} if country is None else {"country": country}))
    view = fold(V1, acts, "QS")
    (outcome,) = view.outcomes.values()
    assert outcome.verdict == "refused"
    assert "QM reports documents of its own" in outcome.reason
    assert standing_of(view, acts) is None


def test_correction_takes_the_place_and_single_ones_come_out_of_what_stands() -> None:
    acts = chain(("report_many", OURS), ("found_one", {}), ("correct", OURS), ("found_one", {}), ("found_one", {}))
    first, _, correction, *out = acts
    view = fold(V1, acts, "QS")
    assert standing_of(view, acts) == Standing(correction, tuple(sorted(out)))
    only = {digest: acts[digest] for digest in list(acts)[:2]}
    assert standing_of(fold(V1, only, "QS"), only) == Standing(first, (list(acts)[1],))


def test_correction_to_anothers_document_leaves_what_stood() -> None:
    acts = chain(("report", OURS), ("correct", {"country": "QN"}))
    assert standing_of(fold(V1, acts, "QS"), acts) == Standing(next(iter(acts)))


@pytest.mark.parametrize("ending", ["found", "withdraw"])
def test_what_was_taken_back_stands_no_more_although_what_came_before_it_has_not_arrived(ending: str) -> None:
    acts = chain(("report", OURS), ("found_one", {}), (ending, {}))
    first, middle, _ = acts
    for missing in (None, middle):
        held = {digest: one for digest, one in acts.items() if digest != missing}
        assert standing_of(fold(V1, held, "QS"), held) is None
    alone = {first: acts[first]}
    assert standing_of(fold(V1, alone, "QS"), alone) == Standing(first)


STEPS = st.lists(st.sampled_from(["correct", "correct_many", "found_one"]), max_size=4)


@given(STEPS, st.randoms(use_true_random=False))
def test_what_stands_is_the_same_in_any_order_of_arrival(steps: list[str], draw: Any) -> None:
    rows = [("report", OURS), *((step, {} if step == "found_one" else OURS) for step in steps)]
    acts = chain(*rows)
    wanted = standing_of(fold(V1, acts, "QS"), acts)
    for order in itertools.islice(itertools.permutations(acts), 3):
        shuffled = {digest: acts[digest] for digest in order}
        assert standing_of(fold(V1, shuffled, "QS"), shuffled) == wanted
