"""What happened to a user's requests while they were away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from cases.model import Case, Contact, Event, Owner
from cases.notify import news_of
from storage.cases import contact_row, find_for_turn, history_of
from storage.engine import Database
from storage.erasing import of
from storage.tables import cases, exchanges


class SqlNews:
    """`turn.ports.News` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unseen(self, owner: Owner, at: datetime) -> tuple[tuple[Case, Event], ...]:
        """See the port."""
        return await self._database.read(lambda connection: _unseen(connection, owner, at))

    async def follow(self, owner: Owner, contact: Contact) -> None:
        """See the port."""
        statement = update(cases).where(of(cases, owner)).values(contact=contact_row(contact))
        await self._database.write(lambda connection: connection.execute(statement).rowcount)


def _unseen(connection: Connection, owner: Owner, at: datetime) -> tuple[tuple[Case, Event], ...]:
    said = select(func.max(exchanges.c.at)).where(of(exchanges, owner), exchanges.c.at < at)
    seen = connection.execute(said).scalar_one()
    own = find_for_turn(connection, owner, ())
    news = [(case, news_of(case, history_of(connection, case.reference), seen)) for case in own]
    found = [(case, event) for case, event in news if event is not None and event.at <= at]
    return tuple(sorted(found, key=lambda each: each[1].at))
