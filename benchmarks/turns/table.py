"""The figures as tables in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from benchmarks.turns.compare import DIRECT_LINE
from benchmarks.turns.sides import TITLES

ORDER: Final = ("stock", "successor", "floor", "faq", "form", DIRECT_LINE)
NAMES: Final = {**TITLES, DIRECT_LINE: "ours, Direct Line over WebSocket"}


def tables(figures: dict[str, Any]) -> str:
    """Everything that was measured."""
    machine = figures["machine"]
    others = f"Other processes took up to {figures.get('others', 0.0):.0%} of them."
    lines = [f"Measured {machine['date']} on {machine['cores']} cores, Python {machine['python']}. {others}", ""]
    for part, write in _WRITERS.items():
        if part in figures:
            lines += [*write(figures[part]), ""]
    return "\n".join(lines).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table; everything but the first column is a number."""
    marks = ["---", *("--:" for _ in head[1:])]
    return [f"| {' | '.join(map(str, row))} |" for row in (head, marks, *rows)]


def _sides(sides: dict[str, Any]) -> list[str]:
    def row(name: str) -> list[object]:
        found = sides[name]
        rate, latency = found["turns_per_second"], found["p50_ms"]["median"]
        return [
            NAMES[name],
            f"{rate['median']:.0f}",
            f"{rate['low']:.0f}–{rate['high']:.0f}",
            f"{latency:.0f}",
            f"{found['p99_ms']['median']:.0f}",
            f"{found['cpu_ms_per_turn']['median']:.2f}",
            f"{found['others']['median']:.0%}" if "others" in found else "",
            f"{found['memory_mb']:.0f}" if "memory_mb" in found else "",
        ]

    head = ["32 at once", "turns/s", "lowest–highest round", "p50 ms", "p99 ms", "CPU ms/turn", "others", "MB"]
    return ["### Side by side", "", *table(head, (row(name) for name in ORDER if name in sides))]


def _paced(paced: dict[str, Any]) -> list[str]:
    rows = [
        [TITLES[name], *(f"{found[key]:.1f}" for key in ("turns_per_second", "p50_ms", "p99_ms", "cpu_ms_per_turn"))]
        for name, found in paced.items()
    ]
    head = ["32 at their own pace", "turns/s", "own share p50 ms", "own share p99 ms", "CPU ms/turn"]
    return [*table(head, rows)]


def _phrasings(found: list[dict[str, Any]]) -> list[str]:
    rows = [
        (
            f"{one['phrasings']:,}",
            f"{one['entries']:,}",
            f"{one['match_ms']['median']:.2f}",
            f"{one['match_ms']['p99']:.1f}",
            f"{one['fit_seconds']:.1f}",
        )
        for one in found
    ]
    return ["### As the knowledge grows", "", *table(["phrasings", "entries", "match ms", "p99 ms", "fit s"], rows)]


def _rows(found: list[dict[str, Any]]) -> list[str]:
    keys = ("p50_ms", "p99_ms", "cpu_ms_per_turn")
    rows = [
        (one["database"], f"{one['rows']:,}", *(f"{one[side][key]:.1f}" for side in ("faq", "form") for key in keys))
        for one in found
    ]
    head = ["one at a time", "rows", "FAQ p50 ms", "p99", "CPU", "form p50 ms", "p99", "CPU"]
    return ["### As rows grow", "", *table(head, rows)]


def _memory(found: dict[str, Any]) -> list[str]:
    rows = [(f"{point['turns']:,}", f"{point['mb']:.1f}") for point in found["course"]]
    grown = f"Over the second half: {found['kb_per_1000_turns']:.1f} kB per 1,000 turns."
    return ["### Memory", "", *table(["turns", "MB"], rows), "", grown]


def _dependencies(found: list[dict[str, Any]]) -> list[str]:
    rows = [(f"`{one['package']}`", f"{one['mb']:.0f}", f"{one['ms']:.0f}") for one in found]
    return [*table(["imported by itself", "MB", "ms"], rows)]


def _starts(found: dict[str, Any]) -> list[str]:
    warm = found["warm_seconds"]
    rows = [
        ("the first start: no compiled Python, no fitted weights, no database", f"{found['cold_seconds']:.2f}"),
        (f"later ones (slowest {warm['high']:.2f})", f"{warm['median']:.2f}"),
    ]
    return ["### Start to serving", "", *table(["", "s"], rows)]


def _imports(found: list[dict[str, Any]]) -> list[str]:
    return [
        *table(["own time of its modules in a start", "ms"], ((f"`{o['package']}`", f"{o['ms']:.0f}") for o in found))
    ]


def _targets(found: list[dict[str, Any]]) -> Iterator[str]:
    verdicts = {True: "yes", False: "**no**", None: "too busy to tell"}
    rows = [(o["target"], o["wanted"], f"{o['measured']:.2f}", verdicts[o["met"]]) for o in found]
    yield from ["### Targets", "", *table(["", "wanted", "measured", "met"], rows)]


_WRITERS: Final[dict[str, Callable[[Any], Iterable[str]]]] = {
    "targets": _targets,
    "sides": _sides,
    "pace": _paced,
    "phrasings": _phrasings,
    "rows": _rows,
    "memory": _memory,
    "dependencies": _dependencies,
    "starts": _starts,
    "imports": _imports,
}
