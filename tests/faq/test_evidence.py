"""An entry's best phrasings: the same from the table and by sorting."""

from __future__ import annotations

import random

import numpy as np
import pytest

from faq.evidence import Evidence

SIZES = {"one each": [1] * 6, "uneven": [1, 7, 2, 12, 3], "an entry without phrasings": [3, 0, 4]}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_the_best_are_the_same_both_ways(sizes: list[int]) -> None:
    chance = random.Random(5)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    texts = [tuple(chance.choices(["alpha", "beta", "gamma", "delta", "kpi", "mct"], k=3)) for _ in owner]
    evidence, _ = Evidence.of(texts, owner, len(sizes), None)
    assert evidence._cells is not None
    asked = [evidence.words.score(text) for text in texts]
    by_table = [evidence._best(similar, evidence._counted) for similar in asked]
    evidence._cells = None
    by_sorting = [evidence._best(similar, evidence._counted) for similar in asked]
    assert np.array_equal(by_table, by_sorting)
    assert np.any(by_table)
