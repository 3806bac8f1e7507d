"""T23: fifty turns a second for fifty seconds. Memory and open files stay as they are, answers stay quick."""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.bot.fakes import emulator_message
from tests.process import serving
from tests.trust.figures import figure
from tests.trust.process import UNLIMITED, Taking, descriptors, processor_time, resident, starved, taking_channel

RATE = 50
SECONDS = int(os.environ.get("SOAK", "50"))
WARM_UP = 15
"""Seconds until pools, caches and the interpreter's memory have their size."""
MOST_GROWTH = 1.0
"""MB in 1,000 turns."""
P99 = 0.5
POOL = 64
"""Connections of the load to the bot; the bot has at most 50 to the channel."""
QUESTIONS = (
    "What do we need for the Learning Action Pack?",
    "How often are the KPI reports updated?",
    "xyzzy plugh quux",
    "What is the fee?",
    "学习合作伙伴计划收费吗？",
    "How does a company get into the directory? How often are the KPI reports updated?",
)


@dataclass
class Load:
    """Turns at a steady pace, however long the answers take."""

    url: str
    channel: Taking
    http: aiohttp.ClientSession
    times: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    turns: int = 0

    async def run(self, seconds: float) -> None:
        started, asking = time.monotonic(), set()
        for number in range(int(seconds * RATE)):
            asking.add(task := asyncio.ensure_future(self._ask()))
            task.add_done_callback(asking.discard)
            await asyncio.sleep(max(0.0, started + (number + 1) / RATE - time.monotonic()))
        await asyncio.gather(*asking)

    async def _ask(self) -> None:
        self.turns += 1
        place = {"id": f"c{self.chance.randrange(200)}"}
        text = self.chance.choice(QUESTIONS)
        body = emulator_message(self.channel.url, text, id=f"m{self.turns}", conversation=place)
        started = time.monotonic()
        async with self.http.post(f"{self.url}/api/messages", json=body) as answer:
            assert answer.status == 200
        self.times.append(time.monotonic() - started)


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line through them, by least squares."""
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


@pytest.mark.alone  # so that answers are late through nobody's fault but the bot's
@pytest.mark.timeout(600 + 3 * SECONDS)
async def test_nothing_grows_under_steady_load(tmp_path: Path) -> None:
    async with (
        taking_channel(keeps=False) as channel,
        serving(tmp_path, **UNLIMITED) as bot,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=POOL)) as http,
    ):
        load, pid = Load(bot.url, channel, http), bot.process.pid
        await load.run(WARM_UP)
        load.times.clear()
        before, files, ran = load.turns, descriptors(pid), processor_time(pid)
        memory: list[tuple[float, float]] = []
        most_files = 0

        async def look() -> None:
            nonlocal most_files
            while True:
                memory.append(((load.turns - before) / 1000, resident(pid)))
                most_files = max(most_files, descriptors(pid))
                await asyncio.sleep(0.5)

        looking = asyncio.ensure_future(look())
        await load.run(SECONDS)
        looking.cancel()
        await asyncio.wait({looking})
        short = starved(pid, ran)
        await asyncio.sleep(1)
        left = descriptors(pid)
    growth, p99 = slope(memory), sorted(load.times)[int(len(load.times) * 0.99)]
    assert len(load.times) == SECONDS * RATE
    assert growth < MOST_GROWTH
    assert max(most_files, left) <= files + POOL + 60, "connections come and go; what leaks would be thousands"
    assert p99 < P99
    words = f"{len(load.times)} turns at {RATE}/s: {growth:+.2f} MB in 1,000 turns, p99 {1e3 * p99:.0f} ms"
    figure("T23", f"{words}, {files} files open before, {left} after, {short:.0%} starved")


def test_teeth_of_the_slope() -> None:
    """A leak of 2 kB in each turn is seen through the noise of an interpreter's memory."""
    noise = random.Random(1)
    leaking = [(turns / 1000, 150 + turns * 0.002 + noise.uniform(-0.3, 0.3)) for turns in range(0, 2500, 25)]
    flat = [(turns / 1000, 150 + noise.uniform(-0.3, 0.3)) for turns in range(0, 2500, 25)]
    assert slope(leaking) > MOST_GROWTH > slope(flat)
