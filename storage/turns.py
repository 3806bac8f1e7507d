"""The transaction around a turn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, and_, bindparam, literal, select, update
from sqlalchemy.exc import IntegrityError

from cases.model import Case, Owner
from dialogs.reply import JsonObject
from storage.cases import find_for_turn, store_change
from storage.engine import Database, insert_new
from storage.errors import PostExists
from storage.log import append_activities
from storage.outbox import insert_posts
from storage.prepared import Prepared
from storage.records import insert_records
from storage.tables import inbox, state
from turn.errors import DuplicateActivity, ReusedActivityId, StateConflict
from turn.model import Commit, Incoming, Opened, Outcome
from turn.probe import Probe, unobserved

_CHANNEL: BindParameter[str] = bindparam("p_channel")
_CONVERSATION: BindParameter[str] = bindparam("p_conversation")
_USER: BindParameter[str] = bindparam("p_user")
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
_SWAP = Prepared(
    update(state)
    .where(_MY_STATE, state.c.version == bindparam("p_expected"))
    .values(version=state.c.version + 1, value=bindparam("p_value"), updated_at=bindparam("p_at"))
)


def outcome_to_json(outcome: Outcome) -> JsonObject:
    """As stored with the inbox row."""
    return {"activities": list(outcome.activities), "posts": list(outcome.posts)}


def outcome_from_json(stored: JsonObject) -> Outcome:
    """What the earlier delivery did."""
    activities = cast("list[JsonObject]", stored["activities"])
    posts = cast("list[str]", stored["posts"])
    return Outcome(tuple(activities), tuple(posts), replayed=True)


class SqlTurnStore:
    """`turn.ports.TurnStore` in a database."""

    def __init__(self, database: Database, probe: Probe = unobserved) -> None:
        self._database = database
        self._probe = probe

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        """See the port."""
        key = {**_key(incoming), "p_activity": incoming.activity_id}
        owner = Owner(incoming.address.channel, incoming.user)

        def work(connection: Connection) -> tuple[Any, tuple[Case, ...]]:
            return _OPEN.all(connection, key)[0], find_for_turn(connection, owner, references)

        row, cases = await self._database.read(work)
        if row.fingerprint not in (None, incoming.fingerprint):
            raise ReusedActivityId
        outcome = None if row.outcome is None else outcome_from_json(row.outcome)
        return Opened(outcome, row.value, row.version or 0, cases)

    async def commit(self, commit: Commit) -> frozenset[str]:
        """See the port. Also raises `UnknownConversation` when there is a log for a conversation that is not."""
        return await self._database.write(partial(_store, commit=commit, probe=self._probe))


def _store(connection: Connection, commit: Commit, probe: Probe) -> frozenset[str]:
    incoming = commit.incoming
    probe("storing")
    _remember(connection, commit)
    probe("remembered")
    _swap(connection, commit)
    for change in commit.cases:
        store_change(connection, change)
    if commit.log:
        append_activities(connection, incoming.address.conversation, commit.log, incoming.received_at)
    held: frozenset[str] = frozenset()
    if commit.posts:
        try:
            held = insert_posts(connection, commit.posts, commit.lease_until)
        except IntegrityError:
            raise PostExists from None
    insert_records(connection, commit.records)
    probe("stored")
    return held


def _remember(connection: Connection, commit: Commit) -> None:
    incoming = commit.incoming
    row = {
        "channel": incoming.address.channel,
        "conversation": incoming.address.conversation,
        "activity": incoming.activity_id,
        "user_id": incoming.user,
        "fingerprint": incoming.fingerprint,
        "outcome": outcome_to_json(commit.outcome),
        "received_at": incoming.received_at,
    }
    if not insert_new(connection, inbox, row):
        raise DuplicateActivity


def _swap(connection: Connection, commit: Commit) -> None:
    incoming = commit.incoming
    if commit.expected_version == 0:
        row = {
            "channel": incoming.address.channel,
            "conversation": incoming.address.conversation,
            "user_id": incoming.user,
            "version": 1,
            "value": commit.state,
            "updated_at": incoming.received_at,
        }
        swapped = insert_new(connection, state, row)
    else:
        values = {
            **_key(incoming),
            "p_expected": commit.expected_version,
            "p_value": commit.state,
            "p_at": incoming.received_at,
        }
        swapped = _SWAP.count(connection, values) == 1
    if not swapped:
        raise StateConflict


def _key(incoming: Incoming) -> dict[str, object]:
    address = incoming.address
    return {"p_channel": address.channel, "p_conversation": address.conversation, "p_user": incoming.user}
