"""Direct Line on two processes of one PostgreSQL: what is posted to one is shown by the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer

from channels.directline import DirectLine, DirectLineSettings, StreamHub
from ops.clock import SystemClock
from storage.engine import open_database
from storage.errors import ConnectionLost
from storage.listening import hear_growth
from storage.log import SqlConversationLog
from storage.migrate import migrate
from storage.tickets import MemoryTickets, SqlTickets
from tests.channels.door import BASE, Parrot

TOO_LATE = 1.0
"""Seconds; a log is read again without a wake after 30."""


@asynccontextmanager
async def replica(url: str, *, hearing: bool = True, shared_tickets: bool = True) -> AsyncIterator[str]:
    """The address of a process's Direct Line."""
    async with AsyncExitStack() as stack:
        database, clock = await open_database(url), SystemClock()
        stack.push_async_callback(database.close)
        await migrate(database)
        log = SqlConversationLog(database, clock)
        hub = StreamHub(log, clock)
        if hearing:
            await _hear(stack, lambda ready: hear_growth(database, hub.wake, ready, _fail))
        door = DirectLine(
            run=Parrot(log, hub).run,
            log=log,
            hub=hub,
            tickets=SqlTickets(database) if shared_tickets else MemoryTickets(),
            clock=clock,
            secret=await database.secret("directline"),
            settings=DirectLineSettings(),
        )
        app = web.Application()
        door.register(app)
        server = TestServer(app)
        await server.start_server(shutdown_timeout=1)
        stack.push_async_callback(server.close)
        yield str(server.make_url(BASE))


async def _hear(stack: AsyncExitStack, begin: Callable[[Callable[[], None]], Any]) -> None:
    ready = asyncio.Event()
    task = asyncio.create_task(begin(ready.set))

    async def stop() -> None:
        task.cancel()
        await asyncio.wait({task})

    stack.push_async_callback(stop)
    await ready.wait()


def _fail(error: ConnectionLost) -> None:
    raise error


@asynccontextmanager
async def two(url: str, **second: bool) -> AsyncIterator[tuple[str, str, ClientSession]]:
    async with replica(url) as a, replica(url, **second) as b, ClientSession() as http:
        yield a, b, http


async def begin(http: ClientSession, base: str) -> tuple[dict[str, str], str, str]:
    """Headers, the path of a new conversation, and the path of its stream with a ticket."""
    async with http.post(f"{base}/session", json={}) as answer:
        session = await answer.json()
    headers, path = {"Authorization": f"Bearer {session['token']}"}, f"/conversations/{session['conversationId']}"
    async with http.get(base + path, headers=headers) as answer:
        stream = urlsplit((await answer.json())["streamUrl"])
    return headers, path, f"{stream.path.removeprefix(BASE)}?{stream.query}"


async def seconds_until_heard(a: str, b: str, http: ClientSession, rounds: int = 20) -> float:
    """The slowest of some messages posted to ``a`` and shown on a socket of ``b``."""
    headers, path, stream = await begin(http, a)
    slowest = 0.0
    async with http.ws_connect(b + stream) as socket:
        await socket.receive_json(timeout=5)  # the welcome
        for number in range(rounds):
            started, words = time.monotonic(), f"hello {number}"
            async with http.post(f"{a}{path}/activities", json={"type": "message", "text": words}, headers=headers):
                heard = [activity["text"] for activity in (await socket.receive_json(timeout=TOO_LATE))["activities"]]
            assert heard == [words, f"You said: {words}"]
            slowest = max(slowest, time.monotonic() - started)
    return slowest


async def test_a_message_to_one_arrives_at_the_other(new_postgres: str) -> None:
    async with two(new_postgres) as (a, b, http):
        assert await seconds_until_heard(a, b, http) < TOO_LATE
        assert await seconds_until_heard(b, a, http) < TOO_LATE


async def test_a_replica_that_does_not_listen_is_late(new_postgres: str) -> None:
    """The test above would notice."""
    async with two(new_postgres, hearing=False) as (a, b, http):
        with pytest.raises(TimeoutError):
            await seconds_until_heard(a, b, http)


async def tickets_open(url: str, **second: bool) -> list[int]:
    async with two(url, **second) as (a, b, http):
        _, _, stream = await begin(http, a)
        statuses = []
        for base in (a, b):
            try:
                async with http.ws_connect(base + stream):
                    statuses.append(101)
            except WSServerHandshakeError as refused:
                statuses.append(refused.status)
        return statuses


async def test_a_ticket_opens_one_socket_wherever_it_is_shown(new_postgres: str) -> None:
    assert await tickets_open(new_postgres) == [101, 401]


async def test_tickets_that_each_process_counts_alone_open_two(new_postgres: str) -> None:
    """The test above would notice."""
    assert await tickets_open(new_postgres, shared_tickets=False) == [101, 101]
