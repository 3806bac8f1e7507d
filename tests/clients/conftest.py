"""A bot, the clients, and people in front of Agents Playground. What is missing skips the tests, and says so."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.install import ClientsMissing, install
from tests.process import ROOT, Bot, serving

if TYPE_CHECKING:
    from tests.clients.person import Person

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""The bot's time of day: before the days on which a directory batch is sent."""

Arriving = Callable[..., "AbstractAsyncContextManager[Person]"]


@dataclass(frozen=True, slots=True)
class Office:
    """A running bot, and those who work behind it."""

    bot: Bot

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What the bot stored."""
        with closing(sqlite3.connect(self._file)) as database:
            return database.execute(query, values).fetchall()

    async def operate(self, *words: str) -> None:
        """What an operator does: ``python -m cases`` with these words."""
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{self._file}", "BOT_CLOCK": NOW.isoformat()}
        command = (sys.executable, "-m", "cases", *words)
        process = await create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE)
        output, errors = await process.communicate()
        assert process.returncode == 0, (output + errors).decode()

    @property
    def _file(self) -> Path:
        return self.bot.logged.parent / "bot.db"


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where the Node clients are."""
    try:
        return install()
    except ClientsMissing as missing:
        pytest.skip(f"Agents Playground is missing: {missing}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium's place."""
    from tests.clients.person import CHROMIUM

    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    return CHROMIUM


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A bot of its own for one test, whose clock stands at `NOW`. It fetches nothing from the network."""
    settings = {"RATE_USER": "0", "BOT_CLOCK": NOW.isoformat(), "PAGE_CHECK": "false"}  # tests type faster than people
    async with serving(tmp_path, **settings) as running:
        yield Office(running)


@pytest.fixture
def shots(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where pictures of the conversation go: a folder in ``SCREENSHOTS``, else beside the test's other files."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path / "shots") / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def arriving(tools: Path, chromium: str, tmp_path: Path, office: Office, shots: Path) -> Arriving:
    """Makes people: ``async with arriving("ana", user=0) as ana``."""
    from tests.clients.person import person

    def one(name: str, user: int = 0) -> AbstractAsyncContextManager[Person]:
        return person(tools, chromium, tmp_path, office.bot, name, shots, user)

    return one
