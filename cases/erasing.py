"""What remains of a request whose owner is forgotten: that there was one, and when it went where. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cases.model import (
    NOBODY,
    NOWHERE,
    PARTNER,
    Actor,
    Case,
    Event,
    EventKind,
    JsonObject,
    State,
    WrongCodes,
)
from cases.transitions import targets

_KEPT: Mapping[EventKind, frozenset[str]] = {
    EventKind.MOVED: frozenset({"from", "to"}),
    EventKind.ASKED: frozenset({"from", "to", "field"}),
    EventKind.EDITED: frozenset({"from", "to"}),
    EventKind.MISSING: frozenset({"from", "to"}),
    EventKind.SLIPPED: frozenset({"batch"}),
    EventKind.ASSIGNED: frozenset({"from", "to"}),
    EventKind.MUTED: frozenset({"muted"}),
}
"""States, names of fields and names of operators: all that stays of events. Nobody's words, no values."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """A request that is nobody's, and its whole history in place of the old one."""

    case: Case
    events: tuple[Event, ...]


def emptied(case: Case, history: Sequence[Event], actor: Actor, now: datetime) -> Emptied:
    """The request without anything personal; withdrawn first if its owner could still withdraw it.

    Type, state, days, reference and the operators' names stay. It has no owner and no access code that fits: nobody
    but operators ever sees it again. One that is empty already stays as it is.
    """
    if case.empty:
        return Emptied(case, tuple(history))
    events = [replace(event, data=_bare(event)) for event in history]
    bare = _bare_case(case, now)
    if State.WITHDRAWN in targets(case, PARTNER.role):
        bare = replace(bare, state=State.WITHDRAWN, due=None)
        events.append(_next(bare, events, actor, EventKind.MOVED, {"from": case.state, "to": State.WITHDRAWN}))
    events.append(_next(bare, events, actor, EventKind.ERASED, {}))
    return Emptied(replace(bare, version=events[-1].number), tuple(events))


def _bare_case(case: Case, now: datetime) -> Case:
    return replace(
        case,
        instance=f"erased {case.reference}",  # the access code follows from the old one
        fields={},
        owner=NOBODY,
        contact=NOWHERE,
        language="",
        access_code_hash="",
        waiting_field=None,
        returns_to=None,
        muted=True,  # whatever operators still do with it, there is nobody to be told
        wrong_codes=WrongCodes(),
        inquiry=None,
        updated_at=now,
    )


def _bare(event: Event) -> JsonObject:
    kept = _KEPT.get(event.kind, frozenset())
    return {name: value for name, value in event.data.items() if name in kept}


def _next(case: Case, events: Sequence[Event], actor: Actor, kind: EventKind, data: JsonObject) -> Event:
    number = max((case.version, *(event.number for event in events))) + 1
    return Event(case.reference, number, case.updated_at, actor, kind, data)
