"""Posts that were given up: what they are, to be sent again or closed by whoever runs the bot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Update, bindparam, select, update

from storage.tables import outbox
from turn.model import UPDATE

SHOWN: Final = 100
_PARKED: Final = outbox.c.status == "parked"
_FIND: Final = select(outbox).where(_PARKED).order_by(outbox.c.sequence).limit(bindparam("most"))


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
    """Let them be sent once more, given up at once when that fails and they are older than a day.

    ``posts`` are ids; none at all stands for every one. Returns those that were changed: what would change a message
    (`turn.model.UPDATE`) is not among them, because it may have been changed again since.
    """
    again = {"status": "waiting", "attempts": 0, "due_at": now, "closed_at": None, "reason": None}
    return _changed(connection, posts, update(outbox).where(outbox.c.kind != UPDATE).values(again))


def close(connection: Connection, posts: Collection[str]) -> list[str]:
    """Count them as done, unsent; the reason stays. ``posts`` and what is returned: as of `send_again`."""
    return _changed(connection, posts, update(outbox).values(status="done"))


def _changed(connection: Connection, posts: Collection[str], change: Update) -> list[str]:
    chosen = [outbox.c.id.in_(posts)] if posts else []
    found = connection.execute(change.where(_PARKED, *chosen).returning(outbox.c.id))
    return sorted(found.scalars())
