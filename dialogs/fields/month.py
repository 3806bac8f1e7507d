"""Months: "Jan 2020", 2020年1月, "last month".

A month without a year is the latest one that has begun: in March 2021 "March" is March 2021 and "April" is April 2020.
A year of two digits is asked back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dialogs.fields.around import asking_spans, rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Refused
from dialogs.fields.dates import FIRST_YEAR, Mention, When, dates_in
from dialogs.fields.phrases import fold
from dialogs.fields.settling import ask_back, settle
from dialogs.reply import JsonValue, Text, Words
from program.months import Month

_LONGEST_ANSWER = 120
_UNSURE = frozenset({"short", "short-year"})
_FINDABLE = frozenset({"full", "month", "relative-month", "ago", "compact", "recent"})


@dataclass(frozen=True, slots=True)
class MonthType:
    """A month of the past or the current one. Values: ``2020-01``."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A month; of a whole date, its month."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        dates = dates_in(folded, reader.words, reader.today)
        found = dates.found
        rest = rest_of(folded, [(one.start, one.end) for one in found], reader.words, [reader.words.dates])
        if not found or rest.question or (rest.asked and rest.unknown):
            return None
        if all(when.month is None for one in found for when in one.whens):
            years = {when.year for one in found for when in one.whens if when.year}
            return Doubtful(Text("field.month.which", {"year": str(min(years))})) if years else None
        if found[0].kind == "quarter" and len(found) == 1:
            return ask_back(_quarter(found[0], reader), self, reader)
        values, refused = _values(found, reader)
        if not values:
            return refused
        rest.hedged |= dates.stray or rest.figures or any(one.kind in _UNSURE for one in found)
        return settle(values, rest, self, reader)

    def find(self, text: str, reader: Reader) -> Found | None:
        """The one month that a statement names with its year, or after a word such as "from"."""
        folded = fold(text)
        asking = asking_spans(folded.text, reader.words)
        found = [
            one
            for one in dates_in(folded.text, reader.words, reader.today).found
            if one.kind in _FINDABLE or (one.kind == "bare-month" and (one.led or folded.text[one.start].isdigit()))
        ]
        values, _ = _values(found, reader)
        distinct = list(dict.fromkeys(values))
        if len(distinct) != 1 or any(a <= found[0].start < b for a, b in asking):
            return None
        start, end = folded.span(found[0].start, found[0].end)
        return Found(distinct[0], start, end)

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """The month with its year."""
        return Text("field.month.shown", {"month": month_of_text(str(value))})


def month_of_text(value: str) -> Month:
    """The month of a value. Raises `ValueError` when it is none."""
    year, _, month = value.partition("-")
    return Month(int(year), int(month))


def _values(found: Iterable[Mention], reader: Reader) -> tuple[list[JsonValue], Refused | None]:
    """The months that may be meant, and why there is none."""
    values: list[JsonValue] = []
    refused: Refused | None = None
    for one in found:
        checked = [_checked(when, reader) for when in one.whens if when.month is not None]
        values += [str(month) for month in checked if isinstance(month, Month)]
        refusals = [Refused(Text(f"field.month.{reason}")) for reason in checked if isinstance(reason, str)]
        refused = refused or (refusals[0] if refusals else None)
    return values, refused


def _checked(when: When, reader: Reader) -> Month | str:
    """The month, or the reason why it cannot be."""
    this = Month(reader.today.year, reader.today.month)
    if not when.exists or when.month is None:
        return "impossible"
    if when.year is None:
        return Month(this.year - (when.month > this.month), when.month)
    if when.year < FIRST_YEAR:
        return "long-ago"
    month = Month(when.year, when.month)
    return "future" if month > this else month


def _quarter(mention: Mention, reader: Reader) -> list[JsonValue]:
    last = next((when for when in mention.whens if when.month), When(None, 3))
    month = _checked(last, reader)
    if not isinstance(month, Month):
        return []
    return [str(month.plus(offset)) for offset in (-2, -1, 0)]


INVOICE_MONTH = MonthType()
