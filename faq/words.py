"""Soft TF-IDF: words weighted by rarity, unknown words bridged to known ones by spelling."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from faq.normalize import ACRONYM_MARK
from faq.sparse import Floats, Ints, Postings, Vector
from faq.synonyms import CONCEPT_MARK

_BRIDGE = 75.0
"""Spelling similarity (rapidfuzz ratio, 0 to 100) from which an unknown word stands for a known one."""
_BRIDGES = 3
_SHORTEST = 3
_SIBLING = 0.8
"""How far an acronym stands for the word that it looks like, and the other way round."""


class WordIndex:
    """Cosine between a question's words and those of each phrasing."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        frequency = Counter(token for text in texts for token in set(text))
        self._known = sorted(frequency)
        self._terms = {token: number for number, token in enumerate(self._known)}
        self._idf = [math.log((1 + len(texts)) / (1 + frequency[token])) + 1 for token in self._known]
        self._unknown_idf = math.log(1 + len(texts)) + 1
        self._postings = Postings([self._unit(text) for text in texts], len(self._terms))
        self.bridge = lru_cache(maxsize=4096)(self._bridge)

    def score(self, tokens: Sequence[str]) -> Floats:
        """Similarity (0 to 1) with every phrasing."""
        weights: dict[int, float] = {}
        missing = 0.0
        for token, count in Counter(tokens).items():
            weight = 1 + math.log(count)
            near = self.bridge(token)
            best = near[0][1] if near else 0.0
            missing += (1 - best) * (weight * self._unknown_idf) ** 2
            for term, similarity in near:
                weights[term] = max(weights.get(term, 0.0), weight * similarity * self._idf[term])
        length = math.sqrt(sum(weight * weight for weight in weights.values()) + missing)
        return self._postings.score(Vector.of({term: weight / length for term, weight in weights.items()}))

    def holders(self, term: int) -> Ints:
        """The phrasings with the known word ``term``."""
        return self._postings.holders(term)

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
        near = process.extract(token, self._known, scorer=fuzz.ratio, score_cutoff=_BRIDGE, limit=_BRIDGES)
        return tuple((index, score / 100) for _, score, index in near)

    def _unit(self, tokens: Sequence[str]) -> Vector:
        counts = Counter(tokens)
        weights = {self._terms[t]: (1 + math.log(n)) * self._idf[self._terms[t]] for t, n in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return Vector.of({term: weight / length for term, weight in weights.items()})
