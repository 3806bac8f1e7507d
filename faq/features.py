"""Texts as TF-IDF vectors: words, stems and neighbouring stems, and the letters inside words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count, cycle, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.fitting import Arrays, packed, unpacked
from faq.han import is_han
from faq.sparse import Ints, Vector
from faq.stems import stem
from faq.synonyms import CONCEPT_MARK

_LETTERS = (2, 3, 4)
_WORDS_KEPT = 4096
"""Words that are kept with the numbers of their letters, in at most 2 MB: nearly every word comes again."""
_START, _END = "^", "$"
_WORDS, _STEMS, _PAIRS, _RUNS = range(4)
"""Blocks of features: words and concepts, stems, neighbouring stems, runs of 2 to 4 letters of Latin words."""
_SHARES = (0.15, 0.15, 0.2, 0.5)
"""Share of each block in the squared length of a vector. Letters have half: they carry typos and inflections."""
_TOKENS_KEPT, _LONGEST_KEPT = 2048, 24
"""Words that are kept with the numbers of their features, and letters of the longest of them: nearly every word comes
again. They take half a megabyte, or 17 when all are nonsense."""


def _features(token: str) -> Iterator[tuple[int, str]]:
    """What a token says by itself, with its block. A Chinese character is a word."""
    yield _WORDS, token
    if token.startswith(CONCEPT_MARK):
        return
    yield _STEMS, stem(token)
    if not is_han(token[0]):
        word = f"<{token}>"
        for length in _LETTERS:
            yield from ((_RUNS, word[start : start + length]) for start in range(len(word) - length + 1))


def _pairs(tokens: Sequence[str]) -> list[tuple[int, str]]:
    """Neighbouring stems (the ends of the text are neighbours), with their block."""
    stems = [stem(token) for token in tokens if not token.startswith(CONCEPT_MARK)]
    return [(_PAIRS, f"{first} {second}") for first, second in pairwise((_START, *stems, _END))]


def _rarities(texts: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """The features of each block, sorted, with the logarithm of how few texts have them."""
    of_token = lru_cache(maxsize=_TOKENS_KEPT)(lambda token: tuple(_features(token)))
    frequency: list[dict[str, int]] = [{} for _ in _SHARES]
    for text in texts:
        for place, feature in {*chain.from_iterable(map(of_token, text)), *_pairs(text)}:
            frequency[place][feature] = frequency[place].get(feature, 0) + 1
    return [{f: math.log((1 + len(texts)) / (1 + seen[f])) + 1 for f in sorted(seen)} for seen in frequency]


_Features = tuple[Ints, tuple[tuple[int, str], ...]]
"""The numbers of those that are known, and the others with their blocks; what is there several times stays so."""


class Vectorizer:
    """Fitted on the phrasings; turns any text into a sparse vector of length at most 1."""

    def __init__(self, rarities: Sequence[Mapping[str, float]], texts: int) -> None:
        """The rarity of the features of each block, sorted, among so many ``texts``."""
        self._texts, self._unknown = texts, (math.log((1 + texts) / 2) + 1) ** 2
        number = count()
        self._numbers = [dict(zip(rarity, number, strict=False)) for rarity in rarities]
        self._idf = np.array([idf for rarity in rarities for idf in rarity.values()], dtype=np.float64)
        self._block = np.repeat(np.arange(len(rarities)), [len(rarity) for rarity in rarities])
        self.size = len(self._idf)
        self._bounds = np.array([-1, self.size])
        self._kept = lru_cache(maxsize=_TOKENS_KEPT)(self._numbered_token)

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Vectorizer:
        """Fitted on the tokens of all phrasings."""
        return cls(_rarities(texts), len(texts))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        return {"words": packed([self._texts, [list(numbers) for numbers in self._numbers]]), "idf": self._idf}

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
        (vector,) = self.vectors((tokens,))
        return vector

    def vectors(self, texts: Sequence[Sequence[str]]) -> list[Vector]:
        """The `vector` of each of a few texts, worked out together: arrays as short as these cost by their number.

        Meanwhile the features of a text are numbered behind those of the one before it, and so are their blocks.
        """
        found = [[*map(self._token, tokens), self._numbered(_pairs(tokens))] for tokens in texts]
        starts = [self.size * text for text in range(len(texts))]
        known = [np.concatenate([numbers for numbers, _ in one]) for one in found]
        said = np.concatenate((self._bounds * len(texts), *map(np.add, known, starts)))
        said.sort()
        edges = (said[1:] != said[:-1]).nonzero()[0]  # the first is after the lower bound
        numbers, times = said[edges[1:]], edges[1:] - edges[:-1]
        text = numbers // self.size
        terms = numbers - text * self.size
        block, weights = self._block[terms] + text * len(_SHARES), self._idf[terms] * (1.0 + np.log(times))
        squared = np.bincount(block, weights * weights, len(_SHARES) * len(texts)).tolist()
        for first, one in zip(range(0, len(squared), len(_SHARES)), found, strict=True):
            for (place, _), often in Counter(chain.from_iterable([unknown for _, unknown in one])).items():
                squared[first + place] += self._unknown * (1.0 + math.log(often)) ** 2
        scale = [math.sqrt(share / (length or 1.0)) for share, length in zip(cycle(_SHARES), squared, strict=False)]
        weights = (weights * np.array(scale)[block]).astype(np.float32)
        ends = [0, *numbers.searchsorted(starts[1:]).tolist(), len(numbers)]
        return [Vector(terms[first:end], weights[first:end]) for first, end in pairwise(ends)]

    def _token(self, token: str) -> _Features:
        return self._kept(token) if len(token) <= _LONGEST_KEPT else self._numbered_token(token)

    def _numbered_token(self, token: str) -> _Features:
        return self._numbered(_features(token))

    def _numbered(self, features: Iterable[tuple[int, str]]) -> _Features:
        known: list[int] = []
        unknown = []
        for place, feature in features:
            number = self._numbers[place].get(feature)
            if number is None:
                unknown.append((place, feature))
            else:
                known.append(number)
        return np.array(known, dtype=np.int64), tuple(unknown)
