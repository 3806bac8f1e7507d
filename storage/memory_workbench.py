"""In memory: the twins of `storage.workbench` and of the audit log of `storage.console`."""

from __future__ import annotations

from dataclasses import replace

from cases.errors import CaseChanged
from cases.model import Case, CaseChange, Event
from cases.ports import PAGE as CASES
from cases.ports import CaseFilter, CasePage
from desk.audit import AuditFilter, AuditPage, Record
from desk.ports import PAGE
from storage.codec import from_json, to_json, to_micros
from storage.memory import Memory, MemoryCaseStore
from turn.errors import StateConflict
from turn.notices import notice_posts
from turn.ports import Clock


class MemoryAuditLog:
    """`desk.ports.AuditLog` in memory."""

    def __init__(self) -> None:
        self._records: list[Record] = []

    async def write(self, record: Record) -> None:
        """See the port."""
        self.keep(self.checked(record))

    async def list(self, which: AuditFilter, limit: int = PAGE, after: int | None = None) -> AuditPage:
        """See the port."""
        found = [
            record
            for record in reversed(self._records)
            if (not which.actor or record.actor == which.actor)
            and (which.deed is None or record.deed == which.deed)
            and (after is None or record.number < after)
        ]
        page = tuple(found[:limit])
        return AuditPage(page, page[-1].number if len(found) > limit else None)

    def checked(self, record: Record) -> Record:
        """A copy as it can be stored; what cannot be is refused as a database refuses it."""
        to_micros(record.at)
        return replace(record, data=from_json(to_json(record.data)), number=len(self._records) + 1)

    def keep(self, record: Record) -> None:
        """Keep what was checked."""
        self._records.append(record)


class MemoryWorkbench:
    """`desk.ports.Workbench` in memory."""

    def __init__(self, memory: Memory, audit: MemoryAuditLog, clock: Clock) -> None:
        self._cases, self._audit, self._clock = MemoryCaseStore(memory), audit, clock

    async def find(self, reference: str) -> Case | None:
        """See the port."""
        return await self._cases.find(reference)

    async def list(self, which: CaseFilter, limit: int = CASES, after: str | None = None) -> CasePage:
        """See the port."""
        return await self._cases.list(which, limit, after)

    async def events(self, reference: str) -> tuple[Event, ...]:
        """See the port."""
        return await self._cases.events(reference)

    async def apply(self, change: CaseChange, record: Record) -> None:
        """See the port."""
        line = self._audit.checked(record)
        try:
            await self._cases.apply(change, notice_posts(change, self._clock.now()))
        except StateConflict:
            raise CaseChanged from None
        self._audit.keep(line)
