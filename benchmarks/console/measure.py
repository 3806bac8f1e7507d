"""Serves the console over a filled database and asks for every page over HTTP."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, DummyCookieJar, web
from sqlalchemy import Connection, Engine, event

from benchmarks.console.cpu import cpu_seconds
from benchmarks.console.fill import fill
from benchmarks.console.pages import pages
from benchmarks.console.rows import Size
from console.cookies import hash_of, new_session_id
from desk.access import Role
from desk.accounts import Session, new_local, with_password
from desk.audit import Deed, Record
from doors import web_application
from settings import Settings
from storage.console import SqlAccounts, SqlSessions
from storage.engine import Database, open_database
from storage.overview import roll_up
from wiring import running

SLOW_MS = 200
SLOW_STATEMENT_MS = 50


@dataclass(slots=True)
class Statement:
    """A statement that took long."""

    text: str
    parameters: Any
    ms: float


@dataclass(slots=True)
class Page:
    """What a page took."""

    name: str
    path: str
    bytes: int
    times_ms: list[float]
    cpu_ms: float
    """Of this process, the asking included, and of the database's, on the average; others hardly make it longer."""
    plans: list[str] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        """The middle one."""
        return statistics.median(self.times_ms)

    @property
    def p95_ms(self) -> float:
        """19 of 20 took at most as long."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, -(-len(ordered) * 19 // 20) - 1)]


@dataclass(slots=True)
class Side:
    """A database and its pages."""

    database: str
    load: tuple[float, float]
    """Processes that wanted the machine in the last minute, before and after."""
    fill_seconds: float
    roll_up_seconds: float
    pages: list[Page]


async def measure(name: str, url: str, size: Size, repeats: int, *, used_again: bool = False) -> Side:
    """Fill the empty database at ``url``, unless it is used again, and measure. Missing pages are left out."""
    now = datetime.now(UTC)
    filled = 0.0 if used_again else await fill(url, size, now)
    rolled = await _rolled_up(url, now)
    settings = Settings(database_url=url, console=True)
    async with running(settings) as parts, _served(await web_application(parts)) as base:
        cookie = await _signed_in(parts.database, datetime.now(UTC))
        measured, load = [], os.getloadavg()[0]
        async with ClientSession(cookie_jar=DummyCookieJar(), headers={"Cookie": f"console={cookie}"}) as http:
            for each in pages(size, now).items():
                page = await _page(http, parts.database, each, f"{base}/console", repeats)
                if page is not None:
                    await _explained(parts.database, page, http, f"{base}/console{page.path}")
                    measured.append(page)
    return Side(name, (load, os.getloadavg()[0]), filled, rolled, measured)


async def _rolled_up(url: str, now: datetime) -> float:
    """As the first run of the scheduled job does it, for all days at once."""
    database, began = await open_database(url), time.perf_counter()
    await roll_up(database, now, ZoneInfo("America/Los_Angeles"))
    await database.close()
    return time.perf_counter() - began


async def _page(http: ClientSession, database: Database, page: tuple[str, str], base: str, repeats: int) -> Page | None:
    name, path = page
    times, length, used = [], 0, 0.0
    for number in range(repeats + 1):  # the first is not counted
        if number == 1:
            used = await cpu_seconds(database)
        began = time.perf_counter()
        async with http.get(f"{base}{path}", allow_redirects=False) as answer:
            length = len(await answer.read())
            if answer.status == 404:
                return None
            answer.raise_for_status()
        if number:
            times.append(1000 * (time.perf_counter() - began))
    return Page(name, path, length, times, 1000 * (await cpu_seconds(database) - used) / repeats)


async def _explained(database: Database, page: Page, http: ClientSession, url: str) -> None:
    """Once more, to see which statements take so long."""
    if page.median_ms < SLOW_MS:
        return
    with _heard() as slow:
        async with http.get(url) as answer:
            await answer.read()
    for statement in slow:
        plan = await database.read(lambda connection, one=statement: _plan(connection, one))
        page.plans.append(f"{statement.ms:.0f} ms: {statement.text}\n{plan}")


def _plan(connection: Connection, statement: Statement) -> str:
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    rows = connection.exec_driver_sql(how + statement.text, statement.parameters).all()
    return "\n".join(f"    {row[-1]}" for row in rows)


@contextmanager
def _heard() -> Iterator[list[Statement]]:
    found: list[Statement] = []

    def before(_connection: Any, _cursor: Any, _text: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    def after(_connection: Any, _cursor: Any, text: str, parameters: Any, context: Any, _many: bool) -> None:
        ms = 1000 * (time.perf_counter() - getattr(context, "began", time.perf_counter()))  # it may have begun before
        if ms > SLOW_STATEMENT_MS:
            found.append(Statement(text, parameters, ms))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _signed_in(database: Database, now: datetime) -> str:
    """A session of an admin named ann, as one who came in by the door has it."""
    accounts, session_id = SqlAccounts(database), new_session_id()
    made = new_local("ann", frozenset({Role.ADMIN}), "", "", now)
    if await accounts.find("ann") is None:
        await accounts.apply(made)
        await accounts.apply(with_password(made.account, "", now))
    record = Record(now, "ann", Deed.SIGNED_IN, "ann")
    await SqlSessions(database).begin(Session(hash_of(session_id), "ann", now, now), record)
    return session_id
