"""What a member with good keys and bad will can do to others: nothing but be refused, or spoil its own matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.federation import Federation, federation, officer
from tests.node.test_road import SEND, send, statements, status, step

from comity.errors import RuleRefused
from comity.exchange.delivery import SealedPart, delivery_of
from comity.exchange.envelope import Outgoing, pack_carton
from comity.exchange.receipt import Answer, read_answer
from comity.model.act import Act, Header, PartHead, digest_of, make_part, matter_id, sign_act
from comity.model.canon import encode
from comity.model.content import Attachment, Content, content_bytes
from comity.model.handling import Handling
from comity.model.sealing import chunk_address, seal_chunk, seal_part
from comity.node import delivery, effects, hits, intake, query, reading
from comity.node.action import Order, take_step
from comity.node.flight import screen_flight
from comity.procedures.diffusion.table import V1
from comity.procedures.table import Guard
from comity.storage import post, schema

TERMS = Handling(purposes=("border_check", "compliance_review", "investigation"))


def rows(world: Federation, member: str, table: Any, *conditions: Any) -> list[dict[str, Any]]:
    with world.nodes[member].store.read() as unit:
        return [dict(row) for row in unit.execute(select(table).where(*conditions)).mappings()]


def forge(
    world: Federation,
    sender: str,
    recipient: str,
    matter: str,
    track: str,
    step_name: str,
    *,
    procedure: str = "diffusion",
    version: int = 2,
    prev: str = "",
    seen: tuple[str, ...] = (),
    terms: dict[str, Any] | None = None,
    parts: Sequence[tuple[str, Content, bytes]] = (),
    named: Sequence[PartHead] = (),
    taken: Sequence[SealedPart] = (),
    time: str = "2026-11-22T09:00:00Z",
    handling: Handling = TERMS,
    sign: Callable[[Header, Any], Act] = sign_act,
) -> tuple[Act, Answer]:
    """An act as only a hostile node would write it, signed with its own good keys and delivered for real."""
    node = world.nodes[sender]
    agency = f"{sender}.bureau"
    sealed, heads, chunks = list(taken), [], []
    for kind, content, file in parts:
        key, salt = node.draw(32), node.draw(32)
        if content.attachment is not None:
            chunks = [seal_chunk(key, 0, file)]
            given = content.attachment
            manifest = Attachment(given.name, given.media, len(file), given.sha256, (chunk_address(chunks[0]),))
            content = Content(attachment=manifest)
        part = make_part(kind, handling, content_bytes(content), salt)
        heads.append(part.head)
        data = seal_part(key, part.head.commitment, part.data)
        sealed.append(SealedPart(part.head.commitment, data, key, salt))
    header = Header(
        format="comity-act-1",
        network=node.network,
        id=node.draw(16).hex(),
        matter=matter,
        track=track,
        procedure=procedure,
        version=version,
        step=step_name,
        prev=prev or node.draw(32).hex(),
        seen=seen,
        agency=agency,
        key=node.ring.agencies[agency].id,
        officer="0" * 16,
        time=time,
        terms=terms or {},
        parts=(*heads, *named),
    )
    act = sign(header, node.ring.agencies[agency].key)
    with node.store.write() as unit:
        lane = post.lanes(unit).get((recipient, "ordinary"), post.Lane())
        n = lane.out_n + 1
        post.put_lane(unit, recipient, "ordinary", post.Lane(n, lane.in_incarnation, lane.in_seen))
    outgoing = [Outgoing("act", "ordinary", n, delivery_of(act, sealed, chunks=chunks))]
    carton = pack_carton(
        outgoing, signer=node.ring.signer, recipient=recipient, trust=node.trust, now=world.now, draw=node.draw
    )
    raw = intake.receive(world.nodes[recipient], carton, world.now)
    return act, read_answer(raw, trust=node.trust, sender=recipient, own=sender, now=world.now)


def unchecked(header: Header, key: Any) -> Act:
    """A signature over a header that no honest node would write."""
    raw = encode(header)
    return Act(header, raw, key.sign(raw), digest_of(raw))


def test_act_of_another_procedure_cannot_take_a_matter_over(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        forge(world, "QO", "QN", matter, "flight", "screen", procedure="screening", version=1)
        forge(world, "QO", "QN", matter, "reply/QO", "acknowledge", version=99)
        assert status(world, "QN", matter) == "sent"
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"
        assert statements(world, "QN") == []


def test_naming_somebodys_part_in_a_header_neither_erases_nor_shows_it(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        parts = rows(world, "QN", schema.part, schema.part.c.matter == matter)
        named = [PartHead(row["kind"], Handling(), row["commitment"]) for row in parts]
        own = matter_id("QO.bureau", "ab" * 16)
        nonce = {"nonce": "ab" * 16}
        first, _ = forge(world, "QO", "QN", own, "owner", "send", terms=nonce, named=named)
        page = query.matter_page(world.nodes["QN"], officer("QN"), own, world.now)
        assert "Varnholt" not in repr(page)
        forge(world, "QO", "QN", own, "owner", "withdraw", prev=first.digest, terms={"ground": "error"})
        assert all(row["hidden"] is None for row in rows(world, "QN", schema.part, schema.part.c.matter == matter))


def test_party_cannot_address_others_in_somebodys_matter(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN"])
        world.settle()
        content = Content(form={"members": ["QO"]})
        forge(world, "QN", "QM", matter, "reply/QN", "acknowledge", parts=[("addressees", content, b"")])
        step(world, "QM", matter, "owner.update", news="For Belmora alone.")
        world.settle()
        assert rows(world, "QO", schema.act, schema.act.c.matter == matter) == []


def test_late_duplicate_after_erasure_brings_no_key_back(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN"])
        loaded = delivery._load(world.nodes["QM"], "QN", None, world.now)
        world.settle()
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert world.nodes["QN"].keys.all() == set()
        assert loaded is not None
        intake.receive(world.nodes["QN"], loaded.carton, world.now)
        assert world.nodes["QN"].keys.all() == set()


def test_reviewers_refusal_does_not_wait_for_an_update_that_it_saw(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world, to=["QN"])
        world.settle()
        step(world, "QM", matter, "owner.update", news="Seen.")
        assert delivery.send_once(world.nodes["QM"], "QS", world.now) == "sent"
        step(world, "QS", matter, "shield.cancel", "reviewer", ground="art3", reasons="Weighed.")
        assert delivery.send_once(world.nodes["QS"], "QN", world.now) == "sent"
        assert status(world, "QN", matter) == "cancelled"
        assert statements(world, "QN") == []


def test_note_about_a_hit_that_is_hidden_meanwhile_is_hidden_as_well(tmp_path: Path, data_dir: Path) -> None:
    from tests.node.test_flight import PERSON, forms

    flight = (data_dir / "04_border/gtas/tamr-integration-data__flight1.txt").read_bytes()
    with federation(tmp_path) as world:
        matter = send(world, **PERSON)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        effects.run_due(world.nodes["QN"], world.now)
        done = screen_flight(world.nodes["QN"], officer("QN", "second_line"), "f.txt", flight, world.now)
        hit = next(h for h in forms(world, "QN", done.matter, "hit") if h["list"] == "diffusion")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        data = {"hit": hit["id"], "decision": "same", "ground": "document", "note": "It is her."}
        order = Order("screening", "decide", "flight", matter=done.matter, data=data)
        take_step(world.nodes["QN"], officer("QN", "second_line"), order, world.now)
        assert forms(world, "QN", done.matter, "note") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "2026-13-45T09:00:00Z"},
        {"version": 10**30},
        {"handling": Handling(until="soon"), "parts": [("subject", Content(form={"a": "b"}), b"")]},
    ],
    ids=["time", "version", "until"],
)
def test_header_that_cannot_be_is_refused_and_its_neighbours_are_not(tmp_path: Path, changes: dict[str, Any]) -> None:
    with federation(tmp_path) as world:
        nonce = {"nonce": "ab" * 16}
        own = matter_id("QM.bureau", "ab" * 16)
        _, answer = forge(world, "QM", "QN", own, "owner", "send", terms=nonce, sign=unchecked, **changes)
        assert len(answer.refused) == 1
        assert rows(world, "QN", schema.act) == []
        send(world)
        world.settle()
        assert len(rows(world, "QN", schema.act)) == 1


def test_act_on_a_track_that_never_leaves_its_node_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QM.bureau", "ab" * 16)
        terms = {"nonce": "ab" * 16, "travellers": "many"}
        _, answer = forge(world, "QM", "QN", own, "flight", "screen", procedure="screening", version=1, terms=terms)
        assert [one.rule for one in answer.refused] == ["act.audience"]
        found = hits.flights(world.nodes["QN"], officer("QN", "second_line"), world.now, reading.Looks())
        assert list(found) == []


def test_attachment_of_a_kind_that_a_browser_runs_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        own = matter_id("QM.bureau", "ab" * 16)
        page = Content(attachment=Attachment("p", "text/html", 0, "0" * 64, ()))
        parts = [("portrait", page, b"<script src=x></script>")]
        _, answer = forge(world, "QM", "QN", own, "owner", "send", terms={"nonce": "ab" * 16}, parts=parts)
        assert [one.rule for one in answer.refused] == ["part.media"]


def test_act_refused_for_a_key_not_yet_known_is_sent_again_and_arrives(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QN"]
        trust = node.trust
        keys = {name: key for name, key in trust._agency_keys.items() if name[0] != "QM.bureau"}
        node.trust = dataclasses.replace(trust, _agency_keys=keys)
        matter = send(world, to=["QN"])
        world.settle(3)
        assert status(world, "QN", matter) == ""
        said = rows(world, "QM", schema.receipt, schema.receipt.c.member == "QN")
        assert [(row["code"], row["rule"]) for row in said] == [("technical_refusal", "act.key_unknown")]
        node.trust = trust
        world.settle()
        assert status(world, "QN", matter) == "sent"


def test_member_reached_only_by_pull_receipts_what_it_took(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        send(world, to=["QN"])
        delivery.pull_once(world.nodes["QN"], "QM", world.now)
        delivery.pull_once(world.nodes["QN"], "QM", world.now)
        world.settle()
        said = rows(world, "QM", schema.receipt, schema.receipt.c.member == "QN")
        assert [row["code"] for row in said] == ["recorded"]


def test_key_of_one_form_answers_for_no_other(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node, who = world.nodes["QM"], officer("QM")
        first = take_step(node, who, Order("diffusion", "send", "owner", data=SEND, key="k1"), world.now)
        again = take_step(node, who, Order("diffusion", "send", "owner", data=SEND, key="k1"), world.now)
        assert first == again
        withdrawal = Order("diffusion", "withdraw", "owner", matter=first.matter, data={"ground": "error"}, key="k1")
        with pytest.raises(RuleRefused) as refused:
            take_step(node, who, withdrawal, world.now)
        assert refused.value.rule == "form.key_used"
        assert status(world, "QM", first.matter) == "sent"


def test_frozen_track_can_still_be_withdrawn_by_its_owner(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        with world.nodes["QM"].store.read() as unit:
            root = unit.execute(select(schema.act.c.digest).where(schema.act.c.step == "send")).scalar_one()
        for _ in range(2):
            forge(world, "QM", "QN", matter, "owner", "suspend", prev=root, terms={"until": "2027-01-01"})
        track = rows(world, "QN", schema.track, schema.track.c.track == "owner")[0]
        assert track["frozen"] != "[]"
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle(20)
        assert status(world, "QN", matter) == "withdrawn"
        assert statements(world, "QN") == []


def test_act_that_cannot_be_recorded_takes_no_neighbour_along(tmp_path: Path) -> None:
    armed: list[bool] = []

    def test(_: object, __: Header) -> str | None:
        if len(armed) > 0:
            raise ZeroDivisionError
        return None

    guarded = tuple(
        dataclasses.replace(one, guards=(Guard((), test),)) if one.name == "send" else one for one in V1.steps
    )
    faulty = dataclasses.replace(V1, kind="faulty", steps=guarded)
    with federation(tmp_path, extra=(faulty,)) as world:
        first = send(world, to=["QN"])
        node, who = world.nodes["QM"], officer("QM")
        bad = take_step(node, who, Order("faulty", "send", "owner", data={**SEND, "to": ["QN"]}), world.now)
        last = send(world, to=["QN"])
        armed.append(True)
        assert delivery.send_once(node, "QN", world.now) == "sent"
        assert [status(world, "QN", matter) for matter in (first, bad.matter, last)] == ["sent", "", "sent"]
        assert [row["rule"] for row in rows(world, "QN", schema.quarantine)] == ["act.unrecordable"]
        said = rows(world, "QM", schema.receipt, schema.receipt.c.act == bad.act)
        assert [(row["code"], row["rule"]) for row in said] == [("technical_refusal", "act.unrecordable")]
