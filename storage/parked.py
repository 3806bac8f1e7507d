"""Posts that were given up: what they are, to be sent again or closed by whoever runs the bot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Update, bindparam, select, update

from storage.tables import outbox

SHOWN: Final = 100
_PARKED: Final = outbox.c.status == "parked"
_FIND: Final = select(outbox).where(_PARKED).order_by(outbox.c.sequence).limit(bindparam("most"))
_IDS: Final = select(outbox.c.id).where(_PARKED)


@dataclass(frozen=True, slots=True)
class Parked:
    """One of them, without a word of what it says."""

    id: str
    kind: str
    channel: str
    attempts: int
    reason: str
    at: datetime
    """When it was given up."""


def parked(connection: Connection, most: int = SHOWN) -> list[Parked]:
    """The oldest first."""
    return [
        Parked(row.id, row.kind, row.channel, row.attempts, row.reason or "", row.closed_at)
        for row in connection.execute(_FIND, {"most": most})
    ]


def send_again(connection: Connection, posts: Collection[str], now: datetime) -> list[str]:
    """Let them wait as if they were new, behind none of those that came after them; returns those that were parked.

    ``posts`` are ids; none at all stands for every one.
    """
    again = {"status": "waiting", "attempts": 0, "due_at": now, "first_due_at": now, "closed_at": None, "reason": None}
    return _changed(connection, posts, update(outbox).values(again))


def close(connection: Connection, posts: Collection[str]) -> list[str]:
    """Count them as done, unsent; the reason stays. ``posts`` and what is returned: as of `send_again`."""
    return _changed(connection, posts, update(outbox).values(status="done"))


def _changed(connection: Connection, posts: Collection[str], change: Update) -> list[str]:
    chosen: Sequence[ColumnElement[bool]] = [outbox.c.id.in_(posts)] if posts else []
    found = list(connection.execute(_IDS.where(*chosen)).scalars())
    connection.execute(change.where(_PARKED, *chosen))
    return found
