"""Calendar questions: the dates, the rule and the assumptions, for each kind of value and on each side of today."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program import questions
from program.facts import Program
from program.months import Month
from program.questions import YEARS, Asked, computed_answer
from program.sentence import Sentence
from program.windows import Calendar, NaiveMoment, batch_of, calendar_of

NOW = datetime(2026, 3, 10, 5, tzinfo=UTC)  # 9 March, 22:00 in Los Angeles
TODAY = date(2026, 3, 9)
ENTRIES = ("kpi-invoice-visibility", "kpi-measurement-window", "directory-timeline", "kpi-report-schedule")
ZONE = "America/Los_Angeles"

TABLE: list[tuple[str, Asked, list[str]]] = [
    ("kpi-invoice-visibility", None, []),
    ("kpi-measurement-window", None, []),
    ("greeting", Month(2026, 1), []),
    ("kpi-invoice-visibility", Month(2020, 1), ["invoice.since month=2020-01 visible=2020-02-15"]),
    ("kpi-invoice-visibility", Month(2026, 1), ["invoice.since month=2026-01 visible=2026-02-15"]),
    ("kpi-invoice-visibility", Month(2026, 2), ["invoice.expected month=2026-02 visible=2026-03-15"]),
    ("kpi-invoice-visibility", date(2025, 12, 31), ["invoice.since month=2025-12 visible=2026-01-15"]),
    ("kpi-invoice-visibility", date(2026, 12, 1), ["invoice.expected month=2026-12 visible=2027-01-15"]),
    ("kpi-measurement-window", date(2026, 6, 30), ["window.day anniversary=2026-06-30 first=2025-06 last=2026-05"]),
    ("kpi-measurement-window", TODAY, ["window.day anniversary=2026-03-09 first=2025-03 last=2026-02"]),
    ("kpi-measurement-window", Month(2020, 1), ["window.month anniversary=2020-01 first=2019-01 last=2019-12"]),
    (
        "kpi-measurement-window",
        date(2024, 2, 29),
        [
            "window.day anniversary=2024-02-29 first=2023-02 last=2024-01",
            "window.next anniversary=2027-02-28 first=2026-02 last=2027-01",
        ],
    ),
    ("directory-timeline", None, ["directory.certain day=2026-03-09 batch=2026-03 visible=2026-04-07"]),
    (
        "directory-timeline",
        date(2026, 3, 16),
        ["directory.promised day=2026-03-16 batch=2026-04 visible=2026-05-07 early=2026-03 early_visible=2026-04-07"],
    ),
    ("directory-timeline", date(2026, 12, 27), ["directory.certain day=2026-12-27 batch=2027-01 visible=2027-02-07"]),
    ("directory-timeline", Month(2026, 12), ["directory.month batch=2026-12 before=2026-12-15 visible=2027-01-07"]),
    ("kpi-report-schedule", None, ["report.next day=2026-03-15 last=2026-02"]),
    ("kpi-report-schedule", date(2026, 12, 16), ["report.from day=2027-01-15 last=2026-12 asked=2026-12-16"]),
    ("kpi-report-schedule", Month(2026, 5), ["report.month day=2026-05-15 last=2026-04 asked=2026-05"]),
]
ASSUMED: list[tuple[str, Asked, list[str]]] = [
    ("kpi-invoice-visibility", Month(2026, 1), ["invoice.dated", "report.reading"]),
    ("kpi-measurement-window", Month(2026, 1), ["window.reading"]),
    ("directory-timeline", None, ["directory.today", "zone"]),
    ("directory-timeline", TODAY, ["directory.day", "zone"]),
    ("directory-timeline", Month(2026, 1), ["zone"]),
    ("kpi-report-schedule", None, ["report.reading", "zone"]),
    ("kpi-report-schedule", TODAY, ["report.reading"]),
]


@pytest.fixture(scope="session")
def calendar(program: Program) -> Calendar:
    return calendar_of(program)


def tables(calendar: Calendar) -> list[str]:
    """What the table finds wrong."""
    wrong = []
    for entry, asked, expected in TABLE:
        found = computed_answer(entry, asked, NOW, calendar)
        told = [in_words(result) for result in found.results] if found else []
        wrong += [] if told == expected else [f"{entry} {asked}: {told}"]
    return wrong


def in_words(result: Sentence) -> str:
    """A result as in `TABLE`: days as 2026-03-10, months as 2026-03."""
    values = [f"{name}={value}" for name, value in result.params.items()]
    return " ".join([result.key.removeprefix("calendar."), *values])


def test_the_table_holds(calendar: Calendar) -> None:
    assert tables(calendar) == []


@pytest.mark.parametrize(("entry", "asked", "expected"), ASSUMED)
def test_the_rule_the_assumptions_and_the_source_are_said(
    entry: str, asked: Asked, expected: list[str], calendar: Calendar, program: Program
) -> None:
    found = computed_answer(entry, asked, NOW, calendar)
    assert found is not None
    assert found.entry == entry
    assert [assumption.key.removeprefix("calendar.") for assumption in found.assumptions] == expected
    assert found.rule.key.endswith(".rule")
    assert found.source in program.sources
    zones = [assumption.params for assumption in found.assumptions if assumption.key == "calendar.zone"]
    assert zones in ([], [{"zone": ZONE, "today": TODAY}])


@given(
    st.sampled_from(ENTRIES),
    st.one_of(st.none(), st.dates(), st.builds(Month, st.integers(1, 9999), st.integers(1, 12))),
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - given by hypothesis
)
def test_no_value_is_too_strange(entry: str, asked: Asked, now: datetime) -> None:
    calendar = Calendar(UTC, "UTC", 15, 21, 7, 15, 12)
    found = computed_answer(entry, asked, now, calendar)
    if asked is not None:
        assert (found is not None) is (asked.year in YEARS)


def test_a_moment_without_a_zone_is_refused(calendar: Calendar) -> None:
    with pytest.raises(NaiveMoment):
        computed_answer("directory-timeline", None, datetime(2026, 3, 10), calendar)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("invoice_is_due", lambda *_: True),
        ("invoice_is_due", lambda *_: False),
        ("invoice_visible_from", lambda month, _: date(month.year, month.month, 15)),
        ("measurement_window", lambda *_: (Month(2019, 1), Month(2019, 12))),
        ("next_anniversary", lambda anniversary, _: anniversary),
        ("batch_on", lambda day, calendar: batch_of(Month(day.year, day.month), calendar)),
        ("next_report_day", lambda day, _: day),
        ("report_day", lambda month, _: date(month.year, month.month, 1)),
        ("month_of", lambda day: Month(day.year, 1)),
    ],
)
def test_a_planted_error_is_caught(
    name: str, broken: object, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, name, broken)
    assert tables(calendar) != []
