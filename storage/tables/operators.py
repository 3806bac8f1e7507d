"""Those who work at the console, and what the bot keeps for itself."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from storage.tables.columns import BigSerial, Json, Moment, Words, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("roles", Text, nullable=False),  # separated by blanks
    Column("source", Text, nullable=False),
    Column("shown", Words, nullable=False),
    Column("subject", Text, unique=True),
    Column("password_hash", Text),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_in_at", Moment),
    Column("teams_user", Text),
    Index("ix_accounts_teams_user", "teams_user", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
    Column("flash", Json),
)

tries = Table(
    "tries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last", Moment, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigSerial, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("actor", Words, nullable=False),
    Column("deed", Text, nullable=False),
    Column("subject", Words, nullable=False),
    Column("data", Json, nullable=False),
    Column("address", Text, nullable=False),
    Index("ix_audit_actor", "actor", "number"),
    Index("ix_audit_deed", "deed", "number"),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
