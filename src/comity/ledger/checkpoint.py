"""Checkpoints: a ledger's size and root as a signed note that any transparency-log tool reads.

Formats: C2SP signed-note, tlog-checkpoint and tlog-cosignature v1, all with Ed25519. The log signs the plain note
(type 0x01) and, for the time, its own note once more in the timed form (type 0x04); witnesses sign in the timed
form only. The two cannot be taken for each other, since the timed form begins with a line of its own.

A signature line of an unknown key is read past, as the format asks; one of a known key that is not good makes the
whole note refused. Extension lines are refused: no witness looks at them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import OwnFault, PeerRefused
from comity.ledger.tree import verify_consistency

NOTE_LIMIT = 32 * 1024
MAX_SIGNATURES = 32

_PLAIN, _TIMED = b"\x01", b"\x04"
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Somebody whose signatures on notes count: ``name`` as in the signature line, and the public key."""

    name: str
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """Somebody who signs notes: ``name`` as it stands in the signature line, and the private key."""

    name: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log ``origin``: ``size`` entries under ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: three lines, each ended."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That ``name`` saw this head as the newest consistent one, at ``time`` (UTC, by its own clock)."""

    name: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """A log as one witness knows it: its key, and the newest head seen, ``None`` before the first."""

    log: NoteKey
    last: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A verified note: if this object exists, the log's signature and each of ``cosigned`` was good.

    ``issued`` is the time that the log itself put under its signature, ``None`` if it gave none.
    """

    checkpoint: Checkpoint
    note: bytes
    issued: datetime | None
    cosigned: tuple[Cosignature, ...]


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey, now: datetime) -> bytes:
    """The note that the log itself signs; its key name is the origin. ``now`` has a time zone."""
    if _NAME.fullmatch(checkpoint.origin) is None or len(checkpoint.root) != 32 or checkpoint.size < 0:
        raise _unsignable("A checkpoint needs an origin without blanks or plus signs, a size and a root of 32 bytes.")
    text, name = checkpoint.text(), checkpoint.origin
    plain = _line(name, _key_id(name, _PLAIN, key.public_key()) + key.sign(text.encode()))
    return f"{text}\n{plain}{_timed_line(text, name, key, now)}".encode()


def cosign(note: bytes, signer: NoteSigner, now: datetime) -> bytes:
    """The note with the cosignature of ``signer`` added, in place of an older one of the same name.

    A witness uses :func:`witness`, which checks before it signs.
    """
    text, lines = _split(note)
    _read_text(text)
    if _NAME.fullmatch(signer.name) is None:
        raise _unsignable("A witness's name has no blanks or plus signs.")
    kept = "".join(_line(other, blob) for other, blob in lines if other != signer.name)
    return f"{text}\n{kept}{_timed_line(text, signer.name, signer.key, now)}".encode()


def witness(note: bytes, watched: Watched, path: Sequence[bytes], signer: NoteSigner, now: datetime) -> bytes:
    """The note, cosigned if the watched log signed it and it continues the newest head this witness has seen.

    ``path`` is the consistency proof from that head. Raises :class:`PeerRefused` for a log that shrinks or was
    rewritten: both notes together are the evidence.
    """
    new, last = open_checkpoint(note, watched.log).checkpoint, watched.last
    if last is not None and last.origin != new.origin:
        raise _refuse(f"The checkpoint is of {new.origin}, not of {last.origin}.", "checkpoint.origin")
    if last is not None and last.size > new.size:
        raise _refuse(f"The ledger {new.origin} had {last.size} entries and now shows {new.size}.", "checkpoint.shrunk")
    if last is not None and last.size > 0:
        verify_consistency(last.size, new.size, path, last.root, new.root)
    return cosign(note, signer, now)


def open_checkpoint(
    note: bytes, log: NoteKey, witnesses: Sequence[NoteKey] = (), *, at_least: int = 0
) -> SignedCheckpoint:
    """The checkpoint in ``note`` if ``log`` signed it and ``at_least`` of ``witnesses`` cosigned it.

    Raises :class:`PeerRefused` for anything malformed, of another log, unsigned, or signed only by unknown keys.
    """
    text, lines = _split(note)
    checkpoint = _read_text(text)
    if checkpoint.origin != log.name:
        raise _refuse(f"The checkpoint is of {checkpoint.origin}, not of {log.name}.", "checkpoint.origin")
    if not _signed(text, lines, log):
        raise _refuse(f"The checkpoint is not signed by the known key of {log.name}.", "checkpoint.unsigned")
    own = _times(text, lines, log)
    cosigned = tuple(
        Cosignature(one.name, times[0])
        for one in witnesses
        if one.name != log.name and len(times := _times(text, lines, one)) > 0
    )
    if len({one.name for one in cosigned}) < at_least:
        raise _refuse(
            f"The checkpoint carries {len(cosigned)} of the {at_least} cosignatures it needs.", "checkpoint.unwitnessed"
        )
    return SignedCheckpoint(checkpoint, note, own[0] if len(own) > 0 else None, cosigned)


def read_checkpoint(note: bytes) -> Checkpoint:
    """The checkpoint in ``note``, well-formed but not verified; raises :class:`PeerRefused`."""
    return _read_text(_split(note)[0])


def _timed_line(text: str, name: str, key: Ed25519PrivateKey, now: datetime) -> str:
    seconds = int(now.timestamp())
    blob = _key_id(name, _TIMED, key.public_key()) + struct.pack(">Q", seconds) + key.sign(_timed(text, seconds))
    return _line(name, blob)


def _timed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _key_id(name: str, kind: bytes, public: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public.public_bytes_raw()).digest()[:4]


def _line(name: str, blob: bytes) -> str:
    return f"— {name} {base64.b64encode(blob).decode()}\n"


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text, and each signature line as (name, key id and signature)."""
    if len(note) > NOTE_LIMIT:
        raise _malformed(f"The checkpoint has {len(note)} bytes; at most {NOTE_LIMIT} are read.")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"The checkpoint is not UTF-8 at byte {error.start}.") from error
    if any(sign < " " and sign != "\n" for sign in whole):
        raise _malformed("The checkpoint holds control characters.")
    text, gap, tail = whole.rpartition("\n\n")
    if gap == "" or not tail.endswith("\n"):
        raise _malformed("The checkpoint has no signature lines after an empty line.")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"The checkpoint has {len(lines)} signatures; at most {MAX_SIGNATURES} are read.")
    return f"{text}\n", list(_signatures(lines))


