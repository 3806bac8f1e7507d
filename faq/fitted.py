"""All that the answer engine knows of one language: fitted on its knowledge base, or as an earlier fit left it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.calibration import Calibration, calibrate, small
from faq.embedding import Meanings
from faq.evidence import FAMILIES, Evidence
from faq.fitting import Arrays, FitCache, Unusable, fit_key, named, packed, unpacked, within
from faq.model import KnowledgeBase
from faq.normalize import normalize
from faq.sparse import Ints
from faq.synonyms import Concepts

_MEASURABLE_ENTRIES = 10
_MEASURABLE_PHRASINGS = 60


@dataclass(frozen=True, slots=True)
class Phrasings:
    """What is asked about the entries, without repetitions."""

    owner: Ints
    """The entry of each, in ascending order."""
    places: Ints
    """Where each is among the titles and phrasings of all entries."""
    written: list[str]
    exact: Mapping[str, int]
    """Normalized texts to the entry that they are a phrasing of."""

    @classmethod
    def of(cls, base: KnowledgeBase, owner: Ints, places: Ints, exact: Mapping[str, int]) -> Phrasings:
        """Those of ``base`` at these places. Raises `IndexError`."""
        every = [phrasing for _, phrasing in _asked(base)]
        return cls(owner, places, [every[place] for place in places.tolist()], exact)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Phrasings, the concepts in them, the families of evidence and what their scores are worth."""

    phrasings: Phrasings
    concepts: Concepts
    evidence: Evidence
    calibration: Calibration

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from: every number to the last bit."""
        words = [self.phrasings.exact, self.concepts.plain()]
        return {
            "owner": self.phrasings.owner,
            "places": self.phrasings.places,
            "words": packed(words),
            **named("evidence", self.evidence.arrays()),
            **named("calibration", self.calibration.arrays()),
        }

    @classmethod
    def of_arrays(cls, arrays: Arrays, base: KnowledgeBase, meanings: Meanings | None) -> Fitted:
        """The fit of ``base`` that gave these `arrays`. Raises `Unusable`."""
        try:
            exact, concepts = unpacked(arrays["words"])
            phrasings = Phrasings.of(base, arrays["owner"], arrays["places"], exact)
            evidence = Evidence.of_arrays(within("evidence", arrays), phrasings.owner, len(base.entries), meanings)
            calibration = Calibration.of_arrays(within("calibration", arrays))
            if not _finite(arrays) or len(calibration.weights) != len(FAMILIES):
                raise Unusable
            return cls(phrasings, Concepts.of_plain(concepts), evidence, calibration)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            raise Unusable from None


def fitted(base: KnowledgeBase, cache: FitCache, meanings: Meanings | None) -> Fitted | None:
    """The fit of a knowledge base: the kept one, or else a fresh one, to be kept. None when it has no words at all."""
    key = fit_key(base, meanings.name if meanings else "")
    kept = cache.get(key)
    if kept is not None:
        try:
            return Fitted.of_arrays(kept, base, meanings)
        except Unusable:
            pass
    fresh = _fit(base, meanings)
    if fresh is not None:
        cache.put(key, fresh.arrays())
    return fresh


def _fit(base: KnowledgeBase, meanings: Meanings | None) -> Fitted | None:
    concepts = Concepts.of(base.synonyms, base.language)
    phrasings, texts = _read(base, concepts)
    if not texts:
        return None
    entries = len(base.entries)
    evidence, fit = Evidence.of(texts, phrasings.owner, entries, meanings)
    calibration = small(len(FAMILIES))
    if entries >= _MEASURABLE_ENTRIES and len(texts) >= _MEASURABLE_PHRASINGS:
        calibration = calibrate(evidence.held_out(fit), meaning=meanings is not None)
    return Fitted(phrasings, concepts, evidence, calibration)


def _read(base: KnowledgeBase, concepts: Concepts) -> tuple[Phrasings, list[tuple[str, ...]]]:
    """The phrasings, and the tokens of each."""
    owner: list[int] = []
    texts: list[tuple[str, ...]] = []
    places: list[int] = []
    exact: dict[str, int] = {}
    for place, (number, phrasing) in enumerate(_asked(base)):
        normal = normalize(phrasing, base.language)
        if not normal.tokens or exact.get(normal.whole) == number:
            continue
        exact.setdefault(normal.whole, number)
        exact.setdefault(normal.text, number)
        owner.append(number)
        texts.append(concepts.add_to(normal.tokens))
        places.append(place)
    phrasings = Phrasings.of(base, np.array(owner, dtype=np.int64), np.array(places, dtype=np.int64), exact)
    return phrasings, texts


def _asked(base: KnowledgeBase) -> Iterator[tuple[int, str]]:
    """Every title and phrasing with the number of its entry."""
    for number, entry in enumerate(base.entries.values()):
        for phrasing in (entry.title, *entry.phrasings):
            yield number, phrasing


def _finite(arrays: Arrays) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays.values() if array.dtype.kind == "f")
