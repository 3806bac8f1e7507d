"""Requests and their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "cases",
        *[_text(name) for name in ("reference", "instance", "type", "state", "channel", "user_id")],
        *[_text(name) for name in ("contact", "language", "fields")],
        *[_big(name) for name in ("version", "created_at", "updated_at")],
        *[_text(name, nullable=True) for name in ("batch", "due", "assignee", "waiting_field", "returns_to")],
        sa.Column("muted", sa.Boolean(), nullable=False),
        _text("access_code_hash"),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        _big("wrong_since", nullable=True),
        _text("search"),
        sa.PrimaryKeyConstraint("reference", name="pk_cases"),
        sa.UniqueConstraint("instance", name="uq_cases_instance"),
    )
    op.create_index("ix_cases_owner", "cases", ["channel", "user_id", "created_at", "reference"])
    op.create_index("ix_cases_age", "cases", ["created_at", "reference"])
    op.create_index("ix_cases_state", "cases", ["state", "type", "created_at", "reference"])
    batched = sa.text("batch IS NOT NULL")
    op.create_index("ix_cases_batch", "cases", ["batch", "state"], sqlite_where=batched, postgresql_where=batched)
    op.create_table(
        "case_events",
        _text("reference"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        _big("at"),
        *[_text(name) for name in ("actor", "kind", "data")],
        sa.PrimaryKeyConstraint("reference", "number", name="pk_case_events"),
    )


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)
