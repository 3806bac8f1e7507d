"""What the overview counts: finished days are rolled up into a table of counts, the others are counted when asked.

Counts outlive the rows that they were made from, and hold nothing personal. A finished week is rolled up once more, so
that a year is read in some fifty steps.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, literal, select, text, update

from cases.model import EventKind, State
from desk.overview import AGES, WEEK, Count, Figures, Measure, Outcome, Which, step_key
from storage.engine import Database, insert_new
from storage.schedule import run_if_due
from storage.tables import IS_CLOSED, IS_OPEN, case_events, cases, daily, exchanges, feedback, meta

KEPT_DAYS = 800
"""Two years, and the weeks around them."""
SETTLED = timedelta(minutes=15)
"""After midnight, before a day counts as finished: what was said just before is stored by then."""
ROLL_EVERY = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=10)
"""How often each process looks whether it is time and nobody else is at it."""
AT_ONCE = 14
"""Days that are stored in one transaction when many are made up for: each waits for the disk once."""
_MARK = "counted until"
_DAY, _WEEK = 1, WEEK
_KINDS = (*(str(outcome) for outcome in Outcome), str(Measure.CHOSEN))
_KEY = (daily.c.measure, daily.c.channel, daily.c.language, daily.c.key)
_AGE_EDGES = list(enumerate(AGES))


@dataclass(frozen=True, slots=True)
class Days:
    """Which moments belong to which day."""

    zone: tzinfo

    def begin(self, day: date) -> datetime:
        """Its first moment."""
        return datetime.combine(day, time.min, self.zone)

    def of(self, moment: datetime) -> date:
        """The day of a moment."""
        return moment.astimezone(self.zone).date()


class SqlOverview:
    """`desk.overview.OverviewSource` in a database."""

    def __init__(self, database: Database, zone: Callable[[], tzinfo]) -> None:
        """``zone`` is the program's."""
        self._database, self._zone = database, zone

    async def figures(self, which: Which, now_day: date) -> Figures:
        """See the port."""
        days = Days(self._zone())
        return await self._database.snapshot(lambda connection: _figures(connection, which, now_day, days))


