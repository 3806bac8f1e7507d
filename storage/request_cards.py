"""The operators' channel, and the cards of requests in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, delete, or_, select, update

from cases.model import Case, JsonObject
from desk.channel import SHOW_CARD, Card, Channel, card_post_id
from storage.codec import from_json, to_json
from storage.engine import Database, insert_new
from storage.outbox import to_row
from storage.tables import meta, outbox, request_cards
from turn.model import Address, Post

TEAMS = "msteams"
_NAME = "operators channel"
_CHANNEL = select(meta.c.value).where(meta.c.name == _NAME)
_MINE = request_cards.c.reference == bindparam("p_reference")
_FIND = select(request_cards).where(_MINE)
_TAKE = (
    update(request_cards)
    .where(_MINE, or_(request_cards.c.taken_until.is_(None), request_cards.c.taken_until <= bindparam("p_now")))
    .values(taken_until=bindparam("p_until"))
)
_PUT_BACK = (
    update(request_cards)
    .where(_MINE, request_cards.c.taken_until == bindparam("p_until"))
    .values(
        conversation=bindparam("p_conversation"),
        activity=bindparam("p_activity"),
        shown=bindparam("p_shown"),
        taken_until=None,
    )
)


def announce(connection: Connection, case: Case) -> None:
    """Have the card of a request that is stored right now shown anew, if there is a channel to show it in."""
    channel = _channel(connection)
    if channel is not None:
        insert_new(connection, outbox, to_row(card_post(case, channel), None))


def card_post(case: Case, channel: Channel) -> Post:
    """What a change leaves in the outbox. Nothing of it is anybody's own."""
    address = Address(TEAMS, channel.conversation)
    return Post(card_post_id(case), SHOW_CARD, address, {"reference": case.reference}, case.updated_at)


class SqlOperatorsChannel:
    """`desk.channel.ChannelStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def configure(self, conversation: str) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            known = _channel(connection)
            if known is None or known.conversation != conversation:
                connection.execute(delete(meta).where(meta.c.name == _NAME))
                if conversation:
                    insert_new(connection, meta, {"name": _NAME, "value": _written(Channel(conversation))})

        await self._database.write(work)

    async def find(self) -> Channel | None:
        """See the port."""
        return await self._database.read(_channel)

    async def learn(self, channel: Channel) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            known = _channel(connection)
            if known is not None and known.conversation == channel.conversation:
                connection.execute(update(meta).where(meta.c.name == _NAME).values(value=_written(channel)))

        await self._database.write(work)


class SqlRequestCards:
    """`desk.channel.CardStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, reference: str, now: datetime, until: datetime) -> Card | None:
        """See the port."""

        def work(connection: Connection) -> Card | None:
            new = {"reference": reference, "conversation": "", "activity": "", "shown": 0}
            insert_new(connection, request_cards, new)
            values = {"p_reference": reference, "p_now": now, "p_until": until}
            if connection.execute(_TAKE, values).rowcount != 1:
                return None
            return _to_card(connection.execute(_FIND, {"p_reference": reference}).one())

        return await self._database.write(work)

    async def put_back(self, card: Card) -> None:
        """See the port."""
        values = {
            "p_reference": card.reference,
            "p_until": card.taken_until,
            "p_conversation": card.conversation,
            "p_activity": card.activity,
            "p_shown": card.shown,
        }
        await self._database.write(lambda connection: connection.execute(_PUT_BACK, values).rowcount)


def _channel(connection: Connection) -> Channel | None:
    value = connection.execute(_CHANNEL).scalar_one_or_none()
    if value is None:
        return None
    kept = from_json(value)
    return Channel(str(kept["conversation"]), cast("JsonObject", kept["learned"]))


def _written(channel: Channel) -> str:
    return to_json({"conversation": channel.conversation, "learned": channel.learned})


def _to_card(row: Row[Any]) -> Card:
    return Card(row.reference, row.taken_until, row.conversation, row.activity, row.shown)
