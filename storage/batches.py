"""Directory batches: what was decided, together with what it does to requests, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from cases.errors import CaseChanged
from cases.model import Case, CaseType, State
from desk.board import GOING, SENT, BatchChange, DirectoryBatch, Listings, Part
from desk.errors import BatchChanged
from program.months import Month
from storage.cases import store_change, to_case
from storage.console import write_record
from storage.engine import Database, insert_new
from storage.outbox import insert_posts
from storage.tables import batches, cases
from turn.errors import StateConflict
from turn.notices import notice_posts

SHOWN = 50
"""Requests of a part that is only looked at; the list of requests has the others."""
MOST = 1_000
"""Requests of a batch."""

_FIND = select(batches).where(batches.c.month == bindparam("p_month", type_=batches.c.month.type))
_SWAP = (
    update(batches)
    .where(
        batches.c.month == bindparam("p_month", type_=batches.c.month.type),
        batches.c.version == bindparam("p_expected"),
    )
    .values({column.name: bindparam(column.name) for column in batches.c if column.name != "month"})
)
_LISTED = (cases.c.type == str(CaseType.LISTING), cases.c.batch.is_not(None))
_READY = cases.c.state == str(State.READY)
_GOING = cases.c.state.in_(sorted(map(str, GOING)))
_SENT = cases.c.state.in_(sorted(map(str, SENT)))


class SqlBatches:
    """`desk.board.BatchStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, month: Month) -> DirectoryBatch:
        """See the port."""
        key = {"p_month": month}
        row = await self._database.read(lambda connection: connection.execute(_FIND, key).one_or_none())
        return DirectoryBatch(month) if row is None else _to_batch(row)

    async def listings(self, batch: DirectoryBatch, this: Month) -> Listings:
        """See the port."""
        return await self._database.read(lambda connection: _listings(connection, batch, this))

    async def cases(self, references: Collection[str]) -> tuple[Case, ...]:
        """See the port."""
        return await self._database.read(lambda connection: _named(connection, references))

    async def apply(self, change: BatchChange) -> None:
        """See the port."""
        await self._database.write(lambda connection: _apply(connection, change))


def _listings(connection: Connection, batch: DirectoryBatch, this: Month) -> Listings:
    month, members = batch.month, _named(connection, batch.members)
    sent = _part(connection, MOST, _SENT, cases.c.batch == month)
    if month < this:
        return Listings(sent=sent, members=members)
    reached = cases.c.batch == month if month > this else cases.c.batch <= month
    return Listings(
        _part(connection, MOST, _READY, reached),
        _part(connection, SHOWN, _GOING, reached),
        _part(connection, SHOWN, _READY | _GOING, cases.c.batch > month),
        sent,
        members,
    )


def _part(connection: Connection, limit: int, *which: ColumnElement[bool]) -> Part:
    query = select(cases).where(*_LISTED, *which).order_by(cases.c.created_at, cases.c.reference).limit(limit)
    found = tuple(to_case(row) for row in connection.execute(query))
    if len(found) < limit:
        return Part(found, len(found))
    return Part(found, connection.execute(select(func.count()).select_from(cases).where(*_LISTED, *which)).scalar_one())


def _named(connection: Connection, references: Collection[str]) -> tuple[Case, ...]:
    if not references:
        return ()
    query = select(cases).where(cases.c.reference.in_(sorted(references)))
    return tuple(to_case(row) for row in connection.execute(query.order_by(cases.c.created_at, cases.c.reference)))


def _apply(connection: Connection, change: BatchChange) -> None:
    """The batch's row first: whoever is second waits for it, and finds it changed."""
    row = _to_row(change.batch)
    if change.expected_version == 0:
        if not insert_new(connection, batches, row):
            raise BatchChanged
    else:
        month = row.pop("month")
        key = {"p_month": month, "p_expected": change.expected_version}
        if connection.execute(_SWAP, {**row, **key}).rowcount != 1:
            raise BatchChanged
    for case in sorted(change.cases, key=lambda each: each.case.reference):
        try:
            store_change(connection, case)
        except StateConflict:
            raise CaseChanged(case.case.reference) from None
        if posts := notice_posts(case, change.record.at):
            insert_posts(connection, posts, None)
    write_record(connection, change.record)


def _to_row(batch: DirectoryBatch) -> dict[str, Any]:
    return {
        "month": batch.month,
        "version": batch.version,
        "frozen_at": batch.frozen_at,
        "frozen_by": batch.frozen_by,
        "submitted_at": batch.submitted_at,
        "submitted_by": batch.submitted_by,
        "members": dict(batch.members),
    }


def _to_batch(row: Any) -> DirectoryBatch:
    return DirectoryBatch(
        month=row.month,
        version=row.version,
        frozen_at=row.frozen_at,
        frozen_by=row.frozen_by or "",
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by or "",
        members=row.members,
    )
