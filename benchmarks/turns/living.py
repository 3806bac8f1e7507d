"""Memory over many turns, what the large dependencies add, and how long a start takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.turns.processes import ROOT
from benchmarks.turns.sides import FAQ, PYTHON, Setting, load_on, our_bot

WATCHED: Final = (
    "botbuilder.core",
    "botbuilder.core.teams",
    "sqlalchemy",
    "alembic.command",
    "asyncpg",
    "aiohttp.web",
    "pydantic_settings",
    "numpy",
    "rapidfuzz.process",
    "ruamel.yaml",
    "jwt",
    "structlog",
    "prometheus_client",
)
"""Packages that are large, or used everywhere."""
_FEWEST: Final = 2
"""Steps without which there is no course."""
_IMPORT: Final = """
import json, sys, time
def resident():
    with open('/proc/self/status') as status:
        return int(next(line for line in status if line.startswith('VmRSS')).split()[1]) / 1024
before, started = resident(), time.perf_counter()
__import__(sys.argv[1])
print(json.dumps({'mb': resident() - before, 'ms': (time.perf_counter() - started) * 1000}))
"""


async def memory(setting: Setting, turns: int, seconds: float, steps: int = 10) -> dict[str, Any]:
    """Resident memory after the start and after each tenth of ``turns``; the growth over the second half.

    Ends early, after the tenth in which so many ``seconds`` are over.
    """
    database = setting.folder / "long.db"
    with our_bot(setting, f"sqlite:///{database}", LOG_LEVEL="warning") as server:
        load = load_on(FAQ, server, setting, database, "-long")
        course, end = [{"turns": 0, "mb": server.memory}], time.perf_counter() + seconds
        for step in range(steps):
            if step >= _FEWEST and time.perf_counter() > end:
                break
            sample = await load.count(turns // steps)
            course.append({"turns": course[-1]["turns"] + sample.turns, "mb": server.memory})
    half = course[len(course) // 2 :]
    grown = (half[-1]["mb"] - half[0]["mb"]) / max(half[-1]["turns"] - half[0]["turns"], 1)
    return {"course": course, "kb_per_1000_turns": grown * 1024 * 1000}


def dependencies(repeats: int, watched: Sequence[str] = WATCHED) -> list[dict[str, Any]]:
    """What each adds to memory (MB) and to a start (ms), imported by itself into an empty process."""
    found = []
    for name in watched:
        runs = [json.loads(_run([PYTHON, "-c", _IMPORT, name])) for _ in range(repeats)]
        found.append({"package": name, **{key: statistics.median(run[key] for run in runs) for key in ("mb", "ms")}})
    whole = [json.loads(_run([PYTHON, "-c", _IMPORT, "app"])) for _ in range(repeats)]
    return [
        *found,
        {"package": "the whole bot", **{k: statistics.median(run[k] for run in whole) for k in ("mb", "ms")}},
    ]


def import_times(count: int = 12) -> list[dict[str, Any]]:
    """The modules with the longest own time in ``python -X importtime -c 'import app, bot.adapter'``, in ms."""
    command = [str(PYTHON), "-X", "importtime", "-c", "import app, bot.adapter"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    rows = [line.removeprefix("import time:").split("|") for line in told.splitlines() if "|" in line]
    own: dict[str, float] = {}
    for self_us, _, name in rows[1:]:
        package = name.strip().partition(".")[0]
        own[package] = own.get(package, 0.0) + float(self_us) / 1000
    largest = sorted(own.items(), key=lambda item: -item[1])[:count]
    return [{"package": name, "ms": spent} for name, spent in largest]


def starts(setting: Setting, repeats: int, *, compiled: bool) -> dict[str, Any]:
    """Seconds from the start of the process until it serves: the first one ever, and later ones.

    Cold: no compiled Python (unless it may stay ``compiled``), nothing read or fitted before, no database. The system's
    file cache stays.
    """
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
        fresh = {"BENCHMARK_VAR": f"{folder}/var"}
        if not compiled:
            fresh["PYTHONPYCACHEPREFIX"] = f"{folder}/pyc"
        address = f"sqlite:///{folder}/bot.db"
        (cold, _), *later = [_start(setting, address, fresh) for _ in range(1 + repeats)]
    warm = [seconds for seconds, _ in later]
    return {
        "cold_seconds": cold,
        "warm_seconds": {"median": statistics.median(warm), "high": max(warm)},
        "others": statistics.median(waited for _, waited in later),
    }


def _start(setting: Setting, address: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until it served, and the share of them in which it had no CPU: it waits for little but that."""
    with our_bot(setting, address, **environment) as server:
        return server.started_in, max(0.0, 1 - server.cpu / server.started_in)


def _run(command: list[str | Path]) -> str:
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
