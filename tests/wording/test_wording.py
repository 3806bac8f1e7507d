from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from program.facts import Fact
from program.months import Month
from wording.catalog import Catalog
from wording.dates import FORMS, day_text, fact_text, fact_texts, month_text, number_text
from wording.errors import BadPlaceholder, MissingValue, UnknownLanguage, UnknownMessage
from wording.fill import fill, fill_known, link_names, placeholders, resolve_links


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (date(2020, 2, 15), "15 February 2020", "2020年2月15日"),
        (date(2021, 12, 1), "1 December 2021", "2021年12月1日"),
        (Month(2020, 1), "January 2020", "2020年1月"),
        (1234567, "1,234,567", "1,234,567"),
        (-5, "-5", "-5"),
        ("Europe/Berlin", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_facts_are_written_in_the_reader_s_language(value: Fact, english: str, chinese: str) -> None:
    assert (fact_text(value, "en"), fact_text(value, "zh-CN")) == (english, chinese)
    assert fact_texts({"name": value}, "en") == {"name": english}


def test_money_keeps_its_places() -> None:
    assert number_text(Decimal("1234.50"), "en") == "1,234.50"


def test_every_language_has_all_its_forms() -> None:
    for language in FORMS:
        assert len({month_text(Month(2020, month), language) for month in range(1, 13)}) == 12
        assert len({day_text(date(2020, 1, day), language) for day in range(1, 32)}) == 31


def test_a_language_without_forms_says_where_to_add_them() -> None:
    with pytest.raises(UnknownLanguage, match=r"wording/dates\.py \(fr\)"):
        number_text(1, "fr")


def test_placeholders_are_found_with_their_place() -> None:
    assert [(r.name, r.offset) for r in placeholders("on {day_1} or {day_2}, on {day_1}")] == [
        ("day_1", 3),
        ("day_2", 14),
        ("day_1", 26),
    ]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a { b", 2),
        ("a } b", 2),
        ("{Name}", 0),
        ("{a b}", 0),
        ("{}", 0),
        ("{{a}}", 0),
        ("{a}{", 3),
        ("{a.b}", 0),
        ("{日}", 0),
    ],
)
def test_a_stray_brace_is_an_error_with_its_place(text: str, offset: int) -> None:
    with pytest.raises(BadPlaceholder) as caught:
        placeholders(text)
    assert caught.value.offset == offset
    with pytest.raises(BadPlaceholder):
        fill(text, {"a": "x"})


def test_filling_inserts_values_as_they_are() -> None:
    assert fill("{a} and {b} and {a}", {"a": "{b}", "b": r"\1"}) == r"{b} and \1 and {b}"
    assert fill_known("{a} and {b}", {"a": "1"}) == "1 and {b}"
    with pytest.raises(MissingValue, match=r"\(b\)"):
        fill("{a} {b}", {"a": "1"})


def test_links_by_name_become_addresses() -> None:
    text = "[one](link:help), [two](link:shop) and (link:help)"
    assert [(r.name, r.offset) for r in link_names(text)] == [("help", 6), ("shop", 24)]
    resolved = resolve_links(text, {"help": "https://h.example", "shop": "https://s.example"})
    assert resolved == "[one](https://h.example), [two](https://s.example) and (link:help)"
    with pytest.raises(MissingValue, match="link:shop"):
        resolve_links(text, {"help": "https://h.example"})


def test_a_catalog_says_sentences_by_key() -> None:
    catalog = Catalog("en", {"as-of": "As of {date}", "bye": "Bye."})
    assert catalog.text("bye") == "Bye."
    assert catalog.text("as-of", {"date": "today", "unused": "x"}) == "As of today"
    with pytest.raises(MissingValue, match="date"):
        catalog.text("as-of")
    with pytest.raises(UnknownMessage, match=r"\(hello, en\)"):
        catalog.text("hello")
