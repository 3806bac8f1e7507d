"""What the overview shows of counts."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from cases.model import State
from desk.overview import (
    AGES,
    DONE,
    ENTRIES,
    LEFT,
    Figures,
    Measure,
    StepRow,
    Waits,
    Which,
    age_place,
    dialogs_of,
    overview_of,
    points_of,
    states_of,
    step_key,
    waits_of,
)

TODAY = date(2026, 3, 11)
"""A Wednesday."""


def _period(days: int) -> Which:
    return Which(TODAY - timedelta(days=days - 1), TODAY)


@pytest.mark.parametrize(("days", "points"), [(7, 7), (28, 28), (90, 90), (365, 53)])
def test_every_day_is_in_one_point(days: int, points: int) -> None:
    which = _period(days)
    every = {which.first + timedelta(days=number): {"answer": 1} for number in range(days)}
    found = points_of(every, which)
    assert (len(found), sum(point.total for point in found)) == (points, days)
    assert (found[0].first, found[-1].last) == (which.first, TODAY)
    assert all(after.first == before.last + timedelta(days=1) for before, after in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("listed", "waits"),
    [
        ({}, Waits()),
        ({"0": 1}, Waits(1, 0, 0, ((0, 1),))),
        ({"3": 1, "10": 1, "30": 1}, Waits(3, 10, 30, ((0, 1), (1, 1), (2, 0), (3, 0), (4, 1)))),
        ({"7": 9, "100": 1}, Waits(10, 7, 7, ((1, 9), *((week, 0) for week in range(2, 14)), (14, 1)))),
        ({"7": 8, "9": 2}, Waits(10, 7, 9, ((1, 10),))),
    ],
)
def test_how_long_listings_took(listed: dict[str, int], waits: Waits) -> None:
    assert waits_of(listed) == waits


def test_the_most_asked_and_the_ones_in_trouble() -> None:
    sums = {
        Measure.ANSWERED: {"a": 5, "b": 2, "c": 1} | {f"other-{number:02}": 1 for number in range(20)},
        Measure.CHOSEN: {"b": 4},
        Measure.OFFERED: {"a": 3, "b": 4},
        Measure.HELPFUL: {"a": 1},
        Measure.UNHELPFUL: {"b": 1, "c": 2},
    }
    shown = overview_of(Figures(sums=sums), _period(7))
    assert [(row.entry, row.asked) for row in shown.top[:3]] == [("b", 6), ("a", 5), ("c", 1)]
    assert len(shown.top) == ENTRIES
    assert [(row.entry, row.trouble) for row in shown.worst] == [("a", 3), ("c", 2), ("b", 1)]
    assert (shown.helpful, shown.unhelpful, shown.questions) == (1, 3, 0)


@pytest.mark.parametrize(("days", "place"), [(0, 0), (3, 0), (4, 1), (7, 1), (14, 2), (30, 3), (31, 4), (999, 4)])
def test_ages(days: int, place: int) -> None:
    assert age_place(days) == place


def test_states_in_the_order_of_the_work() -> None:
    rows = states_of({("listed", 4): 7, ("received", 0): 1, ("received", 4): 2, ("declined", 0): 0})
    assert [(row.state, row.total) for row in rows] == [(State.RECEIVED, 3), (State.LISTED, 7)]
    assert rows[0].ages == (1, *(0,) * (len(AGES) - 1), 2)
    assert rows[1].ages == ()


def test_dialogs_by_their_steps() -> None:
    def keys(**steps: int) -> dict[str, int]:
        return {step_key("f", step): number for step, number in steps.items()}

    sums = {
        Measure.BEGUN: {"f": 9, "g": 10, "f-more": 1},
        Measure.REACHED: {**keys(one=9, two=5, done=4), step_key("f", LEFT): 1, step_key("f-more", "x"): 1},
        Measure.STOPPED: {**keys(one=3, two=1), step_key("f", DONE): 4, step_key("f", LEFT): 1},
    }
    found = dialogs_of(sums)
    assert [row.form for row in found] == ["g", "f", "f-more"]
    assert (found[1].begun, found[1].done, found[1].left) == (9, 4, 1)
    assert found[1].steps == (StepRow("one", 9, 3), StepRow("two", 5, 1))
