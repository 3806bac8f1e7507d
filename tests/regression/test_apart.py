"""Both halves are questions about entries that exist, and no phrasing is derived from the measuring half.

Nothing here shows a question of the measuring half: a failure names the phrasing and the question's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from faq.curate.reading import read_questions
from faq.curate.trial import Question
from faq.load import load_library
from faq.model import Entry, Kind, KnowledgeBase
from faq.normalize import normalize

_HERE = Path(__file__).parent
_TOO_CLOSE = 90
"""Spelling similarity (0 to 100) from which a phrasing counts as taken from a question."""

_LANGUAGES = ("en", "zh-CN")
_HALVES = ("measuring", "tuning")


@pytest.fixture(scope="module")
def bases() -> dict[str, KnowledgeBase]:
    return dict(load_library(_HERE.parents[1] / "content").knowledge_bases)


def _questions(half: str, language: str) -> list[Question]:
    return read_questions(_HERE / f"{half}.{language}.jsonl")


def _too_close(entries: Iterable[Entry], questions: Iterable[Question], language: str) -> Iterator[str]:
    """Which phrasing is too close to which question, in words that do not tell the question."""
    told = {question.id: normalize(question.text, language).whole for question in questions}
    for entry in entries:
        for line in (entry.title, *entry.phrasings):
            written = normalize(line, language).whole
            for _, score, name in process.extract(
                written, told, scorer=fuzz.ratio, score_cutoff=_TOO_CLOSE, limit=None
            ):
                yield f"{language} {entry.id}: {line!r} is {score:.0f} % question {name}: reword the phrasing"


@pytest.mark.parametrize("language", _LANGUAGES)
def test_no_phrasing_is_close_to_a_question_of_the_measuring_half(
    bases: dict[str, KnowledgeBase], language: str
) -> None:
    close = list(_too_close(bases[language].entries.values(), _questions("measuring", language), language))
    if close:
        pytest.fail("\n".join(close), pytrace=False)


@pytest.mark.parametrize(
    ("language", "phrasing", "question"),
    [
        ("en", "When does the ferry leave the harbour?", "when does the ferry leave the harbor"),
        ("en", "when does the ferry leave", "When does the ferry leave???"),
        ("zh-CN", "渡輪幾點離開碼頭", "渡轮几点离开码头？"),
        ("zh-CN", "渡轮每天几点钟离开三号码头呢", "渡轮每天几点钟离开三号码头"),
    ],
)
def test_a_copied_phrasing_is_found_and_its_question_not_told(language: str, phrasing: str, question: str) -> None:
    asked = [Question("m-1", language, question, ("ferry",))]
    entry = Entry("ferry", Kind.ANSWER, language, "Harbour", "At noon.", (phrasing,))
    (told,) = _too_close([entry], asked, language)
    assert "m-1" in told
    assert phrasing in told
    assert question not in told.replace(phrasing, "")


def test_a_copied_title_is_found_and_another_wording_is_not() -> None:
    asked = [Question("m-1", "en", "when does the ferry leave the harbor", ("ferry",))]
    same = Entry("ferry", Kind.ANSWER, "en", "When does the ferry leave the harbour?", "At noon.", ("boat times",))
    assert len(list(_too_close([same], asked, "en"))) == 1
    other = Entry(
        "ferry", Kind.ANSWER, "en", "Departures", "At noon.", ("departure of boats", "when is the next ferry")
    )
    assert list(_too_close([other], asked, "en")) == []


@pytest.mark.parametrize("language", _LANGUAGES)
def test_questions_have_ids_of_their_own_and_expect_entries_that_exist(
    bases: dict[str, KnowledgeBase], language: str
) -> None:
    questions = [question for half in _HALVES for question in _questions(half, language)]
    counts = Counter(question.id for question in questions)
    assert [name for name, count in counts.items() if count > 1] == []
    assert [question.id for question in questions if question.language != language] == []
    assert _unknown(questions, bases[language]) == []


def test_a_question_without_its_entry_is_found(bases: dict[str, KnowledgeBase]) -> None:
    asked = [Question("t-1", "en", "when does the ferry leave", ("greeting", "ferry")), Question("t-2", "en", "hm", ())]
    assert _unknown(asked, bases["en"]) == ["t-1: ferry"]


def _unknown(questions: Iterable[Question], base: KnowledgeBase) -> list[str]:
    return [f"{question.id}: {name}" for question in questions for name in question.expect if name not in base.entries]
