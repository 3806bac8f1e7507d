"""Requests as those who work in the console change them: the change, its news and its line of the audit log are one."""

from __future__ import annotations

from sqlalchemy import Connection

from cases.errors import CaseChanged
from cases.model import Case, CaseChange, Event
from cases.ports import PAGE, CaseFilter, CasePage
from desk.audit import Record
from storage.cases import SqlCaseStore, store_change
from storage.console import write_record
from storage.engine import Database
from storage.outbox import insert_posts
from turn.errors import StateConflict
from turn.notices import notice_posts
from turn.ports import Clock


class SqlWorkbench:
    """`desk.ports.Workbench` in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._cases = SqlCaseStore(database)

    async def find(self, reference: str) -> Case | None:
        """See the port."""
        return await self._cases.find(reference)

    async def list(self, which: CaseFilter, limit: int = PAGE, after: str | None = None) -> CasePage:
        """See the port."""
        return await self._cases.list(which, limit, after)

    async def events(self, reference: str) -> tuple[Event, ...]:
        """See the port."""
        return await self._cases.events(reference)

    async def apply(self, change: CaseChange, record: Record) -> None:
        """See the port."""
        posts = notice_posts(change, self._clock.now())

        def work(connection: Connection) -> None:
            store_change(connection, change)
            if posts:
                insert_posts(connection, posts, None)
            write_record(connection, record)

        try:
            await self._database.write(work)
        except StateConflict:
            raise CaseChanged from None
