"""Listings whose owners are to be asked whether they are there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from cases.model import Case, CaseType
from cases.transitions import INQUIRED
from program.months import Month
from storage.cases import to_case
from storage.engine import Database
from storage.tables import cases

_STATES = sorted(map(str, INQUIRED))


class SqlInquiries:
    """`turn.ports.Inquiries` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, batch: Month, since: datetime, limit: int) -> tuple[Case, ...]:
        """See the port."""
        query = (
            select(cases)
            .where(cases.c.batch == batch, cases.c.state.in_(_STATES), cases.c.type == str(CaseType.LISTING))
            .where(cases.c.muted.is_(False), or_(cases.c.inquired_at.is_(None), cases.c.inquired_at < since))
            .order_by(cases.c.created_at, cases.c.reference)
            .limit(limit)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(to_case(row) for row in rows)
