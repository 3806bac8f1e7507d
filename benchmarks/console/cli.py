"""``python -m benchmarks console``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import uuid
from pathlib import Path

import asyncpg  # type: ignore[import-untyped] # it has no types
from sqlalchemy import make_url

from benchmarks.console.measure import SLOW_MS, Side, measure
from benchmarks.console.rows import QUICK, Size

REPEATS = 11


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may be asked for."""
    parser.add_argument("--quick", action="store_true", help="few rows and requests: only shows that it runs")
    parser.add_argument("--postgres", default="", help="URL of a server where a database may be made and dropped")
    parser.add_argument("--no-sqlite", action="store_true", help="PostgreSQL only")
    parser.add_argument("--keep", type=Path, help="folder in which the SQLite file stays, to be used again")


def run(options: argparse.Namespace) -> int:
    """Measure and print; returns the exit code: 1 when a page is slower than it may be."""
    sides = asyncio.run(_sides(options))
    print(report(sides))
    slow = [page for side in sides for page in side.pages if page.median_ms >= SLOW_MS]
    return 1 if slow and not options.quick else 0


def report(sides: list[Side]) -> str:
    """The figures as Markdown, and how the databases find what is slow."""
    heads = [f"{side.database}: {figure} (ms)" for side in sides for figure in ("median", "95 %", "CPU")]
    lines = [f"| page | {' | '.join(heads)} | kB |", f"|---|{'---|' * len(heads)}---|"]
    for place, page in enumerate(sides[0].pages):
        same = [side.pages[place] for side in sides]
        times = " | ".join(f"{each.median_ms:.0f} | {each.p95_ms:.0f} | {each.cpu_ms:.0f}" for each in same)
        lines.append(f"| {page.name} | {times} | {page.bytes / 1000:.0f} |")
    for side in sides:
        lines.append(
            f"\n{side.database}: filled in {side.fill_seconds:.0f} s, rolled up in {side.roll_up_seconds:.0f} s; "
            f"load of the machine {side.load[0]:.1f} before and {side.load[1]:.1f} after."
        )
        for page in side.pages:
            lines += [f"\n{page.name} ({side.database})\n{plan}" for plan in page.plans]
    return "\n".join(lines)


async def _sides(options: argparse.Namespace) -> list[Side]:
    size, repeats = (QUICK, 2) if options.quick else (Size(), REPEATS)
    sides = []
    if not options.no_sqlite:
        with tempfile.TemporaryDirectory() as folder:
            file = (options.keep or Path(folder)) / "console.db"
            there = file.exists()
            sides.append(await measure("SQLite", f"sqlite:///{file}", size, repeats, used_again=there))
    if options.postgres:
        sides.append(await _on_postgres(options.postgres, size, repeats))
    if not sides:
        sys.exit("--no-sqlite needs --postgres")
    return sides


async def _on_postgres(server: str, size: Size, repeats: int) -> Side:
    name, address = f"benchmark_{uuid.uuid4().hex}", make_url(server).set(drivername="postgresql")
    await _administer(address.render_as_string(hide_password=False), f"CREATE DATABASE {name}")
    try:
        url = address.set(database=name).render_as_string(hide_password=False)
        return await measure("PostgreSQL", url, size, repeats)
    finally:
        await _administer(address.render_as_string(hide_password=False), f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
