"""The tables of a node. Generic SQL, the same for every engine; times are RFC 3339 texts in UTC.

Personal data stands only in ``part.sealed``, ``chunk.data``, ``statement``, ``account`` and, until an officer has
dealt with it, ``incoming.sealed``: what an erasure has to reach is therefore one short list. ``correspondent`` holds
offices. Documents that were reported stand as keyed digests in ``document_row`` and in the files of the register, and
ranges of blanks, which nobody holds, in ``document_range``. ``kept_answer.body`` says what a machine was answered: it
goes after a day, and with any matter it names; ``followed.sealed`` is a number that a system asked about, for its term.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()


def where(condition: ColumnElement[bool]) -> dict[str, Any]:
    """The rows that an index holds: only those that wait, so that looking for them costs what waits and no more."""
    return {"sqlite_where": condition, "postgresql_where": condition}


act = Table(
    "act",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("matter", String(32), nullable=False),
    Column("track", String, nullable=False),
    Column("procedure", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("time", String, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("assertion", LargeBinary, nullable=False),
    Column("recorded", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("skewed", Boolean, nullable=False, default=False),
    Index("act_matter", "matter"),
)
Index("act_waiting", act.c.sender, **where(act.c.verdict == "waiting"))

act_part = Table(
    "act_part",
    metadata,
    Column("digest", String(64), nullable=False),
    Column("commitment", String(64), nullable=False),
    PrimaryKeyConstraint("digest", "commitment"),
    Index("act_part_commitment", "commitment"),
)

part = Table(
    "part",
    metadata,
    Column("commitment", String(64), primary_key=True),
    Column("matter", String(32), nullable=False),
    Column("track", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("member", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("tlp", String, nullable=False),
    Column("code", String, nullable=False),
    Column("purposes", String, nullable=False),
    Column("until_day", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Column("hidden", String),
    Column("keyless", String),
    Column("gone", String),
    Column("recall", String),
    Column("dies", String),
    Index("part_matter", "matter"),
)
Index("part_erasing", part.c.keyless, **where(part.c.hidden.is_not(None) & part.c.gone.is_(None)))
Index("part_dying", part.c.dies, **where(part.c.dies.is_not(None) & part.c.hidden.is_(None)))

part_source = Table(
    "part_source",
    metadata,
    Column("commitment", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    PrimaryKeyConstraint("commitment", "source"),
    Index("part_source_source", "source"),
)

chunk = Table(
    "chunk",
    metadata,
    Column("commitment", String(64), nullable=False),
    Column("n", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("commitment", "n"),
)

statement = Table(
    "statement",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("commitment", String(64), nullable=False),
    Column("entity", String, nullable=False),
    Column("schema", String, nullable=False),
    Column("prop", String, nullable=False),
    Column("value", String, nullable=False),
    Column("lang", String, nullable=False),
    Index("statement_commitment", "commitment"),
)

matter = Table(
    "matter",
    metadata,
    Column("matter", String(32), primary_key=True),
    Column("procedure", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner", String, nullable=False),
    Column("owner_member", String, nullable=False),
    Column("own_agencies", String, nullable=False),
    Column("parties", String, nullable=False),
    Column("status", String, nullable=False),
    Column("shows", Boolean, nullable=False),
    Column("acts", Boolean, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("opened", String, nullable=False),
    Column("changed", String, nullable=False),
    Index("matter_changed", "changed"),
)

participant = Table(
    "participant",
    metadata,
    Column("matter", String(32), nullable=False),
    Column("member", String, nullable=False),
    Column("seat", String, nullable=False),
    Column("agency", String, nullable=False),
    PrimaryKeyConstraint("matter", "member", "seat"),
)

track = Table(
    "track",
    metadata,
    Column("matter", String(32), nullable=False),
    Column("track", String, nullable=False),
    Column("state", String, nullable=False),
    Column("head", String, nullable=False),
    Column("writer", String, nullable=False),
    Column("frozen", String, nullable=False),
    PrimaryKeyConstraint("matter", "track"),
)

effect = Table(
    "effect",
    metadata,
    Column("act", String(64), nullable=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("act", "name"),
    Index("effect_state", "state"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("peer", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("act", String(64), nullable=False),
    Column("body", LargeBinary),
    Column("at", String, nullable=False),
    Column("sent", String),
    UniqueConstraint("peer", "lane", "n"),
    Index("outbox_act", "act"),
)
Index("outbox_unsent", outbox.c.peer, outbox.c.lane, outbox.c.n, **where(outbox.c.sent.is_(None)))

lane = Table(
    "lane",
    metadata,
    Column("peer", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("out_n", Integer, nullable=False, default=0),
    Column("in_incarnation", Integer, nullable=False, default=0),
    Column("in_seen", String, nullable=False, default="[]"),
    PrimaryKeyConstraint("peer", "lane"),
)

peer = Table(
    "peer",
    metadata,
    Column("member", String, primary_key=True),
    Column("last_ok", String),
    Column("failing_since", String),
    Column("problem", String),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("act", String(64), nullable=False),
    Column("sender", String, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("act", String(64), nullable=False),
    Column("member", String, nullable=False),
    Column("code", String, nullable=False),
    Column("moment", String, nullable=False),
    Column("at", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    PrimaryKeyConstraint("act", "member", "code", "moment"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("peer", String, nullable=False),
    Column("at", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("says", String, nullable=False),
    Column("digest", String(64), nullable=False),
)

leaf = Table(
    "leaf",
    metadata,
    Column("log", String, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("log", "idx"),
    Index("leaf_digest", "digest"),
)

tree_node = Table(
    "tree_node",
    metadata,
    Column("log", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log", "level", "idx"),
    sqlite_with_rowid=False,
)

log_head = Table(
    "log_head",
    metadata,
    Column("log", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("log", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("note", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log", "size"),
)

document = Table(
    "document",
    metadata,
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("kind", "subject", "version"),
)

account = Table(
    "account",
    metadata,
    Column("login", String, primary_key=True),
    Column("pseudonym", String, nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("login", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

submission = Table(
    "submission",
    metadata,
    Column("key", String, primary_key=True),
    Column("login", String, nullable=False),
    Column("form", String, nullable=False, server_default=""),
    Column("matter", String, nullable=False),
    Column("act", String, nullable=False),
    Column("at", String, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("act", String(64), nullable=False),
    Column("agency", String, nullable=False),
    Column("matter", String(32), nullable=False),
    Column("at", String, nullable=False),
    Column("seen", String),
    PrimaryKeyConstraint("act", "agency"),
)
Index("alert_unseen", alert.c.agency, alert.c.at, **where(alert.c.seen.is_(None)))

watch = Table(
    "watch",
    metadata,
    Column("matter", String(32), primary_key=True),
    Column("act", String(64), nullable=False),
    Column("since", String, nullable=False),
    Column("until", String, nullable=False),
)

judged_hit = Table(
    "judged_hit",
    metadata,
    Column("hit", String(64), nullable=False),
    Column("agency", String, nullable=False),
    Column("asked", String(64), nullable=False),
    Column("listed", String(64), nullable=False),
    Column("matter", String(32), nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("hit", "agency"),
    Index("judged_hit_pair", "agency", "asked", "listed"),
)

service_key = Table(
    "service_key",
    metadata,
    Column("id", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

rota = Table(
    "rota",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("duty", String, nullable=False),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("begins", String, nullable=False),
    Column("ends", String, nullable=False),
)

escalation = Table(
    "escalation",
    metadata,
    Column("matter", String(32), nullable=False),
    Column("clock", String, nullable=False),
    Column("party", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("duty", String, nullable=False),
    Column("told", String, nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("matter", "clock", "party", "level"),
)

look_review = Table(
    "look_review",
    metadata,
    Column("officer", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("day", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("officer", "kind", "day"),
)

mark = Table(
    "mark",
    metadata,
    Column("matter", String(32), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("source", String, nullable=False),
    Column("at", String, nullable=False),
    PrimaryKeyConstraint("matter", "mark"),
    Index("mark_mark", "mark"),
)

correspondent = Table(
    "correspondent",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("address", String, nullable=False),
    Column("mail", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("languages", String, nullable=False),
    Column("at", String, nullable=False),
    Column("active", Boolean, nullable=False),
)

print_copy = Table(
    "print_copy",
    metadata,
    Column("number", String, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("matter", String(32), nullable=False),
    Column("act", String(64), nullable=False),
    Column("kind", String, nullable=False),
    Column("form", String, nullable=False),
    Column("place", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("changed", String, nullable=False),
    Column("changed_by", String, nullable=False),
    UniqueConstraint("year", "n"),
    Index("print_copy_matter", "matter"),
)
Index("print_copy_out", print_copy.c.at, **where(print_copy.c.state == "out"))

print_part = Table(
    "print_part",
    metadata,
    Column("number", String, nullable=False),
    Column("commitment", String(64), nullable=False),
    PrimaryKeyConstraint("number", "commitment"),
    Index("print_part_commitment", "commitment"),
)

debt = Table(
    "debt",
    metadata,
    Column("recall", String(64), nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next", String, nullable=False),
    Column("done", String),
    Column("problem", String, nullable=False),
    PrimaryKeyConstraint("recall", "kind", "name"),
)
Index("debt_open", debt.c.kind, debt.c.next, **where(debt.c.done.is_(None)))

incoming = Table(
    "incoming",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", String, nullable=False),
    Column("source", String, nullable=False),
    Column("state", String, nullable=False),
    Column("matter", String, nullable=False),
    Column("sealed", LargeBinary),
)

kept_record = Table(
    "kept_record",
    metadata,
    Column("record", String(32), primary_key=True),
    Column("matter", String(32), nullable=False),
    Column("code", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("until", String, nullable=False),
    Column("at", String, nullable=False),
    Column("ended", String, nullable=False),
    Index("kept_record_matter", "matter"),
)

document_batch = Table(
    "document_batch",
    metadata,
    Column("batch", Integer, primary_key=True, autoincrement=True),
    Column("commitment", String(64), nullable=False),
    Column("matter", String(32), nullable=False),
    Column("agency", String, nullable=False),
    Column("source", String(64), nullable=False),
    Column("at", String, nullable=False),
    Column("ended", String),
    Index("document_batch_commitment", "commitment"),
    Index("document_batch_matter", "matter"),
    sqlite_autoincrement=True,
)
Index("document_batch_ended", document_batch.c.batch, **where(document_batch.c.ended.is_not(None)))

document_row = Table(
    "document_row",
    metadata,
    Column("batch", Integer, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("day", Integer, nullable=False),
    PrimaryKeyConstraint("batch", "key"),
    Index("document_row_key", "key"),
)

document_range = Table(
    "document_range",
    metadata,
    Column("batch", Integer, nullable=False),
    Column("series", String, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("day", Integer, nullable=False),
    PrimaryKeyConstraint("batch", "series", "first"),
    Index("document_range_series", "series"),
)

look_up = Table(
    "look_up",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("about", String, nullable=False),
    Column("asked", LargeBinary, nullable=False),
    Column("outcome", String, nullable=False),
    Column("told", String, nullable=False),
    Column("call", String, nullable=False),
    Column("n", Integer, nullable=False),
    Index("look_up_asked", "asked"),
)

look_up_batch = Table(
    "look_up_batch",
    metadata,
    Column("leaf", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("gone", String),
)

kept_answer = Table(
    "kept_answer",
    metadata,
    Column("caller", String, nullable=False),
    Column("name", String, nullable=False),
    Column("asked", String(64), nullable=False),
    Column("at", String, nullable=False),
    Column("matters", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("caller", "name"),
    Index("kept_answer_at", "at"),
)

followed = Table(
    "followed",
    metadata,
    Column("call", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("key", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("told", String, nullable=False),
    Column("until", String, nullable=False),
    PrimaryKeyConstraint("call", "n"),
    Index("followed_until", "until"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("key", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("url", String, nullable=False),
    Column("events", String, nullable=False),
    Column("inside", Boolean, nullable=False),
    Column("since", String, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subscriber", String(16), nullable=False),
    Column("name", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next", String, nullable=False),
    Column("state", String, nullable=False),
    Column("done", String),
    Column("problem", String, nullable=False),
)
Index("event_open", event.c.subscriber, event.c.id, **where(event.c.done.is_(None)))
