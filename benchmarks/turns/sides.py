"""The bots that are compared, and what is said to each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.turns.load import Load
from benchmarks.turns.peers import peers_python
from benchmarks.turns.processes import ROOT, Cores, Server, serving
from benchmarks.turns.services import APP_ID, Services
from benchmarks.turns.talk import Talk

SERVERS: Final = ROOT / "benchmarks" / "turns" / "servers"
PYTHON: Final = ROOT / ".venv" / "bin" / "python"
FLOOR, STOCK, SUCCESSOR, FAQ, FORM = "floor", "stock", "successor", "faq", "form"
TITLES: Final = {
    STOCK: "(a) stock SDK, echo",
    SUCCESSOR: "(b) successor SDK, echo",
    FLOOR: "(c) bare aiohttp, no checks",
    FAQ: "(d) ours, FAQ turn",
    FORM: "(e) ours, form turn",
}
OURS: Final = {
    "MicrosoftAppId": APP_ID,
    "MicrosoftAppPassword": "secret",
    "MicrosoftAppTenantId": "t-1",
    "HOST": "127.0.0.1",
    "PORT": "0",
    "RATE_USER": "0",
    "RATE_ADDRESS": "0",
    "RATE_SESSIONS": "0",
    "PAGE_CHECK": "false",
}
"""Our bot's settings. No page is looked at: nothing of a benchmark leaves the machine."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all sides share."""

    cores: Cores
    services: Services
    folder: Path
    """For databases and logs."""
    questions: tuple[str, ...]

    def headers(self) -> bytes:
        """What the channel sends along."""
        return f"Authorization: Bearer {self.services.token()}\r\n".encode()

    def talk(self, run: str) -> Talk:
        """Something to say."""
        return Talk(self.services.url, run, self.questions)


@contextlib.contextmanager
def peer(name: str, setting: Setting) -> Iterator[Server]:
    """`FLOOR`, `STOCK` or `SUCCESSOR`, serving."""
    python = PYTHON if name == FLOOR else peers_python()
    command = [str(python), str(SERVERS / f"{name}.py"), setting.services.url]
    with serving(command, setting.cores, setting.folder / f"{name}.log") as server:
        yield server


@contextlib.contextmanager
def our_bot(setting: Setting, database: str, **more: str) -> Iterator[Server]:
    """Our bot, serving; ``database`` is a URL."""
    command = [str(PYTHON), str(SERVERS / "ours.py"), setting.services.url]
    environment = {**OURS, "DATABASE_URL": database, **more}
    with serving(command, setting.cores, setting.folder / "ours.log", environment) as server:
        yield server


def load_on(name: str, server: Server, setting: Setting, database: Path | None, run: str = "") -> Load:
    """The load of a side."""
    talk = setting.talk(f"{name}{run}")
    scripts = talk.forms_filled() if name == FORM else talk.questions_asked()
    return Load(server, setting.cores, setting.services, setting.headers(), database, scripts)
