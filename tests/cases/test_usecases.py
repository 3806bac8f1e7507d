"""Opening, dates, codes, notes: what a request knows after each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cases.errors import NotAllowed, WordsMissing, WordsTooLong
from cases.model import PARTNER, SYSTEM, Actor, CaseType, EventKind, State, operator
from cases.notify import notice_of
from cases.reference import access_code
from cases.usecases import WRONG_CODES, Proof, assign, change_state, mute, note, open_case, prove, reopen
from program.months import Month
from tests.cases.samples import CALENDAR, FIELDS, NOW, case, draft, opened

ANN = operator("ann")


def at(month: int, day: int, hour: int = 20, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_a_new_request_holds_what_was_confirmed() -> None:
    asked = draft()
    change = open_case(asked, NOW, CALENDAR)
    assert change.expected_version == 0
    assert (change.case.version, change.case.state, change.case.fields) == (1, State.RECEIVED, asked.fields)
    assert [(event.number, event.kind, event.actor) for event in change.events] == [(1, EventKind.OPENED, PARTNER)]
    assert access_code(asked.instance) not in change.case.access_code_hash
    assert open_case(asked, NOW, CALENDAR, {change.case.reference}).case.reference != change.case.reference


@pytest.mark.parametrize(
    ("moment", "batch", "due"),
    [
        (at(3, 14), Month(2026, 3), date(2026, 3, 21)),
        (at(3, 15, 6), Month(2026, 3), date(2026, 3, 21)),  # still the 14th in the program's time zone
        (at(3, 15), Month(2026, 4), date(2026, 4, 21)),
        (at(3, 22), Month(2026, 4), date(2026, 4, 21)),
        (at(12, 27), Month(2027, 1), date(2027, 1, 21)),
    ],
)
def test_a_listing_has_its_batch_and_its_last_day(moment: datetime, batch: Month, due: date) -> None:
    new = opened(at=moment).case
    assert (new.batch, new.due) == (batch, due)


def test_the_batch_is_the_one_it_really_went_out_in() -> None:
    ready = replace(opened(at=at(3, 16)).case, state=State.READY)
    assert ready.batch == Month(2026, 4)
    sent = change_state(ready, State.SUBMITTED, ANN, at(3, 20), CALENDAR).case
    assert (sent.batch, sent.due) == (Month(2026, 3), date(2026, 4, 7))
    listed = change_state(sent, State.LISTED, SYSTEM, at(4, 7), CALENDAR).case
    assert (listed.batch, listed.due) == (Month(2026, 3), None)
    again = reopen(listed, PARTNER, at(4, 8), CALENDAR).case
    assert (again.state, again.batch, again.due) == (State.IN_REVIEW, Month(2026, 4), date(2026, 4, 21))


@pytest.mark.parametrize(
    ("moved", "batch"),
    [(at(3, 20), Month(2026, 3)), (at(3, 25), Month(2026, 4)), (at(5, 2), Month(2026, 5))],
)
def test_a_missed_batch_moves_on(moved: datetime, batch: Month) -> None:
    assert change_state(opened(at=at(3, 10)).case, State.IN_REVIEW, ANN, moved, CALENDAR).case.batch == batch


def test_other_requests_are_due_by_the_next_report_or_not_at_all() -> None:
    kpi = opened(CaseType.KPI, at=at(3, 10)).case
    assert (kpi.batch, kpi.due) == (None, date(2026, 3, 15))
    assert change_state(kpi, State.INVESTIGATING, ANN, at(3, 20), CALENDAR).case.due == date(2026, 4, 15)
    assert change_state(kpi, State.DECLINED, ANN, at(3, 20), CALENDAR, words="Paid twice.").case.due is None
    assert opened(CaseType.MESSAGE).case.due is None


def test_versions_count_events() -> None:
    new = opened().case
    second = assign(new, "bob", ANN, NOW + timedelta(minutes=1))
    third = note(second.case, " looks fine ", ANN, NOW + timedelta(minutes=2))
    assert (second.expected_version, second.events[0].number, third.case.version) == (1, 2, 3)
    assert third.events[0].data == {"words": "looks fine"}
    assert (third.case.assignee, third.case.updated_at) == ("bob", NOW + timedelta(minutes=2))
    assert assign(third.case, None, ANN, NOW).case.assignee is None


def test_notes_are_for_operators_and_have_words() -> None:
    with pytest.raises(NotAllowed):
        note(case(), "x", PARTNER, NOW)
    with pytest.raises(NotAllowed):
        assign(case(), "x", PARTNER, NOW)
    with pytest.raises(WordsMissing):
        note(case(), "  ", ANN, NOW)
    with pytest.raises(WordsTooLong):
        note(case(), "x" * 4001, ANN, NOW)


def test_the_code_proves_ownership_and_wrong_ones_are_counted_for_an_hour() -> None:
    owned = opened().case
    code = access_code(owned.instance)
    for attempt in range(WRONG_CODES):
        proof, change = prove(owned, "0000-0000", NOW + timedelta(minutes=attempt))
        assert (proof, change is not None) == (Proof.WRONG, True)
        assert change is not None
        owned = change.case
    assert prove(owned, code, NOW + timedelta(minutes=59)) == (Proof.TOO_MANY, None)
    proof, change = prove(owned, code, NOW + timedelta(minutes=60))
    assert proof is Proof.RIGHT
    assert change is not None
    assert change.case.wrong_codes.count == 0
    proof, change = prove(owned, "x", NOW + timedelta(minutes=60))
    assert change is not None
    assert change.case.wrong_codes.count == 1


def test_a_notice_says_what_is_needed_to_put_it_into_words() -> None:
    change = change_state(opened().case, State.IN_REVIEW, ANN, NOW, CALENDAR)
    notice = notice_of(change)
    assert notice is not None
    assert notice == notice_of(change)
    assert notice.payload == {
        "reference": change.case.reference,
        "type": "directory-listing",
        "state": "in-review",
        "language": "en",
        "batch": "2026-03",
        "field": None,
        "words": None,
        "event": "moved",
        "muted": False,
    }
    other = notice_of(change_state(change.case, State.READY, ANN, NOW, CALENDAR))
    assert other is not None
    assert other.id != notice.id


def test_nobody_is_told_what_they_did_themselves_or_do_not_want_to_hear() -> None:
    silent = mute(opened().case, True, PARTNER, NOW)
    assert notice_of(silent) is None
    assert notice_of(opened()) is None
    assert notice_of(change_state(silent.case, State.IN_REVIEW, ANN, NOW, CALENDAR)) is None
    heard = mute(silent.case, False, PARTNER, NOW).case
    assert notice_of(change_state(heard, State.IN_REVIEW, ANN, NOW, CALENDAR)) is not None


@pytest.mark.parametrize("actor", [PARTNER, SYSTEM, ANN, operator("a:b")])
def test_actors_are_written_and_read(actor: Actor) -> None:
    assert Actor.from_text(str(actor)) == actor


def test_samples_know_every_type() -> None:
    assert FIELDS.keys() == set(CaseType)
