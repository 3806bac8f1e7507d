"""Bots that are started, killed and started again at the same address."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import own_port
from tests.process import ROOT
from tests.waiting import PATIENCE

LIFE = (0.02, 0.3)
"""Seconds between being up and being killed: at least and at most."""


@dataclass
class ForkServer:
    """Starts bots within milliseconds; see `tests/crash/bot.py`."""

    process: subprocess.Popen[str]

    def start(self, order: dict[str, object]) -> int:
        """The process id of a new bot."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.answer())

    def answer(self) -> str:
        assert self.process.stdout is not None
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the server of bots ended; what it wrote to stderr says why")
        return answer


@contextlib.contextmanager
def fork_server() -> Iterator[ForkServer]:
    """Returns when everything is loaded."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.crash.bot"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        running = ForkServer(process)
        running.answer()
        try:
            yield running
        finally:
            process.kill()


@dataclass
class Bot:
    """One address at which one life follows the other."""

    server: ForkServer
    database: str
    log: Path
    broken: str = ""
    lease: float | None = None
    """Seconds; None for those of production."""
    port: int = field(default_factory=own_port)
    pid: int = 0
    lives: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, die_at: str | None = None, count: int = 1) -> None:
        """Begin a life; returns when it serves, or is over already."""
        order = {"port": self.port, "database": self.database, "log": str(self.log)}
        order |= {"broken": self.broken, "lease": self.lease}
        self.pid = self.server.start({**order, "die_at": die_at, "count": count})
        self.lives += 1
        async with asyncio.timeout(PATIENCE):
            while self.alive and not await self._serves():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.005)

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    async def ended(self) -> None:
        """Wait until this life is over."""
        async with asyncio.timeout(PATIENCE):
            while self.alive:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.005)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        await self.ended()

    async def die_of(self, points: Sequence[tuple[str, int]]) -> None:
        """One life for each point, which ends there; then one that stays."""
        for point, count in points:
            await self.start(point, count)
            await self.ended()
        await self.start()

    async def die_by_chance(self, times: int, chance: random.Random) -> None:
        """So many lives that end at any moment; then one that stays."""
        for _ in range(times):
            await self.start()
            await asyncio.sleep(chance.uniform(*LIFE))
            await self.end()
        await self.start()

    async def _serves(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True
