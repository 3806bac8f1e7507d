"""Everything that is kept about a user, as plain JSON for the user's own eyes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, select

from cases.model import Case, Event, EventKind, Owner
from dialogs.reply import JsonObject, JsonValue
from storage.cases import history_of, to_case
from storage.engine import Database
from storage.erasing import of
from storage.tables import cases, conversations, exchanges, feedback, inbox, log, missed, outbox, state
from storage.turns import outcome_from_json


class SqlArchive:
    """`turn.ports.Archive` in a database.

    ``conversations`` (what is remembered of each), ``messages``, ``answers`` (the bot's, on channels of others),
    ``waiting`` (messages and reminders still to be sent), ``feedback``, ``asked``, ``unanswered``, ``requests`` with
    ``history``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, owner: Owner) -> JsonObject:
        """See the port."""
        return await self._database.snapshot(lambda connection: _read(connection, owner))


def _read(connection: Connection, owner: Owner) -> JsonObject:
    def rows(table: Any, *order: Any) -> Sequence[Any]:
        return connection.execute(select(table).where(of(table, owner)).order_by(*order)).all()

    ours = [row.id for row in rows(conversations, conversations.c.created_at)]
    said = select(log).where(log.c.conversation.in_(ours)).order_by(log.c.at, log.c.conversation, log.c.seq)
    own = [to_case(row) for row in rows(cases, cases.c.created_at)]
    posts = rows(outbox, outbox.c.due_at, outbox.c.sequence)
    payloads = {row.id: row.payload for row in posts}
    return {
        "channel": owner.channel,
        "user": owner.user,
        "conversations": [
            {"id": row.conversation, "at": moment(row.updated_at), "remembered": row.value}
            for row in rows(state, state.c.updated_at)
        ],
        "messages": [spoken(row.body, row.at) for row in connection.execute(said).all()],
        "answers": [
            spoken(activity, row.received_at)
            for row in rows(inbox, inbox.c.received_at)
            if row.conversation not in ours
            for activity in outcome_from_json(row.outcome, payloads).activities
        ],
        "waiting": [waits(row.kind, row.due_at, row.payload) for row in posts if row.status == "waiting"],
        "feedback": [
            {"at": moment(row.at), "entry": row.entry, "helpful": row.helpful} for row in rows(feedback, feedback.c.at)
        ],
        "asked": [asked(row.at, row.text, row.kind, row.entry) for row in rows(exchanges, exchanges.c.at)],
        "unanswered": [{"at": moment(row.at), "text": row.text} for row in rows(missed, missed.c.at)],
        "requests": [request(case, history_of(connection, case.reference)) for case in own],
    }


def moment(at: datetime) -> str:
    """A time as it is shown: to the second, in UTC."""
    return at.isoformat(timespec="seconds")


def spoken(activity: JsonObject, at: datetime) -> JsonObject:
    """Who said what: the words, not how they were laid out; what a button of the user's stands for."""
    sender = activity.get("from")
    mine = isinstance(sender, dict) and sender.get("role") == "user"
    found: JsonObject = {"at": moment(at), "from": "user" if mine else "bot", "text": words_of(activity)}
    if mine and activity.get("value"):
        found["value"] = activity["value"]
    files = [item["name"] for item in _attachments(activity) if isinstance(item.get("name"), str)]
    return {**found, "files": files} if files else found


def words_of(activity: JsonObject) -> JsonValue:
    """What an activity says: its text, or that of its card."""
    if activity.get("text"):
        return activity["text"]
    cards = (item.get("content") for item in _attachments(activity))
    return next((card["fallbackText"] for card in cards if isinstance(card, dict) and "fallbackText" in card), "")


def asked(at: datetime, text: str, kind: str, entry: str) -> JsonObject:
    """A message and what came of it."""
    return {"at": moment(at), "text": text, "kind": kind, "entry": entry}


def waits(kind: str, due_at: datetime, payload: JsonObject) -> JsonObject:
    """A message, a reminder or something else that is still to be done."""
    activity = payload.get("activity")
    about = spoken(activity, due_at)["text"] if isinstance(activity, dict) else payload
    return {"due": moment(due_at), "kind": kind, "about": about}


def request(case: Case, history: Sequence[Event]) -> JsonObject:
    """A request of the user's. Operators are not named, and what they noted for themselves stays with them."""
    return {
        "reference": case.reference,
        "type": case.type,
        "state": case.state,
        "created": moment(case.created_at),
        "updated": moment(case.updated_at),
        "batch": None if case.batch is None else str(case.batch),
        "due": None if case.due is None else case.due.isoformat(),
        "language": case.language,
        "muted": case.muted,
        "fields": case.fields,
        "contact": {
            "channel": case.contact.channel,
            "conversation": case.contact.conversation,
            **cast("JsonObject", dict(case.contact.reference)),
        },
        "history": list(_told(history)),
    }


def _told(history: Sequence[Event]) -> Iterator[JsonObject]:
    hidden = (EventKind.NOTED, EventKind.ASSIGNED)
    for event in history:
        if event.kind not in hidden:
            yield {"at": moment(event.at), "by": event.actor.role, "what": event.kind, **event.data}


def _attachments(activity: JsonObject) -> list[JsonObject]:
    items = activity.get("attachments")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