async def count_regularly(
    database: Database, now: Callable[[], datetime], zone: Callable[[], tzinfo], failed: Callable[[Exception], None]
) -> NoReturn:
    """Roll up what is over, in one process however many there are, for ever."""
    while True:
        try:
            await run_if_due(database, "overview", ROLL_EVERY, now(), lambda: roll_up(database, now(), zone()))
        except Exception as error:  # noqa: BLE001 - the supervisor: a database that is away comes back
            failed(error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def roll_up(database: Database, now: datetime, zone: tzinfo) -> int:
    """Count the days that are over and were not counted yet; returns how many. Each is stored as a whole, once."""
    days, done = Days(zone), 0
    today = days.of(now - SETTLED)
    first = await database.read(lambda connection: _next_day(connection, days))
    while first is not None and first < today:
        some = [first + timedelta(days=number) for number in range(min(AT_ONCE, (today - first).days))]
        counts = {day: await database.read(partial(count_day, day=day, days=days)) for day in some}
        await database.write(partial(_store_days, counts=counts))
        first, done = some[-1] + timedelta(days=1), done + len(some)
    return done


def _store_days(connection: Connection, counts: Mapping[date, Sequence[Count]]) -> None:
    for day, some in counts.items():
        _store(connection, day, some)


def count_day(connection: Connection, day: date, days: Days) -> list[Count]:
    """All counts of a day, from what was stored."""
    start, end = days.begin(day), days.begin(day + timedelta(days=1))
    found = _Tally()
    _count_exchanges(connection, start, end, found)
    _count_dialogs(connection, start, end, found)
    verdicts = select(feedback.c.helpful, feedback.c.channel, feedback.c.language, feedback.c.entry, func.count())
    verdicts = verdicts.where(feedback.c.at >= start, feedback.c.at < end).group_by(*verdicts.selected_columns[:4])
    for helpful, channel, language, entry, number in connection.execute(verdicts):
        found.add(Measure.HELPFUL if helpful else Measure.UNHELPFUL, channel, language, entry, number)
    made = select(cases.c.channel, cases.c.language, cases.c.type, func.count())
    made = made.where(cases.c.created_at >= start, cases.c.created_at < end).group_by(*made.selected_columns[:3])
    for channel, language, type_, number in connection.execute(made):
        found.add(Measure.OPENED, channel, language, type_, number)
    _count_listed(connection, start, end, found)
    return found.counts()


@dataclass(slots=True)
class _Tally:
    numbers: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def add(self, measure: Measure, channel: str, language: str, key: str, number: int = 1) -> None:
        self.numbers[str(measure), channel, language, key] += number

    def counts(self) -> list[Count]:
        return [Count(*key, number) for key, number in sorted(self.numbers.items())]


def _count_exchanges(connection: Connection, start: datetime, end: datetime, found: _Tally) -> None:
    said = select(exchanges.c.kind, exchanges.c.channel, exchanges.c.language, exchanges.c.entry, func.count())
    said = said.where(exchanges.c.at >= start, exchanges.c.at < end, exchanges.c.kind.in_(_KINDS))
    for kind, channel, language, entry, number in connection.execute(said.group_by(*said.selected_columns[:4])):
        if kind != Measure.CHOSEN:
            found.add(Measure.QUESTIONS, channel, language, kind, number)
        if kind != Outcome.MISSED:
            found.add(Measure(kind), channel, language, entry, number)


def _count_dialogs(connection: Connection, start: datetime, end: datetime, found: _Tally) -> None:
    talk = (exchanges.c.channel, exchanges.c.conversation, exchanges.c.user_id, exchanges.c.form)
    steps = select(*talk, exchanges.c.step, func.max(exchanges.c.language), func.max(exchanges.c.id))
    steps = steps.where(exchanges.c.at >= start, exchanges.c.at < end, exchanges.c.form != "")
    last: dict[tuple[str, ...], tuple[int, str, str]] = {}
    for *key, step, language, number in connection.execute(steps.group_by(*talk, exchanges.c.step)):
        channel, *_, form = key
        found.add(Measure.REACHED, channel, language, step_key(form, step))
        last[tuple(key)] = max(last.get(tuple(key), (0, "", "")), (number, step, language))
    for (channel, *_, form), (_, step, language) in last.items():
        found.add(Measure.BEGUN, channel, language, form)
        found.add(Measure.STOPPED, channel, language, step_key(form, step))


def _count_listed(connection: Connection, start: datetime, end: datetime, found: _Tally) -> None:
    moved = select(case_events.c.at, case_events.c.data, cases.c.created_at, cases.c.channel, cases.c.language)
    moved = moved.join(cases, cases.c.reference == case_events.c.reference)
    moved = moved.where(case_events.c.at >= start, case_events.c.at < end, case_events.c.kind == str(EventKind.MOVED))
    for at, data, created_at, channel, language in connection.execute(moved):
        if data.get("to") == State.LISTED:
            found.add(Measure.LISTED, channel, language, str((at - created_at).days))


def _next_day(connection: Connection, days: Days) -> date | None:
    """The first day that was not rolled up; None when nothing was ever said."""
    if (counted := _counted_until(connection)) is not None:
        return counted + timedelta(days=1)
    oldest = (select(func.min(column)) for column in (exchanges.c.at, feedback.c.at, cases.c.created_at))
    moments = [at for query in oldest if (at := connection.execute(query).scalar_one()) is not None]
    return days.of(min(moments)) if moments else None


def _counted_until(connection: Connection) -> date | None:
    found = connection.execute(select(meta.c.value).where(meta.c.name == _MARK)).scalar_one_or_none()
    return None if found is None else date.fromisoformat(found)


def _store(connection: Connection, day: date, counts: Sequence[Count]) -> None:
    """In place of what may be there of the same day; a Sunday ends a week."""
    measures = daily.c.measure.in_([str(measure) for measure in Measure])
    connection.execute(delete(daily).where(measures, daily.c.span == _DAY, daily.c.day == day))
    rows = [
        {
            "measure": one.measure,
            "span": _DAY,
            "day": day,
            "channel": one.channel,
            "language": one.language,
            "key": one.key,
            "count": one.count,
        }
        for one in counts
    ]
    if rows:
        connection.execute(insert(daily), rows)
    if day.weekday() == WEEK - 1:
        _store_week(connection, day - timedelta(days=WEEK - 1), measures)
    oldest = day - timedelta(days=KEPT_DAYS)
    connection.execute(delete(daily).where(measures, daily.c.span.in_([_DAY, _WEEK]), daily.c.day < oldest))
    if not insert_new(connection, meta, {"name": _MARK, "value": day.isoformat()}):
        connection.execute(update(meta).where(meta.c.name == _MARK).values(value=day.isoformat()))


def _store_week(connection: Connection, monday: date, measures: ColumnElement[bool]) -> None:
    connection.execute(delete(daily).where(measures, daily.c.span == _WEEK, daily.c.day == monday))
    week = and_(daily.c.span == _DAY, daily.c.day >= monday, daily.c.day < monday + timedelta(days=WEEK))
    sums = select(*_KEY, func.sum(daily.c["count"])).where(measures, week).group_by(*_KEY)
    rows = [
        {
            "measure": measure,
            "span": _WEEK,
            "day": monday,
            "channel": channel,
            "language": language,
            "key": key,
            "count": int(number),
        }
        for measure, channel, language, key, number in connection.execute(sums)
    ]
    if rows:
        connection.execute(insert(daily), rows)


def _figures(connection: Connection, which: Which, now_day: date, days: Days) -> Figures:
    counted = _counted_until(connection)
    stored_last = which.first - timedelta(days=1) if counted is None else min(counted, which.last)
    found = _Sums(which)
    if stored_last >= which.first:
        _add_stored(connection, which, stored_last, found)
    day = max(which.first, stored_last + timedelta(days=1))
    while day <= which.last:
        found.add_day(day, count_day(connection, day, days))
        day += timedelta(days=1)
    return found.figures(_requests(connection, which, now_day, days))


@dataclass(slots=True)
class _Sums:
    which: Which
    by_day: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sums: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    places: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add_day(self, day: date, counts: Iterable[Count]) -> None:
        for one in counts:
            wanted = (self.which.channel or one.channel, self.which.language or one.language)
            fits = wanted == (one.channel, one.language)
            if one.measure == Measure.QUESTIONS:
                self.places[one.channel, one.language][one.key] += one.count
                if fits:
                    self.by_day[day][one.key] += one.count
            elif fits:
                self.sums[one.measure][one.key] += one.count

    def figures(self, requests: Mapping[tuple[str, int], int]) -> Figures:
        return Figures(self.by_day, self.sums, self.places, requests)


def _add_stored(connection: Connection, which: Which, last: date, found: _Sums) -> None:
    number = func.sum(daily.c["count"])
    period = and_(
        daily.c.measure == str(Measure.QUESTIONS), daily.c.span == _DAY, daily.c.day.between(which.first, last)
    )
    wanted = [column == value for column, value in _chosen(daily.c, which)]
    by_day = select(daily.c.day, daily.c.key, number).where(period, *wanted).group_by(daily.c.day, daily.c.key)
    for day, key, count in connection.execute(by_day):
        found.by_day[day][key] += int(count)
    place = (daily.c.channel, daily.c.language, daily.c.key)
    for channel, language, key, count in connection.execute(select(*place, number).where(period).group_by(*place)):
        found.places[channel, language][key] += int(count)
    others = daily.c.measure.in_([str(measure) for measure in Measure if measure is not Measure.QUESTIONS])
    for spans in _spans(which.first, last):
        sums = select(daily.c.measure, daily.c.key, number).where(others, spans, *wanted)
        for measure, key, count in connection.execute(sums.group_by(daily.c.measure, daily.c.key)):
            found.sums[measure][key] += int(count)


def _spans(first: date, last: date) -> list[ColumnElement[bool]]:
    """Whole weeks, and the days around them: together all of the period, nothing twice."""
    monday = first + timedelta(days=-first.weekday() % WEEK)
    end = last + timedelta(days=1)
    after = end - timedelta(days=end.weekday())
    if after <= monday:
        return [_span(_DAY, first, end)]
    parts = ((_DAY, first, monday), (_WEEK, monday, after), (_DAY, after, end))
    return [_span(*part) for part in parts if part[1] < part[2]]


def _span(length: int, start: date, end: date) -> ColumnElement[bool]:
    return and_(daily.c.span == length, daily.c.day >= start, daily.c.day < end)


def _requests(connection: Connection, which: Which, now_day: date, days: Days) -> dict[tuple[str, int], int]:
    """Requests as they stand: open ones by state and age, the many closed ones by state, each out of one index.

    A channel or language is chosen here: asked for one, a database may read the index of owners instead.
    """
    edges = [(cases.c.created_at >= days.begin(now_day - timedelta(days=edge)), number) for number, edge in _AGE_EDGES]
    age, chosen = case(*edges, else_=len(AGES)).label("age"), _chosen(cases.c, which)
    of, wanted = (cases.c.state, *(column for column, _ in chosen)), [value for _, value in chosen]
    ages = select(*of, age, func.count()).where(text(IS_OPEN)).group_by(*of, age)
    totals = select(*of, literal(len(AGES)), func.count()).where(text(IS_CLOSED)).group_by(*of)
    return {
        (state, int(place)): number
        for query in (ages, totals)
        for state, *values, place, number in connection.execute(query)
        if values == wanted
    }


def _chosen(columns: Any, which: Which) -> list[tuple[Any, str]]:
    pairs = ((columns.channel, which.channel), (columns.language, which.language))
    return [(column, value) for column, value in pairs if value]
