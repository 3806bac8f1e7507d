"""What can be done with a request. Each function returns the change to store, or raises a `CaseError`.

``now`` is timezone-aware. Nothing is stored here, nobody is told: see `turn.ports.CaseStore`, `cases.notify`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from cases.errors import (
    IllegalTransition,
    NotAllowed,
    NotEditable,
    NotWaiting,
    UnknownField,
    WordsMissing,
    WordsTooLong,
)
from cases.model import (
    CLOSED,
    PARTNER,
    Actor,
    Case,
    CaseChange,
    CaseType,
    Draft,
    Event,
    EventKind,
    JsonObject,
    JsonValue,
    Role,
    State,
    WrongCodes,
)
from cases.reference import access_code, code_fits, code_hash, reference_for
from cases.transitions import EDITABLE, REOPENED, SPOKEN, check, targets
from program.months import Month
from program.windows import Calendar, batch_for, batch_of, month_of, next_report_day, visible_by

LONGEST_WORDS = 4000
WRONG_CODES = 5
"""Wrong access codes that a request takes in `WRONG_CODES_WITHIN`."""
WRONG_CODES_WITHIN = timedelta(hours=1)


def open_case(draft: Draft, now: datetime, calendar: Calendar, taken: Collection[str] = ()) -> CaseChange:
    """A new request. ``taken`` are references that other requests turned out to have. Raises `NoFreeReference`."""
    opened = Case(
        reference=reference_for(draft.instance, taken),
        type=draft.type,
        instance=draft.instance,
        fields=draft.fields,
        owner=draft.owner,
        contact=draft.contact,
        language=draft.language,
        state=State.RECEIVED,
        version=0,
        created_at=now,
        updated_at=now,
        access_code_hash=code_hash(access_code(draft.instance)),
    )
    return _changed(opened, _scheduled(opened, now, calendar), EventKind.OPENED, actor=PARTNER, now=now, data={})


def change_state(
    case: Case, target: State, actor: Actor, now: datetime, calendar: Calendar, *, words: str = ""
) -> CaseChange:
    """Move on, aside or back; ``words`` are for the partner.

    Raises `IllegalTransition`, `NotAllowed`, `WordsMissing`, `WordsTooLong`; `UnknownField` for waiting, which needs
    `ask_partner`.
    """
    if target is State.WAITING:
        raise UnknownField("to wait on the partner, name the field that is asked for")
    check(case, target, actor.role)
    if target in SPOKEN and not words.strip():
        raise WordsMissing
    data: JsonObject = {"from": case.state, "to": target, **_words(words)}
    moved = _scheduled(replace(case, state=target, waiting_field=None, returns_to=None), now, calendar)
    return _changed(case, moved, EventKind.MOVED, actor=actor, now=now, data=data)


def withdraw(case: Case, actor: Actor, now: datetime, calendar: Calendar, *, words: str = "") -> CaseChange:
    """Its owner does not want it any more. Raises like `change_state`."""
    return change_state(case, State.WITHDRAWN, actor, now, calendar, words=words)


def reopen(case: Case, actor: Actor, now: datetime, calendar: Calendar) -> CaseChange:
    """It is not done after all ("is your listing there?" - "no"). Raises `IllegalTransition` when it is not done."""
    if case.state not in REOPENED:
        raise IllegalTransition(case.state, "reopened", targets(case, actor.role))
    return change_state(case, REOPENED[case.state], actor, now, calendar)


def ask_partner(
    case: Case, field: str, actor: Actor, now: datetime, calendar: Calendar, *, words: str = ""
) -> CaseChange:
    """Wait until the partner gives ``field`` anew; nothing is due meanwhile.

    Raises `IllegalTransition`, `NotAllowed`, `UnknownField`, `WordsTooLong`.
    """
    check(case, State.WAITING, actor.role)
    if field not in case.fields:
        raise UnknownField(f"{field}; it has {', '.join(case.fields)}")
    back = State.IN_REVIEW if case.state is State.READY else case.state  # what was checked is checked again
    waiting = replace(case, state=State.WAITING, waiting_field=field, returns_to=back)
    data: JsonObject = {"from": case.state, "to": State.WAITING, "field": field, **_words(words)}
    return _changed(case, _scheduled(waiting, now, calendar), EventKind.ASKED, actor=actor, now=now, data=data)


def answer_waiting(case: Case, value: JsonValue, now: datetime, calendar: Calendar) -> CaseChange:
    """The partner gave the field that was waited for: back to where it was. Raises `NotWaiting`."""
    if case.state is not State.WAITING or case.waiting_field is None:
        raise NotWaiting
    return edit_fields(case, {case.waiting_field: value}, PARTNER, now, calendar)


def edit_fields(case: Case, changes: JsonObject, actor: Actor, now: datetime, calendar: Calendar) -> CaseChange:
    """Change fields. A listing that was ready is reviewed again; one that waited for a changed field goes on.

    Raises `NotEditable`, `UnknownField`; `NotAllowed` for the system.
    """
    if actor.role is Role.SYSTEM:
        raise NotAllowed("edit")
    if case.state not in EDITABLE[case.type]:
        raise NotEditable(case.state)
    if unknown := changes.keys() - case.fields.keys():
        raise UnknownField(", ".join(sorted(unknown)))
    after = {name: value for name, value in changes.items() if case.fields[name] != value}
    data: JsonObject = {"before": {name: case.fields[name] for name in after}, "after": after}
    edited = replace(case, fields={**case.fields, **after})
    target = _after_edit(case, changes, actor)
    if target is not case.state:
        edited = _scheduled(replace(edited, state=target, waiting_field=None, returns_to=None), now, calendar)
        data |= {"from": case.state, "to": target}
    return _changed(case, edited, EventKind.EDITED, actor=actor, now=now, data=data)


def slip(case: Case, batch: Month, actor: Actor, now: datetime, calendar: Calendar) -> CaseChange:
    """It goes with a later batch than was promised. Raises `NotAllowed` for partners."""
    _for_operators(actor, "slip")
    data: JsonObject = {"batch": str(batch)}
    after = replace(case, batch=batch, due=_listing_due(case.state, batch, calendar))
    return _changed(case, after, EventKind.SLIPPED, actor=actor, now=now, data=data)


def assign(case: Case, assignee: str | None, actor: Actor, now: datetime) -> CaseChange:
    """Say who works on it; None for nobody. Raises `NotAllowed` for partners."""
    _for_operators(actor, "assign")
    data: JsonObject = {"from": case.assignee, "to": assignee}
    return _changed(case, replace(case, assignee=assignee), EventKind.ASSIGNED, actor=actor, now=now, data=data)


def note(case: Case, text: str, actor: Actor, now: datetime) -> CaseChange:
    """Write something down that the partner never sees. Raises `NotAllowed`, `WordsMissing`, `WordsTooLong`."""
    _for_operators(actor, "note")
    if not text.strip():
        raise WordsMissing
    return _changed(case, case, EventKind.NOTED, actor=actor, now=now, data=_words(text))


def mute(case: Case, muted: bool, actor: Actor, now: datetime) -> CaseChange:
    """The owner does not want to be told about changes, or wants to be again."""
    return _changed(case, replace(case, muted=muted), EventKind.MUTED, actor=actor, now=now, data={"muted": muted})


class Proof(StrEnum):
    """What came of an access code."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too-many"
    """The code was not even looked at: there were too many wrong ones within the hour."""


