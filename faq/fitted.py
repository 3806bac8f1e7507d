"""All that the answer engine knows of one language: fitted on its knowledge base, or as an earlier fit left it."""

from __future__ import annotations

from collections.abc import Mapping
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
    written: list[str]
    exact: Mapping[str, int]
    """Normalized texts to the entry that they are a phrasing of."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Phrasings, the concepts in them, the families of evidence and what their scores are worth."""

    phrasings: Phrasings
    concepts: Concepts
    evidence: Evidence
    calibration: Calibration

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from: every number to the last bit."""
        words = [self.phrasings.written, self.phrasings.exact, self.concepts.plain()]
        return {
            "owner": self.phrasings.owner,
            "words": packed(words),
            **named("evidence", self.evidence.arrays()),
            **named("calibration", self.calibration.arrays()),
        }

    @classmethod
    def of_arrays(cls, arrays: Arrays, entries: int, meanings: Meanings | None) -> Fitted:
        """The fit that gave these `arrays`. Raises `Unusable`."""
        try:
            written, exact, concepts = unpacked(arrays["words"])
            owner, calibration = arrays["owner"], Calibration.of_arrays(within("calibration", arrays))
            evidence = Evidence.of_arrays(within("evidence", arrays), owner, entries, meanings)
            if len(owner) != len(written) or not _finite(arrays) or len(calibration.weights) != len(FAMILIES):
                raise Unusable
            return cls(Phrasings(owner, written, exact), Concepts.of_plain(concepts), evidence, calibration)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Unusable from None


def fitted(base: KnowledgeBase, cache: FitCache, meanings: Meanings | None) -> Fitted | None:
    """The fit of a knowledge base: the kept one, or else a fresh one, to be kept. None when it has no words at all."""
    key = fit_key(base, meanings.name if meanings else "")
    kept = cache.get(key)
    if kept is not None:
        try:
            return Fitted.of_arrays(kept, len(base.entries), meanings)
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
    written: list[str] = []
    exact: dict[str, int] = {}
    for number, entry in enumerate(base.entries.values()):
        for phrasing in (entry.title, *entry.phrasings):
            normal = normalize(phrasing, base.language)
            if not normal.tokens or exact.get(normal.whole) == number:
                continue
            exact.setdefault(normal.whole, number)
            exact.setdefault(normal.text, number)
            owner.append(number)
            texts.append(concepts.add_to(normal.tokens))
            written.append(phrasing)
    return Phrasings(np.array(owner, dtype=np.int64), written, exact), texts


def _finite(arrays: Arrays) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays.values() if array.dtype.kind == "f")
