"""Every type, state, target and role: exactly what the table below allows, and nothing else."""

from __future__ import annotations

import re
from itertools import product

import pytest

from cases.errors import CaseError, IllegalTransition, NotAllowed, NotEditable, NotWaiting, UnknownField, WordsMissing
from cases.model import CLOSED, PARTNER, SYSTEM, Actor, Case, CaseType, Event, EventKind, Role, State, operator
from cases.transitions import EDITABLE, REOPENED, TRANSITIONS, targets
from cases.usecases import answer_waiting, ask_partner, change_state, edit_fields, reopen, tells_partner, withdraw
from tests.cases.samples import CALENDAR, FIELDS, NOW, case

ANN = operator("ann")
ACTORS = {"p": PARTNER, "o": ANN, "s": SYSTEM}
LEGAL = """
directory-listing   received            in-review           o
directory-listing   received            waiting-on-partner  o
directory-listing   received            declined            o
directory-listing   received            withdrawn           op
directory-listing   in-review           ready               o
directory-listing   in-review           waiting-on-partner  o
directory-listing   in-review           declined            o
directory-listing   in-review           withdrawn           op
directory-listing   ready               submitted           o
directory-listing   ready               in-review           op
directory-listing   ready               waiting-on-partner  o
directory-listing   ready               declined            o
directory-listing   ready               withdrawn           op
directory-listing   submitted           listed              ops
directory-listing   submitted           in-review           op
directory-listing   submitted           declined            o
directory-listing   listed              in-review           op
directory-listing   declined            in-review           o
directory-listing   waiting-on-partner  received            op
directory-listing   waiting-on-partner  in-review           op
directory-listing   waiting-on-partner  declined            o
directory-listing   waiting-on-partner  withdrawn           op
kpi-discrepancy     received            investigating       o
kpi-discrepancy     received            waiting-on-partner  o
kpi-discrepancy     received            declined            o
kpi-discrepancy     received            withdrawn           op
kpi-discrepancy     investigating       resolved            o
kpi-discrepancy     investigating       waiting-on-partner  o
kpi-discrepancy     investigating       declined            o
kpi-discrepancy     investigating       withdrawn           op
kpi-discrepancy     resolved            investigating       op
kpi-discrepancy     declined            investigating       o
kpi-discrepancy     waiting-on-partner  received            op
kpi-discrepancy     waiting-on-partner  investigating       op
kpi-discrepancy     waiting-on-partner  declined            o
kpi-discrepancy     waiting-on-partner  withdrawn           op
message             received            answered            o
message             received            withdrawn           op
message             answered            received            op
"""
TABLE = {(row[0], row[1], row[2]): row[3] for row in (line.split() for line in LEGAL.strip().splitlines())}


def _at(type_: CaseType, state: State, back: State | None = None) -> Case:
    if state is not State.WAITING:
        return case(type_, state)
    return case(type_, state, waiting_field=next(iter(FIELDS[type_])), returns_to=back)


def _move(stands: Case, target: State, actor: Actor) -> Case:
    if target is State.WAITING:
        return ask_partner(stands, next(iter(stands.fields)), actor, NOW, CALENDAR).case
    return change_state(stands, target, actor, NOW, CALENDAR, words="because").case


KNOWN = [(type_, state) for type_ in CaseType for state in TRANSITIONS[type_]]


@pytest.mark.parametrize(("type_", "state"), KNOWN)
def test_exactly_the_legal_moves_are_possible(type_: CaseType, state: State) -> None:
    for target, (letter, actor) in product(State, ACTORS.items()):
        stands = _at(type_, state, back=target)
        if letter in TABLE.get((type_, state, target), ""):
            assert _move(stands, target, actor).state is target
            assert target in targets(stands, actor.role)
        else:
            with pytest.raises((IllegalTransition, NotAllowed)):
                _move(stands, target, actor)
            assert target not in targets(stands, actor.role)


def test_the_table_names_only_states_of_its_type_and_every_state_is_reached() -> None:
    for type_, moves in TRANSITIONS.items():
        reached = {State.RECEIVED} | {target for possible in moves.values() for target in possible}
        assert reached == moves.keys()
        assert EDITABLE[type_] <= moves.keys() - CLOSED


def test_every_request_can_always_end() -> None:
    for type_, moves in TRANSITIONS.items():
        for start in moves:
            seen, todo = {start}, [start]
            while todo:
                new = moves[todo.pop()].keys() - seen
                seen |= new
                todo += new
            assert seen & CLOSED, (type_, start)


