"""An entry's best phrasings: the same from the table and by sorting. Families looked up together: the same as alone."""

from __future__ import annotations

import random

import numpy as np
import pytest

from faq.evidence import Evidence
from faq.stems import stem

WORDS = ["alpha", "beta", "gamma", "delta", "kpi", "mct"]
SIZES = {"one each": [1] * 6, "uneven": [1, 7, 2, 12, 3], "an entry without phrasings": [3, 0, 4]}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_the_best_are_the_same_both_ways(sizes: list[int]) -> None:
    chance = random.Random(5)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    texts = [tuple(chance.choices(WORDS, k=3)) for _ in owner]
    evidence, _ = Evidence.of(texts, owner, len(sizes), None)
    assert evidence._cells is not None
    asked = [evidence.words.score(text) for text in texts]
    by_table = [evidence._best(similar) for similar in asked]
    evidence._cells = None
    by_sorting = [evidence._best(similar) for similar in asked]
    assert np.array_equal(by_table, by_sorting)
    assert np.any(by_table)


def test_a_question_is_compared_together_as_with_each_family() -> None:
    chance = random.Random(6)
    owner = np.repeat(np.arange(8), 5)
    evidence, _ = Evidence.of([tuple(chance.choices(WORDS, k=3)) for _ in owner], owner, 8, None)
    for asked in (("alpha", "kpi"), ("alhpa", "beta", "beta"), ("unheard",), ()):
        meant = evidence.words.respell(asked)
        similar, shares = evidence._compared(asked, meant)
        assert np.array_equal(similar, evidence.words.score(asked))
        assert np.array_equal(shares, evidence._entry_words.score([stem(word) for word in meant]))


def test_a_misspelt_question_is_as_it_is_written_and_as_it_is_meant() -> None:
    owner = np.repeat(np.arange(4), 3)
    evidence, _ = Evidence.of([(WORDS[row % 4], WORDS[row // 3]) for row in owner.tolist()], owner, 4, None)
    linear = [evidence._linear(one, one) for one in (("alhpa", "gamma"), ("alpha", "gamma"))]
    assert evidence.words.respell(("alhpa", "gamma")) == ("alpha", "gamma")
    assert np.array_equal(evidence.score(("alhpa", "gamma"))[0][:, 0], (linear[0] + linear[1]) / np.float32(2))
