"""What several processes of one database have in common: news, tickets, scheduled work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import URL, TextClause, make_url, text

from storage.engine import Database, open_database
from storage.errors import ConnectionLost, TooLarge
from storage.listening import hear_growth
from storage.log import SqlConversationLog
from storage.schedule import run_if_due
from storage.tickets import MemoryTickets, SqlTickets
from tests.storage.samples import NOW, FixedClock, conversation, said
from tests.waiting import until

DAY = timedelta(days=1)


class Ear:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.grown: list[str] = []
        self.begun = 0
        self.failures: list[ConnectionLost] = []
        self.news = asyncio.Event()

    def hear(self, name: str) -> None:
        self.grown.append(name)
        self.news.set()

    def begin(self) -> None:
        self.begun += 1
        self.news.set()

    async def wait(self) -> None:
        async with asyncio.timeout(5):
            await self.news.wait()
        self.news.clear()


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(hear_growth(database, ear.hear, ear.begin, ear.failures.append, first_pause=0.02))
    try:
        await ear.wait()
        yield ear
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def another_process(url: str) -> AsyncIterator[Database]:
    other = await open_database(url)
    yield other
    await other.close()


def terminating(query: str) -> TextClause:
    """Ends the connections to this database whose last query was like ``query``."""
    ours = "datname = current_database() AND query LIKE :query"
    return text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}").bindparams(query=query)


@pytest.fixture
def postgres(url: str) -> str:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite serves one process")
    return url


async def test_every_process_hears_of_a_commit(postgres: str, database: Database, clock: FixedClock) -> None:
    log = SqlConversationLog(database, clock)
    await log.create(conversation("c1"))
    async with another_process(postgres) as other, listening(other) as theirs, listening(database) as ours:
        await log.append("c1", said("a"))
        await theirs.wait()
        await ours.wait()
        assert (theirs.grown, ours.grown) == (["c1"], ["c1"])


async def test_nobody_hears_of_what_was_rolled_back(postgres: str, database: Database, clock: FixedClock) -> None:
    log = SqlConversationLog(database, clock)
    await log.create(conversation("c1"))
    async with another_process(postgres) as other, listening(other) as ear:
        with pytest.raises(TooLarge):
            await log.append("c1", ({"id": "a"}, {"id": "b", "x": "y" * 300_000}))  # too large: not stored
        await log.create(conversation("c2"))
        await log.append("c2", said("a"))
        await ear.wait()
        assert ear.grown == ["c2"]


async def test_a_broken_connection_is_made_again(postgres: str, database: Database, clock: FixedClock) -> None:
    log = SqlConversationLog(database, clock)
    await log.create(conversation("c1"))
    kill = terminating("LISTEN%")
    async with listening(database) as ear:
        await database.read(lambda connection: connection.execute(kill).all())
        await ear.wait()
        assert (ear.begun, len(ear.failures)) == (2, 1)
        await log.append("c1", said("a"))
        await ear.wait()
        assert ear.grown == ["c1"]


async def test_a_silent_network_is_noticed(postgres: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lives and answers nothing: seen by asking it now and then."""
    monkeypatch.setattr("storage.postgres.ASK_EVERY", 0.05)
    async with listening(database) as ear:
        await asyncio.sleep(0.15)
        assert ear.failures == []  # it answers
        monkeypatch.setattr("storage.postgres.ANSWER_WITHIN", 0.0)
        await ear.wait()
        assert ear.failures


class Relay:
    """A way to a server that may fall silent: what is sent then is taken, as ever, and goes nowhere."""

    def __init__(self, server: URL) -> None:
        self._server, self.silent = server, False

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        there, here = await asyncio.open_connection(self._server.host, self._server.port or 5432)
        await asyncio.gather(self._pass_on(reader, here), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if not self.silent:
                    writer.write(data)
        writer.close()


async def test_a_server_that_vanishes_without_a_word_is_noticed(
    postgres: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection ends, no packet is refused: nothing is waited for without end, not even a polite farewell."""
    monkeypatch.setattr("storage.postgres.ASK_EVERY", 0.2)
    monkeypatch.setattr("storage.postgres.ANSWER_WITHIN", 1.0)
    address = make_url(postgres)
    relay = Relay(address)
    async with await asyncio.start_server(relay.relay, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        through = address.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        async with another_process(through) as other, listening(other) as ear:
            relay.silent = True
            await until(lambda: bool(ear.failures), 20)
            relay.silent = False
            await until(lambda: ear.begun > 1, 20)


async def test_a_database_of_one_process_has_no_news(url: str, database: Database, clock: FixedClock) -> None:
    if url.startswith("postgresql"):
        pytest.skip("PostgreSQL has")
    log = SqlConversationLog(database, clock)
    await log.create(conversation("c1"))
    async with listening(database) as ear:
        await log.append("c1", said("a"))
        assert (ear.begun, ear.grown, ear.failures) == (1, [], [])


async def test_a_ticket_is_spent_once(url: str, database: Database) -> None:
    async with another_process(url) as other:
        tries = [SqlTickets(each).spend("t", NOW) for each in (database, other) * 10]
        assert sorted(await asyncio.gather(*tries)) == [False] * 19 + [True]
        assert await SqlTickets(other).spend("another", NOW)


async def test_a_ticket_in_memory_is_spent_once() -> None:
    tickets = MemoryTickets()
    assert [await tickets.spend(name, NOW) for name in ("t", "t", "u")] == [True, False, True]


async def test_work_is_done_once_in_its_time(url: str, database: Database) -> None:
    done: list[str] = []

    async def look(name: str, days: float) -> bool:
        async def work() -> None:
            done.append(name)

        return await run_if_due(database, name, DAY, NOW + timedelta(days=days), work)

    assert [await look("a", days) for days in (0, 0.9, 1, 1.5, 2.1)] == [True, False, True, False, True]
    assert await look("b", 0)
    assert done == ["a", "a", "a", "b"]


async def test_work_that_fails_is_due_again(database: Database) -> None:
    async def fail() -> None:
        raise ConnectionLost

    async def succeed() -> None:
        return

    with pytest.raises(ConnectionLost):
        await run_if_due(database, "a", DAY, NOW, fail)
    assert await run_if_due(database, "a", DAY, NOW, succeed)


async def test_processes_that_look_at_once_work_once(postgres: str, database: Database) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(another_process(postgres)) for _ in range(3)]
        working, peak, times = 0, 0, 0

        async def work() -> None:
            nonlocal working, peak, times
            working, times = working + 1, times + 1
            peak = max(peak, working)
            await asyncio.sleep(0.1)
            working -= 1

        looks = [run_if_due(each, "a", DAY, NOW, work) for each in (database, *others)]
        assert sorted(await asyncio.gather(*looks)) == [False, False, False, True]
        assert (times, peak) == (1, 1)


async def test_a_process_that_dies_at_work_leaves_it_to_others(postgres: str, database: Database) -> None:
    kill = terminating("SELECT pg_try_advisory_lock%")
    async with another_process(postgres) as other:
        holding = asyncio.Event()

        async def hold() -> None:
            async with other.alone("a"):
                holding.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await holding.wait()
        async with database.alone("a") as alone:
            assert not alone
        await database.read(lambda connection: connection.execute(kill).all())
        async with database.alone("a") as alone:
            assert alone
        task.cancel()
        await asyncio.wait({task})
