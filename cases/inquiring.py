"""Is your listing there? Asked on the day by which it can be seen; *yes* closes the request, *no* reopens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cases.errors import IllegalTransition
from cases.model import PARTNER, SYSTEM, Case, CaseChange, CaseType, Event, EventKind, Inquiry, JsonObject, Seen, State
from cases.transitions import INQUIRED, REOPENED, targets
from cases.usecases import change_state, reopen
from program.windows import Calendar, visible_by


def is_inquired(case: Case) -> bool:
    """Whether it makes sense to ask, or to answer."""
    return case.type is CaseType.LISTING and case.state in INQUIRED and case.batch is not None and not case.empty


def is_overdue_to_see(case: Case, now: datetime, calendar: Calendar) -> bool:
    """Whether the listing should be there by now, and its owner has not said that it is."""
    if not is_inquired(case) or case.batch is None or (case.inquiry and case.inquiry.answer is Seen.THERE):
        return False
    return visible_by(case.batch, calendar) <= calendar.day_of(now)


def inquire(case: Case, now: datetime) -> CaseChange:
    """Ask. Raises `IllegalTransition` for a request that is not submitted or listed."""
    if not is_inquired(case):
        raise IllegalTransition(case.state, "inquired", targets(case, SYSTEM.role))
    event = Event(case.reference, case.version + 1, now, SYSTEM, EventKind.INQUIRED)
    after = replace(case, inquiry=Inquiry(now), version=event.number, updated_at=now)
    return CaseChange(after, case.version, (event,))


def answer(case: Case, seen: Seen, now: datetime, calendar: Calendar) -> CaseChange | None:
    """What the owner says; None when it was said already. Raises `IllegalTransition` where nobody would ask."""
    if seen is Seen.MISSING:
        return None if _is_reopened(case) else _missing(case, now, calendar)
    if not is_inquired(case):
        raise IllegalTransition(case.state, "listed", targets(case, PARTNER.role))
    inquiry = Inquiry(case.inquiry.at if case.inquiry else now, seen)
    if case.state is State.LISTED:
        if case.inquiry == inquiry:
            return None
        return _renamed(_confirmed(case, now), EventKind.CONFIRMED, inquiry)
    return _renamed(change_state(case, State.LISTED, PARTNER, now, calendar), EventKind.MOVED, inquiry)


def _is_reopened(case: Case) -> bool:
    """Whether the *no* was heard before, and the request goes its way since."""
    asked = case.inquiry is not None and case.inquiry.answer is Seen.MISSING
    return asked and case.state not in INQUIRED


def _missing(case: Case, now: datetime, calendar: Calendar) -> CaseChange:
    """Back to where it is looked at. Its day has come: it stays due on that, so that operators see it at once."""
    if not is_inquired(case) or case.batch is None or case.state not in REOPENED:
        raise IllegalTransition(case.state, "reopened", targets(case, PARTNER.role))
    due = min(visible_by(case.batch, calendar), calendar.day_of(now))
    change = reopen(case, PARTNER, now, calendar)
    inquiry = Inquiry(case.inquiry.at if case.inquiry else now, Seen.MISSING)
    return _renamed(replace(change, case=replace(change.case, due=due)), EventKind.MISSING, inquiry)


def _confirmed(case: Case, now: datetime) -> CaseChange:
    event = Event(case.reference, case.version + 1, now, PARTNER, EventKind.CONFIRMED)
    return CaseChange(replace(case, version=event.number, updated_at=now), case.version, (event,))


def _renamed(change: CaseChange, kind: EventKind, inquiry: Inquiry) -> CaseChange:
    data: JsonObject = change.events[-1].data
    return CaseChange(
        replace(change.case, inquiry=inquiry),
        change.expected_version,
        (*change.events[:-1], replace(change.events[-1], kind=kind, data=data)),
    )
