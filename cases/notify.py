"""What the owner of a request is told about a change: as data, put into words when it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cases.model import CaseChange, JsonObject
from cases.usecases import tells_partner

NOTIFY = "notify"
"""Kind of the outbox post."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to the owner. The same change always gives the same id, so that a repeat can be dropped."""

    id: str
    payload: JsonObject
    """``reference``, ``type``, ``state``, ``language``; ``batch`` as 2026-03 or None; for a question its ``field``;
    ``words`` of the operator."""


def notice_of(change: CaseChange) -> Notice | None:
    """None when there is nothing to tell, or the owner does not want to be told."""
    case = change.case
    telling = [event for event in change.events if tells_partner(event)]
    if case.muted or not telling:
        return None
    payload: JsonObject = {
        "reference": case.reference,
        "type": case.type,
        "state": case.state,
        "language": case.language,
        "batch": None if case.batch is None else str(case.batch),
        "field": case.waiting_field,
        "words": telling[-1].data.get("words"),
    }
    seed = f"notice|{case.reference}|{case.version}"
    return Notice(hashlib.sha256(seed.encode()).hexdigest()[:32], payload)
