"""Texts as vectors, against their definition worked out feature by feature."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from faq.features import Vectorizer
from faq.stems import stem

PHRASINGS = [
    ("when", "are", "invoices", "visible", "§3"),
    ("the", "invoices", "of", "the", "partner"),
    ("发", "票", "何", "时", "可", "见"),
    ("learning", "partner", "发", "票"),
]
SHARES = (0.15, 0.15, 0.2, 0.5)


def blocks(tokens: tuple[str, ...]) -> list[Counter[str]]:
    """Words and concepts, stems, neighbouring stems, runs of letters."""
    words = [token for token in tokens if not token.startswith("§")]
    stems = [stem(word) for word in words]
    latin = [f"<{word}>" for word in words if word.isascii()]
    runs = [word[at : at + n] for word in latin for n in (2, 3, 4) for at in range(len(word) - n + 1)]
    pairs = [f"{first} {second}" for first, second in pairwise(("^", *stems, "$"))]
    return [Counter(block) for block in (tokens, stems, pairs, runs)]


def expected(tokens: tuple[str, ...]) -> list[float]:
    """The weights of the known features, sorted."""
    weights = []
    for place, (share, said) in enumerate(zip(SHARES, blocks(tokens), strict=True)):
        frequency = Counter(feature for text in PHRASINGS for feature in blocks(text)[place])
        texts = 1 + len(PHRASINGS)
        rarity = {feature: math.log(texts / (1 + (frequency[feature] or 1))) + 1 for feature in said}
        block = {feature: rarity[feature] * (1 + math.log(times)) for feature, times in said.items()}
        length = math.sqrt(sum(weight**2 for weight in block.values()))
        weights += [math.sqrt(share) * block[feature] / length for feature in block if feature in frequency]
    return sorted(weights)


@pytest.mark.parametrize(
    "tokens",
    [
        PHRASINGS[0],
        PHRASINGS[1],
        PHRASINGS[3],
        ("invoices", "invoices", "the", "invoices"),
        ("invocies", "of", "invocies"),
        ("zzzz",),
        ("何", "时", "§3"),
        ("§9",),
        ("partner" * 9, "invoices"),
        (),
    ],
)
def test_a_vector_weighs_what_is_rare_and_counts_what_is_unknown(tokens: tuple[str, ...]) -> None:
    vectorizer = Vectorizer.of(PHRASINGS)
    again = Vectorizer.of_arrays(vectorizer.arrays())
    for one in (vectorizer, again):
        for _ in range(2):  # once more, of what is kept
            vector = one.vector(tokens)
            assert np.sort(vector.weights) == pytest.approx(expected(tokens), rel=1e-5)
            assert len(set(vector.terms.tolist())) == len(vector.terms)
            assert all(0 <= term < one.size for term in vector.terms.tolist())


def test_what_is_kept_of_words_is_bounded() -> None:
    vectorizer = Vectorizer.of(PHRASINGS)
    for number in range(3000):
        vectorizer.vector((f"word{number}", "nonsense" * 60 + str(number)))
    kept = vectorizer._kept.cache_info()
    assert kept.currsize == kept.maxsize == 2048
    assert kept.misses == 3000, "a word of 480 letters is not kept: its features take 200 KB"


def test_vectors_together_are_those_of_each_alone() -> None:
    features = Vectorizer.of(PHRASINGS)
    texts = [PHRASINGS[0], (), ("invocies", "of", "invocies"), PHRASINGS[2]]
    for vector, text in zip(features.vectors(texts), texts, strict=True):
        alone = features.vector(text)
        assert np.array_equal(vector.terms, alone.terms)
        assert np.array_equal(vector.weights, alone.weights)
