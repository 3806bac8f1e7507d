"""Accounts of the console, who is signed in, wrong sign-ins, and what was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "accounts",
        *[_text(name) for name in ("name", "roles", "source", "shown")],
        *[_text(name, nullable=True) for name in ("subject", "password_hash")],
        *[sa.Column(name, sa.Boolean(), nullable=False) for name in ("must_change", "disabled")],
        *[_big(name) for name in ("version", "created_at")],
        _big("signed_in_at", nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
        sa.UniqueConstraint("subject", name="uq_accounts_subject"),
    )
    op.create_table(
        "sessions",
        *[_text(name) for name in ("id_hash", "account")],
        *[_big(name) for name in ("created_at", "seen_at")],
        _text("flash", nullable=True),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_sessions_seen_at", "sessions", ["seen_at"])
    op.create_table(
        "tries",
        _text("key"),
        sa.Column("count", sa.Integer(), nullable=False),
        _big("last"),
        sa.PrimaryKeyConstraint("key", name="pk_tries"),
    )
    op.create_index("ix_tries_last", "tries", ["last"])
    op.create_table(
        "audit",
        sa.Column("number", _SERIAL, nullable=False),
        _big("at"),
        *[_text(name) for name in ("actor", "deed", "subject", "data", "address")],
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor", "audit", ["actor", "number"])
    op.create_index("ix_audit_deed", "audit", ["deed", "number"])


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)
