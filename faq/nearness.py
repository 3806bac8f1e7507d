"""What is asked while a dialog is open is more probably about that dialog's subject."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from faq.model import Candidate

WEIGHT = 3.0
"""How many times as often an entry is asked for in a dialog about its subject as elsewhere.

Such that a near entry that would be the second of two offers is the answer, and a sure one of another subject stays.
"""
_POINTING = re.compile(r"\b(?:it|its|it's|this|that|these|those|they|them)\b|它|这个|那个|这些", re.IGNORECASE)


def weighed(ranked: tuple[Candidate, ...], near: Collection[str]) -> tuple[Candidate, ...]:
    """The candidates with the odds of those ``near`` raised, best first; what is certain stays so."""
    gained = sum(c.score for c in ranked if c.entry in near) * (WEIGHT - 1)
    if not gained:
        return ranked
    weights = {c.entry: (WEIGHT if c.entry in near else 1.0) / (1.0 + gained) for c in ranked}
    scored = [replace(c, score=round(c.score * weights[c.entry], 6)) for c in ranked]
    return tuple(sorted(scored, key=lambda c: -c.score))


def points(text: str) -> bool:
    """Whether a question names what it is about by a mere "it"."""
    return _POINTING.search(text) is not None
