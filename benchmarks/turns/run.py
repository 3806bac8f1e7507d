"""The whole benchmark: its parts, its targets, and what it is allowed to take."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.turns import living, phrasings, rows
from benchmarks.turns.compare import Plan, compare
from benchmarks.turns.peers import FOLDER
from benchmarks.turns.processes import Cores, on
from benchmarks.turns.services import Services
from benchmarks.turns.sides import Setting
from benchmarks.turns.talk import real_questions
from benchmarks.turns.targets import judge

PARTS: Final = ("sides", "phrasings", "rows", "memory", "starts")
KEPT: Final = FOLDER / "figures.json"
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is measured."""

    plan: Plan = field(default_factory=Plan)
    phrasings: tuple[int, ...] = phrasings.SIZES
    rows: tuple[int, ...] = rows.SIZES
    row_seconds: float = 1.0
    turns: int = 100_000
    turn_seconds: float = 240.0
    """After which no more turns are taken to see what becomes of memory: how many there were is told."""
    repeats: int = 3
    """Of starts and imports."""
    watched: tuple[str, ...] = living.WATCHED


QUICK: Final = Size(Plan(1, 0.5, 1.5, peers=False), (100,), (1_000,), 0.1, 200, 30.0, 1, ("sqlalchemy",))
"""Shows that everything runs; its figures are too short to be told to anybody."""


async def measure(size: Size, parts: tuple[str, ...] = PARTS) -> Figures:
    """The figures of these parts. Makes and removes a folder for databases and logs.

    Parts that are left out come from the last run that had them, unless this is a quick one.
    """
    cores, services, told = Cores.of_this_machine(), Services(), machine()
    if size is not QUICK:
        with contextlib.suppress(PermissionError):
            os.nice(-10)  # whatever else the machine does shall not be measured
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, on(cores.load):
        await services.start()
        setting = Setting(cores, services, Path(folder), real_questions())
        try:
            figures: Figures = {} if size is QUICK else kept()
            figures["machine"] = told  # before this process kept to one core
            for part in parts:
                started = time.perf_counter()
                figures |= await _part(part, setting, size)
                say(f"{part}: {time.perf_counter() - started:.0f} s")
                if size is not QUICK:
                    _keep(figures)
        finally:
            services.stop()
    figures["others"] = _others(figures)
    figures["targets"] = judge(figures)
    return figures


def kept() -> Figures:
    """What was measured before on this machine: parts may be measured one by one."""
    try:
        found: Figures = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _keep(figures: Figures) -> None:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(figures), encoding="utf-8")


async def _part(part: str, setting: Setting, size: Size) -> Figures:
    match part:
        case "sides":
            return await compare(setting, size.plan)
        case "phrasings":
            with on(setting.cores.servers):
                return {"phrasings": phrasings.matches(size.phrasings)}
        case "rows":
            server = os.environ.get("TEST_DATABASE_URL")
            return {"rows": await rows.growth(setting, size.rows, size.row_seconds, server)}
        case "memory":
            return {
                "memory": await living.memory(setting, size.turns, size.turn_seconds),
                "dependencies": living.dependencies(size.repeats, size.watched),
            }
        case _:
            return {
                "starts": living.starts(setting, size.repeats, compiled=size is QUICK),
                "imports": living.import_times(),
            }


def machine() -> Figures:
    """What is told of the machine: nothing by which it could be known."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }


def _others(figures: Figures) -> float:
    """The most that others took of the cores in any stretch that was measured."""
    shares = [side["others"]["median"] for side in figures.get("sides", {}).values()]
    shares += [side["others"] for side in figures.get("pace", {}).values()]
    shares += [figures["starts"]["others"]] if "starts" in figures else []
    return max(shares, default=0.0)


def say(text: str) -> None:
    """Progress, on stderr: stdout is for figures."""
    print(text, file=sys.stderr, flush=True)
