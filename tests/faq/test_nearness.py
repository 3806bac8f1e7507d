"""While a dialog is open, entries about its subject are more probable; what is sure stays."""

from __future__ import annotations

import pytest

from faq.model import Candidate
from faq.nearness import WEIGHT, points, weighed

NEAR = frozenset({"near", "also-near"})


def _ranked(**scores: float) -> tuple[Candidate, ...]:
    return tuple(Candidate(entry.replace("_", "-"), score) for entry, score in scores.items())


@pytest.mark.parametrize(
    ("ranked", "order"),
    [
        (_ranked(other=0.4, near=0.25), ["near", "other"]),
        (_ranked(other=0.8, near=0.1), ["other", "near"]),
        (_ranked(other=0.4, also_near=0.2, near=0.1), ["also-near", "other", "near"]),
        (_ranked(other=0.4, third=0.3), ["other", "third"]),
        ((), []),
    ],
)
def test_the_order(ranked: tuple[Candidate, ...], order: list[str]) -> None:
    found = weighed(ranked, NEAR)
    assert [candidate.entry for candidate in found] == order
    assert sum(candidate.score for candidate in found) <= 1
    assert all(0 <= candidate.score <= 1 for candidate in found)


def test_odds_are_raised_by_the_weight() -> None:
    near, other = weighed(_ranked(near=0.5, other=0.5), NEAR)
    assert near.score / other.score == pytest.approx(WEIGHT, abs=1e-4)


def test_without_a_dialog_nothing_is_weighed() -> None:
    ranked = _ranked(other=0.4, near=0.25)
    assert weighed(ranked, ()) is ranked


@pytest.mark.parametrize(
    ("text", "is_pointing"),
    [
        ("when is it visible?", True),
        ("Is THIS free?", True),
        ("它什么时候能看到", True),
        ("when is an item visible?", False),
        ("发票什么时候显示", False),
    ],
)
def test_questions_that_point(text: str, is_pointing: bool) -> None:
    assert points(text) is is_pointing
