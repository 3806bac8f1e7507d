"""Changes of requests outside turns: stored together with what their owners are told."""

from __future__ import annotations

from cases.errors import CaseChanged
from cases.model import Case, CaseChange, Event
from cases.ports import PAGE, CaseFilter, CasePage
from turn.errors import StateConflict
from turn.notices import notice_posts
from turn.ports import CaseStore, Clock


class Desk:
    """The `cases.ports.CaseDesk` of operators."""

    def __init__(self, store: CaseStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, reference: str) -> Case | None:
        """See the port."""
        return await self._store.find(reference)

    async def list(self, which: CaseFilter, limit: int = PAGE, after: str | None = None) -> CasePage:
        """See the port."""
        return await self._store.list(which, limit, after)

    async def events(self, reference: str) -> tuple[Event, ...]:
        """See the port."""
        return await self._store.events(reference)

    async def apply(self, change: CaseChange) -> None:
        """See the port."""
        try:
            await self._store.apply(change, notice_posts(change, self._clock.now()))
        except StateConflict:
            raise CaseChanged from None
