"""What pages may know: lists filtered in SQL as the policies decide, receipts told as they were given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_road import send, step

from comity.errors import InputRefused, RuleRefused
from comity.identity.session import Ended
from comity.identity.totp import code_at, counter_at
from comity.ledger.leaf import read_leaf
from comity.node import seats
from comity.node.officer import Officer, context, principal
from comity.node.query import desk_of, matter_page, visible
from comity.node.reading import Looks, matter_facts, purpose_of, read_attachment
from comity.policy.roles import ROLES
from comity.storage import log, schema


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as made:
        yield made


def answers(world: Federation, member: str, matter: str) -> list[str]:
    """The summary and each member's line, in English."""
    page = matter_page(world.nodes[member], officer(member), matter, world.now)
    assert page.answers is not None
    return [*map(str, page.answers.summary), *(f"{r.name}: {', '.join(map(str, r.lines))}" for r in page.answers.rows)]


def test_lists_show_exactly_what_the_policies_decide(world: Federation) -> None:
    first = send(world)
    send(world, to=["QN"])
    world.settle()
    step(world, "QM", first, "owner.offer", to="QM.federal")
    world.settle()
    compared = 0
    for member, node in world.nodes.items():
        with node.store.read() as unit:
            rows = [dict(row) for row in unit.execute(select(schema.matter)).mappings()]
            for role in ROLES:
                for agency in ("bureau", "federal"):
                    who = officer(member, role, agency)
                    circumstances = context(purpose_of(who), world.now)
                    decided = {
                        str(row["matter"])
                        for row in rows
                        if node.policies.decide(
                            principal(node, who), "list_matter", matter_facts(row), circumstances
                        ).allowed
                    }
                    listed = {str(row["matter"]) for row in visible(node, unit, who, world.now)}
                    assert listed == decided, (member, role, agency)
                    compared += len(decided)
    assert compared > 8


def test_a_matter_not_seen_is_refused_like_one_that_is_not_there(world: Federation) -> None:
    matter = send(world)
    refusals = []
    for asked in (matter, "0" * 32):
        with pytest.raises(RuleRefused) as refused:
            matter_page(world.nodes["QM"], officer("QM", agency="federal"), asked, world.now)
        refusals.append(refused.value.as_dict())
    assert refusals[0] == refusals[1]


def test_each_recipient_is_told_by_name_and_none_beyond_its_receipt(world: Federation) -> None:
    matter = send(world)
    world.settle()
    assert answers(world, "QM", matter)[0] == "Recorded at 3 of 3 members."
    world.network.take_down("http://cordia.localhost:8470")
    step(world, "QM", matter, "owner.withdraw", ground="error")
    world.settle()
    said = answers(world, "QM", matter)
    assert said[0] == "Erased at 2 of 3 members."
    assert said[1].startswith("Cordia unreachable since 2026-11-22 09:00")
    assert any(line.startswith("Belmora: erased — hidden ") for line in said)
    assert any(line.startswith("Cordia: ") and "envelopes wait" in line for line in said)
    assert not any("Erased at 3" in line for line in said)


def test_a_party_learns_of_no_other_party(world: Federation) -> None:
    matter = send(world)
    world.settle()
    step(world, "QN", matter, "reply.acknowledge")
    step(world, "QO", matter, "reply.acknowledge")
    world.settle()
    for member, other in (("QN", "Cordia"), ("QO", "Belmora")):
        page = matter_page(world.nodes[member], officer(member), matter, world.now)
        assert other not in repr(page)
        assert other not in repr(desk_of(world.nodes[member], officer(member), world.now, Looks()).rows)


def test_what_another_member_took_up_is_not_called_watched_here(world: Federation) -> None:
    matter = send(world)
    world.settle()
    step(world, "QN", matter, "reply.acknowledge")
    step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
    world.settle()
    assert matter_page(world.nodes["QN"], officer("QN"), matter, world.now).watched_until == "2027-01-01"
    assert matter_page(world.nodes["QM"], officer("QM"), matter, world.now).watched_until == ""


def test_an_attachment_that_is_none_is_refused_like_an_unknown_one(world: Federation) -> None:
    matter = send(world)
    node = world.nodes["QM"]
    with node.store.read() as unit:
        subject = unit.execute(select(schema.part.c.commitment).where(schema.part.c.matter == matter)).scalars().first()
    for commitment in (subject, "0" * 64):
        with pytest.raises(RuleRefused) as refused:
            read_attachment(node, officer("QM"), str(commitment), world.now)
        assert refused.value.rule == "part.unknown"


def test_next_steps_follow_the_table_the_state_and_the_role(world: Federation) -> None:
    matter = send(world)
    world.settle()

    def steps(member: str, role: str = "duty_officer") -> set[str]:
        page = matter_page(world.nodes[member], officer(member, role), matter, world.now)
        return {f"{one.on}.{one.name}" for one in page.steps}

    assert {"owner.withdraw", "owner.suspend", "owner.update", "owner.offer"} == steps("QM")
    assert steps("QN") == {"reply.acknowledge", "protection.confirm"}
    assert steps("QS", "reviewer") == {"review.pass", "shield.cancel"}
    step(world, "QN", matter, "reply.acknowledge")
    assert steps("QN") == {"reply.take_up", "reply.decline", "protection.confirm"}
    step(world, "QM", matter, "owner.suspend", until="2027-01-15")
    world.settle()
    assert steps("QN") == {"reply.decline", "protection.confirm"}  # the guard of taking up: only while it is sent
    assert "owner.lift" in steps("QM")


def test_accounts_sign_in_and_out_and_leave_pseudonyms_only(world: Federation) -> None:
    node = world.nodes["QM"]
    made = seats.create_account(node, "ada", "four unrelated words here", "QM.bureau", ("duty_officer",), world.now)
    code = code_at(made.account.totp_secret, counter_at(world.now))
    with pytest.raises(RuleRefused):
        seats.sign_in(node, "ada", "wrong", code, world.now)
    with pytest.raises(RuleRefused):
        seats.sign_in(node, "grace", "wrong", code, world.now)
    token = seats.sign_in(node, "ada", "four unrelated words here", code, world.now)
    who = seats.officer_of(node, token, world.now)
    assert who == Officer("ada", made.account.pseudonym, "QM.bureau", frozenset({"duty_officer"}))
    seats.sign_out(node, token)
    assert isinstance(seats.seat_of(node, token, world.now), Ended)
    with node.store.read() as unit:
        leaves = [read_leaf(raw) for _, raw in log.entries(unit, log.MAIN)]
    said = [(leaf.tag, leaf.actor, leaf.rule) for leaf in leaves if leaf.tag.startswith("identity:")]
    own = f"QM.bureau:{made.account.pseudonym}"
    assert said == [
        ("identity:signin:refuse", own, "password"),
        ("identity:signin:refuse", "unknown", "unknown"),
        ("identity:signin:allow", own, ""),
    ]
    assert "ada" not in repr(leaves)


def test_an_account_of_a_foreign_agency_or_a_taken_login_is_refused(world: Federation) -> None:
    node = world.nodes["QM"]
    seats.create_exercise_account(node, "ada", "QM.bureau", ("duty_officer",), world.now)
    for login, agency in (("ada", "QM.bureau"), ("grace", "QN.bureau"), ("grace", "QM.nowhere")):
        with pytest.raises(InputRefused):
            seats.create_exercise_account(node, login, agency, ("duty_officer",), world.now)
    assert [account.login for account in seats.accounts(node)] == ["ada"]
