"""Soft TF-IDF: words weighted by rarity, unknown words bridged to known ones by spelling."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from faq.fitting import Arrays, named, packed, unpacked, within
from faq.normalize import ACRONYM_MARK
from faq.sparse import Floats, Ints, Postings, Vector
from faq.synonyms import CONCEPT_MARK

_BRIDGE = 75.0
"""Spelling similarity (rapidfuzz ratio, 0 to 100) from which an unknown word stands for a known one."""
_BRIDGES = 3
_SHORTEST = 3
_LETTERS = 32
"""Kinds of letters that are counted; others share a kind by chance."""
_ONCE, _TWICE = 0b01, 0b11
"""Marks of a kind of letters that a word has: 2 of its 64 bits."""
_SIBLING = 0.8
"""How far an acronym stands for the word that it looks like, and the other way round."""


class WordIndex:
    """Cosine between a question's words and those of each phrasing."""

    def __init__(self, known: Mapping[str, float], texts: int, postings: Postings, letters: NDArray[np.int16]) -> None:
        """``known`` words, sorted, with their rarity among so many ``texts``, and the kinds of ``letters`` in each."""
        self._known, self._idf = list(known), list(known.values())
        self.size = len(known)
        self._terms = {token: number for number, token in enumerate(self._known)}
        self._texts, self._unknown_idf = texts, math.log(1 + texts) + 1
        self.postings, self._letters = postings, letters
        self._marks = _marked(letters)
        self._least = np.array([_BRIDGE / 200 * len(word) for word in self._known])
        self.bridge = lru_cache(maxsize=4096)(self._bridge)

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> WordIndex:
        """Of the tokens of all phrasings."""
        frequency = Counter(token for text in texts for token in set(text))
        known = {token: math.log((1 + len(texts)) / (1 + frequency[token])) + 1 for token in sorted(frequency)}
        terms = {token: number for number, token in enumerate(known)}
        units = [_unit(Counter(text), terms, known) for text in texts]
        letters = np.zeros((_LETTERS, len(known)), dtype=np.int16)
        for number, word in enumerate(known):
            for kind, count in _letters_of(word).items():
                letters[kind, number] = count
        return cls(known, len(texts), Postings.of(units, len(known)), letters)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        words = packed([self._texts, self._known, self._idf])
        return {"words": words, "letters": self._letters, **named("postings", self.postings.arrays())}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> WordIndex:
        """The index that gave these `arrays`. Raises `KeyError` and `ValueError`."""
        texts, known, idf = unpacked(arrays["words"])
        postings = Postings.of_arrays(within("postings", arrays))
        return cls(dict(zip(known, idf, strict=True)), texts, postings, arrays["letters"])

    def score(self, tokens: Sequence[str]) -> Floats:
        """Similarity (0 to 1) with every phrasing."""
        return self.postings.score(Vector.listed(*self.weighted(tokens)))

    def weighted(self, tokens: Sequence[str]) -> tuple[list[int], list[float]]:
        """The known words in ``tokens``, or near them, and what each of them says for a phrasing that has it."""
        weights: dict[int, float] = {}
        missing = 0.0
        for token, count in Counter(tokens).items():
            weight = 1 + math.log(count)
            near = self.bridge(token)
            best = near[0][1] if near else 0.0
            if best < 1:
                missing += (1 - best) * (weight * self._unknown_idf) ** 2
            for term, similarity in near:
                said = weight * similarity * self._idf[term]
                if said > weights.get(term, 0.0):
                    weights[term] = said
        values = list(weights.values())
        length = math.sqrt(sum([weight * weight for weight in values]) + missing)
        return list(weights), [weight / length for weight in values]

    def holders(self, term: int) -> Ints:
        """The phrasings with the known word ``term``."""
        return self.postings.holders(term)

    def respell(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """``tokens`` with each unknown word replaced by the known word that it is most like, if there is one."""
        near = ((token, self.bridge(token)) for token in tokens)
        return tuple(self._known[bridged[0][0]] if bridged else token for token, bridged in near)

    def _bridge(self, token: str) -> tuple[tuple[int, float], ...]:
        """Known words that ``token`` may be, with similarity (0 to 1), best first."""
        if token in self._terms:
            return ((self._terms[token], 1.0),)
        sibling = token.removesuffix(ACRONYM_MARK) if token.endswith(ACRONYM_MARK) else token + ACRONYM_MARK
        if sibling in self._terms:
            return ((self._terms[sibling], _SIBLING),)
        if len(token) < _SHORTEST or token.startswith(CONCEPT_MARK):
            return ()
        alike = self._alike(token)
        words = [self._known[number] for number in alike]
        near = process.extract(token, words, scorer=fuzz.ratio, score_cutoff=_BRIDGE, limit=_BRIDGES)
        return tuple((alike[place], score / 100) for _, score, place in near)

    def _alike(self, token: str) -> list[int]:
        """The known words that may be near enough, in order: a word keeps no more letters than both have."""
        marks = unmarked = 0
        for letter in token:
            once = _ONCE << 2 * (ord(letter) % _LETTERS)
            unmarked += bool(marks & once << 1)
            marks |= once << 1 if marks & once else once
        shared = np.bitwise_count(self._marks & np.uint64(marks))
        found: list[int] = (shared >= self._least + (_BRIDGE / 200 * len(token) - unmarked)).nonzero()[0].tolist()
        return found


def _unit(counts: Counter[str], terms: Mapping[str, int], idf: Mapping[str, float]) -> Vector:
    weights = {terms[token]: (1 + math.log(count)) * idf[token] for token, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return Vector.of({term: weight / length for term, weight in weights.items()})


def _marked(letters: NDArray[np.int16]) -> NDArray[np.uint64]:
    """For each word whether each kind of ``letters`` is there, and whether it is there twice."""
    marks = np.zeros(letters.shape[1], dtype=np.uint64)
    for kind, counts in enumerate(letters):
        marks |= np.array([0, _ONCE, _TWICE], dtype=np.uint64)[np.minimum(counts, 2)] << np.uint64(2 * kind)
    return marks


def _letters_of(word: str) -> Counter[int]:
    """How often each kind of letter is in a word."""
    return Counter([ord(letter) % _LETTERS for letter in word])
