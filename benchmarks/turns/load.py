"""Load: conversations that talk to a server, and what each of their turns took."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from benchmarks.turns.processes import Cores, Others, Server
from benchmarks.turns.services import Services
from benchmarks.turns.talk import Message
from benchmarks.turns.wire import Line

AT_ONCE = 32
"""Conversations that wait for a reply at the same time."""
LEAST = 10
"""Turns that a stretch has, however slow the machine is: percentiles need some."""
LOST_AFTER = 15.0
CARD = b"vnd.microsoft.card.adaptive"


class TurnLost(Exception):
    """A reply did not come, or the row of its turn is not there: such a figure would be worth nothing."""


@dataclass(slots=True)
class Sample:
    """What a stretch of load gave."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of the server's CPU."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from sending to the reply and the answer both here, without the time that the connector took."""
    others: float = 0.0
    """Share of the cores that other processes took."""
    cards: int = 0
    """Replies with a card."""

    @property
    def turns(self) -> int:
        """Turns that count."""
        return len(self.latencies)

    def figures(self) -> dict[str, float]:
        """What is told of it."""
        cuts = statistics.quantiles(self.latencies, n=100, method="inclusive")
        return {
            "turns": self.turns,
            "turns_per_second": self.turns / self.seconds,
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
            "cpu_ms_per_turn": self.cpu / self.turns * 1000,
            "busy": self.cpu / self.seconds,
            "others": self.others,
            "cards": self.cards / self.turns,
        }


class RowCheck:
    """Reads the row of a turn back, as another process sees it."""

    def __init__(self, database: Path | None) -> None:
        self._connection = None if database is None else sqlite3.connect(f"file:{database}?mode=ro", uri=True)

    def __call__(self, message: Message) -> bool:
        """Whether the turn of ``message`` is stored; always so for a bot that stores nothing."""
        if self._connection is None:
            return True
        query = "SELECT 1 FROM inbox WHERE channel = 'msteams' AND conversation = ? AND activity = ?"
        return self._connection.execute(query, (message.conversation, message.id)).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()


@dataclass
class Load:
    """Talks to one server."""

    server: Server
    cores: Cores
    services: Services
    headers: bytes
    database: Path | None
    scripts: Iterator[list[Message]]

    async def flood(self, seconds: float, at_once: int = AT_ONCE) -> Sample:
        """``at_once`` conversations without a pause, for so many seconds. Raises `TurnLost`."""
        return await self._measured(seconds, at_once, lambda: 0.0)

    async def paced(self, seconds: float, pause: float, at_once: int = AT_ONCE) -> Sample:
        """The same, each conversation pausing for ``pause`` seconds on average between a reply and the next message."""
        chance = random.Random(4)
        return await self._measured(seconds, at_once, lambda: chance.expovariate(1 / pause))

    async def count(self, turns: int, at_once: int = AT_ONCE) -> Sample:
        """So many turns, or a few more, without a pause."""
        sample = Sample()
        return await self._run(sample, at_once, lambda: 0.0, lambda: sample.turns < turns)

    async def _measured(self, seconds: float, at_once: int, pause: Callable[[], float]) -> Sample:
        sample, end = Sample(), time.perf_counter() + seconds
        return await self._run(sample, at_once, pause, lambda: time.perf_counter() < end or sample.turns < LEAST)

    async def _run(self, sample: Sample, at_once: int, pause: Callable[[], float], going: Callable[[], bool]) -> Sample:
        rows = RowCheck(self.database)
        lines = [await Line.to(self.server.port) for _ in range(at_once)]
        started, cpu, others = time.perf_counter(), self.server.cpu, Others(self.server, self.cores)
        try:
            talks = (self._converse(line, rows, sample, pause, going) for line in lines)
            for ended in await asyncio.gather(*talks, return_exceptions=True):
                if ended is not None:
                    raise ended
        finally:
            for line in lines:
                line.close()
            rows.close()
        sample.seconds, sample.cpu = time.perf_counter() - started, self.server.cpu - cpu
        sample.others = others.share()
        return sample

    async def _converse(
        self, line: Line, rows: RowCheck, sample: Sample, pause: Callable[[], float], going: Callable[[], bool]
    ) -> None:
        while going():
            for message in next(self.scripts):
                await asyncio.sleep(pause())
                if not going():
                    return
                await self._turn(line, rows, message, sample)

    async def _turn(self, line: Line, rows: RowCheck, message: Message, sample: Sample) -> None:
        reply = self.services.expect(message.id)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(LOST_AFTER):
                status, _ = await line.post("/api/messages", message.body, self.headers)
                if status >= HTTPStatus.BAD_REQUEST:
                    raise TurnLost(f"{message.id}: status {status}")
                heard = await reply
        except TimeoutError:
            raise TurnLost(f"no reply to {message.id}") from None
        finally:
            self.services.forget(message.id)
        ended = time.perf_counter()
        if not rows(message):
            raise TurnLost(f"{message.id}: no row")
        sample.latencies.append(ended - started - heard.held)
        sample.cards += CARD in heard.body
