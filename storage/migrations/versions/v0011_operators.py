"""Operators in Teams: the cards of requests in their channel, and who of them is who."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add them. Nobody is linked yet."""
    op.create_table(
        "request_cards",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("taken_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("reference", name="pk_request_cards"),
    )
    with op.batch_alter_table("accounts", naming_convention={"pk": "pk_%(table_name)s"}) as table:
        table.add_column(sa.Column("teams_user", sa.Text()))
    op.create_index("ix_accounts_teams_user", "accounts", ["teams_user"], unique=True)
