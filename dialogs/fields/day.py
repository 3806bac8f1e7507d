"""Days: "30 June", 6月30号, 2021-06-30.

A day without a year is the next such day from today on: it is an anniversary. Figures that may be day and month or
month and day are asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dialogs.fields.around import asking_spans, rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Refused
from dialogs.fields.dates import FIRST_YEAR, Mention, When, dates_in
from dialogs.fields.phrases import fold
from dialogs.fields.settling import settle
from dialogs.reply import JsonValue, Plain, Text, Words

_LONGEST_ANSWER = 120
_YEARS_AHEAD = 10
_LEAP_CYCLE = 8
"""Years within which every day of the calendar comes again."""
_FINDABLE = frozenset({"full", "day", "compact"})


@dataclass(frozen=True, slots=True)
class Day:
    """A day from 2000 to ten years ahead. Values: ``2021-06-30``."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A day; a month alone is asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        dates = dates_in(folded, reader.words, reader.today)
        found = dates.found
        rest = rest_of(folded, [(one.start, one.end) for one in found], reader.words, [reader.words.dates])
        if not found or rest.question or (rest.asked and rest.unknown) or found[0].kind == "figure":
            return None
        dayed = [when for one in found for when in one.whens if when.day is not None and when.month is not None]
        if not dayed:
            return Doubtful(Text("field.day.which"))
        checked = [_checked(when, reader.today) for when in dayed]
        values: list[JsonValue] = [day.isoformat() for day in checked if isinstance(day, date)]
        if not values:
            return Refused(Text(f"field.day.{checked[0]}"))
        rest.hedged |= dates.stray or rest.figures or len(found) > 1 or any(one.kind == "short" for one in found)
        return settle(values, rest, self, reader)

    def find(self, text: str, reader: Reader) -> Found | None:
        """The one day that a statement names by month and day."""
        folded = fold(text)
        asking = asking_spans(folded.text, reader.words)
        found = [one for one in dates_in(folded.text, reader.words, reader.today).found if one.kind in _FINDABLE]
        days = {day: one for one in found for day in _days(one, reader) if not _inside(one, asking)}
        if len(days) != 1:
            return None
        (day, one), *_ = days.items()
        start, end = folded.span(one.start, one.end)
        return Found(day.isoformat(), start, end)

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """The day with its month and year."""
        try:
            return Text("field.day.shown", {"day": date.fromisoformat(str(value))})
        except ValueError:
            return Plain(str(value))


def _days(one: Mention, reader: Reader) -> list[date]:
    days = [_checked(when, reader.today) for when in one.whens if when.day is not None and when.month is not None]
    return [day for day in days if isinstance(day, date)]


def _inside(one: Mention, asking: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start < end for start, end in asking)


def _checked(when: When, today: date) -> date | str:
    """The day, or the reason why it cannot be."""
    if not when.exists or when.month is None or when.day is None:
        return "impossible"
    if when.year is None:
        return _next(when.month, when.day, today)
    if when.year < FIRST_YEAR:
        return "long-ago"
    return "far-off" if when.year > today.year + _YEARS_AHEAD else date(when.year, when.month, when.day)


def _next(month: int, day: int, today: date) -> date:
    """The next such day from ``today`` on; 29 February waits for a leap year."""
    for year in range(today.year, today.year + _LEAP_CYCLE + 1):
        if When(year, month, day).exists and date(year, month, day) >= today:
            return date(year, month, day)
    raise AssertionError("every day of the calendar comes again within eight years")


ANNIVERSARY = Day()
