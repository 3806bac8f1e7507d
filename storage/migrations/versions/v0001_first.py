"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _turns()
    _conversations()
    _outbox()
    _records()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _turns() -> None:
    op.create_table(
        "inbox",
        _text("channel"),
        _text("conversation"),
        _text("activity"),
        _text("user_id"),
        _text("fingerprint"),
        _text("outcome"),
        _big("received_at"),
        sa.PrimaryKeyConstraint("channel", "conversation", "activity", name="pk_inbox"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "state",
        _text("channel"),
        _text("conversation"),
        _text("user_id"),
        _big("version"),
        _text("value"),
        _big("updated_at"),
        sa.PrimaryKeyConstraint("channel", "conversation", "user_id", name="pk_state"),
    )
    op.create_index("ix_state_updated_at", "state", ["updated_at"])
    op.create_table("meta", _text("name"), _text("value"), sa.PrimaryKeyConstraint("name", name="pk_meta"))


def _conversations() -> None:
    op.create_table(
        "conversations",
        _text("id"),
        _text("user_id"),
        _text("channel"),
        _big("created_at"),
        _big("watermark"),
        _big("active_at"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_active_at", "conversations", ["active_at"])
    op.create_table(
        "log",
        _text("conversation"),
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        _text("activity"),
        _text("body"),
        _big("at"),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_log"),
        sa.UniqueConstraint("conversation", "activity", name="uq_log_conversation_activity"),
    )
    op.create_index("ix_log_at", "log", ["at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", _SERIAL, nullable=False),
        _text("id"),
        _text("kind"),
        _text("channel"),
        _text("conversation"),
        _text("address"),
        _text("payload"),
        _big("due_at"),
        _big("first_due_at"),
        _big("lease_until", nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("status"),
        sa.Column("reason", sa.Text()),
        _big("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    for name, columns, where in (
        ("ix_outbox_due", ["due_at", "sequence"], "status = 'waiting'"),
        ("ix_outbox_order", ["channel", "conversation", "sequence"], "status = 'waiting'"),
        ("ix_outbox_parked", ["sequence"], "status = 'parked'"),
        ("ix_outbox_closed", ["closed_at"], "closed_at IS NOT NULL"),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _records() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", _SERIAL, nullable=False),
        *[_text(name) for name in ("user_id", "channel", "language", "entry", "knowledge_version")],
        sa.Column("helpful", sa.Boolean(), nullable=False),
        _big("at"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"])
    op.create_table(
        "missed",
        sa.Column("id", _SERIAL, nullable=False),
        *[_text(name) for name in ("text", "language", "channel", "reason", "candidates", "knowledge_version")],
        _big("at"),
        sa.PrimaryKeyConstraint("id", name="pk_missed"),
    )
    op.create_index("ix_missed_at", "missed", ["at"])
