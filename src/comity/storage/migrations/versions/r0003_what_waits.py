"""Indexes of what waits: acts, erasures, envelopes, alerts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("act_waiting", "act", ["sender"], "verdict = 'waiting'"),
    ("part_erasing", "part", ["keyless"], "hidden IS NOT NULL AND gone IS NULL"),
    ("part_dying", "part", ["dies"], "dies IS NOT NULL AND hidden IS NULL"),
    ("outbox_unsent", "outbox", ["peer", "lane", "n"], "sent IS NULL"),
    ("alert_unseen", "alert", ["agency", "at"], "seen IS NULL"),
)


def upgrade() -> None:
    """Adds each index; it holds only the rows that wait."""
    for name, table, columns, condition in INDEXES:
        op.create_index(name, table, columns, sqlite_where=text(condition), postgresql_where=text(condition))
