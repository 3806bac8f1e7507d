"""What is left of a request whose owner is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.erasing import emptied
from cases.model import CLOSED, NOBODY, NOWHERE, PARTNER, Case, CaseChange, CaseType, Event, EventKind, State, operator
from cases.notify import notice_of
from cases.reference import access_code
from cases.transitions import TRANSITIONS
from cases.usecases import Proof, ask_partner, assign, change_state, edit_fields, mute, note, prove, withdraw
from tests.cases.samples import CALENDAR, NOW, case, opened

ANN = operator("ann")
LATER = NOW + timedelta(days=1)
STATES = [(type_, state) for type_ in CaseType for state in TRANSITIONS[type_]]


def _changes() -> list[CaseChange]:
    """A listing that all kinds of things happened to, each with a word of the partner's."""
    done = [opened(fields={"name": "SECRET", "url": "https://secret.example"})]
    for change in (
        lambda now: edit_fields(now, {"name": "SECRET again"}, PARTNER, NOW, CALENDAR),
        lambda now: assign(now, "bob", ANN, NOW),
        lambda now: note(now, "SECRET called", ANN, NOW),
        lambda now: ask_partner(now, "url", ANN, NOW, CALENDAR, words="Dear SECRET"),
        lambda now: edit_fields(now, {"url": "https://secret.example/2"}, PARTNER, NOW, CALENDAR),
        lambda now: mute(now, False, PARTNER, NOW),
        _wrong,
    ):
        done.append(change(done[-1].case))
    return done


def _wrong(now: Case) -> CaseChange:
    _, change = prove(now, "SECRET", NOW)
    assert change is not None
    return change


def _history(changes: list[CaseChange]) -> tuple[Event, ...]:
    return tuple(event for change in changes for event in change.events)


def test_nothing_personal_is_left_and_nothing_else_is_lost() -> None:
    changes = _changes()
    stands, history = changes[-1].case, _history(changes)
    bare = emptied(stands, history, PARTNER, LATER)
    assert "secret" not in repr(bare).casefold()
    left = bare.case
    assert (left.owner, left.contact, left.fields, left.language) == (NOBODY, NOWHERE, {}, "")
    assert (left.reference, left.type, left.created_at) == (stands.reference, stands.type, stands.created_at)
    assert (left.state, left.assignee, left.batch, left.updated_at) == (State.WITHDRAWN, "bob", stands.batch, LATER)
    assert [event.kind for event in bare.events[: len(history)]] == [event.kind for event in history]
    assert [event.at for event in bare.events[: len(history)]] == [event.at for event in history]
    moved, erased = bare.events[-2:]
    assert (moved.kind, moved.data) == (EventKind.MOVED, {"from": "received", "to": "withdrawn"})
    assert (erased.kind, erased.number, left.version) == (EventKind.ERASED, len(history) + 2, len(history) + 2)
    numbers = [event.number for event in bare.events]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(("type_", "state"), STATES)
def test_what_can_be_withdrawn_is(type_: CaseType, state: State) -> None:
    stands = case(type_, state, returns_to=State.RECEIVED if state is State.WAITING else None)
    left = emptied(stands, (), PARTNER, LATER).case
    can_be = state not in CLOSED and state is not State.SUBMITTED
    assert left.state is (State.WITHDRAWN if can_be else state)
    assert left.due == (None if can_be else stands.due)
    assert left.empty
    assert not stands.empty


def test_it_stays_as_it_is_when_it_is_empty_already() -> None:
    once = emptied(case(), (), PARTNER, LATER)
    assert emptied(once.case, once.events, ANN, LATER + timedelta(days=9)) == once


def test_no_code_opens_it_and_nobody_is_told() -> None:
    stands = case(state=State.SUBMITTED)
    left = emptied(stands, (), PARTNER, LATER).case
    for code in (access_code(stands.instance), access_code(left.instance), ""):
        assert prove(left, code, LATER) == (Proof.WRONG, None)
    assert notice_of(change_state(left, State.LISTED, ANN, LATER, CALENDAR)) is None
    assert notice_of(change_state(stands, State.LISTED, ANN, LATER, CALENDAR)) is not None


def test_the_history_says_who_did_it() -> None:
    for who in (PARTNER, ANN):
        assert [event.actor for event in emptied(case(), (), who, LATER).events] == [who, who]


def test_it_can_no_longer_be_withdrawn_by_a_change_that_was_made_before() -> None:
    """Its version has moved on: whoever looked at it before has to look again."""
    stands = case()
    assert withdraw(stands, ANN, LATER, CALENDAR).expected_version < emptied(stands, (), PARTNER, LATER).case.version
