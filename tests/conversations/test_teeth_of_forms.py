"""A planted error in how forms understand makes a conversation go otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dialogs import answering, filling, finding, fragments, language
from dialogs.advancing import Course
from dialogs.fields.choice import ChoiceType
from dialogs.fields.yes_no import YesNo
from dialogs.finding import Finder
from dialogs.vocabulary import Vocabulary
from tests.conversations.test_teeth import fails

PLANTED: list[tuple[object, str, Callable[..., Any], str]] = [
    (Course, "_is_outdated", lambda *_: False, "several-at-once"),
    (Course, "_is_outdated", lambda *_: False, "zh-waiting"),
    (Finder, "_labelled", lambda *_: iter(()), "several-at-once"),
    (Finder, "_labelled", lambda *_: iter(()), "zh-several-at-once"),
    (Finder, "_left", lambda *_: "", "zh-several-at-once"),
    (finding, "_without", lambda text, _: text, "eligibility-words"),
    (Vocabulary, "option", lambda *_: None, "zh-several-at-once"),
    (Vocabulary, "wish", lambda *_: None, "fragments"),
    (YesNo, "_told", lambda *_: "", "eligibility-words"),
    (ChoiceType, "_covered", lambda _, named: named, "eligibility-words"),
    (fragments, "_was_just_answered", lambda *_: False, "fragments"),
    (answering, "_is_named", lambda *_: False, "fragments"),
    (filling.Listener, "_mended", lambda *_: None, "several-at-once"),
]


@pytest.mark.parametrize(("place", "name", "broken", "table"), PLANTED)
async def test_a_planted_error_is_noticed(
    place: object, name: str, broken: Callable[..., Any], table: str, knowledge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await fails(knowledge, table)
    monkeypatch.setattr(place, name, broken)
    assert await fails(knowledge, table)


def test_codes_are_of_no_language() -> None:
    assert language._CODES.sub(" ", "LP-7K3QM-9 ABCD-EFGH 的状态").split() == ["的状态"]
