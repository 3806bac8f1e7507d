"""Counts of finished days, and how requests stand without reading each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
_KEY = ("measure", "span", "day", "channel", "language", "key")


def upgrade() -> None:
    """Add them; days from before are counted by the first run of the scheduled job."""
    op.create_table(
        "daily",
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_daily"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cases_overview", "cases", ["state", "created_at", "reference", "channel", "language"])
    op.create_index("ix_case_events_at", "case_events", ["at"])
