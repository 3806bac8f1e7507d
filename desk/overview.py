"""The overview: what is shown, from what was counted. Pure.

Counts carry no text and no user: how often something happened on a day of the program, by channel and language.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from cases.model import CLOSED, State

PERIODS = (7, 28, 90, 365)
"""Days that can be looked at, today among them."""
USUAL = 28
WEEKLY_FROM = 180
"""Days from which on a week is one point of the chart."""
AGES = (3, 7, 14, 30)
"""Whole days up to which an age of open requests goes; then there is "older"."""
ENTRIES = 10
"""Rows of a list of entries."""
WEEK = 7


class Measure(StrEnum):
    """What is counted."""

    QUESTIONS = "questions"
    """By `Outcome`."""
    ANSWERED = "answer"
    """By entry, like those that follow."""
    OFFERED = "suggestions"
    """By the entry that came first."""
    CHOSEN = "chosen"
    TOPIC = "topic"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    BEGUN = "begun"
    """Dialogs, by form: a form of one talk counts once a day."""
    REACHED = "reached"
    """By form and step (`step_key`): talks in which it came so far that day."""
    STOPPED = "stopped"
    """By form and step: talks in which that was the last of the day."""
    OPENED = "opened"
    """Requests, by type."""
    LISTED = "listed"
    """By whole days from the request to the listing."""


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answer"
    OFFERED = "suggestions"
    """A choice was offered."""
    MISSED = "no-match"
    OUT_OF_SCOPE = "topic"


DONE = "done"
"""As a step: the request was made."""
LEFT = ""
"""As a step: the dialog ended without a request."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened on a day."""

    measure: str
    channel: str
    language: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Which:
    """What is looked at; an empty channel or language stands for all."""

    first: date
    last: date
    channel: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted."""

    days: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    """By day, then by `Outcome`."""
    sums: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By measure, then by key."""
    places: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    """Of all channels and languages: by both, then by `Outcome`."""
    requests: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """As they stand now, by state and by the place of their age in `AGES`."""


class OverviewSource(Protocol):
    """Counts."""

    async def figures(self, which: Which, now_day: date) -> Figures:
        """What was counted; ``now_day``: from which day ages are reckoned."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """A day or a week of the chart."""

    first: date
    last: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All questions."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class EntryRow:
    """How an entry did."""

    entry: str
    answered: int
    offered: int
    chosen: int
    helpful: int
    unhelpful: int

    @property
    def asked(self) -> int:
        """How often it was the answer, at once or as the user's choice."""
        return self.answered + self.chosen

    @property
    def passed(self) -> int:
        """How often it was offered first, and was not chosen."""
        return max(0, self.offered - self.chosen)

    @property
    def trouble(self) -> int:
        """What speaks against it."""
        return self.unhelpful + self.passed


@dataclass(frozen=True, slots=True)
class StepRow:
    """How far dialogs came."""

    step: str
    reached: int
    stopped: int


@dataclass(frozen=True, slots=True)
class DialogRow:
    """A guided dialog."""

    form: str
    begun: int
    done: int
    left: int
    steps: tuple[StepRow, ...]
    """Without the ends; what most talks reached first."""


