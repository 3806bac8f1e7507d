"""Texts as TF-IDF vectors: words, stems and neighbouring stems, and the letters inside words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.fitting import Arrays, packed, unpacked
from faq.han import is_han
from faq.sparse import Vector
from faq.stems import stem
from faq.synonyms import CONCEPT_MARK

_LETTERS = (2, 3, 4)
_START, _END = "^", "$"
_SHARES = (0.15, 0.15, 0.2, 0.5)
"""Share of each block in the squared length of a vector. Letters have half: they carry typos and inflections."""


def letter_features(tokens: Iterable[str]) -> Counter[str]:
    """Runs of 2 to 4 letters of each Latin word, its ends marked."""
    return Counter(list(chain.from_iterable(_runs(token) for token in tokens if not is_han(token[0]))))


@lru_cache(maxsize=4096)
def _runs(token: str) -> tuple[str, ...]:
    word = f"<{token}>"
    return tuple(word[start : start + length] for length in _LETTERS for start in range(len(word) - length + 1))


def _blocks(tokens: Sequence[str]) -> tuple[Counter[str], ...]:
    """Words and concepts, stems, neighbouring stems (the ends of the text are neighbours), letters.

    A Chinese character is a word.
    """
    words = [token for token in tokens if not token.startswith(CONCEPT_MARK)]
    stems = [stem(word) for word in words]
    pairs = (f"{first} {second}" for first, second in pairwise((_START, *stems, _END)))
    return Counter(tokens), Counter(stems), Counter(pairs), letter_features(words)


def _rarity(counts: Sequence[Counter[str]]) -> dict[str, float]:
    """The features of one block, sorted, with the logarithm of how few texts have them."""
    frequency = Counter(feature for count in counts for feature in count)
    return {feature: math.log((1 + len(counts)) / (1 + frequency[feature])) + 1 for feature in sorted(frequency)}


class _Block:
    """One kind of feature with its document frequencies."""

    def __init__(self, rarity: Mapping[str, float], texts: int, offset: int, share: float) -> None:
        """``rarity`` of the known features, sorted, among so many ``texts``; they are numbered from ``offset``."""
        self._known = {feature: (offset + number, idf) for number, (feature, idf) in enumerate(rarity.items())}
        self._unknown = (-1, math.log((1 + texts) / 2) + 1)
        self._scale = math.sqrt(share)
        self.end = offset + len(self._known)

    def rarity(self) -> dict[str, float]:
        """Of the known features, sorted."""
        return {feature: idf for feature, (_, idf) in self._known.items()}

    def weights(self, counts: Counter[str]) -> tuple[list[int], list[float]]:
        """Numbers and weights of the known features.

        Unknown ones count in the length as if one phrasing had them: a question of unknown words is like nothing, and
        a phrasing asked without itself is treated like a question.
        """
        known, unknown = self._known, self._unknown
        found = [known.get(feature, unknown) for feature in counts]
        weights = [
            weight if count == 1 else weight * (1.0 + math.log(count))
            for (_, weight), count in zip(found, counts.values(), strict=True)
        ]
        length = sum([weight * weight for weight in weights])
        scale = self._scale / math.sqrt(length) if length else 0.0
        placed = zip(found, weights, strict=True)
        return [number for number, _ in found if number >= 0], [w * scale for (number, _), w in placed if number >= 0]


class Vectorizer:
    """Fitted on the phrasings; turns any text into a sparse vector of length at most 1."""

    def __init__(self, rarities: Sequence[Mapping[str, float]], texts: int) -> None:
        """The rarity of the features of each block among so many ``texts``."""
        self._texts = texts
        self._blocks: list[_Block] = []
        self.size = 0
        for rarity, share in zip(rarities, _SHARES, strict=True):
            self._blocks.append(_Block(rarity, texts, self.size, share))
            self.size = self._blocks[-1].end

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Vectorizer:
        """Fitted on the tokens of all phrasings."""
        counts = [_blocks(text) for text in texts]
        return cls([_rarity(block) for block in zip(*counts, strict=True)], len(texts))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        rarities = [block.rarity() for block in self._blocks]
        words = packed([self._texts, [list(rarity) for rarity in rarities]])
        return {"words": words, "idf": np.array([idf for rarity in rarities for idf in rarity.values()])}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Vectorizer:
        """The vectorizer that gave these `arrays`. Raises `KeyError` and `ValueError`."""
        texts, features = unpacked(arrays["words"])
        idf = iter(arrays["idf"].tolist())
        return cls([dict(zip(block, idf, strict=False)) for block in features], texts)

    def vector(self, tokens: Sequence[str]) -> Vector:
        """Weights by feature number."""
        numbers: list[int] = []
        weights: list[float] = []
        for block, counts in zip(self._blocks, _blocks(tokens), strict=True):
            more, their_weights = block.weights(counts)
            numbers += more
            weights += their_weights
        return Vector.listed(numbers, weights)
