"""Requests, their events and the monthly batches."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from storage.tables.columns import Day, Json, Moment, Words, YearMonth, metadata, partial_index

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

partial_index("ix_cases_batch", [cases.c.batch, cases.c.state], "batch IS NOT NULL")
partial_index("ix_cases_country", [cases.c.country, cases.c.created_at, cases.c.reference], "country IS NOT NULL")
partial_index("ix_cases_assignee", [cases.c.assignee, cases.c.created_at, cases.c.reference], "assignee IS NOT NULL")
partial_index("ix_cases_due", [cases.c.due, cases.c.reference], "due IS NOT NULL")

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

request_cards = Table(
    "request_cards",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("activity", Text, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("taken_until", Moment),  # until when it belongs to whoever writes it
)
