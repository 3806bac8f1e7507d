"""Where a message is cut into questions."""

from __future__ import annotations

import pytest

from faq.parts import clauses


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what is LAP, and how do I pay", 2),
        ("apart from discounts, which benefits does LAP bring", 0),
        ("Besides the fee, what do we need", 0),
        ("除了折扣，还有哪些好处", 0),
        ("费用多少，怎么付款", 2),
        ("exceptional cases, how are they handled", 2),
    ],
)
def test_a_clause_that_only_narrows_a_question_is_no_question(text: str, parts: int) -> None:
    assert len(clauses(text)) == parts
