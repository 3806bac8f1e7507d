"""The time of day, as it is and as it is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that was set to ``at`` and runs on from there: for rehearsals (``BOT_CLOCK``).

    It runs, because clients put what was said into the order of its time, and what failed is tried again later.
    """

    def __init__(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self._ahead


@dataclass
class FixedClock:
    """A clock that moves only when told to: for tests."""

    at: datetime

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.at += by
