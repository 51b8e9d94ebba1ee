"""Correspondents without a node: addressed like members, written to by letter, answered by mail, recalled on paper."""

from __future__ import annotations

import grp
import io
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from tests.documents.test_letters import pages_of
from tests.federation import Federation, federation, officer
from tests.node.test_message import clocks, send

from comity.documents.incoming import read_document
from comity.errors import InputRefused, RuleRefused
from comity.exchange.transports.imap import Mailbox, fetch
from comity.node import incoming
from comity.node.action import Order, take_step
from comity.node.answers import answers_of
from comity.node.correspondents import record_correspondent
from comity.node.letters import Made, Wanted, make_letter, paper_of
from comity.node.prints import settle
from comity.node.query import holdings, matter_page, waits
from comity.procedures.diffusion import V1 as DIFFUSION
from comity.procedures.form import File
from comity.storage import acts as act_rows
from comity.storage import paper, post
from comity.storage.paper import Correspondent

OFFICE = Correspondent(
    "", "Office of Ostrava", "I-24/7", "1 Harbour Square\nOstrava", "office@ostrava.example", "+99 1", "fr,en"
)


def recorded(world: Federation, member: str = "QM") -> str:
    """A correspondent of a member; returns its code."""
    return record_correspondent(world.nodes[member], officer(member), OFFICE, world.now).code


def paper_step(world: Federation, matter: str, name: str, **data: Any) -> None:
    """One step on the track of a correspondent's letters."""
    values = {"party": "X1", "at": "2026-11-22 09:30", "channel": "mail", **data}
    order = Order("", name, "paper", matter=matter, data=values)
    take_step(world.nodes["QM"], officer("QM"), order, world.now)


def letter(world: Federation, matter: str, kind: str, form: str = "pdf", language: str = "fr") -> Made:
    """The file of one letter to the correspondent."""
    wanted = Wanted(kind, "paper/X1", language, form)
    return make_letter(world.nodes["QM"], officer("QM"), matter, wanted, world.now)


def state(world: Federation, matter: str, code: str = "X1") -> str:
    """How the track of a correspondent's letters stands."""
    view = held_of(world, matter).view
    assert view is not None
    return view.tracks[f"paper/{code}"].state


def held_of(world: Federation, matter: str, member: str = "QM") -> Any:
    node = world.nodes[member]
    with node.store.read() as unit:
        return holdings(node, unit, [act_rows.matter_rows(unit, [matter])[matter]])[0]


def said_of(world: Federation, matter: str) -> str:
    """What the page says of the correspondent."""
    node = world.nodes["QM"]
    with node.store.read() as unit:
        answers = answers_of(node, unit, held_of(world, matter))
    assert answers is not None
    return "; ".join(str(line) for row in answers.rows if row.member == "X1" for line in row.lines)


def peers_written_to(world: Federation, matter: str) -> set[str]:
    """The members that anything of a matter was queued for."""
    with world.nodes["QM"].store.read() as unit:
        return {intent.peer for intent in post.intents_for(unit, held_of(world, matter).headers)}


