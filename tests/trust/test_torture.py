"""T12: many tasks of two processes count in one state, each turn decided on what it opened. No count is lost."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import open_database
from storage.memory import Memory, MemoryTurnStore
from storage.migrate import migrate
from tests.crash.databases import new_postgres
from tests.process import ROOT
from tests.storage.samples import incoming
from tests.trust.counting import TASKS, TURNS, count_in_tasks
from tests.trust.figures import figure

PROCESSES = 2
DUE = PROCESSES * TASKS * TURNS


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bot.db"
        return
    with new_postgres() as made:
        yield made


async def _count(url: str, *words: str) -> tuple[object, int, int]:
    """Count in two processes: the state's number, its version, and the turns remembered."""
    database = await open_database(url)
    try:
        await migrate(database)
        command = (sys.executable, "-m", "tests.trust.counting", url)
        processes = [
            await asyncio.create_subprocess_exec(*command, name, *words, cwd=ROOT, stdin=PIPE, stdout=PIPE)
            for name in "ab"[:PROCESSES]
        ]
        for process in processes:  # both begin when both are there
            assert process.stdout
            assert await process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write(b"go\n")
        assert [await process.wait() for process in processes] == [0] * PROCESSES
        query = text("SELECT value, version, (SELECT count(*) FROM inbox) FROM state")
        row = await database.read(lambda connection: connection.execute(query).one())
        return row[0], row[1], row[2]
    finally:
        await database.close()


async def test_two_processes_count(url: str) -> None:
    assert await _count(url) == (f'{{"n":{DUE}}}', DUE, DUE)
    figure("T12", f"{url.partition(':')[0]}: {DUE}/{DUE}")


async def test_the_twin_in_memory_counts() -> None:
    store = MemoryTurnStore(Memory())
    await asyncio.gather(*(count_in_tasks(store, name) for name in "ab"))
    opened = await store.open(incoming("look"))
    assert (opened.state, opened.state_version) == ({"n": DUE}, DUE)
    figure("T12", f"memory: {DUE}/{DUE}")


async def test_teeth_without_comparing_counts_are_lost(tmp_path: Path) -> None:
    stored, _, remembered = await _count(f"sqlite:///{tmp_path}/bot.db", "careless")
    assert remembered == DUE
    assert stored != f'{{"n":{DUE}}}'
