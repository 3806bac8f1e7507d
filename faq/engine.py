"""One language of the answer engine: entries ranked by probability."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from faq.calibration import small
from faq.embedding import Embedder, Meanings
from faq.evidence import FAMILIES
from faq.fitted import Phrasings, fitted
from faq.fitting import FitCache
from faq.fragments import is_fragment, near, shares
from faq.model import Candidate, Entry, Kind, KnowledgeBase
from faq.normalize import normalize
from faq.sparse import Floats, Ints
from faq.synonyms import Concepts

RANKED = 5
_SUREST = 0.9999
"""Certainty is kept for a text that is a phrasing itself."""
REMEMBERED = 1024
"""Texts that are kept with what was found, in at most 3 MB: a turn asks for the same text several times over, and what
stands on buttons or is on everybody's mind is asked again and again."""
_SORTED_AT_ONCE = 256
"""Entries up to which it is faster to sort them all than to find the best first."""
_AT_HAND = 16
"""The text of a message and its parts, each looked at in several ways."""
_NO_INTS: Ints = np.zeros(0, dtype=np.int64)


class Engine:
    """Built once from a knowledge base and then only read; safe to share between threads."""

    def __init__(self, base: KnowledgeBase, cache: FitCache, embedder: Embedder | None = None) -> None:
        self.language = base.language
        self._entries, self._by_id = tuple(base.entries.values()), base.entries
        fit = fitted(base, cache, Meanings(embedder) if embedder else None)
        self._phrasings = fit.phrasings if fit else Phrasings.of(base, _NO_INTS, _NO_INTS, {})
        self._concepts = fit.concepts if fit else Concepts({})
        self._evidence = fit.evidence if fit else None
        self._calibration = fit.calibration if fit else small(len(FAMILIES))
        self._owner = self._phrasings.owner
        self._starts: list[int] = np.searchsorted(self._owner, np.arange(len(self._entries) + 1)).tolist()
        self._normal = lru_cache(maxsize=_AT_HAND)(partial(normalize, language=self.language))
        self._ranked = lru_cache(maxsize=REMEMBERED)(self._rank)

    def entry(self, entry_id: str) -> Entry:
        """The entry of that id."""
        return self._by_id[entry_id]

    def knows(self, entry_id: str | None) -> bool:
        """Whether there is an entry of that id."""
        return entry_id in self._by_id

    @property
    def suggest(self) -> float:
        """Probability from which a candidate is offered."""
        return self._calibration.suggest

    def answers(self, candidate: Candidate) -> bool:
        """Whether the candidate is sure enough to be the answer."""
        return candidate.score >= self.threshold(candidate)

    def threshold(self, candidate: Candidate) -> float:
        """Probability from which the candidate's entry is the answer."""
        own = self._by_id[candidate.entry].threshold
        return self._calibration.answer if own is None else own

    def is_kind(self, candidate: Candidate, *kinds: Kind) -> bool:
        """Whether the candidate's entry is of one of ``kinds``."""
        return self._by_id[candidate.entry].kind in kinds

    def rank(self, text: str, without: Sequence[str] = (), *, wrapped: bool = False) -> tuple[Candidate, ...]:
        """The best five entries for ``text``, best first, leaving out the entries ``without``.

        ``wrapped`` keeps greeting and politeness, which a question is compared without.
        """
        normal = self._normal(text)
        if self._evidence is None or not normal.tokens:
            return ()
        exact = self._phrasings.exact.get(normal.whole, self._phrasings.exact.get(normal.text))
        return self._ranked(tuple(normal.whole.split()) if wrapped else normal.tokens, exact, tuple(without))

    def _rank(self, tokens: tuple[str, ...], exact: int | None, without: tuple[str, ...]) -> tuple[Candidate, ...]:
        """``exact`` is the entry whose phrasing the text is. Texts that differ in their marks are one text here."""
        if self._evidence is None:
            return ()
        scores, similar = self._evidence.score(self._concepts.add_to(tokens))
        if not scores[:, 1:].any() and not similar.any():
            return ()
        probability = np.minimum(self._calibration.probability(scores), _SUREST)
        if is_fragment(tokens) and scores[:, 0].max() < self._calibration.plain:
            said = shares(self._concepts.add_to(tokens), self._evidence.words, self._owner, len(self._entries))
            np.maximum.at(said, self._owner, near(similar))
            probability = np.minimum(probability, said)
        if exact is not None:
            probability[exact] = 1.0
        order = _first(probability, RANKED + len(without))
        weighted = (scores[order] * self._calibration.weights).astype(np.float64).round(3)
        best = [
            (number, probably, evidence)
            for number, probably, evidence in zip(
                order.tolist(), probability[order].tolist(), weighted.tolist(), strict=True
            )
            if self._entries[number].id not in without
        ]
        return tuple([self._candidate(*one, similar) for one in best[:RANKED]])

    def _candidate(self, number: int, probability: float, weighted: list[float], similar: Floats) -> Candidate:
        first, end = self._starts[number : number + 2]
        phrasing = self._phrasings.written[first + int(similar[first:end].argmax())] if first < end else ""
        evidence = dict(zip(FAMILIES, weighted, strict=True))
        return Candidate(self._entries[number].id, round(probability, 6), phrasing, evidence)


def _first(probability: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The places of the highest, best first; of equals the one that comes first."""
    if len(probability) > _SORTED_AT_ONCE:
        least = np.partition(probability, -count)[-count]
        places = np.flatnonzero(probability >= least)
        return places[np.argsort(-probability[places], kind="stable")][:count]
    return np.argsort(-probability, kind="stable")[:count]
