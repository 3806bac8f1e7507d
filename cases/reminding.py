"""A request that waits for its owner, who is reminded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cases.model import SYSTEM, Case, CaseChange, Event, EventKind


def remind(case: Case, now: datetime) -> CaseChange:
    """Write down that its owner is reminded: so nobody is reminded twice."""
    event = Event(case.reference, case.version + 1, now, SYSTEM, EventKind.REMINDED)
    return CaseChange(replace(case, version=event.number), case.version, (event,))
