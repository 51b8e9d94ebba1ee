"""What a form's key stood for: the same key never answers for another form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the digest of what was asked; empty for forms recorded before."""
    op.add_column("submission", sa.Column("form", sa.String(), nullable=False, server_default=""))