def prove(case: Case, code: str, now: datetime) -> tuple[Proof, CaseChange | None]:
    """Whether the code proves ownership, and the change that counts the attempt: store it before telling anybody.

    No code fits a request that is nobody's any more.
    """
    if case.empty:
        return Proof.WRONG, None
    wrong = case.wrong_codes
    if wrong.since is None or now - wrong.since >= WRONG_CODES_WITHIN:
        wrong = WrongCodes(0, now)
    if wrong.count >= WRONG_CODES:
        return Proof.TOO_MANY, None
    if code_fits(code, case.access_code_hash):
        proven = replace(case, wrong_codes=WrongCodes())
        return Proof.RIGHT, _changed(case, proven, EventKind.RIGHT_CODE, actor=PARTNER, now=now, data={})
    counted = replace(case, wrong_codes=replace(wrong, count=wrong.count + 1))
    return Proof.WRONG, _changed(case, counted, EventKind.WRONG_CODE, actor=PARTNER, now=now, data={})


def tells_partner(event: Event) -> bool:
    """Whether the owner is told: every move that somebody else made, and what they are asked."""
    moved = event.kind in (EventKind.MOVED, EventKind.ASKED, EventKind.INQUIRED, EventKind.SLIPPED)
    return moved and event.actor.role is not Role.PARTNER


def _after_edit(case: Case, changes: JsonObject, actor: Actor) -> State:
    if case.waiting_field in changes and case.returns_to is not None:
        return case.returns_to
    if case.state is State.READY and actor.role is Role.PARTNER:
        return State.IN_REVIEW
    return case.state


def _scheduled(case: Case, now: datetime, calendar: Calendar) -> Case:
    """With the batch and the due day that its state gives it."""
    today = calendar.day_of(now)
    if case.type is CaseType.LISTING:
        batch = _batch(case, now, calendar)
        return replace(case, batch=batch, due=_listing_due(case.state, batch, calendar))
    if case.type is CaseType.KPI and case.state not in CLOSED and case.state is not State.WAITING:
        return replace(case, due=next_report_day(today, calendar))
    return replace(case, due=None)


def _batch(case: Case, now: datetime, calendar: Calendar) -> Month | None:
    """The month of its submission; before that, the promised one, or a later one when that was missed."""
    if case.state is State.SUBMITTED:
        return month_of(calendar.day_of(now))
    if case.state is State.WAITING or case.state in CLOSED:
        return case.batch
    reachable = batch_for(now, calendar)
    earliest = (reachable.earliest or reachable).month
    promised = case.batch or reachable.month
    return promised if promised >= earliest else reachable.month


def _listing_due(state: State, batch: Month | None, calendar: Calendar) -> date | None:
    if batch is None or state is State.WAITING or state in CLOSED:
        return None
    if state is State.SUBMITTED:
        return visible_by(batch, calendar)
    return batch_of(batch, calendar).last_day


def _words(words: str) -> JsonObject:
    if len(words) > LONGEST_WORDS:
        raise WordsTooLong
    return {"words": words.strip()} if words.strip() else {}


def _for_operators(actor: Actor, what: str) -> None:
    if actor.role is Role.PARTNER:
        raise NotAllowed(what)


def _changed(
    before: Case, after: Case, kind: EventKind, *, actor: Actor, now: datetime, data: JsonObject
) -> CaseChange:
    number = before.version + 1
    event = Event(before.reference, number, now, actor, kind, data)
    return CaseChange(replace(after, version=number, updated_at=now), before.version, (event,))
