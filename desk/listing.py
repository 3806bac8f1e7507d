"""Which requests a list of the console shows, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from cases.model import Case, CaseType, State
from desk.ports import PAGE
from program.months import Month


class Group(StrEnum):
    """Requests of several states."""

    OPEN = "open"
    """Somebody has to do something: everything that is not closed."""
    OVERDUE = "overdue"
    """Its due day is past."""
    UNASSIGNED = "unassigned"
    """Open, and nobody works on it."""
    MINE = "mine"
    """Open, and whoever looks works on it."""


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    DUE = "due"
    """What is due first; then what has no due day, newest first."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which requests; what is left at its default does not matter."""

    today: date
    """In the program's time zone."""
    me: str = ""
    """Name of the account that looks."""
    type: CaseType | None = None
    state: State | None = None
    group: Group | None = None
    month: Month | None = None
    """Of the directory batch."""
    country: str = ""
    """ISO 3166, two letters."""
    assignee: str = ""
    language: str = ""
    text: str = ""
    """Words that all occur in its reference or fields; case and width do not matter."""
    order: Order = Order.NEWEST
    dated: bool = False
    """Only what has a due day."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list."""

    cases: tuple[Case, ...]
    next: str | None = None
    """Where the next page goes on; None on the last one."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What occurs in requests, and so can be chosen in filters."""

    countries: tuple[str, ...] = ()
    """By code."""
    months: tuple[Month, ...] = ()
    """Of batches, latest first, without gaps."""


class CaseFinder(Protocol):
    """Looks through requests."""

    async def find(self, query: Query, limit: int = PAGE, after: str = "") -> Found:
        """A page; ``after`` is the `Found.next` of the page before, in the same order. What cannot be read is none."""
        ...

    async def choices(self) -> Choices:
        """What filters offer."""
        ...
