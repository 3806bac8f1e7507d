"""Values inside longer messages: found when it is safe, and only then."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dialogs.fields.base import FieldType, Reader
from dialogs.fields.choice import ChoiceType
from dialogs.fields.number import Count
from tests.dialogs.fields.table import TYPES, document

FINDERS: dict[str, FieldType] = {
    **{name: TYPES[name] for name in ("url", "country", "month", "day")},
    "mct": Count("mct"),
    "level": ChoiceType("level"),
    "delivery": ChoiceType("delivery"),
}
NEVER = ("money", "year", "text", "yes_no", "invoices")
Readers = Callable[[str], Reader]


def language_of(text: str) -> str:
    return "zh-CN" if re.search("[\u4e00-\u9fff]", text) else "en"


@pytest.mark.parametrize(("text", "expected"), document("find")["sentences"])
def test_what_is_said_is_found_and_nothing_else(text: str, expected: dict[str, Any], reader: Readers) -> None:
    one = reader(language_of(text))
    found = {name: value for name, finder in FINDERS.items() if (value := finder.find(text, one))}
    assert {name: value.value for name, value in found.items()} == expected
    for value in found.values():
        assert 0 <= value.start < value.end <= len(text)


def test_the_place_is_that_of_the_value(reader: Readers) -> None:
    text = "Ｌｉｓｔ us in the  UNITED Kingdom, 3 ＭＣＴs, https://contoso.com/ms。"
    places = {name: finder.find(text, reader("en")) for name, finder in FINDERS.items()}
    said = {name: text[found.start : found.end] for name, found in places.items() if found}
    assert said == {"country": "UNITED Kingdom", "mct": "3 ＭＣＴs", "url": "https://contoso.com/ms"}


@pytest.mark.parametrize("name", NEVER)
def test_what_may_be_anything_is_never_found(name: str, reader: Readers) -> None:
    for text, _ in document("find")["sentences"]:
        assert TYPES[name].find(text, reader(language_of(text))) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we are in N. Ireland", {"country": "GB"}),
        ("list Contoso China", {}),
        ("China Mobile is a customer", {}),
        ("现金收入", {}),
    ],
)
def test_names_inside_names_are_left_alone(text: str, expected: dict[str, str], reader: Readers) -> None:
    one = reader(language_of(text))
    found = {name: value.value for name, finder in FINDERS.items() if (value := finder.find(text, one))}
    assert found == expected
