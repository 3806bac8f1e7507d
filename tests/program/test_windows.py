"""The calendar: tables, laws for every day and time zone, and planted errors that the tables must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program import windows
from program.facts import Program, UnknownFact
from program.months import Month
from program.windows import (
    Batch,
    Calendar,
    NaiveMoment,
    NotACalendarFact,
    batch_for,
    batch_on,
    calendar_of,
    invoice_is_due,
    invoice_visible_from,
    measurement_window,
    month_of,
    next_anniversary,
    next_report_day,
    report_day,
)

PACIFIC = ZoneInfo("America/Los_Angeles")
CALENDAR = Calendar(PACIFIC, "America/Los_Angeles", 15, 21, 7, 15, 12)
DAYS = st.dates(date(1990, 1, 1), date(2200, 12, 31))
MONTHS = st.builds(Month, st.integers(1990, 2200), st.integers(1, 12))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ZONES = st.one_of(OFFSETS, st.sampled_from(["Asia/Shanghai", "Pacific/Apia", "America/St_Johns"]).map(ZoneInfo))
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2200, 12, 30), timezones=OFFSETS)  # noqa: DTZ001 - hypothesis adds the zone

BATCHES = [  # moment (UTC), promised month, visible by, earliest month
    ("2026-01-01T09:00", "2026-01", "2026-02-07", None),
    ("2026-03-10T09:00", "2026-03", "2026-04-07", None),
    ("2026-01-15T07:59", "2026-01", "2026-02-07", None),  # day 14, 23:59 in Los Angeles
    ("2026-01-15T08:00", "2026-02", "2026-03-07", "2026-01"),  # day 15, 00:00 there
    ("2026-07-15T06:59", "2026-07", "2026-08-07", None),  # in summer time
    ("2026-07-15T07:00", "2026-08", "2026-09-07", "2026-07"),
    ("2026-03-18T12:00", "2026-04", "2026-05-07", "2026-03"),
    ("2026-01-22T07:59", "2026-02", "2026-03-07", "2026-01"),  # day 21, 23:59
    ("2026-01-22T08:00", "2026-02", "2026-03-07", None),  # day 22, 00:00
    ("2026-02-01T07:59", "2026-02", "2026-03-07", None),  # 31 January there: both give February
    ("2026-02-01T08:00", "2026-02", "2026-03-07", None),
    ("2024-02-29T20:00", "2024-03", "2024-04-07", None),
    ("2026-11-30T20:00", "2026-12", "2027-01-07", None),
    ("2026-12-14T20:00", "2026-12", "2027-01-07", None),
    ("2026-12-16T20:00", "2027-01", "2027-02-07", "2026-12"),
    ("2026-12-27T20:00", "2027-01", "2027-02-07", None),
    ("2027-01-01T07:59", "2027-01", "2027-02-07", None),  # still 31 December there
]
INVOICES = [
    (Month(2020, 1), date(2020, 2, 15)),
    (Month(2020, 2), date(2020, 3, 15)),
    (Month(2023, 12), date(2024, 1, 15)),
]
REPORTS = [
    (date(2020, 1, 1), date(2020, 1, 15)),
    (date(2020, 1, 15), date(2020, 1, 15)),
    (date(2020, 1, 16), date(2020, 2, 15)),
    (date(2020, 12, 31), date(2021, 1, 15)),
    (date(2024, 2, 29), date(2024, 3, 15)),
]
WINDOWS: list[tuple[date | Month, Month, Month]] = [
    (date(2020, 1, 15), Month(2019, 1), Month(2019, 12)),
    (date(2021, 6, 30), Month(2020, 6), Month(2021, 5)),
    (date(2024, 2, 29), Month(2023, 2), Month(2024, 1)),
    (date(2024, 12, 31), Month(2023, 12), Month(2024, 11)),
    (Month(2021, 6), Month(2020, 6), Month(2021, 5)),
]
ANNIVERSARIES = [
    (date(2021, 6, 30), date(2026, 3, 10), date(2026, 6, 30)),
    (date(2021, 6, 30), date(2026, 6, 30), date(2026, 6, 30)),
    (date(2021, 6, 30), date(2026, 7, 1), date(2027, 6, 30)),
    (date(2024, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
    (date(2024, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
    (date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 29)),
]


def month(text: str) -> Month:
    return Month(int(text[:4]), int(text[5:]))


def in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tables(calendar: Calendar = CALENDAR) -> list[str]:
    """What the tables find wrong; functions are looked up late, so that a planted error is seen."""
    wrong = []
    for text, promised, visible, earliest in BATCHES:
        batch = windows.batch_for(in_utc(text), calendar)
        early = None if batch.earliest is None else str(batch.earliest.month)
        found = (str(batch.month), batch.visible_by.isoformat(), early, batch.certain)
        if found != (promised, visible, earliest, earliest is None):
            wrong.append(f"batch {text}: {found}")
    wrong += [f"invoice {m}" for m, day in INVOICES if windows.invoice_visible_from(m, calendar) != day]
    wrong += [f"report {day}" for day, due in REPORTS if windows.next_report_day(day, calendar) != due]
    wrong += [f"window {day}" for day, *ends in WINDOWS if windows.measurement_window(day, calendar) != tuple(ends)]
    wrong += [f"next {a}" for a, day, due in ANNIVERSARIES if windows.next_anniversary(a, day) != due]
    for m, day in INVOICES:
        due = [windows.invoice_is_due(m, day + timedelta(days=delta), calendar) for delta in (-1, 0, 1)]
        wrong += [] if due == [False, True, True] else [f"due {m}"]
    return wrong


def test_the_tables_hold() -> None:
    assert tables() == []


def test_the_content_has_this_calendar(program: Program) -> None:
    assert calendar_of(program) == CALENDAR


def test_a_batch_says_when_it_is_sent() -> None:
    batch = batch_on(date(2026, 12, 20), CALENDAR)
    assert (batch.first_day, batch.last_day) == (date(2027, 1, 15), date(2027, 1, 21))
    december = Batch(Month(2026, 12), False, date(2026, 12, 15), date(2026, 12, 21), date(2027, 1, 7))
    assert batch.earliest == december


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", UTC),
        ("zone", ZoneInfo("Asia/Shanghai")),
        ("zone", timezone(timedelta(hours=-8))),  # no summer time
        *[("batch_first_day", day) for day in (14, 16)],
        *[("batch_last_day", day) for day in (20, 22)],
        *[("visible_by_day", day) for day in (6, 8)],
        *[("report_day", day) for day in (14, 16)],
        *[("window_months", months) for months in (11, 13)],
    ],
)
def test_a_wrong_number_is_caught(field: str, value: object) -> None:
    assert tables(replace(CALENDAR, **{field: value})) != []  # type: ignore[arg-type]


def _same_month_batch(day: date, calendar: Calendar) -> Batch:
    return windows.batch_of(month_of(day), calendar)


def _no_earliest(day: date, calendar: Calendar) -> Batch:
    return replace(batch_on(day, calendar), earliest=None)


def _always_certain(day: date, calendar: Calendar) -> Batch:
    return replace(batch_on(day, calendar), certain=True)


def _promises_the_earlier(day: date, calendar: Calendar) -> Batch:
    batch = batch_on(day, calendar)
    return batch.earliest or batch


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("batch_on", _same_month_batch),
        ("batch_on", _no_earliest),
        ("batch_on", _always_certain),
        ("batch_on", _promises_the_earlier),
        ("visible_by", lambda m, calendar: date(m.year, m.month, calendar.visible_by_day)),
        ("visible_by", lambda m, calendar: date(m.plus(2).year, m.plus(2).month, calendar.visible_by_day)),
        ("visible_by", lambda m, calendar: date(m.year, m.plus(1).month, calendar.visible_by_day)),
        ("invoice_visible_from", report_day),
        ("invoice_visible_from", lambda m, calendar: report_day(m.plus(2), calendar)),
        ("invoice_visible_from", lambda m, _: date(m.year, m.plus(1).month, 15)),
        ("invoice_is_due", lambda m, day, calendar: invoice_visible_from(m, calendar) < day),
        ("next_report_day", lambda day, calendar: report_day(month_of(day), calendar)),
        ("next_report_day", lambda day, calendar: next_report_day(day + timedelta(days=1), calendar)),
        ("measurement_window", lambda day, calendar: measurement_window(Month(day.year, day.month).plus(1), calendar)),
        ("measurement_window", lambda day, _: (Month(day.year - 1, 1), Month(day.year - 1, 12))),
        ("next_anniversary", lambda anniversary, _: anniversary),
        ("next_anniversary", lambda anniversary, day: next_anniversary(anniversary, day + timedelta(days=1))),
    ],
)
def test_a_planted_error_is_caught(name: str, broken: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, name, broken)
    assert tables() != []


@given(DAYS)
def test_a_promise_lies_ahead_and_an_earlier_batch_is_one_month_earlier(day: date) -> None:
    batch = batch_on(day, CALENDAR)
    assert day <= batch.last_day < batch.visible_by
    assert batch.first_day <= batch.last_day
    assert month_of(batch.visible_by) == batch.month.plus(1)
    assert (batch.earliest is None) is batch.certain
    if batch.earliest:
        assert batch.earliest.month == batch.month.plus(-1) == month_of(day)
        assert batch.earliest.first_day <= day <= batch.earliest.last_day
    else:
        assert day < batch.first_day


@given(DAYS, DAYS)
def test_who_comes_later_is_never_served_earlier(one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert batch_on(earlier, CALENDAR).visible_by <= batch_on(later, CALENDAR).visible_by
    assert next_report_day(earlier, CALENDAR) <= next_report_day(later, CALENDAR)
    assert measurement_window(earlier, CALENDAR) <= measurement_window(later, CALENDAR)


@given(MOMENTS, MOMENTS)
def test_moments_keep_their_order(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert batch_for(earlier, CALENDAR).visible_by <= batch_for(later, CALENDAR).visible_by


@given(MOMENTS, ZONES)
def test_only_the_moment_counts_and_not_the_zone_in_which_it_is_told(moment: datetime, zone: timezone) -> None:
    assert batch_for(moment.astimezone(zone), CALENDAR) == batch_for(moment, CALENDAR)


@given(MOMENTS, ZONES)
def test_the_day_is_the_one_in_the_program_s_zone(moment: datetime, zone: timezone) -> None:
    calendar = replace(CALENDAR, zone=zone)
    assert calendar.day_of(moment) == moment.astimezone(zone).date()
    assert batch_for(moment, calendar) == batch_on(moment.astimezone(zone).date(), calendar)


@given(DAYS)
def test_a_report_day_is_at_most_a_month_ahead(day: date) -> None:
    due = next_report_day(day, CALENDAR)
    assert due.day == 15
    assert timedelta(0) <= due - day <= timedelta(days=30)


@given(MONTHS)
def test_an_invoice_shows_with_the_report_of_the_next_month(m: Month) -> None:
    visible = invoice_visible_from(m, CALENDAR)
    assert visible == report_day(m.plus(1), CALENDAR)
    assert date(m.year, m.month, 28) < visible
    assert not invoice_is_due(m, visible - timedelta(days=1), CALENDAR)


@given(DAYS)
def test_a_window_is_whole_months_that_end_before_the_anniversary(day: date) -> None:
    first, last = measurement_window(day, CALENDAR)
    assert (first.plus(11), last.plus(1)) == (last, month_of(day))


@given(DAYS, DAYS)
def test_an_anniversary_comes_round_within_a_year(anniversary: date, day: date) -> None:
    due = next_anniversary(anniversary, day)
    assert timedelta(0) <= due - day <= timedelta(days=366)
    assert due.month == anniversary.month
    assert due.day == anniversary.day or (anniversary.day, due.day) == (29, 28)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveMoment, match="give it one"):
        batch_for(datetime(2026, 3, 10, 9), CALENDAR)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("facts", "error"), [({"time_zone": "UTC"}, UnknownFact), ({"directory_batch_first_day": "x"}, NotACalendarFact)]
)
def test_a_program_without_calendar_facts_says_which(
    facts: dict[str, int | str], error: type[Exception], program: Program
) -> None:
    known = {} if "time_zone" in facts else program.facts
    with pytest.raises(error, match="directory_batch_first_day"):
        calendar_of(Program({}, date(2021, 2, 5), {**known, **facts}, {}, {}))
