"""Forgetting one message that its sender deleted.

Tables are visited in the order in which turns write them, as in `storage.erasing`. What was typed is found by the
activity with which it came; a question that was missed by its words, because what came of it may be a later turn's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from cases.model import Owner
from dialogs.reply import JsonObject
from storage.engine import Database
from storage.erasing import of
from storage.missed import unhelpful_after
from storage.tables import exchanges, feedback, inbox, missed, outbox, state
from storage.turns import outcome_from_json, outcome_to_json
from turn.editing import edits_of
from turn.model import Deleted, Outcome

QUOTING = "fragment"
"""How messages are decided whose answers hold their words."""
FORGOTTEN = 0
"""Number of no decision: of a thumb that pointed down there is nothing left to decide when its question is gone."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message in the conversation."""

    text: str
    at: datetime
    gone: bool
    """Whether it is the one that was deleted."""


def is_gone(text: str, at: datetime, said: Iterable[Said]) -> bool:
    """Whether a text that was noted at ``at`` is the deleted message's; ``said`` is in order."""
    told = [one for one in said if one.text.strip() == text.strip() and one.at <= at]
    return bool(text.strip()) and bool(told) and told[-1].gone


def without_words(stored: JsonObject, said: Sequence[Said]) -> JsonObject | None:
    """A conversation's state without the question that was deleted; None when it does not hold it."""
    asked = str(stored.get("asked") or "")
    return {**stored, "asked": ""} if is_gone(asked, said[-1].at, said) else None


def emptied(outcome: JsonObject) -> JsonObject:
    """The outcome of a turn without its replies; what it posted is still known."""
    return outcome_to_json(Outcome((), outcome_from_json(outcome).posts))


class SqlDeletions:
    """`turn.ports.Deletions` in a database."""

    def __init__(self, database: Database, forget: Callable[[str, str], None] = lambda _channel, _user: None) -> None:
        """``forget`` drops what this process keeps in memory of a channel's user (`storage.recent`)."""
        self._database, self._forget = database, forget

    async def forget(self, deleted: Deleted) -> None:
        """See the port."""
        found = await self._database.write(partial(_forget, deleted=deleted))
        self._forget(deleted.channel, deleted.user)
        if found:
            await self._database.scrub()  # if others stand in the way of this, the next purge does it


def _forget(connection: Connection, deleted: Deleted) -> bool:
    """Whether there was anything to forget."""
    owner = Owner(deleted.channel, deleted.user)
    mine = (of(exchanges, owner), exchanges.c.conversation == deleted.conversation)
    rows = connection.execute(select(exchanges).where(*mine).order_by(exchanges.c.at, exchanges.c.id)).all()
    gone = [row for row in rows if row.activity == deleted.activity]
    if gone:
        said = [Said(row.text, row.at, row.activity == deleted.activity) for row in rows]
        _forget_asked(connection, deleted, said)
    quoting = any(row.kind == QUOTING for row in gone)
    answered = _empty_replies(connection, deleted, quoting=quoting)
    if gone:
        _leave_undecided(connection, owner, [row.id for row in gone])
        _delete_missed(connection, owner, said)
        ids = exchanges.c.id.in_([row.id for row in gone])
        connection.execute(update(exchanges).where(ids).values(text=""))
    return bool(gone or answered)


def _forget_asked(connection: Connection, deleted: Deleted, said: Sequence[Said]) -> None:
    """A turn at work meanwhile finds another version, and decides anew."""
    where = (of(state, Owner(deleted.channel, deleted.user)), state.c.conversation == deleted.conversation)
    row = connection.execute(select(state.c.value).where(*where).with_for_update()).one_or_none()
    value = without_words(row.value, said) if row else None
    if value is not None:
        connection.execute(update(state).where(*where).values(value=value, version=state.c.version + 1))


def _empty_replies(connection: Connection, deleted: Deleted, *, quoting: bool) -> bool:
    """Of the turns that it made, if they are still kept."""
    here = (inbox.c.channel == deleted.channel, inbox.c.conversation == deleted.conversation)
    which = (*here, inbox.c.user_id == deleted.user, _is_said(inbox.c.activity, deleted))
    posts: list[str] = []
    turns = connection.execute(select(inbox.c.activity, inbox.c.outcome).where(*which)).all()
    for row in turns:
        posts.extend(outcome_from_json(row.outcome).posts)
        one = update(inbox).where(*here, inbox.c.activity == row.activity)
        connection.execute(one.values(outcome=emptied(row.outcome)))
    if quoting and posts:
        for post in connection.execute(select(outbox.c.id, outbox.c.payload).where(outbox.c.id.in_(posts))).all():
            payload = {name: part for name, part in post.payload.items() if name != "activity"}
            connection.execute(update(outbox).where(outbox.c.id == post.id).values(payload=payload))
    return bool(turns)


def _is_said(activity: Any, deleted: Deleted) -> ColumnElement[bool]:
    return or_(activity == deleted.activity, activity.startswith(edits_of(deleted.activity), autoescape=True))


def _leave_undecided(connection: Connection, owner: Owner, gone: Sequence[int]) -> None:
    """Thumbs that pointed down on answers to it stay as counts."""
    ids = connection.execute(unhelpful_after(gone).where(of(feedback, owner))).scalars().all()
    connection.execute(update(feedback).where(feedback.c.id.in_(ids)).values(decision=FORGOTTEN))


def _delete_missed(connection: Connection, owner: Owner, said: Sequence[Said]) -> None:
    """Of what was noted here; a missed question is its words."""
    start, here = min(one.at for one in said if one.gone), {one.at for one in said}
    noted = select(missed.c.id, missed.c.text, missed.c.at).where(of(missed, owner), missed.c.at >= start)
    ids = [row.id for row in connection.execute(noted).all() if row.at in here and is_gone(row.text, row.at, said)]
    connection.execute(delete(missed).where(missed.c.id.in_(ids)))
