"""Documents that were reported stolen or lost: batches by part, rows that no generation holds yet, ranges of blanks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _state() -> tuple[sa.Column[str], sa.Column[int]]:
    return sa.Column("state", sa.String(), nullable=False), sa.Column("day", sa.Integer(), nullable=False)


def upgrade() -> None:
    """Adds the tables of the register of documents."""
    op.create_table(
        "document_batch",
        sa.Column("batch", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("ended", sa.String(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("document_batch_commitment", "document_batch", ["commitment"])
    op.create_index("document_batch_matter", "document_batch", ["matter"])
    op.create_index("document_batch_ended", "document_batch", ["batch"], sqlite_where=sa.text("ended IS NOT NULL"))
    op.create_table(
        "document_row",
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        *_state(),
        sa.PrimaryKeyConstraint("batch", "key"),
    )
    op.create_index("document_row_key", "document_row", ["key"])
    op.create_table(
        "document_range",
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        *_state(),
        sa.PrimaryKeyConstraint("batch", "series", "first"),
    )
    op.create_index("document_range_series", "document_range", ["series"])
