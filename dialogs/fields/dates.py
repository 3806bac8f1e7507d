"""Days, months and years in a text.

The text becomes a row of symbols, one letter for each word, figure or mark (`_symbols`), and every way to write a date
is a pattern over that row (`_SHAPES`) with the roles of its numbers. Adding a way is adding a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dialogs.fields.amounts import spelled_at
from dialogs.fields.data import FieldWords
from faq.han import is_han
from program.months import Month

FIRST_YEAR = 2000
"""Nothing in the program is older."""


@dataclass(frozen=True, slots=True)
class When:
    """A date as far as it was said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def exists(self) -> bool:
        """Whether the calendar has such a date (in some year)."""
        if self.month is not None and not 1 <= self.month <= 12:
            return False
        if self.year is not None and not 1 <= self.year <= 9999:
            return False
        if self.day is None:
            return True
        year = 2000 if self.year is None else self.year
        month = 1 if self.month is None else self.month
        return 1 <= self.day <= (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


@dataclass(frozen=True, slots=True)
class Mention:
    """One date of a text, with what it may mean."""

    kind: str
    whens: tuple[When, ...]
    start: int
    end: int
    led: bool = False
    """Whether a word such as "in" leads to it."""


@dataclass(slots=True)  # frozen ones take four times as long to make, and every word makes one
class _Symbol:
    letter: str
    value: int
    start: int
    end: int


# Symbols. Figures: d one or two digits, y four, s six, e eight, z others; u a number in words, o "first".
# Words: N January, M 月, Y 年, D 日, O "th", R "last month", L "last year", T "today", P "last", A "months ago",
# B "years ago", G "months", Q "Q1", F "fiscal year", E "end of", i "in". Marks: - / . '; x anything else.
# Roles: y year, t its last two digits, m month, d day, l years from this one, r months from this one, q quarter.
_SHAPES: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("full", r"y[-/.]d[-/.]d", ("ymd",)),
    ("full", r"yYdMdD?", ("ymd",)),
    ("full", r"[do]O?[-/.]?i?N[-/.]?i?y", ("dmy",)),
    ("full", r"N[-/.]?[do]O?i?y", ("mdy",)),
    ("mixed", r"d[-/.]d[-/.]y", ("dmy", "mdy")),
    ("full", r"LdMdD?", ("lmd",)),
    ("short", r"[do]O?[-/.]?i?N'd|dYdMdD?", ("dmt", "tmd")),
    ("short", r"d[-/.]d[-/.]d", ("dmt", "mdt", "tmd")),
    ("month", r"y[-/.]?N|yY?dM|yYN|y[-/.]d(?![dyzu])", ("ym",)),
    ("fiscal", r"F'?d", ("t",)),
    ("fiscal", r"F'?y|yF|y[-/]y", ("y",)),
    ("quarter", r"Qi?y|Q", ("qy",)),
    ("quarter", r"yY?Q", ("yq",)),
    ("month", r"N[-/.]?i?y|d[-/]y", ("my",)),
    ("month", r"L[-/.]?N|LdM", ("lm",)),
    ("month", r"Ni?L", ("ml",)),
    ("recent", r"PN", ("pm", "Pm")),
    ("short", r"N[-/.]?'d", ("mt",)),
    ("short", r"dYdM", ("tm",)),
    ("short", r"d'd", ("mt",)),
    ("day", r"N[-/.]?[do]O|N[-/.]?o", ("md",)),
    ("either", r"N[-/.]?d", ("md", "mt")),
    ("day", r"[do]O?[-/.]?i?N", ("dm",)),
    ("day", r"dMdD?", ("md",)),
    ("either", r"d[-/]d", ("md", "dm", "mt")),
    ("ago", r"[du]A", ("na",)),
    ("ahead", r"i[du]G", ("g",)),
    ("years-ago", r"[du]B", ("nb",)),
    ("relative-month", r"R", ("r",)),
    ("relative-day", r"T", ("c",)),
    ("year", r"L", ("l",)),
    ("bare-month", r"dM|N", ("m",)),
    ("day-only", r"dD|dO", ("d",)),
    ("compact", r"e", ("e",)),
    ("compact-month", r"s", ("s",)),
    ("short-year", r"dY|'d", ("t",)),
    ("year", r"yY?|zY?", ("y",)),
    ("year", r"u-?u", ("cc",)),
    ("figure", r"d", ("f",)),
)
_ANY = re.compile("|".join(f"(?P<s{index}>{pattern})" for index, (_, pattern, _) in enumerate(_SHAPES)))
_VALUED = frozenset("duoyszeNRLTPABQ")
_LOOSE = frozenset("ixuo-/.'")
"""Symbols that may stand between dates."""
_DROPPED = frozenset(" ,，()w")
_LETTERS = {1: "d", 2: "d", 4: "y", 6: "s", 8: "e"}


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a text, in order."""

    found: tuple[Mention, ...]
    stray: bool
    """There are words of dates that belong to none of them (2020年前)."""


@lru_cache(maxsize=256)  # several fields of a form look for dates in the same text, as do the same questions
def dates_in(text: str, words: FieldWords, today: date) -> Dates:
    """Every date of a folded text. A mere figure is one only when the text has no other date."""
    symbols = _symbols(text, words)
    row = "".join(symbol.letter for symbol in symbols)
    found, stray, last = [], False, 0
    for match in _ANY.finditer(row):
        stray |= not _LOOSE.issuperset(row[last : match.start()])
        last = match.end()
        kind, _, roles = _SHAPES[int((match.lastgroup or "s0")[1:])]
        inside = symbols[match.start() : match.end()]
        values = [symbol.value for symbol in inside if symbol.letter in _VALUED]
        whens = tuple(dict.fromkeys(when for role in roles if (when := _when(role, values, today))))
        led = match.start() > 0 and row[match.start() - 1] in "iP"
        found.append(Mention(kind, whens, inside[0].start, inside[-1].end, led))
    stray |= not _LOOSE.issuperset(row[last:])
    dates = [one for one in found if one.kind != "figure"]
    figures = found if len(found) == 1 and "G" not in row and "u" not in row else []
    return Dates(tuple(dates or figures), stray)


def _when(role: str, values: list[int], today: date) -> When | None:
    this = Month(today.year, today.month)
    if role in _COMPUTED:
        return _COMPUTED[role](values, this) if all(value < _MOST for value in values) or role in "es" else None
    if role == "c":
        day = date.fromordinal(today.toordinal() + values[0])
        return When(day.year, day.month, day.day)
    if len(role) != len(values):  # a quarter without its year
        return When(None, values[0] * 3) if role == "qy" else None
    said = dict(zip(role, values, strict=True))
    year = said.get("y")
    if "t" in said:
        year = FIRST_YEAR + said["t"]
    if "l" in said:
        year = today.year + said["l"]
    return When(year, said["q"] * 3 if "q" in said else said.get("m"), said.get("d"))


def _month(month: Month) -> When:
    return When(month.year, month.month)


_COMPUTED: Mapping[str, Callable[[list[int], Month], When]] = {
    "e": lambda values, _: When(values[0] // 10000, values[0] // 100 % 100, values[0] % 100),
    "s": lambda values, _: When(values[0] // 100, values[0] % 100),
    "f": lambda values, _: When(None, values[0]),
    "na": lambda values, this: _month(this.plus(values[0] * values[1])),
    "g": lambda values, this: _month(this.plus(values[0])),
    "nb": lambda values, this: When(this.year + values[0] * values[1]),
    "r": lambda values, this: _month(this.plus(values[0])),
    "cc": lambda values, _: When(values[0] * 100 + values[1]),
    "pm": lambda values, this: When(this.year - (values[1] >= this.month), values[1]),
    "Pm": lambda values, this: When(this.year - 1, values[1]),
}
"""Roles whose date is more than its numbers."""
_MOST = 1000
"""So many months or years away is no date."""


def _symbols(text: str, words: FieldWords) -> list[_Symbol]:
    symbols: list[_Symbol] = []
    index = 0
    while index < len(text):
        symbol = _symbol(text, index, words, symbols[-1] if symbols else None)
        if symbol.letter not in _DROPPED and not (symbol.letter == "x" and symbols and symbols[-1].letter == "x"):
            symbols.append(symbol)
        index = symbol.end
    return symbols


def _symbol(text: str, index: int, words: FieldWords, before: _Symbol | None) -> _Symbol:
    found = words.dates.places(text).get(index)
    spelled = spelled_at(text, index, words)
    around = words.around.places(text).get(index)
    marks = before is not None and before.end == index and before.letter in "duy"  # 1月份是: a month, not 月份是
    if found and found[0] >= max(spelled[0] if spelled else 0, around[0] if around and not marks else 0):
        letter, value = found[1]
        return _Symbol(" " if letter == "E" else letter, value, index, found[0])
    if spelled:
        four = 1000 <= spelled[1] <= 9999
        letter = "y" if four else "d" if is_han(text[index]) else "u"
        return _Symbol(letter, spelled[1], index, spelled[0])
    if text[index].isdigit():
        end = index
        while end < len(text) and text[end].isdigit():
            end += 1
        return _Symbol(_LETTERS.get(end - index, "z"), int(text[index : min(end, index + 12)]), index, end)
    if text[index] in "-/.' ,，()":
        return _Symbol(text[index], 0, index, index + 1)
    end = around[0] if around else index + 1
    while end < len(text) and text[end].isalpha() and not is_han(text[end]) and not is_han(text[index]):
        end += 1
    return _Symbol("x", 0, index, end)
