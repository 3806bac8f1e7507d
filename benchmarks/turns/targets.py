"""What was wanted, what came out, and whether that is enough, or cannot be told."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.turns.sides import FAQ, FLOOR, STOCK, SUCCESSOR

QUIET: Final = 0.1
"""Share of the cores that others may have taken before times by the clock tell more about them than about us."""
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that should be at least, or at most, so much."""

    name: str
    measured: Callable[[Figures], float]
    least: float | None = None
    most: float | None = None
    by_the_clock: bool = False
    """Whether others' work makes it worse, or, where sides are compared, better."""

    def judged(self, figures: Figures) -> dict[str, Any] | None:
        """The verdict: ``met`` is None when the machine was too busy to tell. None when that part was left out."""
        try:
            value = self.measured(figures)
        except (KeyError, IndexError, StopIteration):
            return None
        met: bool | None = value >= self.least if self.least is not None else value <= (self.most or 0.0)
        if self.by_the_clock and figures.get("others", 0.0) > QUIET:
            met = None
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return {"target": self.name, "wanted": wanted, "measured": value, "met": met}


def judge(figures: Figures) -> list[dict[str, Any]]:
    """The verdict on each target that was measured."""
    return [verdict for target in TARGETS if (verdict := target.judged(figures))]


def _to(figures: Figures, name: str, side: str, other: str) -> float:
    """Median of each round's ratio: a slow moment of the machine meets two that follow each other."""
    pairs = zip(figures["sides"][side]["rounds"], figures["sides"][other]["rounds"], strict=True)
    return statistics.median(one[name] / its[name] for one, its in pairs)


def _faster(figures: Figures, side: str, other: str) -> float:
    return _to(figures, "turns_per_second", side, other)


def _cheaper(figures: Figures, side: str, other: str) -> float:
    return _to(figures, "cpu_ms_per_turn", other, side)


def _by_rows(figures: Figures) -> float:
    lite = [one for one in figures["rows"] if one["database"] == "SQLite"]
    return float(lite[-1][FAQ]["cpu_ms_per_turn"] / lite[0][FAQ]["cpu_ms_per_turn"])


def _at(figures: Figures, phrasings: int) -> float:
    return float(next(one for one in figures["phrasings"] if one["phrasings"] == phrasings)["match_ms"]["median"])


TARGETS: Final = (
    Target("turns/s of (d) to those of (a)", lambda f: _faster(f, FAQ, STOCK), least=8, by_the_clock=True),
    Target("the same, per second of CPU", lambda f: _cheaper(f, FAQ, STOCK), least=8),
    Target("turns/s of (d) to those of (b)", lambda f: _faster(f, FAQ, SUCCESSOR), least=1, by_the_clock=True),
    Target("the same, per second of CPU", lambda f: _cheaper(f, FAQ, SUCCESSOR), least=1),
    Target("turns/s of (c) to those of (d)", lambda f: _faster(f, FLOOR, FAQ), most=3, by_the_clock=True),
    Target("the same, per second of CPU", lambda f: _cheaper(f, FLOOR, FAQ), most=3),
    Target(
        "p99 of our own share, 32 conversations at their pace, ms",
        lambda f: float(f["pace"][FAQ]["p99_ms"]),
        most=10,
        by_the_clock=True,
    ),
    Target(
        "p50 of our own share to that of (c), at the same pace",
        lambda f: float(f["pace"][FAQ]["p50_ms"] / f["pace"][FLOOR]["p50_ms"]),
        most=3,
        by_the_clock=True,
    ),
    Target("a match at 100,000 phrasings, median, ms of CPU", lambda f: _at(f, 100_000), most=5),
    Target("CPU of a turn, most rows to fewest, SQLite", _by_rows, most=1.1),
    Target(
        "start to serving, warm, s", lambda f: float(f["starts"]["warm_seconds"]["median"]), most=3, by_the_clock=True
    ),
    Target(
        "memory over the second half of the turns, kB per 1,000",
        lambda f: float(f["memory"]["kb_per_1000_turns"]),
        most=20,
    ),
)
