"""T5: 290 clients that send next to nothing, and honest ones beside them, at a bot with the limits of production."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.bot.fakes import emulator_message
from tests.process import serving
from tests.trust.figures import figure
from tests.trust.process import STARVED, UNLIMITED, Taking, descriptors, processor_time, starved, taking_channel

EACH = 58
"""Of five shapes: 290."""
CLOSED_WITHIN = 10.0
HONEST = 15
"""Turns a second of honest users."""
P99 = 0.1
LOADED = 5.0
"""While other work starves the bot or its clients, honest answers take as much longer as they do without any attack."""
HEAD = b"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = HEAD + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
Writer = asyncio.StreamWriter
Shape = Callable[[Writer], Awaitable[None]]


async def silent(_: Writer) -> None:
    """Connects, and that is all."""


async def half_a_head(writer: Writer) -> None:
    writer.write(HEAD)


async def dripping_head(writer: Writer) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"X: y\r\n")
        await asyncio.sleep(0.5)


async def half_a_body(writer: Writer) -> None:
    writer.write(BODY + b'{"type": ')


async def dripping_body(writer: Writer) -> None:
    writer.write(BODY)
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.5)


SHAPES: tuple[Shape, ...] = (silent, half_a_head, dripping_head, half_a_body, dripping_body)


async def _closed_after(port: int, shape: Shape, source: str) -> float:
    """Seconds until the bot has hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    started = time.monotonic()
    sending = asyncio.ensure_future(shape(writer))
    try:
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(3 * CLOSED_WITHIN):
                while await reader.read(4096):
                    pass
        return time.monotonic() - started
    finally:
        sending.cancel()
        await asyncio.wait({sending})
        writer.transport.abort()


@dataclass
class Honest:
    """Users who ask, at a steady pace."""

    url: str
    channel: Taking
    http: aiohttp.ClientSession
    asked: int = 0
    statuses: set[int] = field(default_factory=set)

    async def p99(self, seconds: float) -> float:
        """Of the time until a question is taken."""
        asking = []
        for _ in range(int(seconds * HONEST)):
            asking.append(asyncio.ensure_future(self._ask()))
            await asyncio.sleep(1 / HONEST)
        times = sorted(await asyncio.gather(*asking))
        return times[int(len(times) * 0.99) - 1]

    async def _ask(self) -> float:
        self.asked += 1
        place = {"id": f"honest-{self.asked}"}
        body = emulator_message(self.channel.url, "What is the fee?", id=str(self.asked), conversation=place)
        started = time.monotonic()
        async with self.http.post(f"{self.url}/api/messages", json=body) as answer:
            self.statuses.add(answer.status)
        return time.monotonic() - started


@pytest.mark.alone  # compares how long honest answers take with and without an attack
async def test_slow_clients_are_dropped_and_honest_ones_do_not_notice(tmp_path: Path) -> None:
    async with (
        taking_channel() as channel,
        serving(tmp_path, **UNLIMITED) as bot,
        aiohttp.ClientSession() as http,
    ):
        honest, port = Honest(bot.url, channel, http), int(bot.url.rpartition(":")[2])
        await honest.p99(2)
        quiet = await honest.p99(6)
        held = descriptors(bot.process.pid)
        slow = [
            asyncio.ensure_future(_closed_after(port, shape, f"127.0.1.{1 + number % 2}"))
            for shape in SHAPES
            for number in range(EACH)
        ]
        pids = (bot.process.pid, os.getpid())
        ran = [processor_time(pid) for pid in pids]
        attacked = await honest.p99(CLOSED_WITHIN + 1)
        short = max(starved(pid, before) for pid, before in zip(pids, ran, strict=True))
        took = await asyncio.gather(*slow)
        after = descriptors(bot.process.pid)
    assert len(took) == 290
    assert honest.statuses == {200}
    assert max(took) <= CLOSED_WITHIN
    assert min(took) > 1, "they were let in"
    assert attacked < (max(P99, LOADED * quiet) if short > STARVED else P99)
    assert after <= held + 5
    words = f"290 clients closed within {max(took):.1f} s; honest p99 {1e3 * attacked:.0f} ms"
    figure("T5", f"{words}, without them {1e3 * quiet:.0f} ms; {short:.0%} starved")


UNLIMITED_TIME = """
import sys, app, ops.limits
ops.limits.Deadline.arm = lambda *_: None
sys.exit(app.main([]))
"""


async def test_teeth(tmp_path: Path) -> None:
    """Without deadlines they stay."""
    async with serving(tmp_path, ("-c", UNLIMITED_TIME), **UNLIMITED) as bot:
        port = int(bot.url.rpartition(":")[2])
        slow = [asyncio.ensure_future(_closed_after(port, shape, "127.0.1.1")) for shape in SHAPES]
        done, pending = await asyncio.wait(slow, timeout=CLOSED_WITHIN + 0.5)
        for one in pending:
            one.cancel()
        await asyncio.wait(pending)
        assert not done