def test_one_that_waits_goes_back_only_to_where_it_was() -> None:
    stands = case(state=State.IN_REVIEW)
    waiting = ask_partner(stands, "url", ANN, NOW, CALENDAR, words="It shows a competitor.").case
    assert (waiting.state, waiting.waiting_field, waiting.returns_to) == (State.WAITING, "url", State.IN_REVIEW)
    assert waiting.due is None
    with pytest.raises(IllegalTransition, match="in-review"):
        change_state(waiting, State.RECEIVED, ANN, NOW, CALENDAR)
    change = answer_waiting(waiting, "https://contoso.com/learn", NOW, CALENDAR)
    back = change.case
    assert (back.state, back.waiting_field, back.returns_to) == (State.IN_REVIEW, None, None)
    assert back.fields["url"] == "https://contoso.com/learn"
    assert back.due is not None
    assert change.events[0].data["from"] == "waiting-on-partner"
    with pytest.raises(NotWaiting):
        answer_waiting(back, "x", NOW, CALENDAR)


def test_an_edit_of_another_field_leaves_it_waiting() -> None:
    waiting = ask_partner(case(state=State.IN_REVIEW), "url", ANN, NOW, CALENDAR).case
    assert edit_fields(waiting, {"name": "Contoso"}, PARTNER, NOW, CALENDAR).case.state is State.WAITING


def test_what_was_ready_is_reviewed_again_after_a_question_or_a_partners_edit() -> None:
    ready = case(state=State.READY)
    assert ask_partner(ready, "url", ANN, NOW, CALENDAR).case.returns_to is State.IN_REVIEW
    assert edit_fields(ready, {"name": "C"}, PARTNER, NOW, CALENDAR).case.state is State.IN_REVIEW
    assert edit_fields(ready, {"name": "C"}, ANN, NOW, CALENDAR).case.state is State.READY


@pytest.mark.parametrize(("type_", "state"), KNOWN)
def test_edits_are_taken_until_it_is_sent_or_done(type_: CaseType, state: State) -> None:
    stands = _at(type_, state, State.RECEIVED)
    name = next(iter(stands.fields))
    if state in EDITABLE[type_]:
        change = edit_fields(stands, {name: "new"}, PARTNER, NOW, CALENDAR)
        assert change.case.fields[name] == "new"
        assert change.events[0].data["before"] == {name: stands.fields[name]}
        assert change.events[0].data["after"] == {name: "new"}
    else:
        with pytest.raises(NotEditable):
            edit_fields(stands, {name: "new"}, PARTNER, NOW, CALENDAR)


def test_only_fields_that_exist_are_asked_for_and_edited() -> None:
    with pytest.raises(UnknownField, match="country"):
        ask_partner(case(), "ulr", ANN, NOW, CALENDAR)
    with pytest.raises(UnknownField, match="ulr"):
        edit_fields(case(), {"ulr": "x"}, PARTNER, NOW, CALENDAR)
    with pytest.raises(UnknownField):
        change_state(case(), State.WAITING, ANN, NOW, CALENDAR)
    with pytest.raises(NotAllowed):
        edit_fields(case(), {"url": "x"}, SYSTEM, NOW, CALENDAR)


@pytest.mark.parametrize(("state", "back"), REOPENED.items())
def test_what_is_not_done_after_all_is_reopened(state: State, back: State) -> None:
    type_ = next(type_ for type_ in CaseType if state in TRANSITIONS[type_])
    assert reopen(case(type_, state), PARTNER, NOW, CALENDAR).case.state is back


@pytest.mark.parametrize("state", [State.RECEIVED, State.WAITING, State.DECLINED, State.WITHDRAWN])
def test_what_is_not_done_is_not_reopened(state: State) -> None:
    with pytest.raises(IllegalTransition):
        reopen(_at(CaseType.LISTING, state, State.RECEIVED), PARTNER, NOW, CALENDAR)


@pytest.mark.parametrize(("type_", "target"), [(CaseType.LISTING, State.DECLINED), (CaseType.MESSAGE, State.ANSWERED)])
def test_a_refusal_and_an_answer_need_words(type_: CaseType, target: State) -> None:
    with pytest.raises(WordsMissing):
        change_state(case(type_), target, ANN, NOW, CALENDAR, words=" ")


def test_the_partner_is_told_of_moves_that_somebody_else_made() -> None:
    told = {
        (kind, role) for kind, role in product(EventKind, Role) if tells_partner(Event("LP", 1, NOW, Actor(role), kind))
    }
    news = (EventKind.MOVED, EventKind.ASKED, EventKind.INQUIRED, EventKind.SLIPPED)
    assert told == set(product(news, (Role.OPERATOR, Role.SYSTEM)))
    assert not tells_partner(withdraw(case(), PARTNER, NOW, CALENDAR).events[0])
    assert tells_partner(withdraw(case(), ANN, NOW, CALENDAR).events[0])


def test_errors_say_what_to_do() -> None:
    for error in CaseError.__subclasses__():
        assert re.search(r"[;,:(] ?\w+", error.__doc__ or ""), error
    assert str(IllegalTransition("listed", "ready", ["in-review"])).endswith("(listed to ready; possible: in-review)")
