"""Slow clients are dropped in time, honest ones never notice."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import pytest
from aiohttp import ClientSession, web
from aiohttp.typedefs import Handler

from ops.guard import guarded
from ops.limits import BoundedConnection, Limits
from ops.metrics import Metrics
from ops.site import BoundedSite
from tests.teeth import FOUND_OUT

QUICK = Limits(head=0.1, body=0.1, stalled=0.1, idle=0.1, per_address=0)
PATIENCE = 3.0


async def read(request: web.Request) -> web.Response:
    return web.json_response({"bytes": len(await request.read())})


async def ignore(_request: web.Request) -> web.Response:
    return web.json_response({})


async def think(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(0.2)
    return web.json_response({"thought": True})


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(str(message.data))
    return socket


@asynccontextmanager
async def serving(limits: Limits, *, bounded: bool = True, answer: Handler = ignore) -> AsyncIterator[int]:
    app = guarded(Metrics())
    app.router.add_post("/read", read)
    app.router.add_post("/ignore", ignore)
    app.router.add_post("/think", think)
    app.router.add_get("/answer", answer)
    app.router.add_get("/talk", talk)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = BoundedSite(runner, "127.0.0.1", 0, limits) if bounded else web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Shape = Callable[[Reader, Writer], Awaitable[None]]


async def silent(_reader: Reader, _writer: Writer) -> None:
    pass


async def half_a_head(_reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\n")


async def dripping_head(_reader: Reader, writer: Writer) -> None:
    for _ in range(10):
        writer.write(b"X: y\r\n" if _ else b"POST /read HTTP/1.1\r\nHost: x\r\n")
        await asyncio.sleep(0.02)


async def half_a_body(_reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")


async def unwanted_body(_reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")


async def idle_after_an_answer(_reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")


async def second_head_half(reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
    await reader.readuntil(b"}")
    writer.write(b"POST /re")


async def second_head_half_at_once(_reader: Reader, writer: Writer) -> None:
    """It came with the first request, and nothing after it: idle, for all that can be seen from outside."""
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1POST /re")


SHAPES = [
    silent,
    half_a_head,
    dripping_head,
    half_a_body,
    unwanted_body,
    idle_after_an_answer,
    second_head_half,
    second_head_half_at_once,
]


async def _dropped(port: int, shape: Shape, patience: float) -> bool:
    """Whether the server ends the connection by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(patience):
            with suppress(ConnectionError, RuntimeError):  # uvloop raises the latter for a connection that was closed
                await shape(reader, writer)
                while await reader.read(65536):
                    pass
    except TimeoutError:
        return False
    finally:
        writer.transport.abort()
    return True


@pytest.mark.parametrize("shape", SHAPES)
async def test_slow_clients_are_dropped(shape: Shape) -> None:
    async with serving(QUICK) as port:
        assert await _dropped(port, shape, PATIENCE)


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_check_has_teeth(shape: Shape) -> None:
    async with serving(QUICK, bounded=False) as port:
        assert not await _dropped(port, shape, 0.4)


async def test_a_client_that_does_not_read_is_dropped() -> None:
    dropped = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            dropped.set()
            raise

    async with serving(QUICK, answer=endless) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /answer HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            await asyncio.wait_for(dropped.wait(), PATIENCE)
        finally:
            writer.transport.abort()


async def test_many_slow_clients_do_not_delay_an_honest_one() -> None:
    async with serving(QUICK) as port, ClientSession() as session:
        slow = [asyncio.create_task(_dropped(port, shape, PATIENCE)) for shape in SHAPES * 10]
        began = time.monotonic()
        async with session.post(f"http://127.0.0.1:{port}/read", data=b"12") as response:
            assert await response.json() == {"bytes": 2}
        assert time.monotonic() - began < 1.0
        assert all(await asyncio.gather(*slow))


async def test_a_handler_may_take_longer_than_any_limit() -> None:
    async with serving(QUICK) as port, ClientSession() as session:
        for _ in range(2):
            async with session.post(f"http://127.0.0.1:{port}/think", data=b"12") as response:
                assert await response.json() == {"thought": True}


async def test_a_websocket_may_stay_silent() -> None:
    async with (
        serving(QUICK) as port,
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/talk") as socket,
    ):
        await asyncio.sleep(0.2)
        await socket.send_str("still here")
        assert await socket.receive_str(timeout=PATIENCE) == "still here"


async def test_an_address_has_so_many_connections() -> None:
    limits = Limits(per_address=2)
    async with serving(limits) as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        try:
            assert await _dropped(port, silent, PATIENCE)
            kept[0][1].close()
            await kept[0][1].wait_closed()
            await asyncio.sleep(0.02)
            assert not await _dropped(port, silent, 0.1)
        finally:
            for _, writer in kept:
                writer.close()


def counts_nobody(connection: BoundedConnection, transport: asyncio.BaseTransport) -> None:
    connection._per_address = 0
    MADE(connection, transport)


def never_counts_back(connection: BoundedConnection, exc: Exception | None) -> None:
    connection._connections[connection._address] += 1
    LOST(connection, exc)


MADE, LOST = BoundedConnection.connection_made, BoundedConnection.connection_lost


@pytest.mark.parametrize(
    ("place", "careless"), [("connection_made", counts_nobody), ("connection_lost", never_counts_back)]
)
async def test_teeth_of_the_number(place: str, careless: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that lets everybody in, and one that shuts an address out for ever."""
    monkeypatch.setattr(BoundedConnection, place, careless)
    monkeypatch.setattr(f"{__name__}.PATIENCE", 0.4)
    with pytest.raises(FOUND_OUT):
        await test_an_address_has_so_many_connections()


async def test_a_closed_connection_waits_for_no_collector() -> None:
    connection = BoundedConnection(asyncio.Protocol(), QUICK, Counter())
    connection.connection_made(asyncio.Transport())
    connection.pause_writing()
    connection.connection_lost(None)
    gone = weakref.ref(connection)
    del connection
    assert gone() is None
