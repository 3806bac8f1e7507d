"""What is kept of texts is what is read in them, and no more than a thousand of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dialogs import utterance as kept
from dialogs.decision import Knowledge
from dialogs.fields.base import Reader, reader_of
from dialogs.utterance import utterance
from dialogs.vocabulary import Command, Vocabulary


def _reading(knowledge: Knowledge, language: str) -> tuple[Reader, Vocabulary]:
    assert knowledge.guiding is not None
    return Reader(language, date(2026, 11, 29), knowledge.guiding.fields), knowledge.guiding.vocabularies[language]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "cancel", (Command.CANCEL, False, None)),
        ("en", "when is the next batch?", (None, True, None)),
        ("en", "list Contoso in Brazil, https://contoso.com/microsoft", (None, False, "directory-listing")),
        ("zh-CN", "取消", (Command.CANCEL, False, None)),
        ("zh-CN", "下一批是什么时候？", (None, True, None)),
    ],
)
def test_the_same_is_found_the_first_time_and_ever_after(
    knowledge: Knowledge, language: str, text: str, found: tuple[object, ...]
) -> None:
    reader, vocabulary = _reading(knowledge, language)
    kept._utterance.cache_clear()
    for _ in range(2):
        said = utterance(text, reader, vocabulary)
        assert (said.command, said.asks, said.form) == found
    assert kept._utterance.cache_info().hits == 1


def test_a_language_has_one_reader_a_day(knowledge: Knowledge) -> None:
    today, fields = date(2026, 11, 29), _reading(knowledge, "en")[0].data
    one = reader_of("en", today, fields)
    assert reader_of("en", date(2026, 11, 29), fields) is one
    others = (reader_of("zh-CN", today, fields), reader_of("en", date(2026, 11, 30), fields))
    assert [other.words is one.words for other in others] == [False, True]
    assert [(other.language, other.today.day) for other in others] == [("zh-CN", 29), ("en", 30)]


def test_another_day_is_another_reading(knowledge: Knowledge) -> None:
    reader, vocabulary = _reading(knowledge, "en")
    tomorrow = replace(reader, today=reader.today + timedelta(days=1))
    assert utterance("yes", reader, vocabulary) is not utterance("yes", tomorrow, vocabulary)
    assert kept._utterance.cache_info().maxsize == 1024
