"""Marks by which a person is known again after the content is gone, at the secretariat alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table of marks."""
    op.create_table(
        "mark",
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("matter", "mark"),
    )
    op.create_index("mark_mark", "mark", ["mark"])
