"""The benchmark of the console runs to its end and measures every page that there is. No figure is judged."""

from __future__ import annotations

from pathlib import Path

from benchmarks.console.cli import report
from benchmarks.console.measure import measure
from benchmarks.console.rows import QUICK


async def test_a_quick_run_has_all_figures(tmp_path: Path) -> None:
    side = await measure("SQLite", f"sqlite:///{tmp_path}/console.db", QUICK, 1)
    named = {page.name for page in side.pages}
    for name in ("requests", "search: nothing fits", "one request", "due", "overview of 365 days", "audit", "accounts"):
        assert name in named
    assert all(page.times_ms and page.bytes > 1_000 for page in side.pages)
    assert report([side]).count("\n| ") == len(side.pages)
