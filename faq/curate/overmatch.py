"""What one entry takes from another: phrasings nearly the same, and phrasings that another entry would answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz import fuzz, process

from faq.engine import Engine
from faq.fitting import NoCache
from faq.lint import trivially_same
from faq.model import KnowledgeBase

_NEARLY = 92
"""Spelling similarity (0 to 100) from which two phrasings are nearly the same."""
SURELY = 0.8
"""Probability from which a phrasing is the other entry's rather than its own."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """A phrasing, and the entry that it is also a phrasing of, as it seems."""

    entry: str
    number: int
    """Place among the phrasings of its entry."""
    by: str
    line: str
    """The other entry's phrasing that is nearest."""
    score: float


def near_duplicates(base: KnowledgeBase) -> Iterator[Taken]:
    """Phrasings that are nearly the same as one of an earlier entry, in their letters or in their words."""
    lines = [(e.id, n, line) for e in base.entries.values() for n, line in enumerate(e.phrasings)]
    texts = [trivially_same(line) for _, _, line in lines]
    words = [line.casefold() for _, _, line in lines]
    similar = np.maximum(
        process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=_NEARLY, dtype=np.uint8),
        process.cdist(words, words, scorer=fuzz.token_sort_ratio, score_cutoff=_NEARLY, dtype=np.uint8),
    )
    for here, there in np.argwhere(np.tril(similar, -1)).tolist():
        (entry, number, _), (other, _, line) = lines[here], lines[there]
        if entry != other:
            yield Taken(entry, number, other, line, float(similar[here, there]) / 100)


def overmatched(base: KnowledgeBase) -> Iterator[Taken]:
    """Phrasings that another entry answers when they are not there themselves. Fits five times."""
    for fold in range(_FOLDS):
        kept = {
            name: replace(entry, phrasings=tuple(p for n, p in enumerate(entry.phrasings) if n % _FOLDS != fold))
            for name, entry in base.entries.items()
        }
        engine = Engine(replace(base, entries=kept), NoCache())
        for entry in base.entries.values():
            for number, phrasing in enumerate(entry.phrasings):
                ranked = engine.rank(phrasing) if number % _FOLDS == fold else ()
                if ranked and ranked[0].entry != entry.id and engine.answers(ranked[0]):
                    yield Taken(entry.id, number, ranked[0].entry, ranked[0].phrasing, ranked[0].score)
