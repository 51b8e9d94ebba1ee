"""Handling: what a chooser may write, what a derived document may say, and who may pass on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RuleRefused
from comity.model.handling import HANDLING_CODES, TLP, Handling
from comity.policy.handling import (
    NO_END,
    Consent,
    Passing,
    Source,
    day_number,
    handling_defects,
    may_pass_on,
    strictest,
    until_day,
)
from comity.policy.purposes import PURPOSES

TODAY = date(2026, 11, 22)
BOTH = frozenset({"QM", "QN"})


def source(name: str, audience: frozenset[str] = BOTH, **terms: object) -> Source:
    return Source(name, Handling(**({"purposes": ("investigation",)} | terms)), audience)  # type: ignore[arg-type]


def test_the_strictest_label_code_and_date_win() -> None:
    derived = strictest(
        [
            source("a", tlp="GREEN", code="H2", until="2027-01-01", evaluation="A1", caveat="ask first"),
            source("b", tlp="RED", code="H0", purposes=("border_check", "investigation"), evaluation="B2"),
            source("c", frozenset({"QN"}), tlp="AMBER+STRICT", code="H1", until="2026-12-01", caveat="ask first"),
        ]
    )
    assert derived.handling == Handling("RED", "H2", ("investigation",), "2026-12-01", "", "ask first")
    assert derived.audience == frozenset({"QN"})


def test_clashing_purposes_are_refused_and_only_the_clashing_parts_are_named() -> None:
    sources = [
        source("the portrait", purposes=("investigation", "border_check")),
        source("the bank statement", purposes=("investigation",)),
        source("the travel record", purposes=("border_check",)),
    ]
    with pytest.raises(RuleRefused) as refused:
        strictest(sources)
    assert "the bank statement, the travel record" in refused.value.says
    assert "portrait" not in refused.value.says
    assert refused.value.rule == "H-01"


def test_three_parts_that_clash_only_together_are_all_named() -> None:
    sources = [source(name, frozenset(who)) for name, who in (("a", "xy"), ("b", "yz"), ("c", "zx"))]
    with pytest.raises(RuleRefused, match="a, b, c") as refused:
        strictest(sources)
    assert refused.value.rule == "H-02"


def test_a_part_without_purpose_clashes_alone() -> None:
    with pytest.raises(RuleRefused, match=r"parts: b\."):
        strictest([source("a"), source("b", purposes=())])
    with pytest.raises(RuleRefused, match="at least one"):
        strictest([])


terms = st.builds(
    Handling,
    tlp=st.sampled_from(TLP),
    code=st.sampled_from(HANDLING_CODES),
    purposes=st.sets(st.sampled_from(sorted(PURPOSES)), min_size=1).map(tuple),
    until=st.sampled_from(["", "2026-12-01", "2027-05-31"]),
)
sources = st.lists(st.tuples(terms, st.frozensets(st.sampled_from("xyz"), min_size=1)), min_size=1, max_size=6)


@given(sources)
def test_a_derived_document_is_never_freer_than_any_part(drawn: list[tuple[Handling, frozenset[str]]]) -> None:
    parts = [Source(str(i), handling, audience) for i, (handling, audience) in enumerate(drawn)]
    try:
        derived = strictest(parts)
    except RuleRefused as refused:
        named = [parts[int(word)] for word in refused.says.rpartition(": ")[2].strip(".").split(", ")]
        purposes = frozenset.intersection(*(frozenset(one.handling.purposes) for one in named))
        audience = frozenset.intersection(*(one.audience for one in named))
        assert len(purposes) == 0 or len(audience) == 0
        return
    for part in parts:
        assert TLP.index(derived.handling.tlp) <= TLP.index(part.handling.tlp)
        assert HANDLING_CODES.index(derived.handling.code) <= HANDLING_CODES.index(part.handling.code)
        assert set(derived.handling.purposes) <= set(part.handling.purposes)
        assert until_day(derived.handling) <= until_day(part.handling)
        assert derived.audience <= part.audience


def test_days_count_from_1970() -> None:
    assert day_number(date(1970, 1, 2)) == 1
    assert until_day(Handling()) == NO_END == day_number(date(9999, 12, 31))
    assert until_day(Handling(until="2026-11-22")) == day_number(TODAY)


def test_every_defect_of_handling_is_named() -> None:
    found = list(handling_defects(Handling("PINK", "H9", ("gossip",), "22.11.2026")))
    assert [one.field for one in found] == ["handling.tlp", "handling.code", "handling.purposes", "handling.until"]
    assert [one.field for one in handling_defects(Handling("RED", "H3"))] == ["handling.caveat", "handling.purposes"]
    assert list(handling_defects(Handling(purposes=("investigation",), until="2026-12-31"))) == []


CONSENT = Consent("ab" * 32, "QM", "QO", frozenset({"investigation"}), "2026-11-22")


@pytest.mark.parametrize(
    ("handling", "recipient", "purpose", "consents", "rule"),
    [
        (Handling("RED", "H3"), "QM", "investigation", [], "H-10"),
        (Handling("CLEAR", "H0", ("investigation",), "2026-11-21"), "QO", "investigation", [CONSENT], "H-11"),
        (Handling("AMBER", "H2", ("investigation",)), "QO", "investigation", [CONSENT], "H-12"),
        (Handling("AMBER", "H2", ("investigation",)), "QS", "investigation", [CONSENT], "H-15"),
        (Handling("AMBER", "H2", ("investigation",)), "QO", "extradition", [CONSENT], "H-15"),
        (Handling("GREEN", "H1", ("investigation",)), "QO", "investigation", [], "H-13"),
        (Handling("GREEN", "H2", ("investigation",)), "QO", "investigation", [], "H-15"),
        (Handling("GREEN", "H1", ("investigation",)), "QO", "extradition", [], "H-15"),
        (Handling("AMBER", "H0", ("investigation",)), "QO", "investigation", [], "H-15"),
        (Handling("RED", "H2"), "QO", "life_at_risk", [], "H-14"),
    ],
)
def test_a_holder_passes_on_only_with_the_authors_consent(
    handling: Handling, recipient: str, purpose: str, consents: list[Consent], rule: str
) -> None:
    decision = may_pass_on(Passing(handling, "QM", recipient, purpose), consents, TODAY)
    assert decision.rule == rule
    assert decision.allowed is (rule not in {"H-11", "H-15"})
    if rule in {"H-11", "H-14", "H-15"}:
        assert "QM's bureau" in decision.way


def test_an_expired_consent_or_anothers_is_none() -> None:
    passing = Passing(Handling("AMBER", "H2", ("investigation",)), "QM", "QO", "investigation")
    assert not may_pass_on(passing, [CONSENT], date(2026, 11, 23)).allowed
    other = Consent("cd" * 32, "QN", "QO", frozenset({"investigation"}))
    assert not may_pass_on(passing, [other], TODAY).allowed
