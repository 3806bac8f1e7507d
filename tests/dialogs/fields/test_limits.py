"""4,000 hostile characters cost no more than their length."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from dialogs.fields.base import MAX_CHARACTERS, Reader, Refused
from dialogs.fields.number import KPI_VALUE
from dialogs.fields.phrases import fold
from dialogs.fields.text import INVOICE_NUMBER
from tests.dialogs.fields.table import TYPES

Readers = Callable[[str], Reader]
EVERY = {**TYPES, "quantity": KPI_VALUE, "invoice-number": INVOICE_NUMBER}
SHAPES = {
    "one digit": "1",
    "dashed dates": "2020-01-",
    "commas": "1,",
    "points": "1.2.",
    "slashes": "1/",
    "one letter": "a",
    "labels": "a.",
    "hyphens": "a-",
    "spaces": " ",
    "no-break spaces": "\u00a0",
    "tabs": "1\t",
    "lines": "a\n",
    "Chinese digits": "一",
    "Chinese hundreds": "一百",
    "Chinese years": "2020年",
    "schemes": "https://",
    "hosts": "http://a.",
    "at signs": "at@",
    "closing brackets": ")",
    "opening brackets": "((",
    "quotes": '"',
    "bracketed tails": "https://a.co/)))",
    "keys": "month:1\n",
    "rows": "Jan\t2020\tA\tB\tC\t5\t1\n",
    "open quotes": '1,2020,a,b,c,5,"',
    "months": "jan ",
    "countries": "brazil ",
    "codes": "US ",
    "dotted codes": "u.s.",
    "signs": "--",
    "accents": "e\u0301",
    "full width": "１，",
    "ligatures": "ﷺ",
    "emoji": "👍",
    "direction marks": "\u202e",
    "fillers": "it is ",
    "Chinese fillers": "我们有",
    "hedges": "about ",
    "number words": "one hundred and ",
    "formulas": "=1",
    "facts": "3 MCTs, Brazil, https://a.co/x; ",
}
SLACK = 4
"""How much more than its length a longer text may cost: clocks of shared machines are rough."""
NOTICEABLE = 0.05
"""Seconds from which it is worth to look whether the cost grows with the length only."""
ACTIONS = [(name, what, getattr(one, what)) for name, one in EVERY.items() for what in ("read", "find")]


def seconds(action: Callable[[str], object], text: str, tries: int = 1) -> float:
    """The best of some tries."""
    best = float("inf")
    for _ in range(tries):
        start = time.thread_time()
        action(text)
        best = min(best, time.thread_time() - start)
    return best


def is_linear(action: Callable[[str], object], text: str) -> bool:
    """Whether ``text`` costs no more than its tenth does, by length."""
    tenth = text[: len(text) // 10]
    return seconds(action, text, 3) < 10 * SLACK * seconds(action, tenth, 5)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_text_costs_no_more_than_its_length(shape: str, reader: Readers) -> None:
    text = (SHAPES[shape] * MAX_CHARACTERS)[:MAX_CHARACTERS]
    for name, what, action in ACTIONS:
        on_text = partial(_with_reader, action, reader("en"))
        took = seconds(on_text, text)
        assert took < 1, (name, what)
        assert took < NOTICEABLE or is_linear(on_text, text), (name, what)


def test_a_quadratic_parser_is_noticed() -> None:
    assert not is_linear(lambda text: sum(one == other for one in text for other in text), "a" * 4_000)


def _with_reader(action: Callable[[str, Reader], object], reader: Reader, text: str) -> object:
    return action(text, reader)


def test_longer_texts_are_cut(reader: Readers) -> None:
    endless = "x" * 100_000
    assert TYPES["text"].read(endless, reader("en")) is not None
    assert TYPES["url"].find("https://contoso.com/" + endless, reader("en")) is not None
    too_long = TYPES["invoices"].read("Jan\t2020\tA\tB\tC\t5\t1\n" * 1000, reader("en"))
    assert isinstance(too_long, Refused)
    assert too_long.reason.key == "field.invoices.too-long"


def test_folding_lengthens_little() -> None:
    text = "ﷺ㍿½ﬃ" * 1000
    assert len(fold(text).text) <= 4 * len(text)
