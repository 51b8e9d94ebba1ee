"""What officers decided about pairs, and the keys with which other systems ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables; decisions made before are not carried over, since their travellers' rows are gone."""
    op.create_table(
        "judged_hit",
        sa.Column("hit", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("listed", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("hit", "agency"),
    )
    op.create_index("judged_hit_pair", "judged_hit", ["agency", "asked", "listed"])
    op.create_table(
        "service_key",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
