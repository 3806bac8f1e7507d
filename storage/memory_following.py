"""In memory: the twins of `storage.inquiries` and `storage.likeness`."""

from __future__ import annotations

from datetime import datetime

from cases.inquiring import is_inquired
from cases.likeness import keys_of
from cases.model import Case
from program.months import Month
from storage.memory import Memory


class MemoryInquiries:
    """`turn.ports.Inquiries` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def waiting(self, batch: Month, since: datetime, limit: int) -> tuple[Case, ...]:
        """See the port."""
        found = (case for case in self._memory.cases.every() if case.batch == batch and is_inquired(case))
        new = [case for case in found if not case.muted and (case.inquiry is None or case.inquiry.at < since)]
        return tuple(new[:limit])


class MemoryLikeness:
    """`desk.ports.Likeness` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def alike(self, case: Case, limit: int) -> tuple[Case, ...]:
        """See the port."""
        keys = keys_of(case.type, case.fields)
        others = [other for other in reversed(self._memory.cases.every()) if other.reference != case.reference]
        return tuple(other for other in others if keys & keys_of(other.type, other.fields))[:limit]