def _signatures(lines: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for number, line in enumerate(lines, start=1):
        form = _LINE.fullmatch(line)
        blob = None if form is None else _unbase64(form[2])
        if form is None or blob is None or len(blob) < 5:
            raise _malformed(f"Signature line {number} of the checkpoint cannot be read.")
        yield form[1], blob


def _read_text(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) != 3 or _NAME.fullmatch(lines[0]) is None or _SIZE.fullmatch(lines[1]) is None:
        raise _malformed("The checkpoint's text is not an origin, a size and a root on three lines.")
    root = _unbase64(lines[2])
    if root is None or len(root) != 32:
        raise _malformed("The checkpoint's root is not the base64 form of 32 bytes.")
    return Checkpoint(lines[0], int(lines[1]), root)


def _unbase64(text: str) -> bytes | None:
    """The bytes, or nothing for any but the one standard spelling."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.b64encode(value).decode() == text else None


def _signed(text: str, lines: Sequence[tuple[str, bytes]], key: NoteKey) -> bool:
    """Whether ``key`` signed the text; raises where a line claims so and is not good."""
    own = _key_id(key.name, _PLAIN, key.public)
    found = [blob[4:] for name, blob in lines if name == key.name and blob[:4] == own]
    for signature in found:
        _verify(key, signature, text.encode())
    return len(found) > 0


def _times(text: str, lines: Sequence[tuple[str, bytes]], key: NoteKey) -> list[datetime]:
    """The times under the timed signatures of ``key``; raises where one is not good."""
    own = _key_id(key.name, _TIMED, key.public)
    times = []
    for name, blob in lines:
        if name != key.name or blob[:4] != own:
            continue
        if len(blob) != 4 + 8 + 64:
            raise _malformed(f"The cosignature of {name} has {len(blob)} bytes; 76 are needed.")
        (seconds,) = struct.unpack(">Q", blob[4:12])
        _verify(key, blob[12:], _timed(text, seconds))
        times.append(_moment(seconds))
    return times


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise _malformed("The time under a cosignature cannot be read.") from error


def _verify(key: NoteKey, signature: bytes, message: bytes) -> None:
    try:
        key.public.verify(signature, message)
    except InvalidSignature as error:
        raise _refuse(f"The signature of {key.name} on the checkpoint is not good.", "checkpoint.signature") from error


def _unsignable(says: str) -> OwnFault:
    return OwnFault(says, rule="checkpoint.own", remedy="Correct the name of this node's log in the settings.")


def _malformed(says: str) -> PeerRefused:
    return PeerRefused(says, rule="checkpoint.shape", remedy="Ask the member for its checkpoint again.")


def _refuse(says: str, rule: str) -> PeerRefused:
    return PeerRefused(says, rule=rule, remedy="Keep the checkpoint as evidence and call the member's bureau.")
