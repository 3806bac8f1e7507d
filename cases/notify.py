"""What the owner of a request is told about a change: as data, put into words when it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.model import PARTNER, Case, CaseChange, Event, EventKind, JsonObject, State
from cases.transitions import SPOKEN
from cases.usecases import tells_partner

NOTIFY = "notify"
"""Kind of the outbox post."""
NEVER_MUTED = SPOKEN | {State.WAITING}
"""What rests until the owner answers, and what ends with words for them, is told even to those who want no news."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to the owner. The same change always gives the same id, so that a repeat can be dropped."""

    id: str
    payload: JsonObject
    """``reference``, ``type``, ``state``, ``language``; ``batch`` as 2026-03 or None; for a question its ``field``;
    ``words`` of the operator; ``event``: the kind of what happened; ``muted``."""


def notice_of(change: CaseChange) -> Notice | None:
    """None when there is nothing to tell, there is nobody to be told, or they do not want to be (`NEVER_MUTED`)."""
    case = change.case
    telling = [event for event in change.events if tells_partner(event)]
    if not telling or case.empty or (case.muted and case.state not in NEVER_MUTED):
        return None
    return Notice(_id(case), payload_of(case, telling[-1]))


def news_of(case: Case, history: Sequence[Event], seen: datetime | None) -> Event | None:
    """What the owner of a request may not have seen: the newest of what they are told, if it is newer than they are.

    ``seen`` is when they last said something anywhere; what they did with the request counts as well.
    """
    telling = [event for event in history if tells_partner(event)]
    if not telling or case.empty or (case.muted and case.state not in NEVER_MUTED):
        return None
    theirs = [event.at for event in history if event.actor == PARTNER and event.kind is not EventKind.WRONG_CODE]
    return telling[-1] if all(telling[-1].at > at for at in (*theirs, *([seen] if seen else []))) else None


def payload_of(case: Case, event: Event) -> JsonObject:
    """What is told about an event, given how the request stands."""
    return {
        "reference": case.reference,
        "type": case.type,
        "state": case.state,
        "language": case.language,
        "batch": None if case.batch is None else str(case.batch),
        "field": case.waiting_field,
        "words": event.data.get("words"),
        "event": event.kind,
        "muted": case.muted,
    }


def _id(case: Case) -> str:
    return hashlib.sha256(f"notice|{case.reference}|{case.version}".encode()).hexdigest()[:32]
