"""Asks owners whether their listing is there, from the day on by which it can be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cases.errors import CaseChanged
from cases.inquiring import inquire
from cases.ports import CaseDesk
from faq.library import Library
from program.windows import calendar_of, in_office_hours, month_of, start_of, visible_by
from turn.ports import Clock, Inquiries

EVERY = timedelta(hours=1)
FOR = timedelta(days=14)
"""From the visible-by day on: whoever could not be asked on the day itself is asked later, but not much later."""
BATCH = 50


class Inquirer:
    """Asks everybody once for each batch. Who wants no news is not asked, nor anybody by night."""

    def __init__(self, *, inquiries: Inquiries, desk: CaseDesk, library: Callable[[], Library], clock: Clock) -> None:
        self._inquiries = inquiries
        self._desk = desk
        self._library = library
        self._clock = clock

    async def run(self) -> int:
        """Ask whoever is to be asked now; returns how many that were."""
        now, calendar = self._clock.now(), calendar_of(self._library().program)
        today, asked = calendar.day_of(now), 0
        batch = month_of(today).plus(-1)
        first = visible_by(batch, calendar)
        if not first <= today < first + FOR or not in_office_hours(now, calendar):
            return 0
        while cases := await self._inquiries.waiting(batch, start_of(first, calendar), BATCH):
            before = asked
            for case in cases:
                try:
                    await self._desk.apply(inquire(case, now))
                    asked += 1
                except CaseChanged:  # somebody is at it: the next round sees what became of it
                    continue
            if asked == before:
                break
        return asked
