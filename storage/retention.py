"""Nothing is kept longer than it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from sqlalchemy import Column, ColumnElement, Connection, delete, select, tuple_

from cases.erasing import emptied
from cases.model import CLOSED, NOBODY, SYSTEM
from storage.cases import history_of, store_emptied, to_case
from storage.engine import Database
from storage.erasing import of
from storage.schedule import run_if_due
from storage.tables import (
    audit,
    case_events,
    cases,
    conversations,
    exchanges,
    feedback,
    inbox,
    log,
    missed,
    outbox,
    request_cards,
    sessions,
    state,
    tickets,
    tries,
)

BATCH = 500
BATCH_OF_CASES = 50
"""Rows of one transaction: turns get in between."""
PURGE_EVERY = timedelta(hours=6)
LOOK_EVERY = timedelta(minutes=10)
"""How often each process looks whether it is time and nobody else is at it."""


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """How many days each kind of row is kept. Posts, which hold the replies of turns, at least as long as ``inbox``."""

    inbox: int = 3
    log: int = 30
    """After its last activity a conversation is kept as long."""
    state: int = 90
    missed: int = 90
    exchanges: int = 90
    feedback: int = 365
    sent: int = 7
    """Posts that were sent."""
    parked: int = 90
    """Posts that were given up."""
    tickets: int = 1
    """Used tickets of Direct Line, after they expired."""
    cases: int = 730
    """Closed requests, before they are emptied; open ones stay."""
    empty_cases: int = 1095
    """What is left of requests that were emptied."""
    sessions: int = 1
    """Of the console, after their last use; they end long before."""
    tries: int = 1
    """Sign-ins of the console that were not right."""
    audit: int = 730
    """What was done in the console."""


async def purge_regularly(
    database: Database, now: Callable[[], datetime], keep: RetentionDays, failed: Callable[[Exception], None]
) -> NoReturn:
    """Purge every `PURGE_EVERY`, in one process however many there are, for ever."""
    while True:
        at = now()
        try:
            await run_if_due(database, "retention", PURGE_EVERY, at, partial(purge, database, at, keep))
        except Exception as error:  # noqa: BLE001 - the supervisor: a database that is away comes back
            failed(error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def purge(database: Database, now: datetime, keep: RetentionDays) -> dict[str, int]:
    """Delete what is older, and empty requests; returns how many rows of each kind went."""
    kinds: dict[str, tuple[int, Column[datetime], list[ColumnElement[bool]]]] = {
        "inbox": (keep.inbox, inbox.c.received_at, []),
        "log": (keep.log, log.c.at, []),
        "conversations": (keep.log, conversations.c.active_at, []),
        "state": (keep.state, state.c.updated_at, []),
        "missed": (keep.missed, missed.c.at, []),
        "exchanges": (keep.exchanges, exchanges.c.at, []),
        "feedback": (keep.feedback, feedback.c.at, []),
        "sent": (max(keep.sent, keep.inbox), outbox.c.closed_at, [outbox.c.status == "done"]),
        "parked": (max(keep.parked, keep.inbox), outbox.c.closed_at, [outbox.c.status == "parked"]),
        "tickets": (keep.tickets, tickets.c.expires_at, []),
        "sessions": (keep.sessions, sessions.c.seen_at, []),
        "tries": (keep.tries, tries.c.last, []),
        "audit": (keep.audit, audit.c.at, []),
    }
    gone = {
        kind: await _delete_older(database, column, [*also, column < now - timedelta(days=days)])
        for kind, (days, column, also) in kinds.items()
    }
    gone["cases"] = await _in_batches(database, partial(_empty_closed, now, now - timedelta(days=keep.cases)))
    gone["empty cases"] = await _in_batches(database, partial(_drop_empty, now - timedelta(days=keep.empty_cases)))
    await database.scrub()
    return gone


async def _delete_older(database: Database, column: Column[datetime], old: list[ColumnElement[bool]]) -> int:
    table = column.table
    key = tuple_(*table.primary_key)
    some = select(*table.primary_key).where(*old).order_by(column).limit(BATCH)
    # The condition stands twice: a row that a turn renews while we wait for it is looked at again, and stays.
    statement = delete(table).where(*old, key.in_(some))

    def work(connection: Connection) -> int:
        return connection.execute(statement).rowcount

    return await _in_batches(database, work)


async def _in_batches(database: Database, work: Callable[[Connection], int]) -> int:
    """Do ``work``, which says how many rows it dealt with, until there are none."""
    total = 0
    while dealt_with := await database.write(work):
        total += dealt_with
    return total


def _empty_closed(now: datetime, before: datetime, connection: Connection) -> int:
    """Make empty records of requests that were closed, and not touched since."""
    closed = cases.c.state.in_([str(state) for state in CLOSED])
    old = select(cases).where(closed, cases.c.user_id != NOBODY.user, cases.c.updated_at < before)
    rows = connection.execute(old.limit(BATCH_OF_CASES).with_for_update(skip_locked=True)).all()
    for row in rows:
        history = history_of(connection, row.reference)
        store_emptied(connection, emptied(to_case(row), history, SYSTEM, now))
    return len(rows)


def _drop_empty(before: datetime, connection: Connection) -> int:
    """Delete records of requests that were emptied, and their history."""
    old = select(cases.c.reference).where(of(cases, NOBODY), cases.c.updated_at < before).limit(BATCH)
    references = connection.execute(old).scalars().all()
    for table in (case_events, request_cards, cases):
        connection.execute(delete(table).where(table.c.reference.in_(references)))
    return len(references)
