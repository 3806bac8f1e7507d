"""Looks up messages that were sent. They are found by their keys: nothing is indexed for it, so no turn pays for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from storage.engine import Database
from storage.outbox import to_post
from storage.tables import inbox, outbox
from storage.turns import outcome_from_json
from turn.ports import Sent

RECENT = 50
"""So many activities of a conversation are looked through for the answer that somebody has a word on."""

_BY_IDS = select(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_HERE = (inbox.c.channel == bindparam("p_channel"), inbox.c.conversation == bindparam("p_conversation"))
_TURN = select(inbox.c.outcome).where(*_HERE, inbox.c.activity == bindparam("p_activity"))
_TURNS = select(inbox.c.outcome).where(*_HERE).order_by(inbox.c.received_at.desc()).limit(RECENT)


class SqlSentPosts:
    """`turn.ports.SentPosts` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, post_ids: Sequence[str]) -> dict[str, Sent]:
        """See the port."""
        return await self._database.read(lambda connection: _by_ids(connection, post_ids))

    async def of_turn(self, channel: str, conversation: str, activity_id: str) -> list[Sent]:
        """See the port."""
        key = {"p_channel": channel, "p_conversation": conversation, "p_activity": activity_id}

        def work(connection: Connection) -> list[Sent]:
            names = _posted(connection.execute(_TURN, key).scalars().all())
            found = _by_ids(connection, names)
            return [found[name] for name in names if name in found]

        return await self._database.read(work)

    async def sent_as(self, channel: str, conversation: str, sent_as: str) -> Sent | None:
        """See the port."""
        key = {"p_channel": channel, "p_conversation": conversation}

        def work(connection: Connection) -> Sent | None:
            names = _posted(connection.execute(_TURNS, key).scalars().all())
            found = _by_ids(connection, names)
            return next((found[name] for name in names if name in found and found[name].sent_as == sent_as), None)

        return await self._database.read(work)


def _by_ids(connection: Connection, names: Sequence[str]) -> dict[str, Sent]:
    rows = connection.execute(_BY_IDS, {"ids": list(names)}).all() if names else ()
    return {row.id: Sent(to_post(row), row.sent_as or "", row.status == "waiting") for row in rows}


def _posted(outcomes: Sequence[Any]) -> list[str]:
    return [name for stored in outcomes for name in outcome_from_json(stored).posts]
