"""Requests and their history."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from cases.erasing import Emptied
from cases.likeness import keys_of
from cases.model import (
    Actor,
    Case,
    CaseChange,
    CaseType,
    Contact,
    Event,
    EventKind,
    Inquiry,
    JsonObject,
    JsonValue,
    Owner,
    Seen,
    State,
    WrongCodes,
)
from cases.ports import PAGE, CaseFilter, CasePage
from storage.codec import storable
from storage.engine import Database, insert_new
from storage.errors import PostExists
from storage.outbox import insert_posts
from storage.prepared import Prepared
from storage.request_cards import announce
from storage.tables import case_events, case_keys, cases
from turn.errors import ReferenceTaken, StateConflict
from turn.model import Post

OWN_CASES = 20
"""Of its user's requests a turn sees this many, the newest."""

_REFERENCE: BindParameter[str] = bindparam("p_reference")
_FIND = select(cases).where(cases.c.reference == _REFERENCE)
_OWN = Prepared(
    select(cases)
    .where(cases.c.channel == bindparam("p_channel"), cases.c.user_id == bindparam("p_user"))
    .order_by(cases.c.created_at.desc(), cases.c.reference.desc())
    .limit(OWN_CASES)
)
_NAMED = select(cases).where(cases.c.reference.in_(bindparam("p_references", expanding=True)))
_EVENTS = select(case_events).where(case_events.c.reference == _REFERENCE).order_by(case_events.c.number)
_RECORD = insert(case_events)
_KEY = insert(case_keys)
_UNKEY = delete(case_keys).where(case_keys.c.reference == _REFERENCE)
_KEPT = ("reference", "instance", "type", "created_at", "contact", "told_until")
"""What no change of a request changes: where its owner is told is for `storage.news` to say."""
_SWAP = (
    update(cases)
    .where(cases.c.reference == _REFERENCE, cases.c.version == bindparam("p_expected"))
    .values({column.name: bindparam(column.name) for column in cases.c if column.name not in _KEPT})
)


def find_for_turn(connection: Connection, owner: Owner, references: Sequence[str]) -> tuple[Case, ...]:
    """The owner's newest requests, then the named ones that are not among them."""
    own = _OWN.all(connection, {"p_channel": owner.channel, "p_user": owner.user})
    found = {row.reference: to_case(row) for row in own}
    missing = [reference for reference in references if reference not in found]
    if missing:
        rows = connection.execute(_NAMED, {"p_references": missing}).all()
        found |= {row.reference: to_case(row) for row in sorted(rows, key=lambda row: missing.index(row.reference))}
    return tuple(found.values())


def store_change(connection: Connection, change: CaseChange) -> None:
    """Store the request and its new events. Raises `StateConflict`, `ReferenceTaken`."""
    case, row = change.case, _to_row(change.case)
    if change.expected_version == 0:
        if not insert_new(connection, cases, row):
            other = connection.execute(_FIND, {"p_reference": case.reference}).one_or_none()
            if other is not None and other.instance != case.instance:
                raise ReferenceTaken(case.reference)
            raise StateConflict
    else:
        values = {name: value for name, value in row.items() if name not in _KEPT}
        key = {"p_reference": case.reference, "p_expected": change.expected_version}
        if connection.execute(_SWAP, {**values, **key}).rowcount != 1:
            raise StateConflict
    if change.expected_version == 0 or any(event.kind is EventKind.EDITED for event in change.events):
        store_keys(connection, case)
    if change.events:
        connection.execute(_RECORD, [_to_event_row(event) for event in change.events])
    announce(connection, case)


def store_keys(connection: Connection, case: Case) -> None:
    """The natural keys that it has now, in place of those that it had."""
    if case.version > 1:
        connection.execute(_UNKEY, {"p_reference": case.reference})
    keys = sorted(keys_of(case.type, case.fields))
    if keys:
        connection.execute(_KEY, [{"key": key, "reference": case.reference} for key in keys])


def history_of(connection: Connection, reference: str) -> tuple[Event, ...]:
    """The events of a request, oldest first."""
    return tuple(_to_event(row) for row in connection.execute(_EVENTS, {"p_reference": reference}).all())


def store_emptied(connection: Connection, bare: Emptied) -> None:
    """Store a request that was emptied, and its history in place of the old one."""
    case, row = bare.case, _to_row(bare.case)
    connection.execute(update(cases).where(cases.c.reference == case.reference).values(row))
    connection.execute(_UNKEY, {"p_reference": case.reference})
    connection.execute(delete(case_events).where(case_events.c.reference == case.reference))
    connection.execute(_RECORD, [_to_event_row(event) for event in bare.events])
    announce(connection, case)


