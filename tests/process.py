"""The bot as a process of its own: ``python app.py`` with settings, on a free port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent


@dataclass
class Bot:
    """A bot that serves."""

    url: str
    process: asyncio.subprocess.Process
    logged: Path

    async def stop(self) -> int:
        """Tell it to stop; returns its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()

    @property
    def log(self) -> str:
        """All that it logged so far."""
        return self.logged.read_text(encoding="utf-8")


@asynccontextmanager
async def serving(folder: Path, command: Sequence[str] = ("app.py",), **settings: str) -> AsyncIterator[Bot]:
    """A running bot whose database and log are in ``folder``; ``settings`` by their names in the environment."""
    environment = {
        **os.environ,
        "PORT": "0",
        "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    logged = folder / "bot.log"
    with logged.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *command), cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    reading: asyncio.Task[None] | None = None
    try:
        url = await _url(process)
        reading = asyncio.create_task(_drain(process, logged))
        yield Bot(url, process, logged)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def _url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := await process.stdout.readline():
            if line.startswith(b"The bot is at "):
                return f"http://127.0.0.1:{line.decode().strip().rstrip('/').rpartition(':')[2]}"
    raise RuntimeError("the bot ended before it served; its log says why")


async def _drain(process: asyncio.subprocess.Process, logged: Path) -> None:
    assert process.stdout is not None
    with logged.open("ab") as log:
        async for line in process.stdout:
            log.write(line)
            log.flush()
