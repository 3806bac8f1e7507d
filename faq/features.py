"""Texts as TF-IDF vectors: words, stems and neighbouring stems, and the letters inside words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from faq.han import is_han
from faq.sparse import Vector
from faq.synonyms import CONCEPT_MARK

_LETTERS = (2, 3, 4)
_ENDINGS = ("ing", "ed", "ies", "es", "s", "ly")
_SHORTEST_STEM = 3
_START, _END = "^", "$"
_SHARES = (0.15, 0.15, 0.2, 0.5)
"""Share of each block in the squared length of a vector. Letters have half: they carry typos and inflections."""


def stem(word: str) -> str:
    """``word`` without its English ending, roughly; other scripts have none of these."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def letter_features(tokens: Iterable[str]) -> Counter[str]:
    """Runs of 2 to 4 letters of each Latin word, its ends marked."""
    return Counter(
        word[start : start + length]
        for word in (f"<{token}>" for token in tokens if not is_han(token[0]))
        for length in _LETTERS
        for start in range(len(word) - length + 1)
    )


def _blocks(tokens: Sequence[str]) -> tuple[Counter[str], ...]:
    """Words and concepts, stems, neighbouring stems (the ends of the text are neighbours), letters.

    A Chinese character is a word.
    """
    words = [token for token in tokens if not token.startswith(CONCEPT_MARK)]
    stems = [stem(word) for word in words]
    pairs = (f"{first} {second}" for first, second in pairwise((_START, *stems, _END)))
    return Counter(tokens), Counter(stems), Counter(pairs), letter_features(words)


class _Block:
    """One kind of feature with its document frequencies."""

    def __init__(self, counts: Sequence[Counter[str]], offset: int, share: float) -> None:
        frequency = Counter(feature for count in counts for feature in count)
        self._numbers = {feature: offset + number for number, feature in enumerate(sorted(frequency))}
        self._idf = {f: math.log((1 + len(counts)) / (1 + n)) + 1 for f, n in frequency.items()}
        self._unknown = math.log((1 + len(counts)) / 2) + 1
        self._scale = math.sqrt(share)
        self.end = offset + len(self._numbers)

    def weights(self, counts: Counter[str]) -> dict[int, float]:
        """Weights of the known features. Unknown ones count in the length as if one phrasing had them: a question of
        unknown words is like nothing, and a phrasing asked without itself is treated like a question."""
        found: dict[int, float] = {}
        length = 0.0
        for feature, count in counts.items():
            weight = (1.0 + math.log(count)) * self._idf.get(feature, self._unknown)
            length += weight * weight
            if feature in self._idf:
                found[self._numbers[feature]] = weight
        scale = self._scale / math.sqrt(length) if length else 0.0
        return {number: weight * scale for number, weight in found.items()}


class Vectorizer:
    """Fitted on the phrasings; turns any text into a sparse vector of length at most 1."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counts = [_blocks(text) for text in texts]
        self._blocks: list[_Block] = []
        self.size = 0
        for number, share in enumerate(_SHARES):
            self._blocks.append(_Block([count[number] for count in counts], self.size, share))
            self.size = self._blocks[-1].end

    def vector(self, tokens: Sequence[str]) -> Vector:
        """Weights by feature number."""
        weights: dict[int, float] = {}
        for block, counts in zip(self._blocks, _blocks(tokens), strict=True):
            weights |= block.weights(counts)
        return Vector.of(weights)
