"""What another answer threshold would do, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from faq.curate.trial import Outcome

_STEPS = 50
_WIDTH, _HEIGHT, _EDGE = 640, 400, 50
_LINES = (("answered", "#0b6a5b"), ("answered wrong", "#b3261e"), ("out of scope answered", "#5f4bb6"))


def threshold_curve(outcomes: Sequence[Outcome]) -> list[tuple[float, float, float, float]]:
    """Threshold, and the shares (0 to 1) of questions answered, answered wrong, and answered though out of scope."""
    inside = [(o.score, o.ranked_right) for o in outcomes if o.question.expect]
    outside = [o.score for o in outcomes if not o.question.expect]
    points = []
    for step in range(_STEPS + 1):
        threshold = step / _STEPS
        answered = [right for score, right in inside if score >= threshold]
        strangers = sum(score >= threshold for score in outside)
        points.append(
            (
                threshold,
                len(answered) / max(len(inside), 1),
                answered.count(False) / max(len(inside), 1),
                strangers / max(len(outside), 1),
            )
        )
    return points


def curve_svg(outcomes: Sequence[Outcome], title: str) -> str:
    """The curve as an SVG file."""
    points = threshold_curve(outcomes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = _place(tenth / 10, tenth / 10)
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - _EDGE + 18}" text-anchor="middle">{tenth / 10}</text>')
        parts.append(f'<text x="{_EDGE - 8}" y="{y + 4:.0f}" text-anchor="end">{tenth * 10} %</text>')
        parts.append(f'<path d="M{_EDGE} {y:.1f}H{_WIDTH - _EDGE}" stroke="#ddd"/>')
    for number, (name, colour) in enumerate(_LINES, start=1):
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point[0], point[number]) for point in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_EDGE + 170 * (number - 1)}" y="24" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">answer threshold</text></svg>\n')
    return "\n".join(parts)


def _place(x: float, y: float) -> tuple[float, float]:
    return _EDGE + x * (_WIDTH - 2 * _EDGE), _HEIGHT - _EDGE - y * (_HEIGHT - 2 * _EDGE)
