"""What an erasure takes away, byte by byte, and what it leaves exactly as it was."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image
from sqlalchemy import insert, select, update
from tests.federation import Federation, federation, officer
from tests.node.test_road import SEND, send, step

from comity.ledger.checkpoint import read_checkpoint
from comity.model.act import read_header, verify_act
from comity.model.sealing import open_chunk
from comity.node import delivery, effects, exercise, notary
from comity.node.action import Order, take_step
from comity.node.certificate import certify, read_anchor
from comity.node.founding import public_bytes
from comity.procedures.form import File
from comity.storage import acts as act_rows
from comity.storage import desk, log, post, schema

CANARIES = ("Xanthippe", "Quorvallis", "ZZ-CANARY-771", "peacock harbour")
PERSON = {
    "first_name": "Xanthippe",
    "last_name": "Quorvallis",
    "name": "Xanthippe Quorvallis",
    "passport": ["ZZ-CANARY-771"],
    "facts": "On 2026-09-03 at peacock harbour she took delivery of forged papers.",
}


def files_holding(world: Federation, member: str, words: tuple[bytes, ...]) -> list[tuple[str, bytes]]:
    """Every file of a node that holds one of these byte strings, in UTF-8 or UTF-16."""
    found = []
    for path in sorted((world.folder / member).rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found += [(path.name, word) for word in words if word in data]
    return found


def canaries() -> tuple[bytes, ...]:
    return tuple(w.encode(code) for w in CANARIES for code in ("utf-8", "utf-16-le")) + tuple(
        w.lower().encode() for w in CANARIES
    )


def test_no_byte_of_content_or_key_is_left_in_any_file_once_gone(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        node = world.nodes["QM"]
        files = {"portrait": (File("p.png", exercise.portrait()),)}
        order = Order("diffusion", "send", "owner", data={**SEND, **PERSON}, files=files)
        done = take_step(node, officer("QM"), order, world.now)
        world.settle()
        held = {member: world.nodes[member].keys.get(list(world.nodes[member].keys.all())) for member in world.codes}
        assert all(len(keys) > 0 for keys in held.values())
        assert len(files_holding(world, "QN", canaries())) > 0
        secrets = {m: tuple(raw for pair in keys.values() for raw in pair) for m, keys in held.items()}
        with world.nodes["QN"].store.read() as unit:
            sealed = [bytes(raw) for raw in unit.execute(select(schema.part.c.sealed)).scalars() if raw is not None]
            chunks = [bytes(raw) for raw in unit.execute(select(schema.chunk.c.data)).scalars()]
        assert len(chunks) == 1
        pieces = tuple(raw[100:140] for raw in (*sealed, *chunks) if len(raw) > 140)
        assert len(files_holding(world, "QN", pieces)) > 0
        step(world, "QM", done.matter, "owner.withdraw", ground="error")
        world.settle()
        for member in world.codes:
            assert files_holding(world, member, canaries()) == []
            assert files_holding(world, member, secrets[member]) == []
            assert files_holding(world, member, pieces) == []


def test_erasing_leaves_every_header_signature_state_and_proof_as_it_was(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        world.settle()
        node = world.nodes["QN"]
        notary.issue_checkpoints(node, world.now)
        with node.store.read() as unit:
            before = act_rows.acts_of(unit, [matter])[matter]
            old = dict(log.checkpoints(unit, log.MAIN))
            entries = list(log.entries(unit, log.MAIN))
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        notary.issue_checkpoints(node, world.now)
        with node.store.read() as unit:
            after = {one.digest: one for one in act_rows.acts_of(unit, [matter])[matter]}
            assert list(log.entries(unit, log.MAIN))[: len(entries)] == entries
            assert {s: n for s, n in log.checkpoints(unit, log.MAIN) if s in old} == old
        for one in before:
            same = after[one.digest]
            assert (same.header, same.signature, same.verdict) == (one.header, one.signature, one.verdict)
            header = read_header(same.header)
            key = world.founded.keys[header.agency[:2]].ring.agencies[header.agency].key.public_key()
            assert verify_act(same.header, same.signature, key).digest == one.digest
        assert all(report.difference is None for report in notary.audit(node))


def test_proof_of_recorded_and_erased_verifies_with_nothing_but_the_anchor(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        with world.nodes["QN"].store.read() as unit:
            act = next(a.digest for a in act_rows.acts_of(unit, [matter])[matter] if b'"owner"' in a.header)
        step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        raw = notary.prove(world.nodes["QN"], act, world.now)
        keys = {name: public_bytes(key).hex() for name, key in world.founded.officers.items()}
        anchor = json.dumps({"network": world.network_id, "threshold": 2, "keys": keys}).encode()
        certified = certify(raw, read_anchor(anchor))
        assert "Belmora declares" in certified.certificate[0]
        assert "destroyed" in certified.certificate[0]
        assert any("not that nobody kept a copy" in line or "copy" in line for line in certified.certificate)
        origin = read_checkpoint(certified.report.head.note).origin
        assert origin.endswith(".qn.pair-qm")
        for word in (b"QO", b"Varnholt", b"Ilka"):
            documents = json.loads(raw)
            documents.pop("documents")
            assert word not in json.dumps(documents).encode()


def test_receipts_towards_the_sender_hold_no_ledger_position(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        recall = step(world, "QM", matter, "owner.withdraw", ground="error")
        world.settle()
        with world.nodes["QM"].store.read() as unit:
            raws = [r.raw for r in post.receipts_of(unit, [recall]) if r.raw != b""]
        assert len(raws) >= 12
        for raw in raws:
            assert not {"index", "size", "root", "leaf", "tree"} & set(json.loads(raw))


def test_watch_is_not_begun_when_its_withdrawal_is_already_recorded(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QN", matter, "reply.acknowledge")
        take = step(world, "QN", matter, "reply.take_up", reason="seen", until="2027-01-01")
        step(world, "QM", matter, "owner.withdraw", ground="error")
        from_sender = world.nodes["QM"]
        while world.nodes["QN"] and _push(world, from_sender):
            pass
        effects.run_due(world.nodes["QN"], world.now)
        with world.nodes["QN"].store.read() as unit:
            assert desk.watches(unit) == []
            states = {(r.act, r.name): r.state for r in unit.execute(select(schema.effect))}
        assert states[(take, "watch")] == "dropped"


def _push(world: Federation, node: object) -> bool:
    return delivery.send_once(node, "QN", world.now) == "sent"  # type: ignore[arg-type]


def test_outside_effect_begun_before_a_kill_goes_to_an_officer_and_is_not_done_twice(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        node = world.nodes["QN"]
        with node.store.write() as unit:
            act = next(iter(act_rows.acts_of(unit, [matter])[matter])).digest
            unit.execute(insert(schema.effect).values(act=act, name="fax", state="due", at="t"))
            unit.execute(update(schema.effect).where(schema.effect.c.name == "fax").values(state="started"))
        world.crash("QN")
        node = world.open("QN")
        done: list[str] = []
        effects.run_due(node, world.now, {**effects.HANDLERS, "fax": lambda *_: done.append("fax")})
        with node.store.read() as unit:
            assert [row["state"] for row in desk.effects_in(unit, "officer")] == ["officer"]
        assert done == []


def test_picture_loses_its_metadata(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        picture = Image.new("RGB", (40, 40), "red")
        exif = Image.Exif()
        exif[0x010E] = "taken at peacock harbour"
        out = io.BytesIO()
        picture.save(out, "JPEG", exif=exif)
        assert b"peacock harbour" in out.getvalue()
        files = {"portrait": (File("p.jpg", out.getvalue()),)}
        order = Order("diffusion", "send", "owner", data=SEND, files=files)
        done = take_step(world.nodes["QM"], officer("QM"), order, world.now)
        world.settle()
        node = world.nodes["QN"]
        with node.store.read() as unit:
            portraits = [
                p for some in act_rows.parts_of_acts(unit, [done.act]).values() for p in some if p.kind == "portrait"
            ]
            chunks = act_rows.chunks_of(unit, [portraits[0].commitment])[portraits[0].commitment]
        key = node.keys.get([portraits[0].commitment])[portraits[0].commitment][0]
        clear = b"".join(open_chunk(key, n, chunk) for n, chunk in enumerate(chunks))
        assert clear.startswith(b"\xff\xd8")
        assert b"peacock" not in clear
        assert Image.open(io.BytesIO(clear)).getexif() == {}


def test_no_byte_to_one_recipient_names_another_or_tells_that_something_came_before(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter = send(world)
        world.settle()
        step(world, "QO", matter, "reply.acknowledge")
        world.settle()
        step(world, "QM", matter, "owner.update", news="Seen.")
        world.settle()
        for member, other in (("QN", "QO"), ("QO", "QN")):
            with world.nodes[member].store.read() as unit:
                held = act_rows.acts_of(unit, [matter])[matter]
                known = {one.digest for one in held}
            for one in held:
                assert other.encode() not in one.header
                assert all(digest in known for digest in json.loads(one.header)["seen"])
            roots = [json.loads(one.header) for one in held if json.loads(one.header)["step"] in ("send", "settle")]
            for header in roots:
                assert len(header["prev"]) == 64
                assert header["prev"] not in known
                assert set(header["prev"]) != {"0"}
