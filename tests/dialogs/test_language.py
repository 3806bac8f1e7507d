"""What is of no language is looked for only in a text that may have some: nothing may be missed by that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialogs.decision import Knowledge, Said
from dialogs.happening import Happening
from dialogs.language import _CODES, _SOME_CODE, language_of, language_wished
from dialogs.state import ConversationState


@pytest.mark.parametrize(
    "code", ["LP-7K3QM-9", "LP", "LP-VKHCK-K", "ABCD-EFGH", "ABCDEFGH", "A1B2C3D4", "4F7K 92QM", "7", "kpi2", "３", "٣"]
)
def test_every_code_is_seen(code: str) -> None:
    assert _CODES.search(code)
    assert _SOME_CODE.search(f"what about {code}?")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ABCD-EFGH 的状态", "zh-CN"),
        ("LP-7K3QM-9", "zh-CN"),
        ("LPCD-EFGH", "zh-CN"),
        ("what is LP?", "en"),
        ("how do we join?", "en"),
    ],
)
def test_codes_are_of_no_language(knowledge: Knowledge, text: str, language: str) -> None:
    said = Said(Happening.MESSAGE, datetime(2026, 11, 29, tzinfo=UTC), text)
    assert language_of(said, ConversationState(language="zh-CN"), knowledge) == language


def test_every_vocabulary_knows_the_wishes_for_all_languages(knowledge: Knowledge) -> None:
    assert knowledge.guiding is not None
    tables = [dict(vocabulary.wishes) for vocabulary in knowledge.guiding.vocabularies.values()]
    assert all(table == tables[0] for table in tables)
    assert language_wished("In English please!", knowledge) == "en"
    assert language_wished("请用中文", knowledge) == "zh-CN"
