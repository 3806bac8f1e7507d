"""Texts as TF-IDF vectors: words, stems and neighbouring stems, and the letters inside words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from faq.fitting import Arrays, packed, unpacked
from faq.han import is_han
from faq.sparse import Ints, Vector
from faq.stems import stem
from faq.synonyms import CONCEPT_MARK

_RUNS = (2, 3, 4)
_START, _END = "^", "$"
_WORDS, _STEMS, _PAIRS, _LETTERS = range(4)
_SHARES = np.array([0.15, 0.15, 0.2, 0.5])
"""Share of each block in the squared length of a vector. Letters have half: they carry typos and inflections."""
_UNKNOWN = 2**32
"""Numbers for the unknown features of a block."""


def _runs(token: str) -> list[str]:
    """Runs of 2 to 4 letters of a Latin word, its ends marked."""
    if is_han(token[0]):
        return []
    word = f"<{token}>"
    return [word[start : start + length] for length in _RUNS for start in range(len(word) - length + 1)]


def _pairs(tokens: Iterable[str]) -> list[str]:
    """Neighbouring stems; the ends of the text are neighbours."""
    stems = [stem(token) for token in tokens if not token.startswith(CONCEPT_MARK)]
    return [f"{first} {second}" for first, second in pairwise((_START, *stems, _END))]


def _blocks(tokens: Sequence[str]) -> tuple[Counter[str], ...]:
    """Words and concepts, stems, neighbouring stems, letters. A Chinese character is a word."""
    words = [token for token in tokens if not token.startswith(CONCEPT_MARK)]
    letters = chain.from_iterable(map(_runs, words))
    return Counter(tokens), Counter(map(stem, words)), Counter(_pairs(words)), Counter(letters)


def _rarity(counts: Sequence[Counter[str]]) -> dict[str, float]:
    """The features of one block, sorted, with the logarithm of how few texts have them."""
    frequency = Counter(feature for count in counts for feature in count)
    return {feature: math.log((1 + len(counts)) / (1 + frequency[feature])) + 1 for feature in sorted(frequency)}


class Vectorizer:
    """Fitted on the phrasings; turns any text into a sparse vector of length at most 1."""

    def __init__(self, rarities: Sequence[Mapping[str, float]], texts: int) -> None:
        """The rarity of the features of each block, sorted, among so many ``texts``."""
        self._texts, self._rarities = texts, rarities
        self._numbers: list[dict[str, int]] = []
        self.size = 0
        for rarity in rarities:
            self._numbers.append({feature: number for number, feature in enumerate(rarity, self.size)})
            self.size += len(rarity)
        ends = np.cumsum([len(rarity) for rarity in rarities])
        self._ends: Ints = np.append(ends, self.size + (1 + np.arange(len(rarities))) * _UNKNOWN)
        idf = [weight for rarity in rarities for weight in rarity.values()]
        self._idf = np.array([*idf, math.log((1 + texts) / 2) + 1])
        self._of_token = lru_cache(maxsize=4096)(self._token)
        self._of_pair = lru_cache(maxsize=4096)(partial(self._number, _PAIRS))

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Vectorizer:
        """Fitted on the tokens of all phrasings."""
        counts = [_blocks(text) for text in texts]
        return cls([_rarity(block) for block in zip(*counts, strict=True)], len(texts))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        words = packed([self._texts, [list(rarity) for rarity in self._rarities]])
        return {"words": words, "idf": self._idf[:-1]}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Vectorizer:
        """The vectorizer that gave these `arrays`. Raises `KeyError` and `ValueError`."""
        texts, features = unpacked(arrays["words"])
        idf = iter(arrays["idf"].tolist())
        return cls([dict(zip(block, idf, strict=False)) for block in features], texts)

    def vector(self, tokens: Sequence[str]) -> Vector:
        """Weights by feature number, in ascending order.

        Unknown features count in the length as if one phrasing had them: a question of unknown words is like nothing,
        and a phrasing asked without itself is treated like a question.
        """
        pairs: Ints = np.array([self._of_pair(pair) for pair in _pairs(tokens)], dtype=np.int64)
        numbers, counts = np.unique(np.concatenate([pairs, *map(self._of_token, tokens)]), return_counts=True)
        weights = self._idf[np.minimum(numbers, self.size)] * (1 + np.log(counts))
        block = np.searchsorted(self._ends, numbers, side="right") % len(_SHARES)
        lengths = np.bincount(block, weights * weights, len(_SHARES))
        weights *= np.sqrt(_SHARES / np.where(lengths > 0, lengths, 1))[block]
        known = int(np.searchsorted(numbers, self.size))
        return Vector(numbers[:known], weights[:known].astype(np.float32))

    def _token(self, token: str) -> Ints:
        """The features of a word, pairs aside."""
        found = [self._number(_WORDS, token)]
        if not token.startswith(CONCEPT_MARK):
            found.append(self._number(_STEMS, stem(token)))
            found += [self._number(_LETTERS, run) for run in _runs(token)]
        return np.array(found, dtype=np.int64)

    def _number(self, block: int, feature: str) -> int:
        """Unknown features have numbers beyond all known ones, block after block."""
        known = self._numbers[block].get(feature)
        return self.size + block * _UNKNOWN + crc32(feature.encode()) if known is None else known
