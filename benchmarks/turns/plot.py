"""A bar chart as SVG: turns per second of each side."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from benchmarks.turns.table import NAMES, ORDER

WIDTH, ROW, LEFT, RIGHT, TOP = 760, 34, 250, 90, 44
_OURS: Final = frozenset({"faq", "form", "direct line"})


def chart(sides: dict[str, Any]) -> str:
    """The median as a bar, the lowest and highest round as a line over it."""
    names = [name for name in ORDER if name in sides]
    most = max(sides[name]["turns_per_second"]["high"] for name in names)
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * len(names) + 12
    bars = [_bar(name, sides[name]["turns_per_second"], TOP + ROW * place, scale) for place, name in enumerate(names)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            ' font-family="sans-serif" font-size="13">',
            "<title>Turns per second on one core</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            '<text x="12" y="24" font-size="15" font-weight="bold">Turns per second on one core</text>',
            *bars,
            "</svg>",
            "",
        ]
    )


def _bar(name: str, rate: dict[str, float], top: int, scale: float) -> str:
    end, low, high = (LEFT + rate[key] * scale for key in ("median", "low", "high"))
    middle = top + ROW / 2 - 4
    colour = "#0f6cbd" if name in _OURS else "#9aa0a6"
    return "\n".join(
        [
            f'<text x="{LEFT - 10}" y="{middle + 5:.0f}" text-anchor="end">{escape(NAMES[name])}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{end - LEFT:.1f}" height="{ROW - 10}" fill="{colour}"/>',
            f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}" stroke="#202124" stroke-width="2"/>',
            f'<text x="{max(end, high) + 8:.1f}" y="{middle + 5:.0f}">{rate["median"]:.0f}</text>',
        ]
    )
