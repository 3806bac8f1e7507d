"""Conversations of our own channels and what was said in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, select, update

from dialogs.reply import JsonObject
from storage.engine import Database, insert_new
from storage.prepared import Prepared
from storage.tables import conversations, log
from turn.errors import UnknownConversation
from turn.ports import Clock, Conversation, LogSlice

GROWN = "conversation_grown"
"""The topic on which PostgreSQL tells every process the id of a conversation whose log has grown, at the commit."""

_ID: BindParameter[str] = bindparam("conversation_id")
_FIND = select(conversations).where(conversations.c.id == _ID)
_GROW = (
    update(conversations)
    .where(conversations.c.id == _ID)
    .values(watermark=conversations.c.watermark + bindparam("count"), active_at=bindparam("at"))
)
_GROW_HERE = Prepared(_GROW)
_GROW_AND_TELL = _GROW.returning(func.pg_notify(GROWN, conversations.c.id))
_SHRINK = (
    update(conversations)
    .where(conversations.c.id == _ID)
    .values(watermark=conversations.c.watermark - bindparam("count"))
)
_HERE = and_(log.c.conversation == conversations.c.id, log.c.activity.in_(bindparam("ids", expanding=True)))
_NUMBER_AND_KNOWN = (
    select(conversations.c.watermark, log.c.activity)
    .select_from(conversations.outerjoin(log, _HERE))
    .where(conversations.c.id == _ID)
)
_APPEND = Prepared(insert(log))
_SINCE = (
    select(log.c.seq, log.c.body)
    .where(log.c.conversation == _ID, log.c.seq > bindparam("watermark"))
    .order_by(log.c.seq)
    .limit(bindparam("most"))
)


def append_activities(
    connection: Connection, conversation_id: str, activities: Sequence[JsonObject], at: datetime
) -> int:
    """Append those whose ``id`` is not in the log yet; returns the watermark. Raises `UnknownConversation`."""
    new: dict[str, JsonObject] = {}
    for activity in activities:
        new.setdefault(str(activity["id"]), activity)
    # Counting first locks the conversation's row: whoever else appends waits, and numbers have no gaps.
    if not _grow(connection, {"conversation_id": conversation_id, "count": len(new), "at": at}):
        raise UnknownConversation
    rows = connection.execute(_NUMBER_AND_KNOWN, {"conversation_id": conversation_id, "ids": list(new)}).all()
    watermark = int(rows[0].watermark)
    known = {row.activity for row in rows} & set(new)
    first = watermark - len(new) + 1
    fresh = [(key, body) for key, body in new.items() if key not in known]
    if known:
        connection.execute(_SHRINK, {"conversation_id": conversation_id, "count": len(known)})
    if fresh:
        _APPEND.each(
            connection,
            [
                {"conversation": conversation_id, "seq": first + index, "activity": key, "body": body, "at": at}
                for index, (key, body) in enumerate(fresh)
            ],
        )
    return watermark - len(known)


def _grow(connection: Connection, values: dict[str, object]) -> bool:
    if connection.dialect.name == "postgresql":
        return bool(connection.execute(_GROW_AND_TELL, values).all())
    return _GROW_HERE.count(connection, values) == 1


class SqlConversationLog:
    """`turn.ports.ConversationLog` in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, conversation: Conversation) -> None:
        """See the port."""
        row = {
            "id": conversation.id,
            "user_id": conversation.user,
            "channel": conversation.channel,
            "created_at": conversation.created_at,
            "watermark": 0,
            "active_at": conversation.created_at,
        }
        await self._database.write(lambda connection: insert_new(connection, conversations, row))

    async def find(self, conversation_id: str) -> Conversation | None:
        """See the port."""
        key = {"conversation_id": conversation_id}
        row = await self._database.read(lambda connection: connection.execute(_FIND, key).one_or_none())
        return None if row is None else Conversation(row.id, row.user_id, row.channel, row.created_at)

    async def append(self, conversation_id: str, activities: Sequence[JsonObject]) -> int:
        """See the port."""
        at = self._clock.now()
        return await self._database.write(
            lambda connection: append_activities(connection, conversation_id, activities, at)
        )

    async def since(self, conversation_id: str, watermark: int, limit: int = 500) -> LogSlice:
        """See the port."""
        key = {"conversation_id": conversation_id, "watermark": watermark, "most": limit}
        rows = await self._database.read(lambda connection: connection.execute(_SINCE, key).all())
        return LogSlice(tuple(row.body for row in rows), rows[-1].seq if rows else watermark)
