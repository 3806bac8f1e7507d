"""What is deleted when, in SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, select, true

from cases.model import CaseType, Owner, State, operator
from cases.usecases import change_state
from desk.accounts import Session
from desk.audit import Deed, Record
from storage import retention, tables
from storage.console import SqlSessions, SqlTries
from storage.engine import Database
from storage.retention import RetentionDays, purge
from storage.tickets import SqlTickets
from tests.cases.samples import CALENDAR, opened
from tests.storage.samples import (
    NOW,
    OURS,
    FixedClock,
    Stores,
    commit,
    conversation,
    incoming,
    post,
    said,
    sql_stores,
    texts,
)
from tests.teeth import FOUND_OUT
from turn.model import Exchange, Feedback, Missed, Outcome

KEEP = RetentionDays()


async def _fill(database: Database, clock: FixedClock, at: datetime) -> None:
    """One row of each kind, a second before and at ``at``."""
    stores = sql_stores(database, clock)
    for name, time in (("old", at - timedelta(seconds=1)), ("young", at)):
        clock.time = time
        address = replace(OURS, conversation=name)
        message = replace(incoming(name, address=address, user=name), received_at=time)
        await stores.log.create(replace(conversation(name), created_at=time))
        records = (
            Feedback("u", "c", "en", "e", "v", True, time),
            Missed("?", "en", "c", "no-match", (), time),
            Exchange("u", "c", name, "en", "?", "answer", "e", 0.9, "v", time),
        )
        posts = (post(f"{name}-sent"), post(f"{name}-parked"), post(f"{name}-waits"))
        await stores.turns.commit(commit(message, log=said("a"), records=records, posts=posts))
        await stores.outbox.done(f"{name}-sent")
        await stores.outbox.park(f"{name}-parked", "")
        assert await SqlTickets(database).spend(name, time)
        await SqlSessions(database).begin(Session(name, "ann", time, time), Record(time, "ann", Deed.SIGNED_IN))
        await SqlTries(database).reserve([name], time)


BRIEF = {"tickets", "sessions", "tries"}


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (KEEP.tickets, BRIEF),
        (KEEP.inbox, {*BRIEF, "inbox"}),
        (KEEP.sent, {*BRIEF, "inbox", "sent"}),
        (KEEP.log, {*BRIEF, "inbox", "sent", "log", "conversations"}),
        (KEEP.state, {*BRIEF, "inbox", "sent", "log", "conversations", "state", "missed", "exchanges", "parked"}),
        (
            KEEP.feedback,
            {*BRIEF, "inbox", "sent", "log", "conversations", "state", "missed", "exchanges", "parked", "feedback"},
        ),
        (
            KEEP.audit,
            {
                *BRIEF,
                "inbox",
                "sent",
                "log",
                "conversations",
                "state",
                "missed",
                "exchanges",
                "parked",
                "feedback",
                "audit",
            },
        ),
    ],
)
async def test_each_kind_goes_in_its_time(database: Database, clock: FixedClock, days: int, gone: set[str]) -> None:
    await _fill(database, clock, NOW)
    deleted = await purge(database, NOW + timedelta(days=days), KEEP)
    last = {kind for kind in gone if _days(kind) == days}
    assert deleted == {kind: 1 if kind in last else 2 if kind in gone else 0 for kind in deleted}
    assert sum((await purge(database, NOW + timedelta(days=days), KEEP)).values()) == 0
    assert (await sql_stores(database, clock).outbox.waiting())[0] == 2  # what waits is never deleted


def _days(kind: str) -> int:
    return KEEP.log if kind == "conversations" else int(getattr(KEEP, kind))


@pytest.mark.parametrize("ended", ["done", "park"])
async def test_replies_stay_as_long_as_what_they_reply_to(database: Database, clock: FixedClock, ended: str) -> None:
    keep = replace(KEEP, inbox=30, sent=7, parked=1)
    stores, message, activity = sql_stores(database, clock), incoming(), {"id": "r", "text": "a reply"}
    reply = replace(post("r"), payload={"activity": activity})
    await stores.turns.commit(commit(message, outcome=Outcome((activity,), ("r",)), posts=(reply,)))
    await (stores.outbox.done("r") if ended == "done" else stores.outbox.park("r", ""))
    await purge(database, NOW + timedelta(days=29), keep)
    again = (await stores.turns.open(message)).outcome
    assert again is not None
    assert again.activities == (activity,)
    gone = await purge(database, NOW + timedelta(days=31), keep)
    assert (gone["inbox"], gone["sent"] + gone["parked"]) == (1, 1)


async def test_many_rows_go_in_batches(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    stores = sql_stores(database, clock)
    await stores.outbox.add([post(f"p{n}", kind="effect") for n in range(10)])
    for n in range(10):
        await stores.outbox.done(f"p{n}")
    assert (await purge(database, NOW + timedelta(days=8), KEEP))["sent"] == 10


async def test_numbers_of_a_log_are_never_given_twice(database: Database, clock: FixedClock) -> None:
    """A client holds watermark 2; the rows go, the conversation lives on."""
    stores = sql_stores(database, clock)
    await stores.log.create(conversation())
    await stores.log.append(OURS.conversation, said("a", "b"))
    clock.time = NOW + timedelta(days=20)
    await stores.log.append(OURS.conversation, said("c"))
    await purge(database, NOW + timedelta(days=40), KEEP)
    assert await texts(stores.log) == ["c"]
    assert await stores.log.append(OURS.conversation, said("d")) == 4
    assert await texts(stores.log, watermark=2) == ["c", "d"]


async def _closed(stores: Stores, at: datetime) -> str:
    """A request that was answered at ``at``; returns its reference."""
    new = opened(CaseType.MESSAGE, at=NOW, owner=Owner("webchat", "ann"))
    await stores.cases.apply(new)
    await stores.cases.apply(
        change_state(new.case, State.ANSWERED, operator("ann"), at, CALENDAR, words="Dear Ann: yes")
    )
    return new.case.reference


async def test_closed_requests_are_emptied_then_deleted(database: Database, clock: FixedClock) -> None:
    stores = sql_stores(database, clock)
    old, young = [await _closed(stores, NOW + timedelta(days=days)) for days in (0, 1)]
    still_open = opened(at=NOW, owner=Owner("webchat", "ann"))
    await stores.cases.apply(still_open)
    due = NOW + timedelta(days=KEEP.cases, seconds=1)
    assert (await purge(database, due, KEEP))["cases"] == 1
    case = await stores.cases.find(old)
    assert case is not None
    assert (case.empty, case.state, case.fields, case.created_at) == (True, State.ANSWERED, {}, NOW)
    assert "Ann:" not in repr(await stores.cases.events(old))
    assert (await purge(database, due, KEEP))["cases"] == 0, "once"
    gone = due + timedelta(days=KEEP.empty_cases, seconds=1)
    done = await purge(database, gone, KEEP)
    assert (done["cases"], done["empty cases"]) == (1, 1)
    assert await stores.cases.find(old) is None
    assert await stores.cases.events(old) == ()
    assert (await stores.cases.find(young) or case).empty
    assert await stores.cases.find(still_open.case.reference) == still_open.case, "nobody forgets a request at work"


async def test_many_requests_are_emptied_in_batches(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_OF_CASES", 2)
    monkeypatch.setattr(retention, "BATCH", 2)
    stores = sql_stores(database, clock)
    for _ in range(5):
        await _closed(stores, NOW)
    assert (await purge(database, NOW + timedelta(days=731), KEEP))["cases"] == 5
    assert (await purge(database, NOW + timedelta(days=9999), KEEP))["empty cases"] == 5


DELETE_OLDER = retention._delete_older
TABLES = {
    "inbox": tables.inbox,
    "log": tables.log,
    "conversations": tables.conversations,
    "state": tables.state,
    "missed": tables.missed,
    "exchanges": tables.exchanges,
    "feedback": tables.feedback,
    "sent": tables.outbox,
    "tickets": tables.tickets,
    "sessions": tables.sessions,
    "tries": tables.tries,
    "audit": tables.audit,
}
Deleting = Callable[[Database, Column[datetime], list[ColumnElement[bool]]], Awaitable[int]]


def passing_over(table: Table) -> Deleting:
    async def remove(database: Database, column: Column[datetime], old: list[ColumnElement[bool]]) -> int:
        return 0 if column.table is table else await DELETE_OLDER(database, column, old)

    return remove


def too_early(table: Table) -> Deleting:
    """Deletes young ones too."""

    async def remove(database: Database, column: Column[datetime], old: list[ColumnElement[bool]]) -> int:
        return await DELETE_OLDER(database, column, [*old[:-1], true()] if column.table is table else old)

    return remove


def _gone_by(days: int) -> set[str]:
    return {kind for kind in (*TABLES, "parked") if _days(kind) <= days}


@pytest.mark.parametrize("careless", [passing_over, too_early])
@pytest.mark.parametrize("kind", TABLES)
async def test_teeth_of_each_kind(
    sqlite: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    careless: Callable[[Table], Deleting],
    kind: str,
) -> None:
    """A kind that is passed over, or deleted before its time, is missed."""
    await test_each_kind_goes_in_its_time(sqlite, clock, _days(kind), _gone_by(_days(kind)))
    await _empty(sqlite)
    monkeypatch.setattr(retention, "_delete_older", careless(TABLES[kind]))
    with pytest.raises(FOUND_OUT):
        await test_each_kind_goes_in_its_time(sqlite, clock, _days(kind), _gone_by(_days(kind)))


async def _empty(database: Database) -> None:
    def work(connection: Connection) -> None:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(delete(table))

    await database.write(work)


def deals_with_none(*_: object) -> int:
    return 0


def forgets_the_history(before: datetime, connection: Connection) -> int:
    old = select(tables.cases.c.reference).where(tables.cases.c.updated_at < before)
    return connection.execute(delete(tables.cases).where(tables.cases.c.reference.in_(old))).rowcount


BREAKS: dict[str, tuple[str, object, Callable[[Database, FixedClock], Awaitable[None]]]] = {
    "closed requests stay": ("_empty_closed", deals_with_none, test_closed_requests_are_emptied_then_deleted),
    "empty requests stay": ("_drop_empty", deals_with_none, test_closed_requests_are_emptied_then_deleted),
    "their history stays": ("_drop_empty", forgets_the_history, test_closed_requests_are_emptied_then_deleted),
    "open ones go too": ("CLOSED", frozenset(State), test_closed_requests_are_emptied_then_deleted),
    "replies go before what they reply to": (
        "max",
        lambda own, _inbox: own,
        lambda database, clock: test_replies_stay_as_long_as_what_they_reply_to(database, clock, "park"),
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_teeth(sqlite: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """With a part taken out, the very check of it fails."""
    place, careless, check = BREAKS[broken]
    monkeypatch.setattr(retention, place, careless, raising=False)
    with pytest.raises(FOUND_OUT):
        await check(sqlite, clock)
