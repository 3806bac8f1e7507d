"""Years: "2020", 去年, "two years ago". Two digits and fiscal years are asked back."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.fields.around import rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Refused
from dialogs.fields.dates import FIRST_YEAR, dates_in
from dialogs.fields.phrases import fold
from dialogs.fields.settling import settle
from dialogs.reply import JsonValue, Plain, Text, Words

_LONGEST_ANSWER = 120
_UNSURE = frozenset({"short", "short-year", "fiscal", "either", "figure"})
_NO_YEAR = frozenset({"bare-month", "day", "day-only"})


@dataclass(frozen=True, slots=True)
class Year:
    """A year of the program's time, up to the current one. Values: whole numbers."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A year; of a month or a date, its year."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        dates = dates_in(folded, reader.words, reader.today)
        found = dates.found
        rest = rest_of(folded, [(one.start, one.end) for one in found], reader.words, [reader.words.dates])
        if not found or rest.question or (rest.asked and rest.unknown) or all(one.kind in _NO_YEAR for one in found):
            return None
        years = [_year(one.kind, when.year, when.month) for one in found for when in one.whens]
        said = [year for year in dict.fromkeys(years) if year is not None]
        values: list[JsonValue] = [year for year in said if FIRST_YEAR <= year <= reader.today.year]
        if not values:
            return _refusal(said, reader)
        impossible = any(not when.exists for one in found for when in one.whens)
        rest.hedged |= dates.stray or rest.figures or impossible or any(one.kind in _UNSURE for one in found)
        return settle(values, rest, self, reader)

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - a month brings its year
        """Never: four figures may be anything."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - figures are the same everywhere
        """The year."""
        return Plain(str(value))


def _year(kind: str, year: int | None, month: int | None) -> int | None:
    """The year of what was said; a lone figure of two digits may be its last two."""
    return FIRST_YEAR + month if kind == "figure" and month else year if kind != "figure" else month


def _refusal(said: list[int], reader: Reader) -> Reading:
    if not said:
        return Doubtful(Text("field.year.exactly"))
    year = said[0]
    if not 1000 <= year <= 9999:
        return Refused(Text("field.year.impossible"))
    return Refused(Text("field.year.future" if year > reader.today.year else "field.year.long-ago"))


INVOICE_YEAR = Year()
