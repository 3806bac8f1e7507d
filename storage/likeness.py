"""Requests that share a natural key."""

from __future__ import annotations

from sqlalchemy import select

from cases.likeness import keys_of
from cases.model import Case
from storage.cases import to_case
from storage.engine import Database
from storage.tables import case_keys, cases


class SqlLikeness:
    """`cases.ports.Likeness` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def alike(self, case: Case, limit: int) -> tuple[Case, ...]:
        """See the port."""
        keys = sorted(keys_of(case.type, case.fields))
        if not keys:
            return ()
        named = select(case_keys.c.reference).where(case_keys.c.key.in_(keys), case_keys.c.reference != case.reference)
        query = select(cases).where(cases.c.reference.in_(named))
        query = query.order_by(cases.c.created_at.desc(), cases.c.reference.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(to_case(row) for row in rows)
