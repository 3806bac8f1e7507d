"""A threshold for an engine's scores, found on training questions alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.answers.engines import Contender
from faq.model import Entry, KnowledgeBase

_HELD_OUT = 5
"""Every fifth phrasing is asked of an engine that knows the other four."""
_LOST = 0.0025
"""Share of the questions that the threshold may take a right answer from: a bot should hardly ever keep back what it
would have got right."""


def found_threshold(engine: Contender, base: KnowledgeBase) -> float:
    """The highest score to ask for that costs one right answer in four hundred questions.

    No question of a test half and none out of scope is looked at.
    """
    known, asked = _split(base)
    scorer = engine.build(known)
    scores = np.stack([scorer(text) for text, _ in asked])
    right = scores.argmax(axis=1) == np.array([entry for _, entry in asked])
    sure = np.sort(scores.max(axis=1)[right])
    return float(sure[int(_LOST * len(asked))]) if len(sure) else 0.0


def _split(base: KnowledgeBase) -> tuple[KnowledgeBase, list[tuple[str, int]]]:
    entries: dict[str, Entry] = {}
    asked: list[tuple[str, int]] = []
    for number, (name, entry) in enumerate(base.entries.items()):
        kept = tuple(text for place, text in enumerate(entry.phrasings) if place % _HELD_OUT)
        entries[name] = replace(entry, phrasings=kept)
        asked += [(text, number) for text in entry.phrasings[::_HELD_OUT]]
    return replace(base, entries=entries), asked
