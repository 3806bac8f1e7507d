"""The tables. ``migrations/`` builds exactly these; a test compares them."""

from storage.tables.answers import daily, decisions, exchanges, feedback, missed
from storage.tables.columns import BigSerial, Day, Json, Moment, Words, YearMonth, metadata
from storage.tables.operators import accounts, audit, meta, sessions, tries
from storage.tables.requests import IS_CLOSED, IS_OPEN, batches, case_events, case_keys, cases, request_cards
from storage.tables.talk import conversations, inbox, log, outbox, state, tickets

__all__ = [
    "IS_CLOSED",
    "IS_OPEN",
    "BigSerial",
    "Day",
    "Json",
    "Moment",
    "Words",
    "YearMonth",
    "accounts",
    "audit",
    "batches",
    "case_events",
    "case_keys",
    "cases",
    "conversations",
    "daily",
    "decisions",
    "exchanges",
    "feedback",
    "inbox",
    "log",
    "meta",
    "metadata",
    "missed",
    "outbox",
    "request_cards",
    "sessions",
    "state",
    "tickets",
    "tries",
]
