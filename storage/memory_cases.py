"""Requests in memory: the twin of `storage.cases`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cases.erasing import Emptied
from cases.model import Case, CaseChange, Contact, Event, Owner
from cases.ports import CaseFilter, CasePage
from storage.cases import OWN_CASES, folded, search_text
from storage.codec import from_json, storable, to_json, to_micros
from turn.errors import ReferenceTaken, StateConflict


class MemoryCases:
    """All requests and their history, copied in and out so that nobody shares an object."""

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}
        self._events: dict[str, list[Event]] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def find(self, reference: str) -> Case | None:
        """The request of this reference."""
        found = self._cases.get(reference)
        return None if found is None else _copy(found)

    def events(self, reference: str) -> tuple[Event, ...]:
        """Its history, oldest first."""
        return tuple(_copy_event(event) for event in self._events.get(reference, ()))

    def for_turn(self, owner: Owner, references: Sequence[str]) -> tuple[Case, ...]:
        """The owner's newest requests, then the named ones that are not among them."""
        own = self.page(CaseFilter(owner=owner), OWN_CASES, None).cases
        known = {case.reference for case in own}
        named = (self.find(reference) for reference in dict.fromkeys(references) if reference not in known)
        return (*own, *(case for case in named if case is not None))

    def page(self, which: CaseFilter, limit: int, after: str | None) -> CasePage:
        """Requests, newest first."""
        ordered = sorted(self._cases.values(), key=_age, reverse=True)
        last = self._cases.get(after) if after is not None else None
        if after is not None:
            ordered = [case for case in ordered if last is not None and _age(case) < _age(last)]
        found = [case for case in ordered if _fits(case, which)]
        page = tuple(_copy(case) for case in found[:limit])
        return CasePage(page, page[-1].reference if len(found) > limit else None)

    def checked(self, changes: Sequence[CaseChange]) -> tuple[list[Case], list[Event]]:
        """Copies of what can be stored. Raises `StateConflict`, `ReferenceTaken`."""
        cases, events = dict(self._cases), []
        instances = {case.instance for case in cases.values()}
        for change in changes:
            reference, stored = change.case.reference, cases.get(change.case.reference)
            if change.expected_version == 0:
                if stored is not None and stored.instance != change.case.instance:
                    raise ReferenceTaken(reference)
                if change.case.instance in instances:
                    raise StateConflict
                instances.add(change.case.instance)
            elif stored is None or stored.version != change.expected_version:
                raise StateConflict
            cases[reference] = _copy(change.case if stored is None else replace(change.case, contact=stored.contact))
            events += [_copy_event(event) for event in change.events]
        return [cases[reference] for reference in dict.fromkeys(change.case.reference for change in changes)], events

    def store(self, cases: Sequence[Case], events: Sequence[Event]) -> None:
        """Keep what was checked."""
        self._cases.update({case.reference: case for case in cases})
        for event in events:
            self._events.setdefault(event.reference, []).append(event)

    def every(self) -> list[Case]:
        """All, oldest first."""
        return [_copy(case) for case in sorted(self._cases.values(), key=_age)]

    def put(self, bare: Emptied) -> None:
        """Keep a request that was emptied, and its history in place of the old one."""
        self._cases[bare.case.reference] = _copy(bare.case)
        self._events[bare.case.reference] = [_copy_event(event) for event in bare.events]


def _age(case: Case) -> tuple[int, str]:
    return to_micros(case.created_at), case.reference


def _fits(case: Case, which: CaseFilter) -> bool:
    wanted = (
        (which.type, case.type),
        (which.state, case.state),
        (which.owner, case.owner),
        (which.month, case.batch),
        (which.assignee, case.assignee),
    )
    text = search_text(case)
    return all(wish is None or wish == value for wish, value in wanted) and all(
        word in text for word in folded(which.text).split()
    )


def _copy(case: Case) -> Case:
    for time in (case.created_at, case.updated_at, case.wrong_codes.since or case.created_at):
        to_micros(time)
    contact = case.contact
    return replace(
        case,
        fields=from_json(to_json(case.fields)),
        contact=Contact(
            contact.channel, contact.conversation, contact.local, from_json(to_json(dict(contact.reference)))
        ),
        assignee=None if case.assignee is None else storable(case.assignee),
    )


def _copy_event(event: Event) -> Event:
    to_micros(event.at)
    return replace(event, data=from_json(to_json(event.data)))