@dataclass(frozen=True, slots=True)
class StateRow:
    """Requests that stand alike."""

    state: State
    ages: tuple[int, ...]
    """By `AGES`, then older; empty for closed ones, whose age says nothing."""
    total: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Questions of a channel in a language."""

    channel: str
    language: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All questions."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Waits:
    """How long listings took, in whole days."""

    number: int = 0
    median: int = 0
    slowest_tenth: int = 0
    """Nine of ten took at most as long."""
    weeks: tuple[tuple[int, int], ...] = ()
    """Full weeks that went by, and how many listings took them; without gaps."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    points: tuple[Point, ...]
    outcomes: Mapping[str, int]
    opened: Mapping[str, int]
    helpful: int
    unhelpful: int
    top: tuple[EntryRow, ...]
    worst: tuple[EntryRow, ...]
    states: tuple[StateRow, ...]
    waits: Waits
    dialogs: tuple[DialogRow, ...]
    places: tuple[PlaceRow, ...]

    @property
    def questions(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def open(self) -> int:
        """Requests that somebody has to work on, now."""
        return sum(row.total for row in self.states if row.state not in CLOSED)


def overview_of(figures: Figures, which: Which) -> Overview:
    """Put the counts in order."""
    points, sums = points_of(figures.days, which), figures.sums
    entries = entries_of(sums)
    outcomes = {str(outcome): sum(point.counts.get(outcome, 0) for point in points) for outcome in Outcome}
    return Overview(
        points=points,
        outcomes=outcomes,
        opened=dict(sums.get(Measure.OPENED, {})),
        helpful=sum(sums.get(Measure.HELPFUL, {}).values()),
        unhelpful=sum(sums.get(Measure.UNHELPFUL, {}).values()),
        top=_first(entries, lambda row: row.asked),
        worst=_first(entries, lambda row: row.trouble),
        states=states_of(figures.requests),
        waits=waits_of(sums.get(Measure.LISTED, {})),
        dialogs=dialogs_of(sums),
        places=tuple(
            sorted((PlaceRow(*at, counts) for at, counts in figures.places.items()), key=lambda row: -row.total)
        ),
    )


def points_of(days: Mapping[date, Mapping[str, int]], which: Which) -> tuple[Point, ...]:
    """Days, or weeks from Monday on; also those on which nothing happened."""
    weekly = (which.last - which.first).days >= WEEKLY_FROM
    found: dict[date, Counter[str]] = defaultdict(Counter)
    ends: dict[date, date] = {}
    day = which.first
    while day <= which.last:
        start = max(which.first, day - timedelta(days=day.weekday())) if weekly else day
        found[start].update(days.get(day, {}))
        ends[start] = day
        day += timedelta(days=1)
    return tuple(Point(start, ends[start], counts) for start, counts in found.items())


def entries_of(sums: Mapping[str, Mapping[str, int]]) -> tuple[EntryRow, ...]:
    """Every entry that something was counted of."""
    kinds = (Measure.ANSWERED, Measure.OFFERED, Measure.CHOSEN, Measure.HELPFUL, Measure.UNHELPFUL)
    of_kind = [sums.get(kind, {}) for kind in kinds]
    names = {name for counts in of_kind for name in counts if name}
    return tuple(EntryRow(name, *(counts.get(name, 0) for counts in of_kind)) for name in sorted(names))


def _first(rows: Sequence[EntryRow], rank: Callable[[EntryRow], int]) -> tuple[EntryRow, ...]:
    ranked = sorted((row for row in rows if rank(row)), key=lambda row: (-rank(row), row.entry))
    return tuple(ranked[:ENTRIES])


def states_of(requests: Mapping[tuple[str, int], int]) -> tuple[StateRow, ...]:
    """Every state that a request has, in the order of the work."""
    rows = []
    for state in State:
        ages = tuple(requests.get((state, place), 0) for place in range(len(AGES) + 1))
        if total := sum(ages):
            rows.append(StateRow(state, () if state in CLOSED else ages, total))
    return tuple(rows)


def waits_of(listed: Mapping[str, int]) -> Waits:
    """How long listings took, from how many took so many days."""
    days = sorted((int(key), count) for key, count in listed.items() if count > 0)
    number = sum(count for _, count in days)
    if not number:
        return Waits()
    weeks: Counter[int] = Counter()
    for day, count in days:
        weeks[day // WEEK] += count
    spread = tuple((week, weeks[week]) for week in range(min(weeks), max(weeks) + 1))
    return Waits(number, _at(days, (number + 1) // 2), _at(days, -(-number * 9 // 10)), spread)


def _at(days: Sequence[tuple[int, int]], place: int) -> int:
    """How long the ``place``th took, counted from the fastest, which is 1."""
    for day, count in days:
        place -= count
        if place <= 0:
            return day
    return days[-1][0]


def step_key(form: str, step: str) -> str:
    """As a key of counts."""
    return f"{form}/{step}"


def dialogs_of(sums: Mapping[str, Mapping[str, int]]) -> tuple[DialogRow, ...]:
    """Every dialog that was begun, the most used first."""
    begun, reached, stopped = (sums.get(kind, {}) for kind in (Measure.BEGUN, Measure.REACHED, Measure.STOPPED))
    rows = []
    for form, number in begun.items():
        steps = {key.removeprefix(f"{form}/") for key in (*reached, *stopped) if key.startswith(f"{form}/")}
        found = [
            StepRow(step, reached.get(step_key(form, step), 0), stopped.get(step_key(form, step), 0))
            for step in steps - {DONE, LEFT}
        ]
        found.sort(key=lambda row: (-row.reached, row.step))
        done, left = (stopped.get(step_key(form, end), 0) for end in (DONE, LEFT))
        rows.append(DialogRow(form, number, done, left, tuple(found)))
    return tuple(sorted(rows, key=lambda row: (-row.begun, row.form)))


def age_place(days: int) -> int:
    """The place of an age in `AGES`."""
    return sum(days > edge for edge in AGES)
