"""The transaction around a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Text,
    and_,
    bindparam,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from cases.model import Case, Owner
from dialogs.reply import JsonObject, JsonValue
from storage.cases import find_for_turn, store_change
from storage.engine import Database, insert_new
from storage.errors import PostExists
from storage.log import append_activities
from storage.outbox import Leased, insert_leased
from storage.prepared import Prepared, given
from storage.records import insert_records
from storage.tables import inbox, outbox, state
from storage.tables.columns import Json, Moment
from turn.errors import DuplicateActivity, ReusedActivityId, StateConflict
from turn.model import Commit, Incoming, Opened, Outcome
from turn.probe import Probe, unobserved

_CHANNEL: BindParameter[str] = bindparam("p_channel")
_CONVERSATION: BindParameter[str] = bindparam("p_conversation")
_USER: BindParameter[str] = bindparam("p_user_id")
_MY_ACTIVITY = and_(
    inbox.c.channel == _CHANNEL, inbox.c.conversation == _CONVERSATION, inbox.c.activity == bindparam("p_activity")
)
_MY_STATE = and_(state.c.channel == _CHANNEL, state.c.conversation == _CONVERSATION, state.c.user_id == _USER)
_ALWAYS = select(literal(1).label("one")).subquery()  # one row, whether or not the two are there
_OPEN = Prepared(
    select(inbox.c.fingerprint, inbox.c.outcome, state.c.value, state.c.version).select_from(
        _ALWAYS.outerjoin(inbox, _MY_ACTIVITY).outerjoin(state, _MY_STATE)
    )
)
_PAYLOADS = select(outbox.c.id, outbox.c.payload).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_AFTER = given(channel=Text, conversation=Text, user_id=Text, expected=BigInteger, value=Json, at=Moment)
_SWAP = Prepared(
    update(state)
    .where(
        state.c.channel == _AFTER.c.channel,
        state.c.conversation == _AFTER.c.conversation,
        state.c.user_id == _AFTER.c.user_id,
        state.c.version == _AFTER.c.expected,
    )
    .values(version=_AFTER.c.expected + literal_column("1"), value=_AFTER.c.value, updated_at=_AFTER.c.at)
)


def outcome_to_json(outcome: Outcome) -> JsonObject:
    """As stored with the inbox row: the replies, or how many there were when posts carry them, which come first."""
    replies: list[JsonValue] = [] if outcome.posts else list(outcome.activities)
    return {"activities": replies, "posts": list(outcome.posts), "replies": len(outcome.activities)}


def carried(stored: JsonObject) -> list[str]:
    """The posts that hold the replies of a stored outcome."""
    return cast("list[str]", stored["posts"])[: cast("int", stored.get("replies", 0))]


def outcome_from_json(stored: JsonObject, payloads: Mapping[str, JsonObject] = MappingProxyType({})) -> Outcome:
    """What the earlier delivery did; ``payloads``, by id, are those of its posts, without which it has no replies."""
    held = [payloads[name].get("activity") for name in carried(stored) if name in payloads]
    activities = [*cast("list[JsonObject]", stored["activities"]), *(one for one in held if isinstance(one, dict))]
    return Outcome(tuple(activities), tuple(cast("list[str]", stored["posts"])), replayed=True)


class SqlTurnStore:
    """`turn.ports.TurnStore` in a database."""

    def __init__(self, database: Database, probe: Probe = unobserved) -> None:
        self._database = database
        self._store = partial(_store, probe=probe)

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        """See the port."""
        key = {**_key(incoming), "p_activity": incoming.activity_id}
        owner = Owner(incoming.address.channel, incoming.user)

        def work(connection: Connection) -> tuple[Any, Outcome | None, tuple[Case, ...]]:
            row = _OPEN.all(connection, key)[0]
            return row, _outcome(connection, row.outcome), find_for_turn(connection, owner, references)

        row, outcome, cases = await self._database.read(work)
        if row.fingerprint not in (None, incoming.fingerprint):
            raise ReusedActivityId
        return Opened(outcome, row.value, row.version or 0, cases)

    async def commit(self, commit: Commit) -> frozenset[str]:
        """See the port. Also raises `UnknownConversation` when there is a log for a conversation that is not."""
        return await self._database.write_each(self._store, commit)


def _outcome(connection: Connection, stored: JsonObject | None) -> Outcome | None:
    if stored is None:
        return None
    names = carried(stored)
    found = connection.execute(_PAYLOADS, {"ids": names}).all() if names else ()
    return outcome_from_json(stored, {row.id: row.payload for row in found})


def _store(connection: Connection, commits: Sequence[Commit], probe: Probe) -> Sequence[frozenset[str]]:
    """All of it, or what is raised by one of them."""
    probe("storing")
    _remember(connection, commits)
    probe("remembered")
    _swap(connection, commits)
    for commit in commits:
        for change in commit.cases:
            store_change(connection, change)
        if commit.log:
            incoming = commit.incoming
            append_activities(connection, incoming.address.conversation, commit.log, incoming.received_at)
    try:
        held = insert_leased(connection, [Leased(commit.posts, commit.lease_until) for commit in commits])
    except IntegrityError:
        raise PostExists from None
    insert_records(connection, [record for commit in commits for record in commit.records])
    probe("stored")
    return [held.intersection(post.id for post in commit.posts) if held else held for commit in commits]


def _remember(connection: Connection, commits: Sequence[Commit]) -> None:
    rows = [
        {
            "channel": commit.incoming.address.channel,
            "conversation": commit.incoming.address.conversation,
            "activity": commit.incoming.activity_id,
            "user_id": commit.incoming.user,
            "fingerprint": commit.incoming.fingerprint,
            "outcome": outcome_to_json(commit.outcome),
            "received_at": commit.incoming.received_at,
        }
        for commit in commits
    ]
    if insert_new(connection, inbox, *rows) < len(rows):
        raise DuplicateActivity


def _swap(connection: Connection, commits: Sequence[Commit]) -> None:
    rows = [
        {
            "channel": commit.incoming.address.channel,
            "conversation": commit.incoming.address.conversation,
            "user_id": commit.incoming.user,
            "version": 1,
            "value": commit.state,
            "updated_at": commit.incoming.received_at,
        }
        for commit in commits
        if commit.expected_version == 0
    ]
    swaps = [
        {
            **_key(commit.incoming),
            "p_expected": commit.expected_version,
            "p_value": commit.state,
            "p_at": commit.incoming.received_at,
        }
        for commit in commits
        if commit.expected_version > 0
    ]
    if insert_new(connection, state, *rows) + _SWAP.count(connection, *swaps) < len(commits):
        raise StateConflict


def _key(incoming: Incoming) -> dict[str, object]:
    address = incoming.address
    return {"p_channel": address.channel, "p_conversation": address.conversation, "p_user_id": incoming.user}
