"""The program's calendar: directory batches, KPI reports, measurement windows.

All days are days in the program's time zone. The rules are those of the public page; their numbers are facts of
``content/program.yaml``, where loading has checked them (`program.calendar_facts`).
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from program.facts import Program, ProgramError
from program.months import Month

FIRST_HOUR, LAST_HOUR = 9, 17
"""Between these hours of the program's time zone people are written to who have not just written themselves."""
REMINDER_DAYS = 7
"""So many days before its cut-off a batch is what people are reminded of."""
REMINDER_QUIET = timedelta(hours=18)
"""Nobody is reminded of what they were at so shortly before."""


class NotACalendarFact(ProgramError):
    """This fact of content/program.yaml has the wrong type for the calendar; correct it."""


class NaiveMoment(ProgramError):
    """A moment without a time zone has no day in the program's; give it one (``datetime.now(UTC)``)."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The numbers of the calendar's rules. Days of a month are 1 to 28, so that every month has them."""

    zone: tzinfo
    """The program's time zone: it decides which day a moment belongs to."""
    zone_name: str
    batch_first_day: int
    """First day of the week in which directory requests are sent, once a month."""
    batch_last_day: int
    visible_by_day: int
    """Listings of a batch can be seen by this day of the month after it."""
    report_day: int
    """KPI reports are updated on this day of every month."""
    window_months: int
    """Whole months that are measured for a renewal."""

    def day_of(self, moment: datetime) -> date:
        """The program's day at this moment. Raises `NaiveMoment`."""
        if moment.utcoffset() is None:
            raise NaiveMoment(moment.isoformat())
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Batch:
    """The directory batch in which a request goes out."""

    month: Month
    certain: bool
    """Whether no other batch is possible. If not, see ``earliest``; an earliest batch itself is never certain."""
    first_day: date
    last_day: date
    visible_by: date
    earliest: Batch | None = None
    """The batch being sent this very week, which the request may still make."""


def calendar_of(program: Program) -> Calendar:
    """The program's calendar. Raises `UnknownFact` or `NotACalendarFact`, neither for a program that was loaded."""
    zone_name = str(program.fact("time_zone"))
    return Calendar(
        zone=ZoneInfo(zone_name),
        zone_name=zone_name,
        batch_first_day=_number(program, "directory_batch_first_day"),
        batch_last_day=_number(program, "directory_batch_last_day"),
        visible_by_day=_number(program, "directory_visible_by_day"),
        report_day=_number(program, "kpi_report_day"),
        window_months=_number(program, "kpi_window_months"),
    )


def batch_for(moment: datetime, calendar: Calendar) -> Batch:
    """The batch of a request confirmed at ``moment``. Raises `NaiveMoment`."""
    return batch_on(calendar.day_of(moment), calendar)


def batch_on(day: date, calendar: Calendar) -> Batch:
    """The batch of a request confirmed on ``day``.

    Before the sending week it is this month's. In that week it may still be this month's, and the next one is promised.
    After it, it is the next.
    """
    this = month_of(day)
    if day.day < calendar.batch_first_day:
        return batch_of(this, calendar)
    if day.day > calendar.batch_last_day:
        return batch_of(this.plus(1), calendar)
    earliest = batch_of(this, calendar, certain=False)
    return batch_of(this.plus(1), calendar, certain=False, earliest=earliest)


def batch_of(month: Month, calendar: Calendar, *, certain: bool = True, earliest: Batch | None = None) -> Batch:
    """The batch that is sent in ``month``."""
    return Batch(
        month=month,
        certain=certain,
        first_day=_day(month, calendar.batch_first_day),
        last_day=_day(month, calendar.batch_last_day),
        visible_by=visible_by(month, calendar),
        earliest=earliest,
    )


def in_office_hours(moment: datetime, calendar: Calendar) -> bool:
    """Whether people in the program's time zone may be written to unasked: by day. Raises `NaiveMoment`."""
    calendar.day_of(moment)
    return FIRST_HOUR <= moment.astimezone(calendar.zone).hour < LAST_HOUR


def is_reminder_time(moment: datetime, calendar: Calendar) -> bool:
    """Whether it is by day in the week before the cut-off of the month's batch. Raises `NaiveMoment`."""
    first = batch_of(month_of(calendar.day_of(moment)), calendar).first_day
    days = (first - calendar.day_of(moment)).days
    return 0 < days <= REMINDER_DAYS and in_office_hours(moment, calendar)


def reminder_at(left: datetime, calendar: Calendar) -> datetime:
    """When somebody is reminded who left something at ``left``, for the first batch for which that can be.

    In the morning of a day in the week before the cut-off, which is the first moment of the batch's first day.
    """
    ready = left + REMINDER_QUIET
    this = month_of(calendar.day_of(ready))
    firsts = (batch_of(month, calendar).first_day for month in (this, this.plus(1)))
    days = (first - timedelta(days=before) for first in firsts for before in range(REMINDER_DAYS, 0, -1))
    mornings = (datetime.combine(day, time(FIRST_HOUR), calendar.zone) for day in days)
    return next(morning for morning in mornings if morning >= ready).astimezone(UTC)


def start_of(day: date, calendar: Calendar) -> datetime:
    """The first moment of the program's day."""
    return datetime.combine(day, time(), calendar.zone)


def visible_by(batch: Month, calendar: Calendar) -> date:
    """The day by which listings of the batch of this month can be seen."""
    return _day(batch.plus(1), calendar.visible_by_day)


def report_day(month: Month, calendar: Calendar) -> date:
    """The day of this month on which the KPI reports are updated."""
    return _day(month, calendar.report_day)


def next_report_day(day: date, calendar: Calendar) -> date:
    """The first report day that is not before ``day``."""
    month = month_of(day)
    return report_day(month if day.day <= calendar.report_day else month.plus(1), calendar)


def invoice_visible_from(month: Month, calendar: Calendar) -> date:
    """The day from which an invoice of this month shows in the KPIs: the report day of the month after."""
    return report_day(month.plus(1), calendar)


def invoice_is_due(month: Month, day: date, calendar: Calendar) -> bool:
    """Whether an invoice of ``month`` should show in the KPIs on ``day``."""
    return invoice_visible_from(month, calendar) <= day


def measurement_window(anniversary: date | Month, calendar: Calendar) -> tuple[Month, Month]:
    """First and last month measured for this anniversary: the whole months before its month.

    This is our reading of the page's one example (15 January 2020: January 2019 to December 2019).
    """
    month = anniversary if isinstance(anniversary, Month) else month_of(anniversary)
    return month.plus(-calendar.window_months), month.plus(-1)


def next_anniversary(anniversary: date, day: date) -> date:
    """When the anniversary comes round, not before ``day``; 29 February is the 28th in other years."""
    this_year = _in_year(anniversary, day.year)
    return this_year if this_year >= day else _in_year(anniversary, day.year + 1)


def month_of(day: date) -> Month:
    """The month in which the day lies."""
    return Month(day.year, day.month)


def _in_year(anniversary: date, year: int) -> date:
    if (anniversary.month, anniversary.day) == (2, 29) and not gregorian.isleap(year):
        return date(year, 2, 28)
    return anniversary.replace(year=year)


def _day(month: Month, day: int) -> date:
    return date(month.year, month.month, day)


def _number(program: Program, name: str) -> int:
    value = program.fact(name)
    if not isinstance(value, int):
        raise NotACalendarFact(name)
    return value
