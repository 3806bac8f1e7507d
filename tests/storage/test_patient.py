"""Patient work: that of a turn for which nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from storage.engine import Database, open_database


class Writer:
    """Hands work in and keeps what was done, in the order in which it was."""

    def __init__(self, database: Database) -> None:
        self.done: list[str] = []
        self.flushed: dict[str, bool] = {}
        """Whether a power failure after the work would leave it."""
        self._database = database

    def patiently(self, name: str) -> Awaitable[str]:
        return self._database.write_each(self._work, name, patient=True)

    def now(self, name: str) -> Awaitable[str]:
        return self._database.write_each(self._work, name)

    def _work(self, connection: Connection, names: Sequence[str]) -> Sequence[str]:
        self.done += names
        full = connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        self.flushed |= dict.fromkeys(names, full)
        return names


async def test_it_is_done_with_the_next_or_soon(sqlite: Database) -> None:
    writer = Writer(sqlite)
    first = asyncio.ensure_future(writer.patiently("patient"))
    await asyncio.sleep(0)
    await writer.now("next")
    assert writer.done == ["patient", "next"]
    await first
    async with asyncio.timeout(5):
        await writer.patiently("alone")
    assert writer.done[-1] == "alone"


async def test_it_is_done_at_once_when_somebody_waits_for_it(sqlite: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr("storage.lanes.PATIENT_SECONDS", 60)
    writer = Writer(sqlite)
    waiting = asyncio.ensure_future(writer.patiently("a"))
    await asyncio.sleep(0.05)
    assert writer.done == []
    sqlite.hurry()
    assert await asyncio.wait_for(waiting, 5) == "a"


async def test_it_is_done_before_closing(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/bot.db")
    writer = Writer(database)
    work = asyncio.ensure_future(writer.patiently("patient"))
    await asyncio.sleep(0)
    await database.close()
    assert await work == "patient"
    assert writer.done == ["patient"]


async def test_only_by_itself_it_is_not_flushed_to_the_disk(sqlite: Database) -> None:
    writer = Writer(sqlite)
    for again in ("", " again"):  # an order that is given a second time counts like the first
        await writer.now(f"alone{again}")
        await asyncio.gather(writer.patiently(f"patient{again}"), writer.patiently(f"another{again}"))
        await asyncio.gather(writer.patiently(f"with{again}"), writer.now(f"company{again}"))
    left = {name for name, flushed in writer.flushed.items() if not flushed}
    assert left == {"patient", "another", "patient again", "another again"}


@pytest.mark.parametrize("fails", ["patient", "now"])
async def test_it_is_flushed_with_work_that_fails_beside_it(sqlite: Database, fails: str) -> None:
    """Then each is done by itself, in the transaction that they share."""

    def work(connection: Connection, names: Sequence[str]) -> Sequence[bool]:
        if fails in names:
            raise LookupError
        return [connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2 for _ in names]

    patient = asyncio.ensure_future(sqlite.write_each(work, "patient", patient=True))
    await asyncio.sleep(0)
    results = await asyncio.gather(patient, sqlite.write_each(work, "now"), return_exceptions=True)
    assert [result for result in results if not isinstance(result, LookupError)] == [True]
