"""Charts as inline SVG: no script, no style, colours by class (``console.css``).

Lengths across are per cent and lengths down are pixels: a chart fills its place while its letters keep their size.
Whatever is drawn stands as a table beside it; a chart names itself for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

HEIGHT = 200
"""Pixels between the base line and the top grid line."""
HEAD, FOOT = 22, 24
"""Pixels above and below, for words."""
ROW = 14
"""Pixels of a bar in a table."""
_WIDEST_GAP = 0.3
_STEPS = (1, 2, 5)

Parts = Sequence[tuple[str, int]]
"""Class and value of each part, in the order in which they are stacked."""


@dataclass(frozen=True, slots=True)
class Column:
    """Something that stands upright, stacked of parts."""

    label: str
    """In words: shown when one points at it."""
    parts: Parts
    below: str = ""
    """Under the base line; empty for most, so that words do not touch."""

    @property
    def total(self) -> int:
        """All parts."""
        return sum(value for _, value in self.parts)


def columns(name: str, title: str, described: str, drawn: Sequence[Column]) -> Markup:
    """Stacked columns above a base line. ``name`` makes the ids of a page unique."""
    top = ceiling(max((column.total for column in drawn), default=0))
    body = Markup("").join((*_grid(top), *_columns(drawn, top), *_scale(top)))
    return _svg(name, title, described, HEAD + HEIGHT + FOOT, body)


def bar(name: str, title: str, parts: Parts, whole: int) -> Markup:
    """A bar that lies, as long as its share of ``whole``: for a row of a table, which says the numbers."""
    return _svg(name, title, "", ROW, Markup("").join(_lying(parts, whole)))


def ceiling(most: int) -> int:
    """A round number, 4 at least, that is not less than ``most`` and has a whole half."""
    power = 1
    while True:
        for step in _STEPS:
            if (round_ := step * power * 2) >= max(most, 4):
                return round_
        power *= 10


def _svg(name: str, title: str, described: str, height: int, body: Markup) -> Markup:
    told = Markup('<desc id="{0}-desc">{1}</desc>').format(name, described) if described else Markup("")
    by = f"{name}-title {name}-desc" if described else f"{name}-title"
    return Markup(
        '<svg class="chart" role="img" aria-labelledby="{by}" width="100%" height="{height}">'
        '<title id="{name}-title">{title}</title>{told}{body}</svg>'
    ).format(by=by, height=height, name=name, title=title, told=told, body=body)


def _grid(top: int) -> Iterator[Markup]:
    for value in (0, top // 2, top):
        yield Markup('<line class="grid" x1="0" x2="100%" y1="{0}.5" y2="{0}.5"/>').format(_down(value, top))


def _scale(top: int) -> Iterator[Markup]:
    """Over the columns: the first of them stands where the numbers are."""
    for value in (top // 2, top):
        yield Markup('<text class="scale" x="0" y="{}">{}</text>').format(_down(value, top) - 5, f"{value:,}")


def _down(value: int, top: int) -> int:
    return HEAD + HEIGHT - HEIGHT * value // top


def _columns(drawn: Sequence[Column], top: int) -> Iterator[Markup]:
    each = 100 / max(len(drawn), 1)
    gap = each * _WIDEST_GAP
    for place, column in enumerate(drawn):
        x, y = place * each + gap / 2, float(HEAD + HEIGHT)
        parts = [_rectangle("reach", place * each, HEAD, each, HEIGHT)]
        for kind, value in column.parts:
            height = HEIGHT * value / top
            y -= height
            if value:
                parts.append(_rectangle(kind, x, y, each - gap, height))
        yield Markup("<g><title>{}</title>{}</g>").format(column.label, Markup("").join(parts))
        if column.below:
            yield _below(column.below, place * each + each / 2)


def _below(words: str, x: float) -> Markup:
    """Words near an edge begin or end there, so that they are not cut off."""
    side = "start" if x < 12 else "end" if x > 88 else "middle"
    across = {"start": max(x - 2, 0), "middle": x, "end": min(x + 2, 100)}[side]
    return Markup('<text class="below" x="{:.3f}%" y="{}" text-anchor="{}">{}</text>').format(
        across, HEAD + HEIGHT + 17, side, words
    )


def _lying(parts: Parts, whole: int) -> Iterator[Markup]:
    yield Markup('<rect class="track" x="0" y="2" width="100%" height="{}" rx="2"/>').format(ROW - 4)
    x = 0.0
    for kind, value in parts:
        width = 100 * value / max(whole, 1)
        if value:
            yield _rectangle(kind, x, 2, width, ROW - 4)
        x += width


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    """There are hundreds on a page. All of it is ours: a class and numbers need no escaping."""
    return Markup(  # noqa: S704 - see above
        f'<rect class="{kind}" x="{x:.3f}%" y="{y:.1f}" width="{width:.3f}%" height="{height:.1f}"/>'
    )
