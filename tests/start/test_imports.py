"""What a start imports before it serves, once everything was read and fitted: nothing that it can do without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.decision import Knowledge
from dialogs.load import load_guiding
from faq.load import load_library
from program.cache import KeptContent

ROOT = Path(__file__).parents[2]
NOT_YET = frozenset(
    {
        "alembic",  # the tables are up to date
        "ruamel",  # the content was read before
        "faq.reading",
        "faq.schema",
        "dialogs.reading",
        "wording.shape",
        "faq.curate",  # for curators
        "faq.check",
        "botbuilder",  # the Bot Framework's SDK, and what it is made of
        "botframework",
        "msrest",
        "requests",
        "urllib3",
        "bot.adapter",
        "console",  # and what only the console needs
        "console_door",
        "operators_door",
        "jinja2",
        "openpyxl",
        "argon2",
        "asyncpg",  # the database is a file
        "typer",  # there is no command line
        "channels.terminal",
    }
)
"""Modules and packages that must not be there when the bot serves."""
SERVE = """
import asyncio, json, pathlib, sys
import app, wiring
from settings import load_settings
wiring.FITS, wiring.CONTENT = map(pathlib.Path, sys.argv[1:3])
async def tell(work):
    work.close()
    print(json.dumps(sorted(sys.modules)))
app._until_told_to_stop = tell
app.run(app.serve(load_settings()))
"""


@pytest.fixture
def imported(knowledge: Knowledge, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], frozenset[str]]:
    """The modules that are there when a bot begins to serve, started a second time by a script."""
    assert knowledge
    folders = [str(request.config.cache.mkdir(name)) for name in ("fits", "content")]
    kept = KeptContent(Path(folders[1]))
    load_guiding(ROOT / "content", load_library(ROOT / "content", kept), kept)
    environment = {**os.environ, "PORT": "0", "DATABASE_URL": f"sqlite:///{tmp_path}/bot.db"}

    def start(script: str) -> frozenset[str]:
        for _ in range(2):  # the first makes the tables
            done = subprocess.run(
                [sys.executable, "-c", script, *folders],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=240,
                check=True,
            )
        return frozenset(json.loads(done.stdout.splitlines()[-1]))

    return start


def too_soon(modules: frozenset[str]) -> set[str]:
    return {name for name in NOT_YET if any(one == name or one.startswith(f"{name}.") for one in modules)}


def test_a_start_imports_nothing_that_can_wait(imported: Callable[[str], frozenset[str]]) -> None:
    modules = imported(SERVE)
    assert {"app", "faq.engine", "channels.webchat"} <= modules
    assert too_soon(modules) == set()


@pytest.mark.parametrize("name", ["openpyxl", "alembic.command", "console.words"])
def test_the_look_has_teeth(name: str) -> None:
    there = subprocess.run(
        [sys.executable, "-c", f"import json, sys, {name}; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert name.partition(".")[0] in too_soon(frozenset(json.loads(there.stdout)))


def test_each_name_of_the_table_is_one_that_there_is() -> None:
    """A name that is misspelt would never be found."""
    find = "print(json.dumps([n for n in sys.argv[1:] if not importlib.util.find_spec(n)]))"
    script = f"import importlib.util, json, sys; {find}"
    there = subprocess.run(
        [sys.executable, "-c", script, *sorted(NOT_YET)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(there.stdout) == []
