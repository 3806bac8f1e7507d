"""Posts waiting to be sent.

A post is ``waiting`` until it is ``done`` or ``parked``. While its lease runs it belongs to whoever took it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from storage.engine import Database, insert_new
from storage.prepared import Prepared, Values, given
from storage.tables import outbox
from storage.tables.columns import Moment, Words
from turn.model import PATIENCE, REPLY, UPDATE, Address, Post
from turn.ports import Clock

SPOKEN = ("reply", "notify")
"""Kinds that are sent in order within a conversation."""
BEFORE_CHANGES = (*SPOKEN, UPDATE)
"""Kinds behind which a change of a message waits there, so that the last one is what is seen in the end."""

# Spelt out, not bound: a partial index serves only queries that visibly ask for its rows.
_WAITS: ColumnElement[str] = literal_column("'waiting'")
_PARKED: ColumnElement[str] = literal_column("'parked'")
_OLDER = outbox.alias("older")


def _is_spoken(kind: ColumnElement[str]) -> ColumnElement[bool]:
    return _is_one_of(SPOKEN, kind)


def _is_one_of(kinds: Sequence[str], kind: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(*(kind == one for one in kinds))


def _behind(kinds: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(
        _OLDER.c.status == _WAITS,
        _OLDER.c.attempts < PATIENCE,
        _is_one_of(kinds, _OLDER.c.kind),
        _OLDER.c.channel == outbox.c.channel,
        _OLDER.c.conversation == outbox.c.conversation,
        _OLDER.c.sequence < outbox.c.sequence,
    )


_BLOCKED = _behind(SPOKEN)
_DUE = (
    select(outbox)
    .where(
        outbox.c.status == _WAITS,
        outbox.c.due_at <= bindparam("now"),
        or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now")),
        or_(~_is_spoken(outbox.c.kind), ~_BLOCKED),
        or_(outbox.c.kind != UPDATE, ~_behind(BEFORE_CHANGES)),
    )
    .order_by(outbox.c.due_at, outbox.c.sequence)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)  # PostgreSQL; SQLite has one writer at a time
)
_LEASE = (
    update(outbox)
    .where(outbox.c.sequence.in_(bindparam("sequences", expanding=True)))
    .values(lease_until=bindparam("until"))
)
# Only a waiting post changes: a process whose lease ran out cannot undo what its successor did.
_WAITING = update(outbox).where(outbox.c.id == bindparam("post_id"), outbox.c.status == "waiting")
_CLOSING = given(id=Text, status=Text, reason=Words, at=Moment, sent_as=Text)
_CLOSE = Prepared(
    update(outbox)
    .where(outbox.c.id == _CLOSING.c.id, outbox.c.status == _WAITS)
    .values(
        status=_CLOSING.c.status,
        reason=_CLOSING.c.reason,
        closed_at=_CLOSING.c.at,
        sent_as=func.coalesce(_CLOSING.c.sent_as, outbox.c.sent_as),
        lease_until=None,
    )
)
_RETRY = _WAITING.values(
    attempts=outbox.c.attempts + 1, due_at=bindparam("due"), reason=bindparam("why"), lease_until=None
)
_RELEASE = _WAITING.values(lease_until=None)
_RELEASE_ALL = (
    update(outbox).where(outbox.c.status == _WAITS, outbox.c.lease_until.is_not(None)).values(lease_until=None)
)
_BEHIND = Prepared(select(outbox.c.id).where(outbox.c.id == bindparam("post_id"), _BLOCKED))
_TALK = given(channel=Text, conversation=Text)
_UNSENT = Prepared(
    select(_TALK.c.channel, _TALK.c.conversation).where(
        exists().where(
            outbox.c.status == _WAITS,
            outbox.c.attempts < PATIENCE,
            _is_spoken(outbox.c.kind),
            outbox.c.channel == _TALK.c.channel,
            outbox.c.conversation == _TALK.c.conversation,
        )
    )
)
_COUNT = select(
    select(func.count()).select_from(outbox).where(outbox.c.status == _WAITS).scalar_subquery(),
    select(func.count()).select_from(outbox).where(outbox.c.status == _PARKED).scalar_subquery(),
)
_INSERT = Prepared(insert(outbox))


def insert_posts(connection: Connection, posts: Sequence[Post], lease_until: datetime | None) -> frozenset[str]:
    """Insert in order; ``lease_until`` is the time until which replies belong to the caller. Effects have none.

    Nor have replies that wait behind what is there already: those are returned.
    """
    return insert_leased(connection, [Leased(posts, lease_until)])


class Leased(NamedTuple):
    """Posts of one caller, and until when its replies belong to it."""

    posts: Sequence[Post]
    until: datetime | None


def insert_leased(connection: Connection, callers: Sequence[Leased]) -> frozenset[str]:
    """`insert_posts` of several callers, one after the other."""
    replies = [post for caller in callers for post in caller.posts if post.kind == REPLY]
    places = [{"p_channel": channel, "p_conversation": talk} for channel, talk in dict.fromkeys(map(_place, replies))]
    full = {(row.channel, row.conversation) for row in _UNSENT.all(connection, *places)}
    held: set[str] = set()
    rows = []
    for posts, until in callers:
        own = [post for post in posts if post.kind == REPLY]
        held |= {post.id for post in own if _place(post) in full}
        leased = {post.id for post in own} - held
        rows += [to_row(post, until if post.id in leased else None) for post in posts]
        full |= {_place(post) for post in posts if post.kind in SPOKEN}
    _INSERT.each(connection, rows)
    return frozenset(held)


def _place(post: Post) -> tuple[str, str]:
    return post.address.channel, post.address.conversation


def _close(connection: Connection, rows: Sequence[Values]) -> Sequence[None]:
    _CLOSE.each(connection, rows)
    return [None] * len(rows)


class SqlOutbox:
    """`turn.ports.Outbox` in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take_over(self) -> None:
        """At start: free what a process that died had taken, if nobody else can have taken it.

        Where several processes share the database, leases run out by themselves: the owner may be alive.
        """
        if not self._database.shared:
            await self._database.write(lambda connection: connection.execute(_RELEASE_ALL).rowcount)

    async def add(self, posts: Sequence[Post]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            for post in posts:
                insert_new(connection, outbox, to_row(post, None))

        await self._database.write(work)

    async def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[Post]:
        """See the port."""

        def work(connection: Connection) -> list[Post]:
            rows = connection.execute(_DUE, {"now": now, "most": limit}).all()
            if rows:
                connection.execute(_LEASE, {"sequences": [row.sequence for row in rows], "until": lease_until})
            return [to_post(row) for row in rows]

        return await self._database.write(work)

    async def waits_behind(self, post_id: str) -> bool:
        """See the port."""
        key = {"post_id": post_id}
        behind = bool(await self._database.read(lambda connection: _BEHIND.all(connection, key)))
        if behind:
            await self._database.write(lambda connection: connection.execute(_RELEASE, key).rowcount)
        return behind

    async def done(self, post_id: str, sent_as: str = "") -> None:
        """See the port."""
        await self._close(post_id, "done", None, sent_as)

    def hurry(self) -> None:
        """See the port."""
        self._database.hurry()

    async def retry(self, post_id: str, due_at: datetime, reason: str) -> None:
        """See the port."""
        values = {"post_id": post_id, "due": due_at, "why": reason}
        await self._database.write(lambda connection: connection.execute(_RETRY, values).rowcount)

    async def park(self, post_id: str, reason: str) -> None:
        """See the port."""
        await self._close(post_id, "parked", reason)

    async def waiting(self) -> tuple[int, int]:
        """See the port."""
        waiting, parked = await self._database.read(lambda connection: connection.execute(_COUNT).one())
        return waiting or 0, parked or 0

    async def _close(self, post_id: str, status: str, reason: str | None, sent_as: str = "") -> None:
        row = {
            "p_id": post_id,
            "p_status": status,
            "p_reason": reason,
            "p_at": self._clock.now(),
            "p_sent_as": sent_as or None,
        }
        await self._database.write_each(_close, row, patient=True)


def to_row(post: Post, lease_until: datetime | None) -> dict[str, object]:
    """A new post that waits."""
    return {
        "id": post.id,
        "kind": post.kind,
        "channel": post.address.channel,
        "conversation": post.address.conversation,
        "address": {"local": post.address.local, "reference": dict(post.address.reference)},
        "payload": post.payload,
        "due_at": post.due_at,
        "first_due_at": post.first_due_at or post.due_at,
        "lease_until": lease_until,
        "attempts": post.attempts,
        "status": "waiting",
        "user_id": post.user,
    }


def to_post(row: Row[tuple[object, ...]]) -> Post:
    """A row of the table."""
    address = Address(row.channel, row.conversation, row.address["local"], row.address["reference"])
    times = {"due_at": row.due_at, "first_due_at": row.first_due_at}
    return Post(row.id, row.kind, address, row.payload, attempts=row.attempts, user=row.user_id or "", **times)