class SqlCaseStore:
    """`turn.ports.CaseStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, reference: str) -> Case | None:
        """See the port."""
        key = {"p_reference": reference}
        row = await self._database.read(lambda connection: connection.execute(_FIND, key).one_or_none())
        return None if row is None else to_case(row)

    async def list(self, which: CaseFilter, limit: int = PAGE, after: str | None = None) -> CasePage:
        """See the port."""
        query = _listed(which, after).limit(limit + 1)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        page = tuple(to_case(row) for row in rows[:limit])
        return CasePage(page, page[-1].reference if len(rows) > limit else None)

    async def events(self, reference: str) -> tuple[Event, ...]:
        """See the port."""
        return await self._database.read(lambda connection: history_of(connection, reference))

    async def apply(self, change: CaseChange, posts: Sequence[Post] = ()) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            store_change(connection, change)
            if posts:
                try:
                    insert_posts(connection, posts, None)
                except IntegrityError:
                    raise PostExists from None

        await self._database.write(work)


def search_text(case: Case) -> str:
    """What a search looks in: the reference and everything in the fields."""
    return folded("\n".join([case.reference, *_texts(case.fields)]))


def folded(text: str) -> str:
    """Without differences of case and width."""
    return unicodedata.normalize("NFKC", storable(text)).casefold()


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _listed(which: CaseFilter, after: str | None) -> Select[Any]:
    query = select(cases).order_by(cases.c.created_at.desc(), cases.c.reference.desc())
    wanted = ((cases.c.type, which.type), (cases.c.state, which.state), (cases.c.assignee, which.assignee))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == str(value))
    if which.month is not None:
        query = query.where(cases.c.batch == which.month)
    if which.owner is not None:
        query = query.where(cases.c.channel == which.owner.channel, cases.c.user_id == which.owner.user)
    for word in folded(which.text).split():
        query = query.where(cases.c.search.contains(word, autoescape=True))
    if after is not None:
        last = select(cases.c.created_at, cases.c.reference).where(cases.c.reference == after)
        query = query.where(tuple_(cases.c.created_at, cases.c.reference) < last.scalar_subquery())
    return query


def contact_row(contact: Contact) -> JsonObject:
    """As it is stored."""
    return {
        "channel": contact.channel,
        "conversation": contact.conversation,
        "local": contact.local,
        "reference": cast("JsonObject", dict(contact.reference)),
    }


def _to_row(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "instance": case.instance,
        "type": str(case.type),
        "state": str(case.state),
        "channel": case.owner.channel,
        "user_id": case.owner.user,
        "contact": contact_row(case.contact),
        "language": case.language,
        "fields": case.fields,
        "version": case.version,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "batch": case.batch,
        "due": case.due,
        "assignee": case.assignee,
        "waiting_field": case.waiting_field,
        "returns_to": None if case.returns_to is None else str(case.returns_to),
        "muted": case.muted,
        "access_code_hash": case.access_code_hash,
        "wrong_codes": case.wrong_codes.count,
        "wrong_since": case.wrong_codes.since,
        "search": search_text(case),
        "inquired_at": None if case.inquiry is None else case.inquiry.at,
        "seen": None if case.inquiry is None or case.inquiry.answer is None else str(case.inquiry.answer),
        "country": country if isinstance(country := case.fields.get("country"), str) else None,
    }


def to_case(row: Row[Any]) -> Case:
    """The request as it was stored."""
    contact = cast("dict[str, Any]", row.contact)
    return Case(
        reference=row.reference,
        type=CaseType(row.type),
        instance=row.instance,
        fields=row.fields,
        owner=Owner(row.channel, row.user_id),
        contact=Contact(contact["channel"], contact["conversation"], contact["local"], contact["reference"]),
        language=row.language,
        state=State(row.state),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        access_code_hash=row.access_code_hash,
        batch=row.batch,
        due=row.due,
        assignee=row.assignee,
        waiting_field=row.waiting_field,
        returns_to=None if row.returns_to is None else State(row.returns_to),
        muted=row.muted,
        wrong_codes=WrongCodes(row.wrong_codes, row.wrong_since),
        inquiry=None
        if row.inquired_at is None
        else Inquiry(row.inquired_at, None if row.seen is None else Seen(row.seen)),
    )


def _to_event_row(event: Event) -> dict[str, Any]:
    return {
        "reference": event.reference,
        "number": event.number,
        "at": event.at,
        "actor": str(event.actor),
        "kind": str(event.kind),
        "data": event.data,
    }


def _to_event(row: Row[Any]) -> Event:
    return Event(row.reference, row.number, row.at, Actor.from_text(row.actor), EventKind(row.kind), row.data)
