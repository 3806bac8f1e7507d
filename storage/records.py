"""What curators learn from: feedback, and questions that were not answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from storage.engine import Database
from storage.prepared import Prepared
from storage.tables import exchanges, feedback, missed
from turn.model import Exchange, Feedback, Missed, Record

_FEEDBACK = select(feedback).where(feedback.c.at >= bindparam("start")).order_by(feedback.c.at, feedback.c.id)
_MISSED = select(missed).where(missed.c.at >= bindparam("start")).order_by(missed.c.at, missed.c.id)
_EXCHANGES = select(exchanges).where(exchanges.c.at >= bindparam("start")).order_by(exchanges.c.at, exchanges.c.id)
_NEW_EXCHANGE = Prepared(insert(exchanges).inline())
_COLUMNS = {
    kind: (["user_id" if name == "user" else name for name in names], attrgetter(*names))
    for kind in (Exchange, Feedback, Missed)
    for names in [[one.name for one in fields(kind)]]
}
"""Names of a record's columns, and what gives their values in the same order."""


def insert_records(connection: Connection, records: Sequence[Record]) -> None:
    """Insert each into its table."""
    _NEW_EXCHANGE.each(connection, [_row(record) for record in records if isinstance(record, Exchange)])
    for record in records:
        if isinstance(record, Feedback):
            connection.execute(insert(feedback).inline(), _row(record))
        elif isinstance(record, Missed):
            row = {**_row(record), "candidates": {"entries": list(record.candidates)}}
            connection.execute(insert(missed).inline(), row)


def _row(record: Record) -> dict[str, Any]:
    """By columns. (`dataclasses.asdict` copies every value and takes nine times as long.)"""
    names, values = _COLUMNS[type(record)]
    return dict(zip(names, values(record), strict=True))


class SqlRecords:
    """Reads the records back, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def feedback(self, since: datetime) -> list[Feedback]:
        """Feedback given at ``since`` or later."""
        rows = await self._database.read(lambda connection: connection.execute(_FEEDBACK, {"start": since}).all())
        return [
            Feedback(row.user_id, row.channel, row.language, row.entry, row.knowledge_version, row.helpful, row.at)
            for row in rows
        ]

    async def missed(self, since: datetime) -> list[Missed]:
        """Questions missed at ``since`` or later."""
        rows = await self._database.read(lambda connection: connection.execute(_MISSED, {"start": since}).all())
        return [
            Missed(
                row.text,
                row.language,
                row.channel,
                row.reason,
                tuple(row.candidates["entries"]),
                row.at,
                row.knowledge_version,
                row.user_id or "",
            )
            for row in rows
        ]

    async def exchanges(self, since: datetime) -> list[Exchange]:
        """Exchanges at ``since`` or later."""
        rows = await self._database.read(lambda connection: connection.execute(_EXCHANGES, {"start": since}).all())
        return [to_exchange(row) for row in rows]


def to_exchange(row: Any) -> Exchange:
    """A row of the table."""
    values = {one.name: getattr(row, one.name) for one in fields(Exchange) if one.name != "user"}
    return Exchange(user=row.user_id, **{**values, "activity": row.activity or ""})
