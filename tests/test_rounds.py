"""What a running bot does by itself: it forgets in time, counts the days that are over, asks and reminds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, Integer, insert, select

import turn.inquiring
import turn.unfinished
from cases.model import NOBODY, Case, CaseType, EventKind, State
from desk.overview import Measure
from parts import Parts
from program.months import Month
from settings import Settings
from storage import overview, retention, schedule
from storage.cases import SqlCaseStore
from storage.records import insert_records
from storage.tables import (
    Json,
    Moment,
    audit,
    conversations,
    daily,
    exchanges,
    feedback,
    inbox,
    log,
    meta,
    missed,
    outbox,
    state,
)
from storage.tables import cases as requests
from tests.cases.samples import opened
from tests.migrated import put_tables
from tests.waiting import PATIENCE
from turn.model import Exchange
from wiring import running

NOON = datetime(2026, 3, 10, 19, tzinfo=UTC)
"""In the program's zone, in the week before a batch's cut-off."""
VISIBLE = datetime(2026, 4, 7, 19, tzinfo=UTC)
"""The same on the day by which that batch can be seen."""
EARLIER, LATER = timedelta(hours=-1), timedelta(hours=1)
DAYS = {
    "RETENTION_INBOX_DAYS": 2,
    "RETENTION_LOG_DAYS": 4,
    "RETENTION_STATE_DAYS": 6,
    "RETENTION_MISSED_DAYS": 8,
    "RETENTION_EXCHANGES_DAYS": 10,
    "RETENTION_FEEDBACK_DAYS": 12,
    "RETENTION_OUTBOX_DAYS": 14,
    "RETENTION_CASES_DAYS": 16,
    "RETENTION_EMPTY_CASES_DAYS": 18,
    "RETENTION_AUDIT_DAYS": 20,
}
"""Each setting another number: none can stand for another."""
KEPT: tuple[tuple[str, Column[datetime], dict[str, Any]], ...] = (
    ("RETENTION_INBOX_DAYS", inbox.c.received_at, {}),
    ("RETENTION_LOG_DAYS", log.c.at, {}),
    ("RETENTION_LOG_DAYS", conversations.c.active_at, {}),
    ("RETENTION_STATE_DAYS", state.c.updated_at, {}),
    ("RETENTION_MISSED_DAYS", missed.c.at, {}),
    ("RETENTION_EXCHANGES_DAYS", exchanges.c.at, {}),
    ("RETENTION_FEEDBACK_DAYS", feedback.c.at, {}),
    ("RETENTION_OUTBOX_DAYS", outbox.c.closed_at, {"status": "parked"}),
    ("RETENTION_EMPTY_CASES_DAYS", requests.c.updated_at, {"channel": NOBODY.channel, "user_id": NOBODY.user}),
    ("RETENTION_AUDIT_DAYS", audit.c.at, {}),
)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes round every few minutes or hours comes round at once."""
    for module, names in (
        (retention, ("LOOK_EVERY", "PURGE_EVERY")),
        (overview, ("LOOK_EVERY", "ROLL_EVERY")),
        (schedule, ("LOOK_EVERY",)),
        (turn.inquiring, ("EVERY",)),
        (turn.unfinished, ("EVERY",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, timedelta(milliseconds=50))


@asynccontextmanager
async def a_bot(folder: Path, now: datetime, **settings: Any) -> AsyncIterator[Parts]:
    """A bot that has done everything once: what is done from now on is done because it comes round."""
    await put_tables(folder / "bot.db")
    bot = Settings(DATABASE_URL=f"sqlite:///{folder}/bot.db", BOT_CLOCK=now, **settings)
    async with running(bot) as parts:
        names = ("retention", "overview", "listing questions", "reminders before a batch")
        done = select(meta.c.name).where(meta.c.name.in_([f"finished {name}" for name in names]))

        async def all_done() -> bool:
            return len(await parts.database.read(lambda connection: connection.execute(done).all())) == len(names)

        await until(all_done)
        yield parts


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something in the database, which has no event."""
    async with asyncio.timeout(PATIENCE):
        while not await so():  # noqa: ASYNC110 - as it says
            await asyncio.sleep(0.02)


def a_row(column: Column[datetime], at: datetime, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """For the column's table: ``at`` in all of its times."""

    def value(of: Column[Any]) -> object:
        match of.type:
            case Moment():
                return at
            case Json():
                return {}
            case Boolean() | Float() | Integer() | BigInteger():
                return 1
        return name

    columns = [of for of in column.table.c if not of.nullable and of is not column.table.autoincrement_column]
    return {**{of.name: value(of) for of in columns}, column.name: at, **given}


async def test_every_kind_of_row_goes_after_the_days_of_its_setting(tmp_path: Path) -> None:
    def plant(connection: Connection) -> None:
        for setting, column, given in KEPT:
            for name, more in (("old", EARLIER), ("young", LATER)):
                at = NOON - timedelta(days=DAYS[setting]) + more
                connection.execute(insert(column.table), a_row(column, at, name, given))

    def left(connection: Connection) -> list[tuple[str, timedelta]]:
        times = [(column, connection.execute(select(column)).scalars()) for _, column, _ in KEPT]
        return [(column.table.name, NOON - at) for column, found in times for at in found]

    async with a_bot(tmp_path, NOON, **DAYS) as parts:
        await parts.database.write(plant)

        async def half_of_them() -> bool:
            return len(await parts.database.read(left)) <= len(KEPT)

        await until(half_of_them)
        await asyncio.sleep(0.2)  # it has come round again
        young = [(column.table.name, timedelta(days=DAYS[setting]) - LATER) for setting, column, _ in KEPT]
        assert await parts.database.read(left) == young


async def a_case(parts: Parts, at: datetime, **changes: Any) -> Case:
    """A request that was last touched at ``at``."""
    new = opened(CaseType.LISTING, at)
    change = replace(new, case=replace(new.case, created_at=at, updated_at=at, **changes))
    await SqlCaseStore(parts.database).apply(change)
    return change.case


async def test_closed_requests_are_emptied_after_the_days_of_the_setting(tmp_path: Path) -> None:
    async with a_bot(tmp_path, NOON, **DAYS) as parts:
        due = NOON - timedelta(days=DAYS["RETENTION_CASES_DAYS"])
        old, young = [await a_case(parts, due + more, state=State.LISTED) for more in (EARLIER, LATER)]

        async def empty(case: Case) -> bool:
            found = await SqlCaseStore(parts.database).find(case.reference)
            return found is not None and found.empty

        await until(lambda: empty(old))
        assert not await empty(young)


async def test_days_that_are_over_are_counted_in_the_programs_zone(tmp_path: Path) -> None:
    said = Exchange("u", "webchat", "c", "en", "?", "answer", "e", 0.9, "v", datetime(2026, 3, 10, 6, tzinfo=UTC))
    counted = select(daily.c.day, daily.c["count"]).where(daily.c.measure == str(Measure.ANSWERED))
    async with a_bot(tmp_path, NOON) as parts:
        await parts.database.write(lambda connection: insert_records(connection, (said,)))

        async def found() -> list[tuple[date, int]]:
            return await parts.database.read(lambda connection: [(day, n) for day, n in connection.execute(counted)])

        async def some() -> bool:
            return bool(await found())

        await until(some)
        assert await found() == [(date(2026, 3, 9), 1)]


@pytest.mark.parametrize(
    ("now", "where", "written"),
    [
        (VISIBLE, State.SUBMITTED, EventKind.INQUIRED),
        (NOON, State.WAITING, EventKind.REMINDED),
    ],
)
async def test_owners_are_written_to_when_it_is_time(
    tmp_path: Path, now: datetime, where: State, written: EventKind
) -> None:
    async with a_bot(tmp_path, now) as parts:
        case = await a_case(parts, now - timedelta(days=2), state=where, batch=Month(2026, 3))

        async def told() -> bool:
            return written in [event.kind for event in await SqlCaseStore(parts.database).events(case.reference)]

        await until(told)
