"""BM25 of a question against each entry as one document: all its phrasings together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from faq.sparse import Floats, Postings, Vector

_SATURATION = 1.2
_LENGTH = 0.75
"""Robertson's k1 and b at their usual values."""


class EntryWords:
    """Which entry uses the question's words, however they are spread over its phrasings.

    Scores are the share (0 to 1) of what an entry could reach that says every word of the question over and over:
    BM25 alone grows with the question, also with one that is about something else.
    """

    def __init__(self, texts: Sequence[Sequence[str]], owner: Sequence[int], entries: int) -> None:
        self._counts: list[Counter[str]] = [Counter() for _ in range(entries)]
        for text, entry in zip(texts, owner, strict=True):
            self._counts[entry].update(text)
        frequency = Counter(word for count in self._counts for word in count)
        self._terms = {word: number for number, word in enumerate(sorted(frequency))}
        self._idf = {w: math.log(1 + (entries - n + 0.5) / (n + 0.5)) for w, n in frequency.items()}
        self._unknown = math.log(1 + (entries - 0.5) / 1.5)
        self._mean = sum(count.total() for count in self._counts) / max(entries, 1) or 1.0
        rows = [Vector.of(self._weights(count)) for count in self._counts]
        self._postings = Postings(rows, len(self._terms))

    def score(self, tokens: Sequence[str]) -> Floats:
        """The share for every entry; each word counts once."""
        words = dict.fromkeys(tokens)
        known = [self._terms[word] for word in words if word in self._terms]
        query = Vector(np.array(known, dtype=np.int64), np.ones(len(known), dtype=np.float32))
        return self._postings.score(query) / np.float32(self._most(words))

    def score_without(self, text: Sequence[str], entry: int) -> float:
        """The score of ``entry`` for ``text``, one of its phrasings, had it not this phrasing."""
        own, all_counts = Counter(text), self._counts[entry]
        length = all_counts.total() - own.total()
        gains = (self._gain(word, all_counts[word] - count, length) for word, count in own.items())
        return sum(gains) / self._most(own)

    def _most(self, words: Counter[str] | dict[str, None]) -> float:
        total = sum(self._idf.get(word, self._unknown) for word in words)
        return (_SATURATION + 1) * total or 1.0

    def _weights(self, count: Counter[str]) -> dict[int, float]:
        length = count.total()
        return {self._terms[word]: self._gain(word, number, length) for word, number in count.items()}

    def _gain(self, word: str, count: int, length: int) -> float:
        damping = _SATURATION * (1 - _LENGTH + _LENGTH * length / self._mean)
        return self._idf[word] * count * (_SATURATION + 1) / (count + damping)
