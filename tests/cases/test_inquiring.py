"""Is your listing there: who is asked, and what an answer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cases.errors import IllegalTransition
from cases.inquiring import answer, inquire, is_inquired, is_overdue_to_see
from cases.model import PARTNER, SYSTEM, Case, CaseType, EventKind, Seen, State
from cases.notify import notice_of
from cases.transitions import INQUIRED, TRANSITIONS
from program.months import Month
from tests.cases.samples import CALENDAR, NOW, case

DAY = datetime(2026, 4, 7, 17, tzinfo=UTC)


def _listing(state: State = State.SUBMITTED, **more: object) -> Case:
    return case(CaseType.LISTING, state, **{"batch": Month(2026, 3), "due": None, **more})


@pytest.mark.parametrize("type_", CaseType)
def test_only_listings_that_went_out_are_asked_about(type_: CaseType) -> None:
    for state in TRANSITIONS[type_]:
        asked = case(type_, state, batch=Month(2026, 3))
        if type_ is CaseType.LISTING and state in INQUIRED:
            change = inquire(asked, NOW)
            assert (change.events[0].kind, change.events[0].actor) == (EventKind.INQUIRED, SYSTEM)
            assert change.case.version == asked.version + 1
            assert notice_of(change) is not None
            continue
        assert not is_inquired(asked)
        for impossible in (
            lambda asked=asked: inquire(asked, NOW),
            lambda asked=asked: answer(asked, Seen.THERE, NOW, CALENDAR),
        ):
            with pytest.raises(IllegalTransition):
                impossible()


@pytest.mark.parametrize(
    ("stands", "seen", "state", "kind", "due"),
    [
        (State.SUBMITTED, Seen.THERE, State.LISTED, EventKind.MOVED, None),
        (State.LISTED, Seen.THERE, State.LISTED, EventKind.CONFIRMED, None),
        (State.SUBMITTED, Seen.MISSING, State.IN_REVIEW, EventKind.MISSING, date(2026, 4, 7)),
        (State.LISTED, Seen.MISSING, State.IN_REVIEW, EventKind.MISSING, date(2026, 4, 7)),
    ],
)
def test_yes_closes_and_no_reopens(stands: State, seen: Seen, state: State, kind: EventKind, due: date | None) -> None:
    asked = inquire(_listing(stands), DAY).case
    change = answer(asked, seen, DAY, CALENDAR)
    assert change is not None
    assert (change.case.state, change.case.due) == (state, due)
    assert [(event.kind, event.actor) for event in change.events] == [(kind, PARTNER)]
    assert change.case.inquiry is not None
    assert change.case.inquiry.answer is seen
    assert notice_of(change) is None, "they know what they said"
    assert answer(change.case, seen, DAY, CALENDAR) is None, "said twice"


def test_who_sees_it_no_more_reopens_it_after_all() -> None:
    there = answer(inquire(_listing(), DAY).case, Seen.THERE, DAY, CALENDAR)
    assert there is not None
    gone = answer(there.case, Seen.MISSING, DAY, CALENDAR)
    assert gone is not None
    assert (gone.case.state, gone.case.batch) == (State.IN_REVIEW, Month(2026, 4))


def test_it_is_overdue_to_see_from_the_day_on_until_it_is_seen() -> None:
    assert not is_overdue_to_see(_listing(), datetime(2026, 4, 7, 6, tzinfo=UTC), CALENDAR), "still the 6th there"
    assert is_overdue_to_see(_listing(), DAY, CALENDAR)
    there = answer(_listing(), Seen.THERE, DAY, CALENDAR)
    assert there is not None
    assert not is_overdue_to_see(there.case, DAY, CALENDAR)


def test_who_wants_no_news_is_not_told() -> None:
    assert notice_of(inquire(replace(_listing(), muted=True), DAY)) is None
