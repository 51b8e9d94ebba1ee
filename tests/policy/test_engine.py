"""The packaged policies, decision by decision, and what the loader refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comity.errors import InputRefused, OwnFault, RuleRefused
from comity.policy.engine import DEFAULT, Policies, packaged_policies, packaged_texts
from comity.policy.facts import (
    ACTIONS,
    AreaFacts,
    Context,
    HitFacts,
    LogFacts,
    MatterFacts,
    PartFacts,
    Principal,
    ScreeningFacts,
    StepFacts,
    principal,
)
from comity.policy.purposes import PURPOSES
from comity.policy.roles import ROLES

POLICIES = packaged_policies({"QM": "Arvenia", "QN": "Belmora", "QM.bureau": "Arvenia's bureau"})
TODAY = 20_779


def officer(role: str, agency: str = "QN.police", *, bureau: bool = False) -> Principal:
    return principal(agency, frozenset({role}), is_bureau=bureau)


BUREAU = officer("duty_officer", "QN.bureau", bureau=True)
POLICE = officer("duty_officer")
SECOND = officer("second_line", "QN.border")
DPO = officer("data_protection_officer", "QN.oversight")

MATTER = MatterFacts("diffusion", "QM", frozenset({"QM", "QN"}), frozenset({"QN.bureau", "QN.border"}))
PART = PartFacts(
    kind="form",
    tlp="AMBER",
    code="H1",
    purposes=frozenset({"investigation", "border_check"}),
    until_day=TODAY,
    author_agency="QM.bureau",
    author_member="QM",
    hidden=False,
    parties=MATTER.parties,
    own_agencies=MATTER.own_agencies,
)
STEP = StepFacts("diffusion", "take_up", frozenset({"duty_officer"}), "QN.bureau", frozenset({"QN.bureau"}), False)


def at(purpose: str) -> Context:
    return Context(purpose, TODAY)


def read(who: Principal, purpose: str = "investigation", **changes: object) -> tuple[bool, str]:
    decision = POLICIES.decide(who, "read_part", replace(PART, **changes), at(purpose))  # type: ignore[arg-type]
    return decision.allowed, decision.rule


def test_every_rule_has_its_words() -> None:
    for rule in POLICIES.rules.values():
        assert rule.reason.endswith(".")
        assert rule.source != ""
        assert rule.permits is False or rule.way != ""


def test_every_purpose_is_one_that_the_policies_know() -> None:
    for purpose in PURPOSES:
        assert POLICIES.decide(POLICE, "read_part", PART, at(purpose)).rule != "G-01"
        assert f'"{purpose}"' in packaged_texts()["policies/general.cedar"]


@pytest.mark.parametrize(
    ("who", "purpose", "allowed", "rule"),
    [
        (BUREAU, "investigation", True, "M-02"),
        (POLICE, "investigation", False, DEFAULT),
        (officer("duty_officer", "QN.border"), "investigation", True, "M-01"),
        (officer("reviewer", "QN.border"), "investigation", True, "M-01"),
        (SECOND, "border_check", True, "M-03"),
        (SECOND, "investigation", False, DEFAULT),
        (officer("second_line", "QN.customs"), "border_check", False, DEFAULT),
        (DPO, "compliance_review", True, "M-04"),
        (DPO, "investigation", False, DEFAULT),
        (officer("administrator", "QN.bureau", bureau=True), "administration", False, "G-02"),
        (BUREAU, "curiosity", False, "G-01"),
        (BUREAU, "", False, "G-01"),
        (officer("duty_officer", "QO.bureau", bureau=True), "investigation", False, DEFAULT),
    ],
)
def test_who_sees_a_matter(who: Principal, purpose: str, allowed: bool, rule: str) -> None:
    matter = replace(MATTER, own_agencies=frozenset({"QN.border"}))
    decision = POLICIES.decide(who, "list_matter", matter, at(purpose))
    assert (decision.allowed, decision.rule) == (allowed, rule)


@pytest.mark.parametrize(
    ("result", "rule"),
    [
        (read(BUREAU), (True, "P-01")),
        (read(BUREAU, own_agencies=frozenset({"QN.border"})), (True, "P-02")),
        (read(POLICE), (False, DEFAULT)),
        (read(SECOND, "border_check"), (True, "P-03")),
        (read(SECOND, "investigation"), (False, DEFAULT)),
        (read(SECOND, "border_check", code="H3"), (False, "P-15")),
        (read(BUREAU, code="H3"), (True, "P-01")),
        (read(DPO, "compliance_review"), (True, "P-04")),
        (read(DPO, "compliance_review", tlp="RED"), (False, "P-14")),
        (read(BUREAU, hidden=True), (False, "P-10")),
        (read(BUREAU, tlp="ORANGE"), (False, "P-11")),
        (read(BUREAU, code="H9"), (False, "P-11")),
        (read(BUREAU, "extradition"), (False, "P-12")),
        (read(BUREAU, purposes=frozenset()), (False, "P-12")),
        (read(BUREAU, "extradition", author_agency="QN.bureau"), (True, "P-01")),
        (read(BUREAU, until_day=TODAY - 1), (False, "P-13")),
        (read(BUREAU, tlp="RED"), (True, "P-01")),
        (read(BUREAU, tlp="RED", own_agencies=frozenset({"QN.border"})), (False, "P-14")),
        (read(BUREAU, parties=frozenset({"QM"})), (False, "G-03")),
        (read(officer("administrator", "QN.bureau", bureau=True)), (False, "G-02")),
    ],
)
def test_who_reads_a_part(result: tuple[bool, str], rule: tuple[bool, str]) -> None:
    assert result == rule


def test_a_refusal_tells_nothing_about_a_part_to_one_who_may_not_see_it() -> None:
    answers = {
        POLICIES.decide(POLICE, "read_part", part, at("investigation"))
        for part in (PART, replace(PART, hidden=True), replace(PART, until_day=0), replace(PART, tlp="RED"))
    }
    assert len(answers) == 1


def test_an_administrator_who_is_also_an_officer_sees_no_content() -> None:
    both = principal("QN.bureau", frozenset({"administrator", "duty_officer"}), is_bureau=True)
    for action, facts in (
        ("list_matter", MATTER),
        ("read_part", PART),
        ("act", STEP),
        ("screen", ScreeningFacts("flight", "QN.bureau")),
        ("decide_hit", HitFacts("QN.bureau")),
    ):
        assert POLICIES.decide(both, action, facts, at("investigation")).rule == "G-02"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "changes", "rule"),
    [
        (BUREAU, {}, "A-01"),
        (officer("second_line", "QN.bureau", bureau=True), {}, DEFAULT),
        (BUREAU, {"writer_agency": "QM.bureau"}, "A-10"),
        (POLICE, {"writer_agency": "QN.police"}, "A-11"),
        (POLICE, {"writer_agency": "QN.police", "opening": True}, "A-01"),
        (POLICE, {"writer_agency": "QN.police", "own_agencies": frozenset({"QN.police"})}, "A-01"),
    ],
)
def test_who_takes_a_step(who: Principal, changes: dict[str, object], rule: str) -> None:
    assert POLICIES.decide(who, "act", replace(STEP, **changes), at("investigation")).rule == rule  # type: ignore[arg-type]


def test_screening_hits_office_and_proofs() -> None:
    border = ScreeningFacts("flight", "QN.border")
    assert POLICIES.decide(SECOND, "screen", border, at("border_check")).rule == "S-01"
    assert POLICIES.decide(SECOND, "screen", border, at("extradition")).rule == DEFAULT
    assert POLICIES.decide(POLICE, "screen", border, at("border_check")).rule == "S-10"
    assert POLICIES.decide(SECOND, "decide_hit", HitFacts("QN.border"), at("border_check")).rule == "S-02"
    assert POLICIES.decide(BUREAU, "decide_hit", HitFacts("QN.border"), at("border_check")).rule == "S-02"
    assert POLICIES.decide(POLICE, "decide_hit", HitFacts("QN.border"), at("border_check")).rule == "S-10"
    system, asked = officer("service", "QN.border"), ScreeningFacts("service", "QN.border")
    assert POLICIES.decide(system, "screen", asked, at("border_check")).rule == "S-03"
    assert POLICIES.decide(system, "screen", asked, at("administration")).rule == DEFAULT
    assert POLICIES.decide(system, "screen", border, at("border_check")).rule == DEFAULT
    assert POLICIES.decide(system, "screen", replace(asked, agency="QN.police"), at("border_check")).rule == "S-10"
    assert POLICIES.decide(system, "decide_hit", HitFacts("QN.border"), at("border_check")).rule == DEFAULT
    admin = officer("administrator", "QN.bureau", bureau=True)
    assert POLICIES.decide(admin, "administer", AreaFacts("keys"), at("administration")).allowed
    assert not POLICIES.decide(BUREAU, "administer", AreaFacts("keys"), at("administration")).allowed
    assert POLICIES.decide(admin, "prove", LogFacts("main"), at("administration")).allowed
    assert not POLICIES.decide(SECOND, "prove", LogFacts("main"), at("border_check")).allowed


def test_a_refusal_says_why_and_what_is_lawful() -> None:
    decision = POLICIES.decide(BUREAU, "read_part", PART, at("extradition"))
    assert decision.reason == "The author gave this part for other purposes than extradition."
    assert decision.way == "Ask Arvenia's bureau for consent."
    assert "2016/680" in decision.source
    with pytest.raises(RuleRefused, match="P-12") as refused:
        decision.require()
    assert refused.value.remedy == decision.way
    POLICIES.decide(BUREAU, "read_part", PART, at("investigation")).require()
    step = POLICIES.decide(officer("reviewer", "QN.bureau", bureau=True), "act", STEP, at("investigation"))
    assert "duty officer" in step.way


def test_the_wrong_kind_of_facts_is_our_own_fault() -> None:
    with pytest.raises(OwnFault, match="MatterFacts"):
        POLICIES.decide(BUREAU, "read_part", MATTER, at("investigation"))


def test_decisions_are_remembered_per_facts() -> None:
    policies = packaged_policies()
    first = policies.decide(BUREAU, "read_part", PART, at("investigation"))
    assert policies.decide(BUREAU, "read_part", replace(PART), at("investigation")) is first


def test_families_are_titled() -> None:
    for family in (PURPOSES, ROLES):
        for code, one in family.items():
            assert code == one.code
            assert one.title != ""
            assert one.source != ""
        assert len({one.title for one in family.values()}) == len(family)
    assert len({action.title for action in ACTIONS.values()}) == len(ACTIONS)


HEAD = '@id("X-01") @source("s") @reason("r.") @way("w.") '


def load(text: str, head: str = HEAD) -> str:
    with pytest.raises(InputRefused) as refused:
        Policies({"own.cedar": head + text})
    assert all(defect.file == "own.cedar" for defect in refused.value.defects)
    return str(refused.value)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("context.today < 3", "operator less"),
        ("context.today >= 3", "operator greater_eq"),
        ('context.purpose != "x"', "operator not_eq"),
        ("context.today + 1 <= 3", "operator add"),
        ('context.purpose like "x*"', "the form Like"),
        ("if true then true else false", "the form IfThenElse"),
        ("resource.parties.isEmpty()", "operator is_empty"),
        ("resource.parties.containsAny([])", "operator contains_any"),
        ("resource is Matter", "the form Is"),
        ('principal in Agency::"x"', "operator in"),
        ("resource.colour == 3", "resource.colour"),
        ("context.today", "neither true nor false"),
        ('context.today == "x"', "text where a number"),
        ("resource.parties == principal.roles", "compares sets"),
        ("resource.parties.contains(resource.owner_member)", "two attributes of the resource"),
        ("[1, 2].contains(context.purpose)", "texts only"),
        ("principal has colour", "principal.colour"),
        ('ip("10.0.0.1").isIpv4()', "operator is_ipv4"),
    ],
)
def test_what_has_no_counterpart_in_a_list_is_refused_at_load(condition: str, words: str) -> None:
    says = load(f'permit (principal, action == Action::"list_matter", resource) when {{ {condition} }};')
    assert "X-01" in says
    assert words in says


def test_scopes_annotations_and_ids_are_checked() -> None:
    assert "no @way" in load("permit (principal, action, resource);", '@id("X-01") @source("s") @reason("r") ')
    assert "form A-01" in load("permit (principal, action, resource);", HEAD.replace("X-01", "my rule"))
    assert "'fly'" in load('permit (principal, action == Action::"fly", resource);')
    assert "scope" in load('permit (principal == Officer::"me", action, resource);')
    assert "exists twice" in load(f"permit (principal, action, resource); {HEAD} permit (principal, action, resource);")
    assert "{colour}" in load("permit (principal, action, resource);", HEAD.replace("r.", "{colour}"))
    assert "not Cedar" in load("permit principal")
    assert "template" in load("permit (principal == ?principal, action, resource);")
    assert "not a required attribute" in load("permit (principal, action, resource) when { resource.hidden };")


def test_all_defects_come_at_once() -> None:
    with pytest.raises(InputRefused) as refused:
        Policies({"a.cedar": "permit (principal, action, resource);", "b.cedar": "nonsense"})
    assert {defect.file for defect in refused.value.defects} == {"a.cedar", "b.cedar"}
    assert len(refused.value.defects) == 5


def test_has_and_flags_and_equivalences_are_understood() -> None:
    condition = "principal has roles && (resource.opening == principal.is_bureau) && (resource.opening == !false)"
    policies = Policies({"x": f'{HEAD} permit (principal, action == Action::"act", resource) when {{ {condition} }};'})
    for opening in (True, False):
        facts = replace(STEP, opening=opening)
        assert policies.decide(BUREAU, "act", facts, at("investigation")).allowed is opening
        assert policies.decide(POLICE, "act", facts, at("investigation")).allowed is False
