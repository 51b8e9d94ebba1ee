"""Questions about persons and documents, answers kept under a key, and systems that are told of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def upgrade() -> None:
    """Adds the tables of look-ups and of events."""
    op.create_table(
        "look_up",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        *(_text(name) for name in ("at", "actor", "purpose", "rule", "about")),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("outcome", "told", "call")),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index("look_up_asked", "look_up", ["asked"])
    op.create_table(
        "look_up_batch",
        sa.Column("leaf", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        _text("at"),
        _text("gone", null=True),
    )
    op.create_table(
        "kept_answer",
        _text("caller"),
        _text("name"),
        sa.Column("asked", sa.String(64), nullable=False),
        _text("at"),
        _text("matters"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "name"),
    )
    op.create_index("kept_answer_at", "kept_answer", ["at"])
    _events()


def _events() -> None:
    op.create_table(
        "followed",
        _text("call"),
        sa.Column("n", sa.Integer(), nullable=False),
        _text("key"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("told", "until")),
        sa.PrimaryKeyConstraint("call", "n"),
    )
    op.create_index("followed_until", "followed", ["until"])
    op.create_table(
        "subscriber",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        *(_text(name) for name in ("key", "agency", "url", "events")),
        sa.Column("inside", sa.Boolean(), nullable=False),
        _text("since"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("subscriber", sa.String(16), nullable=False),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        _text("kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(_text(name) for name in ("next", "state")),
        _text("done", null=True),
        _text("problem"),
    )
    op.create_index("event_open", "event", ["subscriber", "id"], sqlite_where=sa.text("done IS NULL"))
