"""BM25 of a question against each entry as one document: all its phrasings together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.fitting import Arrays, named, packed, unpacked, within
from faq.sparse import Floats, Postings, Vector

_SATURATION = 1.2
_LENGTH = 0.75
"""Robertson's k1 and b at their usual values."""


class EntryWords:
    """Which entry uses the question's words, however they are spread over its phrasings.

    Scores are the share (0 to 1) of what an entry could reach that says every word of the question over and over:
    BM25 alone grows with the question, also with one that is about something else.
    """

    def __init__(self, idf: Mapping[str, float], postings: Postings) -> None:
        """``idf``: the words, sorted, with their rarity; ``postings``: what each says for each entry."""
        self._terms = {word: number for number, word in enumerate(idf)}
        self._idf, self.postings = idf, postings
        self._unknown = math.log(1 + (postings.size - 0.5) / 1.5)

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], owner: Sequence[int], entries: int) -> EntryWords:
        """Of the tokens of all phrasings."""
        return EntryCounts(texts, owner, entries).words()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        return {"words": packed(self._idf), **named("postings", self.postings.arrays())}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> EntryWords:
        """What gave these `arrays`. Raises `KeyError` and `ValueError`."""
        return cls(unpacked(arrays["words"]), Postings.of_arrays(within("postings", arrays)))

    def score(self, tokens: Sequence[str]) -> Floats:
        """The share for every entry."""
        words = dict.fromkeys(tokens)
        known = self.known(words)
        return self.postings.score(Vector.listed(known, [1.0] * len(known))) / np.float32(self.most(words))

    def known(self, words: Iterable[str]) -> list[int]:
        """The terms of those of ``words`` that entries say."""
        return [self._terms[word] for word in words if word in self._terms]

    def most(self, words: Iterable[str]) -> float:
        """What an entry could reach that says every one of ``words`` over and over."""
        total = sum([self._idf.get(word, self._unknown) for word in words])
        return (_SATURATION + 1) * total or 1.0


class EntryCounts:
    """How often each entry says each word: what `EntryWords` is made from, and needed to measure it, not to use it."""

    def __init__(self, texts: Sequence[Sequence[str]], owner: Sequence[int], entries: int) -> None:
        self._counts: list[Counter[str]] = [Counter() for _ in range(entries)]
        for text, entry in zip(texts, owner, strict=True):
            self._counts[entry].update(text)
        frequency = Counter(word for count in self._counts for word in count)
        self._idf = {w: math.log(1 + (entries - frequency[w] + 0.5) / (frequency[w] + 0.5)) for w in sorted(frequency)}
        self._mean = sum(count.total() for count in self._counts) / max(entries, 1) or 1.0

    def words(self) -> EntryWords:
        """The words of all entries, weighted."""
        terms = {word: number for number, word in enumerate(self._idf)}
        rows = [
            Vector.of({terms[word]: self._gain(word, number, count.total()) for word, number in count.items()})
            for count in self._counts
        ]
        return EntryWords(self._idf, Postings.of(rows, len(terms)))

    def score_without(self, words: EntryWords, text: Sequence[str], entry: int) -> float:
        """What ``words`` would give ``entry`` for ``text``, one of its phrasings, had it not this phrasing."""
        own, all_counts = Counter(text), self._counts[entry]
        length = all_counts.total() - own.total()
        gains = (self._gain(word, all_counts[word] - count, length) for word, count in own.items())
        return sum(gains) / words.most(own)

    def _gain(self, word: str, count: int, length: int) -> float:
        damping = _SATURATION * (1 - _LENGTH + _LENGTH * length / self._mean)
        return self._idf[word] * count * (_SATURATION + 1) / (count + damping)
