"""The tables. ``migrations/`` builds exactly these; a test compares them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from dialogs.reply import JsonObject
from program.months import Month
from storage.codec import from_json, from_micros, storable, to_json, to_micros


class Moment(TypeDecorator[datetime]):
    """A time, as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else from_micros(value)


class Json(TypeDecorator[JsonObject]):
    """A JSON object, as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonObject | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> JsonObject | None:
        """From the database."""
        return None if value is None else from_json(value)


class Day(TypeDecorator[date]):
    """A day, as text: 2026-03-21."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> date | None:
        """From the database."""
        return None if value is None else date.fromisoformat(value)


class YearMonth(TypeDecorator[Month]):
    """A month, as text: 2026-03."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Month | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Month | None:
        """From the database."""
        return None if value is None else Month(int(value[:4]), int(value[5:]))


class Words(TypeDecorator[str]):
    """What a user typed; characters that no database takes are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else storable(value)


BigSerial = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers rows by itself in SQLite

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

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
)


def _partial_index(name: str, columns: list[Column[Any]], where: str) -> None:
    """Of some rows only: the others are many, and nobody looks for them."""
    Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


_partial_index("ix_outbox_due", [outbox.c.due_at, outbox.c.sequence], "status = 'waiting'")
_partial_index("ix_outbox_order", [outbox.c.channel, outbox.c.conversation, outbox.c.sequence], "status = 'waiting'")
_partial_index("ix_outbox_parked", [outbox.c.sequence], "status = 'parked'")
_partial_index("ix_outbox_closed", [outbox.c.closed_at], "closed_at IS NOT NULL")

feedback = Table(
    "feedback",
    metadata,
    Column("id", BigSerial, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("knowledge_version", Text, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("decision", BigInteger),  # what a curator decided about the question
    Index("ix_feedback_decision", "decision"),
)

_partial_index("ix_feedback_unhelpful", [feedback.c.id], "NOT helpful AND decision IS NULL")

missed = Table(
    "missed",
    metadata,
    Column("id", BigSerial, primary_key=True),
    Column("text", Words, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("candidates", Json, nullable=False),
    Column("knowledge_version", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("user_id", Text),  # none of rows from before revision 0005
    Column("decision", BigInteger),  # what a curator decided about it
    Index("ix_missed_decision", "decision"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("number", BigSerial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("entry", Text, nullable=False),
    Column("patch", Words, nullable=False),  # of the content files, as a unified diff
    Column("applied", Boolean, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", Words),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", BigSerial, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("knowledge_version", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Index("ix_exchanges_owner", "channel", "user_id", "at"),
)

daily = Table(  # how often something happened on a day, or in a week; see `desk.overview`
    "daily",
    metadata,
    Column("measure", Text, primary_key=True),
    Column("span", Integer, primary_key=True, autoincrement=False),  # days: 1, or 7 from Monday on
    Column("day", Day, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cases = Table(
    "cases",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("instance", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("contact", Json, nullable=False),
    Column("language", Text, nullable=False),
    Column("fields", Json, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("batch", YearMonth),
    Column("due", Day),
    Column("assignee", Words),
    Column("waiting_field", Text),
    Column("returns_to", Text),
    Column("muted", Boolean, nullable=False),
    Column("access_code_hash", Text, nullable=False),
    Column("wrong_codes", Integer, nullable=False),
    Column("wrong_since", Moment),
    Column("search", Words, nullable=False),  # what `CaseFilter.text` looks in
    Column("country", Words),  # out of the fields, for lists
    Column("inquired_at", Moment),
    Column("seen", Text),  # what the owner said then
    Column("told_until", Moment),  # a returning visitor was told what happened until then
    Index("ix_cases_owner", "channel", "user_id", "created_at", "reference"),
    Index("ix_cases_age", "created_at", "reference"),
    Index("ix_cases_state", "state", "type", "created_at", "reference"),
    Index("ix_cases_overview", "state", "created_at", "reference", "channel", "language"),
)

_partial_index("ix_cases_batch", [cases.c.batch, cases.c.state], "batch IS NOT NULL")
_partial_index("ix_cases_country", [cases.c.country, cases.c.created_at, cases.c.reference], "country IS NOT NULL")
_partial_index("ix_cases_assignee", [cases.c.assignee, cases.c.created_at, cases.c.reference], "assignee IS NOT NULL")
_partial_index("ix_cases_due", [cases.c.due, cases.c.reference], "due IS NOT NULL")

case_keys = Table(
    "case_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Index("ix_case_keys_reference", "reference"),
)

batches = Table(
    "batches",
    metadata,
    Column("month", YearMonth, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("frozen_at", Moment),
    Column("frozen_by", Words),
    Column("submitted_at", Moment),
    Column("submitted_by", Words),
    Column("members", Json, nullable=False),  # by reference, what their fields were when it was frozen, as a digest
)

case_events = Table(
    "case_events",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("actor", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Json, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

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
