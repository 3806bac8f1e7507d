"""What was asked, how it was answered, and what is to be learned from it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from storage.tables.columns import BigSerial, Day, Json, Moment, Words, metadata, partial_index

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

partial_index("ix_feedback_unhelpful", [feedback.c.id], "NOT helpful AND decision IS NULL")

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
    Column("activity", Text),  # with which it came, where messages can be deleted; none of rows from before 0014
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
