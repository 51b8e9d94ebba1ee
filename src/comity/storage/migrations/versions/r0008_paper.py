"""Paper: correspondents, numbered prints, what is still owed to a recall, what came in by mail, records kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def upgrade() -> None:
    """Adds the tables of paper."""
    op.create_table(
        "correspondent",
        sa.Column("code", sa.String(), primary_key=True),
        *(_text(name) for name in ("name", "channel", "address", "mail", "phone", "languages", "at")),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "print_copy",
        sa.Column("number", sa.String(), primary_key=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("act", sa.String(64), nullable=False),
        *(
            _text(name)
            for name in ("kind", "form", "place", "officer", "agency", "at", "state", "changed", "changed_by")
        ),
        sa.UniqueConstraint("year", "n"),
    )
    op.create_index("print_copy_matter", "print_copy", ["matter"])
    op.create_index("print_copy_out", "print_copy", ["at"], sqlite_where=sa.text("state = 'out'"))
    op.create_table(
        "print_part",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", "commitment"),
    )
    op.create_index("print_part_commitment", "print_part", ["commitment"])
    op.create_table(
        "debt",
        sa.Column("recall", sa.String(64), nullable=False),
        *(_text(name) for name in ("kind", "name", "state", "at")),
        sa.Column("tries", sa.Integer(), nullable=False),
        _text("next"),
        _text("done", null=True),
        _text("problem"),
        sa.PrimaryKeyConstraint("recall", "kind", "name"),
    )
    op.create_index("debt_open", "debt", ["kind", "next"], sqlite_where=sa.text("done IS NULL"))
    op.create_table(
        "incoming",
        sa.Column("id", sa.String(64), primary_key=True),
        *(_text(name) for name in ("at", "source", "state", "matter")),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "kept_record",
        sa.Column("record", sa.String(32), primary_key=True),
        sa.Column("matter", sa.String(32), nullable=False),
        *(_text(name) for name in ("code", "basis", "until", "at", "ended")),
    )
    op.create_index("kept_record_matter", "kept_record", ["matter"])