def test_a_message_to_a_correspondent_is_a_letter_and_nothing_is_queued(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        assert recorded(world) == "X1"
        matter = send(world, to=["QN", "X1"])
        assert peers_written_to(world, matter) == {"QN"}
        assert state(world, matter) == "prepared"
        assert said_of(world, matter) == "the letter is not sent yet"
        world.settle()
        made = letter(world, matter, "message")
        text = "\n".join(pages_of(made.data))
        assert made.number == "COM/QM/2026/000001"
        assert "+999 02 555 0182" in text
        assert "Office of Ostrava" in text
        assert "TLP:AMBER" in text
        assert "Objet" in text  # labels in the correspondent's language
        paper_step(world, matter, "sent", number=made.number)
        due = clocks(world, "QM", matter)["correspondent.answer X1"]
        assert due.at is not None
        assert due.at - due.began == timedelta(days=30)
        node = world.nodes["QM"]
        assert [str(one.who) for one in waits(node, held_of(world, matter)) if one.member == "X1"] == [
            "Office of Ostrava"
        ]


def test_no_member_learns_that_a_correspondent_was_written_to(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        recorded(world)
        matter = send(world, to=["QN", "X1"])
        world.settle()
        letter(world, matter, "message")
        paper_step(world, matter, "sent")
        world.settle()
        held = held_of(world, matter, "QN")
        assert {h.track for h in held.headers.values()} == {"ask"}
        assert "X1" not in held.seats["party"]
        assert all(b"paper" not in a.header for a in held.acts)


def test_only_correspondents_of_the_register_are_addressed_and_only_by_the_bureau(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused):
            send(world, to=["X1"])
        recorded(world)
        data = {"to": ["X1"], "level": "routine", "purpose": "investigation", "subject": "s", "question": "q"}
        with pytest.raises(InputRefused):
            take_step(
                world.nodes["QM"], officer("QM", agency="federal"), Order("message", "ask", "ask", data=data), world.now
            )
        assert send(world, to=["X1"]) != ""
        with pytest.raises(RuleRefused):
            record_correspondent(world.nodes["QM"], officer("QM", agency="federal"), OFFICE, world.now)


def test_a_correspondent_without_any_address_is_refused_with_every_defect(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        with pytest.raises(InputRefused) as refused:
            record_correspondent(world.nodes["QM"], officer("QM"), Correspondent("", "", languages="xx"), world.now)
        assert {d.field for d in refused.value.defects} == {"name", "address", "languages"}


def test_a_diffusion_to_a_correspondent_is_recalled_by_letter_with_a_clock(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        recorded(world)
        data = {**DIFFUSION.example["owner.send"], "to": ["QN", "X1"]}
        node = world.nodes["QM"]
        matter = take_step(node, officer("QM"), Order("diffusion", "send", "owner", data=data), world.now).matter
        world.settle()
        made = letter(world, matter, "message", "docx")
        assert made.name == "COM-QM-2026-000001.docx"
        paper_step(world, matter, "sent", number=made.number)
        take_step(
            node,
            officer("QM"),
            Order("diffusion", "withdraw", "owner", matter=matter, data={"ground": "error"}),
            world.now,
        )
        assert state(world, matter) == "recalling"
        world.settle()
        with pytest.raises(RuleRefused):
            letter(world, matter, "message")
        recall = letter(world, matter, "recall", "eml", "en")
        assert made.number.encode() in recall.data
        assert b"Varnholt" not in recall.data
        paper_step(world, matter, "recall_sent", number=recall.number)
        assert clocks(world, "QM", matter)["correspondent.recall X1"].is_open
        page = matter_page(node, officer("QM"), matter, world.now)
        assert [one.member for one in page.waiting] == ["X1"]
        assert paper_of(node, officer("QM"), matter, world.now).called == 1
        assert "letter of recall was sent" in said_of(world, matter)
        paper_step(world, matter, "recall_answered", done="destroyed", text="Destroyed on receipt.")
        assert state(world, matter) == "settled"
        settle(node, officer("QM"), made.number, "destroyed", world.now)
        assert paper_of(node, officer("QM"), matter, world.now).called == 0


def test_what_was_never_sent_needs_no_recall(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        recorded(world)
        matter = send(world, to=["X1"])
        order = Order("message", "withdraw", "ask", matter=matter, data={"ground": "error"})
        take_step(world.nodes["QM"], officer("QM"), order, world.now)
        assert state(world, matter) == "called_off"


def test_a_suspended_diffusion_makes_another_letter_due(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        recorded(world)
        data = {**DIFFUSION.example["owner.send"], "to": ["QN", "X1"]}
        node = world.nodes["QM"]
        matter = take_step(node, officer("QM"), Order("diffusion", "send", "owner", data=data), world.now).matter
        paper_step(world, matter, "sent")
        take_step(
            node,
            officer("QM"),
            Order("diffusion", "suspend", "owner", matter=matter, data={"until": "2027-01-15"}),
            world.now,
        )
        assert state(world, matter) == "prepared_again"


def test_a_cancelled_diffusion_is_recalled_by_letter_when_its_source_learns_of_the_closing(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        recorded(world)
        data = {**DIFFUSION.example["owner.send"], "to": ["QN", "X1"]}
        node = world.nodes["QM"]
        matter = take_step(node, officer("QM"), Order("diffusion", "send", "owner", data=data), world.now).matter
        paper_step(world, matter, "sent")
        world.settle()
        cancel = Order(
            "diffusion", "cancel", "shield", matter=matter, data={"ground": "protection", "reasons": "Weighed."}
        )
        take_step(world.nodes["QS"], officer("QS", "reviewer"), cancel, world.now)
        world.settle()
        assert state(world, matter) == "sent"
        world.now += timedelta(days=8)
        world.settle(20)
        assert state(world, matter) == "recalling"


def mail_of(
    number: str, *, text: str = "The holder was Mirel Tessaro.", attach: tuple[tuple[str, bytes], ...] = ()
) -> bytes:
    """An answer as a mail program saves it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "office@ostrava.example", "bureau@arvenia.example", f"Re: {number}"
    mail["Date"], mail["Message-ID"] = "Mon, 23 Nov 2026 10:00:00 +0100", f"<{number or 'none'}@ostrava.example>"
    mail.set_content(text)
    for name, data in attach:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def jpeg() -> bytes:
    """A scan with a place in its metadata."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    out = io.BytesIO()
    Image.new("RGB", (1800, 2400), (200, 200, 200)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def pdf() -> bytes:
    """A PDF that runs, calls out, carries a file and names its author."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": "SECRET-AUTHOR"})
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('SECRET-SCRIPT')")}
    )
    writer.add_attachment("secret.bin", b"SECRET-FILE")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def asked(world: Federation) -> tuple[str, str]:
    """(matter, number) of a message that a correspondent was sent."""
    recorded(world)
    matter = send(world, to=["X1"])
    made = letter(world, matter, "message")
    paper_step(world, matter, "sent", number=made.number)
    return matter, made.number


def test_an_answer_that_quotes_the_number_is_attached_and_its_files_are_cleaned(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, number = asked(world)
        raw = mail_of(number, attach=(("scan.jpg", jpeg()), ("answer.pdf", pdf()), ("run.exe", b"MZ" + bytes(99))))
        node = world.nodes["QM"]
        taken = incoming.take_mail(node, officer("QM"), "answer.eml", raw, world.now)
        assert taken.matter == matter
        assert taken.refused == ("run.exe",)
        assert state(world, matter) == "answered"
        assert not clocks(world, "QM", matter)["correspondent.answer X1"].is_open
        page = matter_page(node, officer("QM"), matter, world.now)
        shown = [part for track in page.tracks for act in track.acts for part in act.parts]
        assert any("Mirel Tessaro" in str(line.values) for part in shown for line in part.lines)
        assert sorted(part.picture.media for part in shown if part.picture is not None) == [
            "application/pdf",
            "image/jpeg",
        ]
        assert incoming.take_mail(node, officer("QM"), "answer.eml", raw, world.now).matter == ""  # once only
        with node.store.read() as unit:
            assert paper.incoming(unit) == []


def test_documents_are_kept_without_what_runs_hides_or_names_an_author() -> None:
    kept = read_document("a.pdf", pdf())
    assert b"SECRET" not in kept.data
    read = PdfReader(io.BytesIO(kept.data))
    assert len(read.pages) == 1
    assert "/Names" not in read.trailer["/Root"]
    assert "/OpenAction" not in read.trailer["/Root"]
    scan = read_document("a.jpg", jpeg())
    assert b"SECRET" not in scan.data
    assert Image.open(io.BytesIO(scan.data)).size == (1800, 2400)


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(50), b"MZ", b"%PDF-1.7 broken", b"\x00\x00\x00\x18ftypmp42"])
def test_anything_but_a_document_is_refused(data: bytes) -> None:
    with pytest.raises(InputRefused):
        read_document("x.pdf", data)


def test_mail_without_a_number_waits_sealed_until_an_officer_decides(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, _ = asked(world)
        node, desk = world.nodes["QM"], officer("QM")
        raw = mail_of("", text="About the person of last week: CANARY-IN-MAIL.")
        assert incoming.take_mail(node, desk, "a.eml", raw, world.now).matter == ""
        (one,) = incoming.waiting(node, desk)
        for path in (tmp_path / "QM").rglob("*"):
            assert not path.is_file() or b"CANARY-IN-MAIL" not in path.read_bytes()
        (track,) = incoming.open_tracks(node, desk, world.now)
        incoming.attach(node, desk, one.id, track.matter, track.party, world.now)
        assert state(world, matter) == "answered"
        with pytest.raises(RuleRefused):
            incoming.set_aside(node, desk, one.id)
        incoming.take_text(node, desk, "Spam", (), "x@y.example", world.now)
        (spam,) = incoming.waiting(node, desk)
        incoming.set_aside(node, desk, spam.id)
        assert incoming.waiting(node, desk) == ()


def test_a_number_of_another_matter_does_not_pull_an_answer_in(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        asked(world)
        raw = mail_of("COM/QM/2026/000999")
        assert incoming.take_mail(world.nodes["QM"], officer("QM"), "a.eml", raw, world.now).matter == ""


def test_a_mail_from_elsewhere_that_quotes_the_number_waits_for_an_officer(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, number = asked(world)
        node, desk = world.nodes["QM"], officer("QM")
        raw = mail_of(number).replace(b"office@ostrava.example", b"office@ostrava.example.attacker.example")
        taken = incoming.take_mail(node, desk, "a.eml", raw, world.now)
        assert taken.matter == ""
        assert "another address" in " ".join(taken.refused)
        assert state(world, matter) != "answered"
        (one,) = incoming.waiting(node, desk)
        incoming.attach(node, desk, one.id, matter, "X1", world.now)
        assert state(world, matter) == "answered"


def test_a_pasted_answer_with_a_scan_is_attached_by_its_number(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        matter, number = asked(world)
        files = (File("scan.jpg", jpeg()),)
        taken = incoming.take_text(
            world.nodes["QM"], officer("QM"), f"Your {number}: nothing held.", files, "", world.now
        )
        assert taken.matter == matter


@contextmanager
def imap_server(folder: Path) -> Iterator[tuple[int, Path]]:
    """A real Dovecot of this user, with one mailbox; gives its port and the folder that mail is put in."""
    dovecot = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if dovecot is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("No Dovecot here; install Debian's package dovecot-imapd.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.chmod(0o755)
    box = folder / "mail"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    user = pwd.getpwuid(os.getuid()).pw_name
    group = grp.getgrgid(os.getgid()).gr_name
    login, owner = user, os.getuid()
    if owner == 0:  # Dovecot's own rule: neither whoever greets strangers nor whoever reads mail is root
        login, owner = "dovenull", pwd.getpwnam("nobody").pw_uid
        for path in (folder, box, *box.iterdir()):
            os.chown(path, owner, -1)
    (folder / "users").write_text("bureau:{PLAIN}secret\n")
    (folder / "dovecot.conf").write_text(
        DOVECOT.format(
            folder=folder, login=login, user=user, group=group, port=port, uid=owner, gid=pwd.getpwuid(owner).pw_gid
        )
    )
    server = subprocess.Popen([dovecot, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.PIPE)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, box / "new"
    finally:
        server.terminate()
        server.wait(10)


DOVECOT = """
protocols = imap
base_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {login}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
mail_uid = {uid}
mail_gid = {gid}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def test_a_mailbox_is_read_once_and_never_changed(tmp_path: Path) -> None:
    with TemporaryDirectory() as folder, federation(tmp_path) as world, imap_server(Path(folder)) as (port, new):
        matter, number = asked(world)
        (new / "1.mail").write_bytes(mail_of(number))
        (new / "2.mail").write_bytes(mail_of("", text="No number here."))
        box = Mailbox("127.0.0.1", "bureau", "secret", port=port, tls=False)
        node, desk = world.nodes["QM"], officer("QM")
        taken = incoming.read_mailbox(node, desk, box, world.now)
        assert [one.matter for one in taken] == [matter, ""]
        assert incoming.read_mailbox(node, desk, box, world.now) == ()
        assert len(fetch(box, (0, 0)).messages) == 2  # still there
        held = [path.name for path in new.parent.rglob("*.mail*")]
        assert all(not name.endswith("S") for name in held)  # and not marked as seen
        with pytest.raises(RuleRefused):
            incoming.read_mailbox(node, desk, Mailbox("127.0.0.1", "bureau", "wrong", port=port, tls=False), world.now)


def test_a_mailbox_elsewhere_is_never_called_without_tls(tmp_path: Path) -> None:
    box = Mailbox("mail.example", "bureau", "secret", tls=False)
    with federation(tmp_path) as world, pytest.raises(RuleRefused):
        incoming.read_mailbox(world.nodes["QM"], officer("QM"), box, world.now)
