"""Requests, their events and the monthly batches."""

from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Boolean, Column, Index, Integer, Table, Text, event, func, text

from cases.model import CLOSED
from storage.tables.columns import Day, Json, Moment, Words, YearMonth, metadata, partial_index

IS_CLOSED = f"state IN ({', '.join(repr(str(state)) for state in sorted(CLOSED))})"
IS_OPEN = f"state NOT IN ({', '.join(repr(str(state)) for state in sorted(CLOSED))})"
"""As SQL. A query must say it in these very words, without parameters, to be served by the indexes of some rows."""

PAIRS = """
CREATE OR REPLACE FUNCTION text_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(a || b) FROM unnest(string_to_array(words, NULL), (string_to_array(words, NULL))[2:]) AS pair(a, b)
  WHERE b IS NOT NULL
$$
"""
"""For PostgreSQL: every two characters that stand side by side, of whatever script."""

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
    Index("ix_cases_state_age", "state", "created_at", "reference"),
    # For SQLite, in the order of lists. All rows are in it: the condition keeps it away from lists without a search.
    Index("ix_cases_search", "created_at", "reference", "search", sqlite_where=text("search IS NOT NULL")).ddl_if(
        dialect="sqlite"
    ),
)
Index("ix_cases_pairs", func.text_pairs(cases.c.search), postgresql_using="gin").ddl_if(dialect="postgresql")
event.listen(
    cases,
    "before_create",
    DDL(PAIRS).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call] # it has no types
)

partial_index("ix_cases_batch", [cases.c.batch, cases.c.state], "batch IS NOT NULL")
partial_index("ix_cases_country", [cases.c.country, cases.c.created_at, cases.c.reference], "country IS NOT NULL")
partial_index("ix_cases_assignee", [cases.c.assignee, cases.c.created_at, cases.c.reference], "assignee IS NOT NULL")
partial_index("ix_cases_due", [cases.c.due, cases.c.reference], "due IS NOT NULL")
partial_index("ix_cases_due_to", [cases.c.assignee, cases.c.due, cases.c.reference], "due IS NOT NULL")
partial_index("ix_cases_open", [cases.c.created_at, cases.c.reference, cases.c.assignee, cases.c.due], IS_OPEN)
partial_index("ix_cases_ages", [cases.c.state, cases.c.channel, cases.c.language, cases.c.created_at], IS_OPEN)
partial_index("ix_cases_closed", [cases.c.state, cases.c.channel, cases.c.language], IS_CLOSED)

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
