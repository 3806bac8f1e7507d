"""Misspelt words: the nearest known one, if no other is nearly as near."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from rapidfuzz.distance import OSA

from faq.han import is_han

_V = TypeVar("_V")
_MARGIN = 2
"""Edits by which every other meaning must be farther away."""
_SHORTEST = 4


def nearest(word: str, known: Mapping[str, _V] | Iterable[tuple[str, _V]]) -> tuple[list[_V], bool]:
    """Meanings within reach of a misspelt ``word``, nearest first, and whether the first is sure.

    Sure is one edit in five to seven letters and two in eight or more (one in four or more Chinese characters), when
    every other meaning is at least two edits farther away. An edit is a letter too many, too few, wrong, or swapped
    with its neighbour.
    """
    han = any(map(is_han, word))
    shortest = _SHORTEST - han
    if len(word) < shortest:
        return [], False
    reach = max(1, len(word) // 4)
    distances: dict[_V, int] = {}
    for phrase, meaning in known.items() if isinstance(known, Mapping) else known:
        if abs(len(phrase) - len(word)) <= reach + _MARGIN and len(phrase) >= shortest:
            distance = OSA.distance(word, phrase, score_cutoff=reach + _MARGIN)
            distances[meaning] = min(distance, distances.get(meaning, distance))
    ranked = sorted(distances, key=lambda meaning: distances[meaning])
    near = [meaning for meaning in ranked if distances[meaning] <= reach]
    if not near:
        return [], False
    allowed = (len(word) >= 4) if han else (len(word) >= 5) + (len(word) >= 8)
    others = [distances[meaning] for meaning in ranked[1:]]
    sure = distances[near[0]] <= allowed and all(other - distances[near[0]] >= _MARGIN for other in others)
    return near[:3], sure
