"""What was said and what came of it, and what curators decide about missed questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Add them; earlier turns are not told."""
    with op.batch_alter_table("missed", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("decision", sa.BigInteger()))
    op.create_index("ix_missed_decision", "missed", ["decision"])
    op.create_table(
        "decisions",
        sa.Column("number", _SERIAL, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_texts("actor", "kind", "language", "text", "entry", "patch"),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
    )
    op.create_table(
        "exchanges",
        sa.Column("id", _SERIAL, nullable=False),
        *_texts("channel", "user_id", "conversation", "language", "text", "kind", "entry"),
        sa.Column("score", sa.Float(), nullable=False),
        *_texts("knowledge_version", "form", "step", "reference"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exchanges"),
    )
    op.create_index("ix_exchanges_at", "exchanges", ["at"])
    op.create_index("ix_exchanges_owner", "exchanges", ["channel", "user_id", "at"])
