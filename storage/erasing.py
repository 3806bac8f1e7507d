"""Forgetting a user of a channel.

Tables are visited in the order in which turns write them, states first. A turn that is at work meanwhile has either
stored everything before, and it is seen here, or finds its state gone, and decides anew with nothing to remember.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select

from cases.erasing import emptied
from cases.model import Owner
from dialogs.privacy import ERASE
from storage.cases import history_of, store_emptied, to_case
from storage.engine import Database, insert_new
from storage.outbox import to_row
from storage.tables import cases, conversations, exchanges, feedback, inbox, log, missed, outbox, state
from turn.erasing import ERASE_LATE
from turn.model import Post
from turn.ports import Clock, Erasure

_WAITING = "waiting"


class Busy(Exception):
    """Somebody is sending a message to the user; nothing was erased, try again in a moment."""


class SqlEraser:
    """`turn.ports.Eraser` in a database."""

    def __init__(
        self, database: Database, clock: Clock, forget: Callable[[str, str], None] = lambda _channel, _user: None
    ) -> None:
        """``forget`` drops what this process keeps in memory of a channel's user (`storage.recent`)."""
        self._database, self._clock, self._forget = database, clock, forget

    async def erase(self, erasure: Erasure, then: Sequence[Post]) -> bool:
        """See the port."""

        def work(connection: Connection) -> None:
            if not erasure.post or _is_there(connection, erasure.post):
                _erase_rows(connection, erasure)
                _erase_posts(connection, erasure.owner, self._clock)
                for post in then:
                    insert_new(connection, outbox, to_row(post, None))

        try:
            await self._database.write(work)
        except Busy:
            return False
        self._forget(erasure.owner.channel, erasure.owner.user)
        await self._database.scrub()
        return True

    async def erase_late(self, erasure: Erasure) -> bool:
        """See the port. Also False while other processes keep the database from forgetting (`Database.scrub`)."""
        await self._database.write(partial(_erase_rows, erasure=erasure))
        self._forget(erasure.owner.channel, erasure.owner.user)
        sent = await self._database.write(partial(_erase_sent, erasure=erasure))
        if not (sent and await self._database.scrub()):
            return False
        await self._database.write(lambda connection: _delete(connection, outbox, outbox.c.id == erasure.post))
        await self._database.scrub()  # if others stand in the way of this, the next purge does it
        return True


def of(table: Table, owner: Owner) -> ColumnElement[bool]:
    """The owner's rows of a table."""
    return and_(table.c.channel == owner.channel, table.c.user_id == owner.user)


def _is_there(connection: Connection, post_id: str) -> bool:
    return connection.execute(select(outbox.c.id).where(outbox.c.id == post_id)).first() is not None


def _erase_rows(connection: Connection, erasure: Erasure) -> None:
    """Everything but posts."""
    owner, until = erasure.owner, erasure.until
    _delete(connection, state, of(state, owner), state.c.updated_at <= until)
    _empty_cases(connection, erasure)
    _erase_log(connection, erasure)
    _delete(connection, inbox, of(inbox, owner), inbox.c.received_at <= until)
    for table in (feedback, missed, exchanges):
        _delete(connection, table, of(table, owner), table.c.at <= until)


def _empty_cases(connection: Connection, erasure: Erasure) -> None:
    own = select(cases).where(of(cases, erasure.owner), cases.c.created_at <= erasure.asked_at).with_for_update()
    for row in connection.execute(own).all():
        case = to_case(row)
        bare = emptied(case, history_of(connection, case.reference), erasure.actor, erasure.until)
        store_emptied(connection, bare)


def _erase_log(connection: Connection, erasure: Erasure) -> None:
    """Locks the conversations first: what others append meanwhile is seen after."""
    begun = and_(of(conversations, erasure.owner), conversations.c.created_at <= erasure.until)
    ids = connection.execute(select(conversations.c.id).where(begun).with_for_update()).scalars().all()
    for conversation in ids:
        here = log.c.conversation == conversation
        if conversation == erasure.conversation:
            _delete(connection, log, here, log.c.at <= erasure.until)
        else:
            _delete(connection, log, here)
            _delete(connection, conversations, conversations.c.id == conversation)


def _erase_posts(connection: Connection, owner: Owner, clock: Clock) -> None:
    """Whatever became of them. Raises `Busy` when one of them is being sent."""
    going = delete(outbox).where(of(outbox, owner)).returning(outbox.c.kind, outbox.c.status, outbox.c.lease_until)
    now = clock.now()
    for post in connection.execute(going).all():
        taken = post.status == _WAITING and post.lease_until is not None and post.lease_until > now
        if taken and post.kind not in (ERASE, ERASE_LATE):
            raise Busy


def _erase_sent(connection: Connection, erasure: Erasure) -> bool:
    """What was sent or given up; tells whether nothing is left that still waits."""
    due = and_(of(outbox, erasure.owner), outbox.c.first_due_at <= erasure.until)
    _delete(connection, outbox, due, outbox.c.status != _WAITING)
    return connection.execute(select(outbox.c.id).where(due).limit(1)).first() is None


def _delete(connection: Connection, table: Table, *which: Any) -> int:
    return connection.execute(delete(table).where(*which)).rowcount
