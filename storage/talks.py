"""What a user said and heard before some moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from cases.model import Owner
from storage.engine import Database
from storage.erasing import of
from storage.records import to_exchange
from storage.tables import exchanges
from turn.model import Exchange


class SqlTalks:
    """`turn.ports.Talks` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, owner: Owner, at: datetime, limit: int) -> tuple[Exchange, ...]:
        """See the port."""
        query = select(exchanges).where(of(exchanges, owner), exchanges.c.at <= at)
        query = query.order_by(exchanges.c.at.desc(), exchanges.c.id.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(to_exchange(row) for row in reversed(rows))
