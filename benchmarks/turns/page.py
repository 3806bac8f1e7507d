"""Writes the figures into ``docs/speed.md``, between its marks, and the plot beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from benchmarks.turns.plot import chart
from benchmarks.turns.processes import ROOT
from benchmarks.turns.table import tables

BEGIN: Final = "<!-- figures: python -m benchmarks turns --write -->\n"
END: Final = "<!-- end of figures -->"
FOLDER: Final = ROOT / "docs"


def write(figures: dict[str, Any], folder: Path = FOLDER) -> None:
    """Replace what stands between the marks."""
    page = folder / "speed.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{after}", encoding="utf-8")
    if "sides" in figures:
        (folder / "speed.svg").write_text(chart(figures["sides"]), encoding="utf-8")
