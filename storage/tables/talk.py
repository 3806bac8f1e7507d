"""Talking: turns and their states, conversations, what waits to be sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint

from storage.tables.columns import BigSerial, Json, Moment, Words, metadata, partial_index

inbox = Table(
    "inbox",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("conversation", Text, primary_key=True),
    Column("activity", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("outcome", Json, nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
)

state = Table(
    "state",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("conversation", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("value", Json, nullable=False),
    Column("updated_at", Moment, nullable=False, index=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("watermark", BigInteger, nullable=False),  # outlives the log's rows, so that numbers are never given twice
    Column("active_at", Moment, nullable=False, index=True),
)

log = Table(
    "log",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("activity", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("conversation", "activity"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", BigSerial, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("address", Json, nullable=False),
    Column("payload", Json, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("first_due_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Words),
    Column("closed_at", Moment),
    Column("user_id", Text),  # whom it is for; of rows from before revision 0005 as far as it could be told
    Column("sent_as", Text),  # the channel's own id of the message, where one that was sent can be changed
)

partial_index("ix_outbox_due", [outbox.c.due_at, outbox.c.sequence], "status = 'waiting'")
partial_index("ix_outbox_order", [outbox.c.channel, outbox.c.conversation, outbox.c.sequence], "status = 'waiting'")
partial_index("ix_outbox_parked", [outbox.c.sequence], "status = 'parked'")
partial_index("ix_outbox_closed", [outbox.c.closed_at], "closed_at IS NOT NULL")

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)
