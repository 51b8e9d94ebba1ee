"""Who is on duty when, and what was escalated to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables of the rota and of escalations."""
    op.create_table(
        "rota",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("begins", sa.String(), nullable=False),
        sa.Column("ends", sa.String(), nullable=False),
    )
    op.create_table(
        "escalation",
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("matter", "clock", "party", "level"),
    )
