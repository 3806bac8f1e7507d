"""Answers calendar questions with computed dates: "invoice from March, when will I see it".

A FAQ entry says the rule; this adds what the rule gives for the month or day that was asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from program.months import Month
from program.sentence import Sentence, Value
from program.windows import (
    Calendar,
    batch_of,
    batch_on,
    invoice_is_due,
    invoice_visible_from,
    measurement_window,
    month_of,
    next_anniversary,
    next_report_day,
    report_day,
)

Asked = Month | date | None
"""The month or day in the question, if there is one."""
YEARS = range(2000, 2101)
"""Years for which dates are computed: beyond them a question is a slip or a joke."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The dates that a rule gives, the rule, and what was assumed."""

    entry: str
    """The FAQ entry that it belongs to."""
    results: tuple[Sentence, ...]
    rule: Sentence
    assumptions: tuple[Sentence, ...]
    source: str
    """Section of the page (a name of ``sources`` in program.yaml)."""
    starts: str | None = None
    """The dialog that takes the request which the dates are about, where one helps now."""


def computes(entry: str) -> bool:
    """Whether this entry's rule gives dates for a day or month."""
    return entry in _COMPUTED


def computed_answer(entry: str, asked: Asked, now: datetime, calendar: Calendar) -> Computed | None:
    """The dates for a question that this entry answers; None when there is nothing to compute.

    A day is taken as one in the program's time zone. Raises `NaiveMoment`.
    """
    compute = _COMPUTED.get(entry)
    if compute is None or (asked is not None and asked.year not in YEARS):
        return None
    return compute(asked, calendar.day_of(now), calendar)


def _invoice_visibility(asked: Asked, today: date, calendar: Calendar) -> Computed | None:
    if asked is None:
        return None
    month = asked if isinstance(asked, Month) else month_of(asked)
    due = "since" if invoice_is_due(month, today, calendar) else "expected"
    visible = invoice_visible_from(month, calendar)
    return Computed(
        entry="kpi-invoice-visibility",
        results=(Sentence(f"calendar.invoice.{due}", {"month": month, "visible": visible}),),
        rule=Sentence("calendar.invoice.rule"),
        assumptions=(Sentence("calendar.invoice.dated", {"month": month}), Sentence("calendar.report.reading")),
        source="faq-kpi-discrepancy",
        starts="kpi-discrepancy" if due == "since" else None,
    )


def _measurement_window(asked: Asked, today: date, calendar: Calendar) -> Computed | None:
    if asked is None:
        return None
    results = [_window(asked, calendar)]
    if not isinstance(asked, Month) and asked < today:
        results.append(_window(next_anniversary(asked, today), calendar, "next"))
    return Computed(
        entry="kpi-measurement-window",
        results=tuple(results),
        rule=Sentence("calendar.window.rule"),
        assumptions=(Sentence("calendar.window.reading"),),
        source="faq-kpi-discrepancy",
    )


def _window(anniversary: Month | date, calendar: Calendar, which: str = "") -> Sentence:
    first, last = measurement_window(anniversary, calendar)
    kind = which or ("month" if isinstance(anniversary, Month) else "day")
    return Sentence(f"calendar.window.{kind}", {"anniversary": anniversary, "first": first, "last": last})


def _directory(asked: Asked, today: date, calendar: Calendar) -> Computed:
    assumptions = [Sentence("calendar.zone", {"zone": calendar.zone_name, "today": today})]
    if isinstance(asked, Month):
        batch = batch_of(asked, calendar)
        params: dict[str, Value] = {"batch": asked, "before": batch.first_day, "visible": batch.visible_by}
        result = Sentence("calendar.directory.month", params)
    else:
        result = _request(asked or today, calendar)
        assumptions.insert(0, Sentence("calendar.directory.today" if asked is None else "calendar.directory.day"))
    return Computed(
        entry="directory-timeline",
        results=(result,),
        rule=Sentence("calendar.directory.rule"),
        assumptions=tuple(assumptions),
        source="faq-directory",
        starts="directory-listing",
    )


def _request(day: date, calendar: Calendar) -> Sentence:
    batch = batch_on(day, calendar)
    params: dict[str, Value] = {"day": day, "batch": batch.month, "visible": batch.visible_by}
    if batch.earliest is None:
        return Sentence("calendar.directory.certain", params)
    params |= {"early": batch.earliest.month, "early_visible": batch.earliest.visible_by}
    return Sentence("calendar.directory.promised", params)


def _report(asked: Asked, today: date, calendar: Calendar) -> Computed:
    assumptions = [Sentence("calendar.report.reading")]
    if isinstance(asked, Month):
        day, key = report_day(asked, calendar), "calendar.report.month"
    else:
        day, key = next_report_day(asked or today, calendar), "calendar.report.from"
        if asked is None:
            key = "calendar.report.next"
            assumptions.append(Sentence("calendar.zone", {"zone": calendar.zone_name, "today": today}))
    params: dict[str, Value] = {"day": day, "last": month_of(day).plus(-1)}
    if asked is not None:
        params["asked"] = asked
    return Computed(
        entry="kpi-report-schedule",
        results=(Sentence(key, params),),
        rule=Sentence("calendar.report.rule"),
        assumptions=tuple(assumptions),
        source="faq-kpi-discrepancy",
    )


_COMPUTED: Mapping[str, Callable[[Asked, date, Calendar], Computed | None]] = {
    "kpi-invoice-visibility": _invoice_visibility,
    "kpi-measurement-window": _measurement_window,
    "directory-timeline": _directory,
    "kpi-report-schedule": _report,
}
