"""The words as content: complete, told in both languages, and every sentence that the fields name exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from dialogs.fields.base import Doubtful, Reader, Refused, Understood
from dialogs.fields.country import COUNTRY, country_key
from dialogs.fields.data import FieldData
from dialogs.fields.hosts import readable
from dialogs.fields.invoices import INVOICES, cell_question
from dialogs.fields.load import load_field_data
from dialogs.fields.nearest import nearest
from dialogs.fields.number import KPI_VALUE
from dialogs.fields.phrases import PhraseTable, fold
from dialogs.fields.text import COMPETENCY, INVOICE_NUMBER
from dialogs.fields.yes_no import YES_NO_UNSURE
from dialogs.reply import JsonValue, Text, Words
from faq.library import Library
from faq.load import load_library
from program.document import ContentErrors
from program.facts import Program
from program.months import Month
from tests.dialogs.fields.conftest import CONTENT
from tests.dialogs.fields.table import TYPES, rows

Readers = Callable[[str], Reader]
ASKED_BACK = {"field.confirm", "field.which"}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(CONTENT)


def texts_in(words: Words) -> Iterator[Text]:
    if isinstance(words, Text):
        yield words
        for value in words.params.values():
            if isinstance(value, Text):
                yield from texts_in(value)


def said(value: JsonValue, name: str, reader: Reader) -> Iterator[Text]:
    yield from texts_in(TYPES[name].show(value, reader))
    if isinstance(value, dict) and "open" in value:
        cells = value["open"]
        assert isinstance(cells, list)
        for cell in cells:
            assert isinstance(cell, dict)
            yield from texts_in(cell_question(cell))


def everything_said(name: str, reader: Readers) -> Iterator[Text]:
    """Every sentence that the rows of a type bring about."""
    for row in rows(name):
        one = reader(row.language)
        match TYPES[name].read(row.typed, one):
            case Understood(value):
                yield from said(value, name, one)
            case Refused(reason):
                yield from texts_in(reason)
            case Doubtful(question, options):
                yield from texts_in(question)
                for label, _ in options:
                    yield from texts_in(label)


@pytest.mark.parametrize("name", TYPES)
def test_every_sentence_exists_with_its_values(name: str, reader: Readers, library: Library) -> None:
    for text in everything_said(name, reader):
        for pack in library.languages.values():
            wanted = {field for _, field, _, _ in Formatter().parse(pack.catalog.messages[text.key]) if field}
            assert wanted <= text.params.keys(), text


def test_values_are_shown_as_they_were_meant(reader: Readers) -> None:
    english, chinese = reader("en"), reader("zh-CN")
    assert TYPES["month"].show("2020-01", english) == Text("field.month.shown", {"month": Month(2020, 1)})
    assert TYPES["day"].show("2021-06-30", english) == Text("field.day.shown", {"day": date(2021, 6, 30)})
    money = TYPES["money"].show({"amount": "1234.50", "currency": None}, english)
    assert money == Text("field.money.shown", {"amount": Decimal("1234.50")})
    assert [COUNTRY.show("TW", one) for one in (english, chinese)] == [_plain("Taiwan"), _plain("台湾")]
    assert TYPES["choice"].show("gold", chinese) == _plain("金牌")
    assert readable("https://xn--wcvs22d.xn--fiqs8s/%E5%BE%AE") == "https://教育.中国/微"
    assert readable("https://contoso.com/%20%0A") == "https://contoso.com/%20%0A"


def _plain(text: str) -> Words:
    return TYPES["text"].show(text, None)  # type: ignore[arg-type] - a name needs no reader


def test_every_country_is_known_by_code_and_by_its_names(field_data: FieldData, reader: Readers) -> None:
    countries = field_data.countries
    assert len(countries.names) >= 245
    assert {"TW", "HK", "MO", "XK", "PS", "PR"} <= countries.names.keys()
    for code, names in countries.names.items():
        assert names.keys() == field_data.words.keys()
        for language, name in names.items():
            assert COUNTRY.read(name, reader(language)) == Understood(code), name
    assert set(countries.codes.values()) == set(countries.names)
    assert all(len(code) in (2, 3) for code in countries.codes)


def test_careful_names_are_names(field_data: FieldData) -> None:
    known = field_data.countries.known
    assert [name for name in field_data.countries.careful if not known.get(name)] == []


def test_a_name_that_two_countries_share_would_be_noticed(field_data: FieldData) -> None:
    names = [country_key(name) for by_language in field_data.countries.names.values() for name in by_language.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("wrong", ["numbers:\n  {zero: none}", "unheard: [of]"])
def test_a_mistake_in_the_words_is_named_with_its_place(wrong: str, tmp_path: Path, field_data: FieldData) -> None:
    for language in ("en", "zh-CN"):
        (tmp_path / language).mkdir()
        text = (CONTENT / language / "fields.yaml").read_text("utf-8")
        (tmp_path / language / "fields.yaml").write_text(text + "\n" + wrong, "utf-8")
    with pytest.raises(ContentErrors, match=r"fields\.yaml:\d+:\d+"):
        load_field_data(tmp_path, Program({}, date(2021, 2, 5), {}, {}, {}), ("en", "zh-CN"))


def test_not_knowing_is_an_answer_where_it_may_be_one(reader: Readers) -> None:
    for text in ("I don't know", "no idea", "不知道"):
        assert YES_NO_UNSURE.read(text, reader("en")) == Understood("unsure")
        assert COMPETENCY.read(text, reader("en")) == Understood("unknown")
        assert isinstance(TYPES["yes_no"].read(text, reader("en")), Doubtful)
    assert isinstance(YES_NO_UNSURE.read("算是吧", reader("zh-CN")), Doubtful)


def test_figures_and_numbers_of_invoices(reader: Readers) -> None:
    one = reader("en")
    assert KPI_VALUE.read("1,234.5", one) == Understood("1234.5")
    assert isinstance(KPI_VALUE.read("1.234", one), Doubtful)
    assert isinstance(KPI_VALUE.read("-2", one), Refused)
    assert KPI_VALUE.read("INV-2", one) is None
    assert INVOICE_NUMBER.read("INV-2020/17", one) == Understood("INV-2020/17")
    assert isinstance(INVOICE_NUMBER.read("order confirmation 5", one), Refused)
    assert INVOICE_NUMBER.read("where is it?", one) is None


def test_files_are_read_like_pasted_tables(reader: Readers) -> None:
    heading = ["Month", "Year", "OMLP type", "Purchase unit", "Invoice #", "KPI value", "Revenue value"]
    cells = [heading, ["Jan", "2020", "=cmd()", "Seat", "INV-1", "5", "1,200.50"], ["", "", "", "", "", "", ""]]
    reading = INVOICES.read_cells(cells, reader("en"))
    assert isinstance(reading, Understood)
    assert isinstance(reading.value, dict)
    row = {"month": "2020-01", "omlp-type": "'=cmd()", "purchase-unit": "Seat", "invoice-number": "INV-1"}
    row |= {"kpi-value": "5", "revenue-value": {"amount": "1200.50", "currency": None}}  # type: ignore[dict-item]
    assert reading.value == {"rows": [row], "open": []}
    assert isinstance(INVOICES.read_cells([["", ""]], reader("en")), Refused)
    assert INVOICES.table("\t".join(cells[1]), reader("en")) == [row]
    assert INVOICES.table("hello", reader("en")) is None


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("germny", {"germany": "DE", "hungary": "HU"}, (["DE"], True)),
        ("nigera", {"nigeria": "NG", "niger": "NE"}, (["NG", "NE"], False)),
        ("chna", {"china": "CN"}, (["CN"], False)),
        ("uk", {"ukraine": "UA"}, ([], False)),
        ("holland", {"poland": "PL"}, ([], False)),
        ("澳大利亚呀", {"澳大利亚": "AU", "奥地利": "AT"}, (["AU"], True)),
    ],
)
def test_the_nearest_spelling_is_sure_only_when_no_other_is_near(
    word: str, known: Mapping[str, str], expected: tuple[list[str], bool]
) -> None:
    assert nearest(word, known) == expected


def test_folding_keeps_places() -> None:
    folded = fold("Ａ  ½ Côte")
    assert folded.text == "a 1⁄2 cote"
    start = folded.text.index("cote")
    assert folded.span(start, start + 4) == (5, 9)


def test_phrases_end_where_words_end() -> None:
    table = PhraseTable.of({"may": 1, "may be": 2, "一月": 3, "3k": 4})
    assert table.at("maybe", 0) is None
    assert table.at("may be", 0) == (6, 2)
    assert table.at("may b", 0) == (3, 1)
    assert table.at("十一月份", 1) == (3, 3)
    assert table.at("13k", 1) is None
