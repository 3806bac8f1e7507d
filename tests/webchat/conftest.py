"""A running bot, a real browser, and a watch over everything the page must not do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.ports import own_port
from tests.waiting import PAGE_PATIENCE, PATIENCE
from tests.webchat.visitor import Visitor

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / ".venv" / "share" / "webchat-4.18.1.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REHEARSED_AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""Before the days on which a directory batch is sent."""
NO_NETWORK = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class Bot:
    """``python app.py`` in a process of its own, on a port that it keeps when it is started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """``settings`` by their names in the environment."""
        self.port = own_port()
        self.url = f"http://localhost:{self.port}"
        self.database = f"sqlite+aiosqlite:///{folder / 'bot.db'}"
        self._file, self._log = folder / "bot.db", folder / "bot.log"
        self._environment = {
            **os.environ,
            "PORT": str(self.port),
            "RATE_USER": "0",  # a test types faster than a person
            "DATABASE_URL": self.database,
            "LOG_LEVEL": "warning",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")], env=self._environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the bot did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
            self._process = None

    def kill(self) -> None:
        """As a machine that loses its power."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(15)
        self._process = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is stored."""
        with closing(sqlite3.connect(self._file)) as database:
            return database.execute(query).fetchall()

    def operate(self, *words: str) -> None:
        """What an operator does: ``python -m cases`` with these words."""
        command = [sys.executable, "-m", "cases", *words]
        subprocess.run(command, env=self._environment, cwd=ROOT, check=True, capture_output=True, timeout=60)

    def set_clock(self, at: datetime) -> None:
        """The time of day from its next start on."""
        self._environment["BOT_CLOCK"] = at.isoformat()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except URLError:
            return False


@pytest.fixture(scope="module")
def host_port() -> int:
    """The port of the other site in the tests of embedding: its origin has to be known before the bot starts."""
    return own_port()


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory, host_port: int) -> Iterator[Bot]:
    if not BUNDLE.exists():
        pytest.skip("Web Chat is not there: run `python3 start.py setup`")
    running = Bot(tmp_path_factory.mktemp("bot"), ALLOWED_ORIGINS=f"http://localhost:{host_port}")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Bot]:
    """A bot of its own for one test, whose clock starts at `REHEARSED_AT`. It fetches nothing from the network."""
    if not BUNDLE.exists():
        pytest.skip("Web Chat is not there: run `python3 start.py setup`")
    running = Bot(tmp_path, BOT_CLOCK=REHEARSED_AT.isoformat(), PAGE_CHECK="false", RATE_USER="0")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")  # not longer: while it is open, no other test can run an event loop in this thread
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PAGE_PATIENCE)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=NO_NETWORK)
        yield chromium
        chromium.close()


@pytest.fixture
def visitor(browser: Browser, bot: Bot) -> Iterator[Visitor]:
    """An English-speaking visitor at a desk, not yet on the page."""
    with Visitor.arriving(browser, bot.url) as one:
        yield one
