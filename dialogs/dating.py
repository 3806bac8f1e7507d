"""Calendar questions are answered with dates: what the rules give for the day or month that a question names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from dialogs.fields.base import Reader
from dialogs.fields.dates import Mention, When, dates_in
from dialogs.fields.phrases import Folded, fold
from dialogs.reply import Block, Button, EntryAnswer, Paragraph, Press, Reply, SourceLine, Text
from faq.han import is_han
from program.months import Month
from program.questions import Asked, Computed, computed_answer, computes
from program.sentence import Sentence
from program.windows import Calendar

PAST = frozenset({"kpi-invoice-visibility"})
"""Entries about what has been: a month without a year is the latest one. In others it is the next one."""
_LEAP_CYCLE = 8
"""Years within which every day of the calendar comes again."""
_UNSURE = frozenset({"figure", "year", "years-ago", "short-year", "quarter", "fiscal", "day-only"})


Sources = Callable[[str], str | None]
"""The source line that an entry's answer ends with."""


def with_dates(
    replies: Sequence[Reply], text: str, moment: tuple[datetime, Calendar], reader: Reader, sources: Sources
) -> list[Reply]:
    """The answers to the question ``text``, each led by what the rules give for the day or month in it."""
    return [_dated_reply(reply, text, moment, reader, sources) for reply in replies]


def ruled(reply: Reply) -> str:
    """The entry whose answer it begins with, when its rule gives dates; else empty."""
    first = reply.blocks[0] if reply.blocks else None
    return first.entry if isinstance(first, EntryAnswer) and computes(first.entry) else ""


def _dated_reply(reply: Reply, text: str, moment: tuple[datetime, Calendar], reader: Reader, sources: Sources) -> Reply:
    entry = ruled(reply)
    found = computed_answer(entry, asked_about(text, reader, past=entry in PAST), *moment) if entry else None
    if found is None:
        return reply
    said = () if sources(entry) == found.source else (SourceLine(found.source),)
    return replace(reply, blocks=(*_blocks(found), *reply.blocks, *said), buttons=_with_start(found, reply.buttons))


def _with_start(found: Computed, buttons: tuple[Button, ...]) -> tuple[Button, ...]:
    """The button of the dialog that helps now comes first, once."""
    if found.starts is None:
        return buttons
    press = Press({"do": "start", "form": found.starts})
    start = Button(Text(f"{found.starts}.start"), press, "positive")
    return (start, *(button for button in buttons if button.action != press))


def asked_about(text: str, reader: Reader, *, past: bool) -> Asked:
    """The one day or month that the text names; None when it names none, or several."""
    folded = fold(text[:500])
    named = dict.fromkeys(
        meant
        for one in dates_in(folded.text, reader.words, reader.today).found
        if one.kind not in _UNSURE and _is_date(one, folded, text)
        for meant in [_meant(one, reader.today, past=past)]
        if meant is not None
    )
    return next(iter(named)) if len(named) == 1 else None


def _is_date(one: Mention, folded: Folded, text: str) -> bool:
    """Whether a mere name of a month is one: "may" and "march" are also verbs."""
    first = text[folded.origin[one.start]]
    return one.kind != "bare-month" or one.led or first.isupper() or first.isdigit() or is_han(first)


def _meant(one: Mention, today: date, *, past: bool) -> Month | date | None:
    whens = [when for when in one.whens if when.exists and when.month is not None]
    days = [when for when in whens if when.day is not None] or whens
    return _dated(days[0], today, past=past) if len(days) == 1 else None


def _dated(when: When, today: date, *, past: bool) -> Month | date | None:
    """Without a year: the latest one that is not ahead of today, or the next that is not behind it."""
    step = -1 if past else 1
    years = [when.year] if when.year else [today.year + step * away for away in range(_LEAP_CYCLE + 1)]
    for year in years:
        if when.month is None or not When(year, when.month, when.day).exists:
            continue
        there, here = (year, when.month, when.day or today.day), (today.year, today.month, today.day)
        if when.year or (there <= here if past else there >= here):
            return date(year, when.month, when.day) if when.day else Month(year, when.month)
    return None


def _blocks(found: Computed) -> Iterator[Block]:
    for result in found.results:
        yield Paragraph(_text(result), "strong")
    yield Paragraph(_text(found.rule), "subtle")
    for assumption in found.assumptions:
        yield Paragraph(_text(assumption), "subtle")


def _text(sentence: Sentence) -> Text:
    return Text(sentence.key, dict(sentence.params))
