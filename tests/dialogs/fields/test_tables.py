"""Everything that people type, read as the tables say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dialogs.fields.base import Doubtful, Reader, Reading, Understood
from dialogs.reply import JsonValue
from tests.dialogs.fields.table import LANGUAGES, TYPES, Row, as_row, document, rows, second_look

Readers = Callable[[str], Reader]
UNDERSTOOD = 0.97
"""Share of rows of each type and language that must come out as written."""


def wrong(table: list[Row], reader: Readers, read: Callable[[Row, Reader], Reading] | None = None) -> list[Row]:
    """What came out otherwise than written."""
    read = read or (lambda row, one: TYPES[row.type].read(row.typed, one))
    found = ((row, as_row(row, read(row, reader(row.language)))) for row in table)
    return [got for row, got in found if got != row]


def silently_wrong(table: list[Row]) -> list[Row]:
    """The worst of it: a value that was not meant, and no question asked."""
    return [row for row in table if row.kind == "understood"]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_inputs_are_understood(name: str, language: str, reader: Readers) -> None:
    table = [row for row in rows(name) if row.language == language]
    missed = wrong(table, reader)
    assert silently_wrong(missed) == []
    assert len(missed) <= (1 - UNDERSTOOD) * len(table), missed


@pytest.mark.parametrize("name", [name for name in TYPES if name != "invoices"])
def test_a_second_look_holds(name: str, reader: Readers) -> None:
    assert wrong(second_look(name), reader) == []


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_inputs(name: str, language: str) -> None:
    ours = [row for row in rows(name) if row.language == language]
    assert len(ours) >= 40
    assert {row.kind for row in ours} <= {"understood", "doubtful", "refused", "nothing"}
    assert len({row.typed for row in ours}) == len(ours), "an input stands twice"


@pytest.mark.parametrize("name", TYPES)
def test_the_other_language_is_understood_as_well(name: str, reader: Readers) -> None:
    """A conversation in one language takes answers in the other, except for signs that mean another currency there."""
    other = {"en": "zh-CN", "zh-CN": "en"}
    table = [row for row in rows(name) if "¥" not in row.typed and "￥" not in row.typed]
    missed = wrong(table, lambda language: reader(other[language]))
    assert [row for row in missed if row.kind != "doubtful"] == []


def test_a_careless_parser_is_noticed(reader: Readers) -> None:
    def careless(row: Row, _: Reader) -> Reading:
        digits = "".join(filter(str.isdigit, row.typed))
        return Understood(int(digits)) if digits else None

    table = rows("number")
    missed = wrong(table, reader, careless)
    assert len(missed) > (1 - UNDERSTOOD) * len(table)
    assert "1.234" in {row.typed for row in silently_wrong(missed)}


@pytest.mark.parametrize("name", TYPES)
def test_what_was_understood_is_understood_again_when_said_back(name: str, reader: Readers) -> None:
    """Values are stable: a choice that was offered for a doubt reads as itself."""
    for row in rows(name):
        reading = TYPES[name].read(row.typed, reader(row.language))
        if isinstance(reading, Doubtful):
            values = [value for _, value in reading.options]
            assert len({repr(value) for value in values}) == len(values), row
            assert all(_is_plain(value) for value in values)
        if isinstance(reading, Understood):
            assert _is_plain(reading.value)


def test_whole_answers_are_told_from_messages_that_hold_one(reader: Readers) -> None:
    url = TYPES["url"].read("our new destination is https://contoso.com/ms", reader("en"))
    assert url == Understood("https://contoso.com/ms", whole=False)
    assert TYPES["yes_no"].read("yes, since 2019", reader("en")) == Understood("yes", whole=False)
    for name, typed in (("number", "2"), ("choice", "gold"), ("yes_no", "yes"), ("country", "Germany")):
        reading = TYPES[name].read(typed, reader("en"))
        assert isinstance(reading, Understood)
        assert reading.whole
    for typed in ("帮助教育", "Help Inc."):
        assert TYPES["text"].read(typed, reader("en")) == Understood(typed)
    assert TYPES["text"].read("kpi report", reader("en")) == Understood("kpi report", whole=False)


def test_questions_are_no_answers(reader: Readers) -> None:
    assert reader("en").is_question("does one MCT count twice?")
    assert reader("zh-CN").is_question("一个MCT可以算两次吗")
    assert not reader("en").is_question("Germany")
    assert replace(reader("en"), language="zh-CN").yes_or_no("是的") == "yes"
    assert [reader("en").yes_or_no(text) for text in ("nope", "no idea", "gold")] == ["no", "unknown", ""]


def test_there_are_enough_sentences() -> None:
    assert len(document("find")["sentences"]) >= 60


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | dict)
