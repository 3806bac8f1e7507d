"""What those who work on requests need from the outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cases.model import Actor, Case, CaseChange, CaseType, Event, Owner, State
from program.months import Month

PAGE = 50


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which requests; what is left at its default does not matter."""

    type: CaseType | None = None
    state: State | None = None
    owner: Owner | None = None
    month: Month | None = None
    """Of the directory batch."""
    assignee: str | None = None
    text: str = ""
    """Words that all occur in its reference or fields; case and width do not matter."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """Requests, newest first."""

    cases: tuple[Case, ...]
    next: str | None = None
    """Where the next page goes on; None on the last one."""


class CaseReader(Protocol):
    """Looks requests up."""

    async def find(self, reference: str) -> Case | None:
        """The request of this reference, written as ``LP-XXXXX-C``."""
        ...

    async def list(self, which: CaseFilter, limit: int = PAGE, after: str | None = None) -> CasePage:
        """Requests, newest first; ``after`` is the `CasePage.next` of the page before."""
        ...

    async def events(self, reference: str) -> tuple[Event, ...]:
        """Its history, oldest first."""
        ...


class CaseDesk(CaseReader, Protocol):
    """Where requests are worked on."""

    async def apply(self, change: CaseChange) -> None:
        """Store the change, and see to it that the owner is told.

        Raises `cases.errors.CaseChanged`; then nothing was stored.
        """
        ...


class Likeness(Protocol):
    """Finds requests that may be the same (`cases.likeness`)."""

    async def alike(self, case: Case, limit: int) -> tuple[Case, ...]:
        """Others that share a natural key with it, newest first."""
        ...


class Recorder(Protocol):
    """Writes down what operators do outside the console, where the console does."""

    async def apply(self, who: str, change: CaseChange) -> None:
        """Store the change, what its owner is told, and that it was done: all of it or nothing.

        Raises `cases.errors.CaseChanged`; then nothing was stored.
        """
        ...

    async def erased(self, who: str, reference: str) -> None:
        """The owner of a request was forgotten."""
        ...

    async def exported(self, who: str, rows: int) -> None:
        """So many requests were written to a file or the screen."""
        ...


class Forgetting(Protocol):
    """Forgets users who asked operators for it."""

    async def forget(self, owner: Owner, actor: Actor) -> None:
        """Erase everything about them, as when they say so themselves; they are not told.

        Raises `cases.errors.OwnerBusy`; then nothing was erased.
        """
        ...
