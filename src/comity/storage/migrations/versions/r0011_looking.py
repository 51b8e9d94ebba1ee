"""What came of asking officers about unusual looking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table of reviews."""
    op.create_table(
        "look_review",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("officer", "kind", "day", "outcome", "by", "at")),
        sa.PrimaryKeyConstraint("officer", "kind", "day"),
    )
