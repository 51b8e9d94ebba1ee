"""When a part is erased by itself, and whether a matter may be acted on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both columns; a matter recorded before may be acted on while it shows and is not suspended."""
    op.add_column("part", sa.Column("dies", sa.String(), nullable=True))
    op.add_column("matter", sa.Column("acts", sa.Boolean(), nullable=False, server_default=sa.false()))
    matter = sa.table("matter", sa.column("acts"), sa.column("shows"), sa.column("status"))
    op.execute(matter.update().where(matter.c.shows, matter.c.status != "suspended").values(acts=sa.true()))
