"""What a fragment such as "no", "Germany" or 我们公司 can be sure of: no more than its few words say by themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faq.han import is_han
from faq.sparse import Floats, Ints
from faq.words import WordIndex

_MOST_WORDS = 2
_MOST_HAN = 4
"""Chinese characters in a fragment: about two words."""
_DOUBT = 2.0
"""Phrasings of other entries that are imagined to have the same words: one phrasing alone is no proof."""
_STRICT = 3
"""Power of a likeness: "Germany" is not "German"."""
_NEAR = 6
"""Power of a similarity with a phrasing: only one that lacks next to nothing speaks for itself."""
_LIKE = 0.8
"""Likeness from which an unknown word may be a misspelt one: no other word stands by to say so."""


def is_fragment(tokens: Sequence[str]) -> bool:
    """Whether ``tokens``, concepts aside, are at most two words, or four Chinese characters."""
    if len(tokens) > _MOST_HAN:
        return False
    han = sum(is_han(token[0]) for token in tokens)
    return len(tokens) - han + han * _MOST_WORDS / _MOST_HAN <= _MOST_WORDS


def shares(tokens: Sequence[str], words: WordIndex, owner: Ints, entries: int) -> Floats:
    """The most that a fragment's words say for each entry: its share of the phrasings that have all of the known ones.

    Where no phrasing has all, the word that says most counts. Without a known word nothing is said.
    """
    bridged = (words.bridge(token)[:1] for token in tokens)
    known = [(words.holders(term), like**_STRICT) for near in bridged for term, like in near if like >= _LIKE]
    if not known:
        return np.zeros(entries, dtype=np.float32)
    together = known[0][0]
    for holders, _ in known[1:]:
        together = np.intersect1d(together, holders, assume_unique=True)
    if len(together):
        return _share(together, min(likeness for _, likeness in known), owner, entries)
    alone = [_share(holders, likeness, owner, entries) for holders, likeness in known]
    result: Floats = np.max(alone, axis=0)
    return result


def near(similar: Floats) -> Floats:
    """The most that each phrasing, as ``similar`` to a fragment as that (0 to 1), says for its entry."""
    return similar**_NEAR


def _share(holders: Ints, likeness: float, owner: Ints, entries: int) -> Floats:
    count = np.bincount(owner[holders], minlength=entries)
    return (likeness * count / (len(holders) + _DOUBT)).astype(np.float32)
