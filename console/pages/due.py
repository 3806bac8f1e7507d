"""What is due: overdue first, then by the days of the program's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from aiohttp import web

from cases.model import Case, CaseType, State
from console.naming import Naming
from console.routing import NavEntry, Route, get, needs
from console.visit import Visit
from desk.access import Action
from desk.listing import CaseFinder, Order, Query
from program.windows import Calendar, batch_of, month_of, next_report_day, visible_by

PATH = "/due"
CUT_OFF, VISIBLE, REPORT = "cut-off", "visible-by", "report"


@dataclass(frozen=True, slots=True)
class DueDay:
    """Requests that are due for the same reason on the same day."""

    day: date
    kind: str
    cases: tuple[Case, ...]
    days_left: int
    """Negative when it is past."""


class DueDates:
    """The section of due days."""

    def __init__(self, finder: CaseFinder, naming: Naming) -> None:
        self._finder, self._naming = finder, naming

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (get(PATH, self.show),)

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("due", PATH, Action.SEE_REQUESTS),)

    @needs(Action.SEE_REQUESTS)
    async def show(self, visit: Visit) -> web.Response:
        """All that has a due day, or one's own."""
        today, mine, after = (
            self._naming.today(visit.around.clock.now()),
            visit.query("who") == "me",
            visit.query("after"),
        )
        query = Query(today, assignee=visit.account.name if mine else "", order=Order.DUE, dated=True)
        page = await self._finder.find(query, after=after)
        return await visit.render(
            "due.html",
            days=by_day(page.cases, today),
            dates=next_days(today, self._naming.calendar),
            today=today,
            next=page.next,
            first=not after,
            mine=mine,
            about=self._naming.about,
        )


def kind_of(case: Case) -> str:
    """What its due day is of the program's calendar."""
    if case.type is CaseType.LISTING:
        return VISIBLE if case.state is State.SUBMITTED else CUT_OFF
    return REPORT


def by_day(cases: Sequence[Case], today: date) -> list[DueDay]:
    """Requests that are sorted by their due days, in groups."""
    dated = [(case.due, kind_of(case), case) for case in cases if case.due is not None]
    dated.sort(key=lambda each: each[:2])
    return [
        DueDay(day, kind, tuple(case for _, _, case in same), (day - today).days)
        for (day, kind), same in groupby(dated, key=lambda each: each[:2])
    ]


def next_days(today: date, calendar: Calendar) -> list[tuple[str, date, int]]:
    """The next of each of the program's days, and how many days are left until then."""
    month = month_of(today)
    cut_off = batch_of(month, calendar).last_day
    if cut_off < today:
        cut_off = batch_of(month.plus(1), calendar).last_day
    visible = visible_by(month.plus(-1), calendar)
    if visible < today:
        visible = visible_by(month, calendar)
    days = ((CUT_OFF, cut_off), (VISIBLE, visible), (REPORT, next_report_day(today, calendar)))
    return sorted(((kind, day, (day - today).days) for kind, day in days), key=lambda each: each[1])
