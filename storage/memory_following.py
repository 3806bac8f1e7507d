"""In memory: the twins of `storage.inquiries`, `storage.likeness`, `storage.talks` and `storage.unfinished`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cases.inquiring import is_inquired
from cases.likeness import keys_of
from cases.model import Case, Contact, Event, EventKind, Owner
from cases.notify import news_of
from dialogs.reply import JsonObject
from dialogs.unfinished import is_waiting
from program.months import Month
from storage.codec import from_json
from storage.memory import Memory
from turn.model import Address, Exchange


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
    """`cases.ports.Likeness` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def alike(self, case: Case, limit: int) -> tuple[Case, ...]:
        """See the port."""
        keys = keys_of(case.type, case.fields)
        others = [other for other in reversed(self._memory.cases.every()) if other.reference != case.reference]
        return tuple(other for other in others if keys & keys_of(other.type, other.fields))[:limit]


class MemoryTalks:
    """`turn.ports.Talks` in memory: the twin of `storage.talks`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def before(self, owner: Owner, at: datetime, limit: int) -> tuple[Exchange, ...]:
        """See the port."""
        kept = [one for one in self._memory.records if isinstance(one, Exchange)]
        own = [one for one in kept if (one.channel, one.user) == (owner.channel, owner.user) and one.at <= at]
        return tuple(sorted(own, key=lambda one: one.at)[-limit:])


class MemoryUnfinished:
    """`turn.ports.Unfinished` in memory: the twin of `storage.unfinished`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def waiting(self, rested: datetime, since: datetime, limit: int) -> tuple[Case, ...]:
        """See the port."""
        found = [case for case in self._memory.cases.every() if is_waiting(case) and case.updated_at <= rested]
        new = [case for case in found if not self._is_reminded(case, since)]
        return tuple(new[:limit])

    def _is_reminded(self, case: Case, since: datetime) -> bool:
        events = self._memory.cases.events(case.reference)
        return any(event.kind is EventKind.REMINDED and event.at >= since for event in events)

    async def remembered(self, address: Address, user: str) -> JsonObject | None:
        """See the port."""
        found = self._memory.state.get((address.channel, address.conversation, user))
        return None if found is None else from_json(found[1])


class MemoryNews:
    """`turn.ports.News` in memory: the twin of `storage.news`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def unseen(self, owner: Owner, at: datetime) -> tuple[tuple[Case, Event], ...]:
        """See the port."""
        kept = [one for one in self._memory.records if isinstance(one, Exchange)]
        said = [one.at for one in kept if (one.channel, one.user) == (owner.channel, owner.user) and one.at < at]
        seen, own = max(said, default=None), self._memory.cases.for_turn(owner, ())
        news = [(case, news_of(case, self._memory.cases.events(case.reference), seen)) for case in own]
        found = [(case, event) for case, event in news if event is not None and event.at <= at]
        return tuple(sorted(found, key=lambda each: each[1].at))

    async def follow(self, owner: Owner, contact: Contact) -> None:
        """See the port."""
        own = [case for case in self._memory.cases.every() if case.owner == owner]
        self._memory.cases.store([replace(case, contact=contact) for case in own], [])
