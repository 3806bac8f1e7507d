"""What a match costs as the knowledge grows: invented phrasings over a vocabulary that grows with them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Final

from benchmarks.turns.talk import misspelt
from faq.fitting import NoCache
from faq.matcher import Matcher
from faq.model import Entry, Kind, KnowledgeBase

SIZES: Final = (100, 1_000, 10_000, 100_000)
_PER_ENTRY: Final = 20
_SYLLABLES: Final = [c + v + e for c in "bcdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "st")]
_ASKED: Final = 300


def matches(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """For each size: the time to fit, and to match questions that are a phrasing with a word replaced and a typo.

    Times of matches are of CPU: a match waits for nothing, and what else the machine does shall not count.
    """
    return [_measured(size) for size in sizes]


def _measured(size: int) -> dict[str, Any]:
    chance = random.Random(size)
    base, texts = invented(size, chance)
    started = time.perf_counter()
    matcher = Matcher({"en": base}, cache=NoCache())
    fitted = time.perf_counter() - started
    words = [word for text in texts[:1000] for word in text.split()]
    questions = [_asked(chance.choice(texts), words, chance) for _ in range(_ASKED)]
    times = []
    for question in questions:
        before = time.thread_time()
        matcher.match(question, "en")
        times.append((time.thread_time() - before) * 1000)
    return {
        "phrasings": size,
        "entries": len(base.entries),
        "match_ms": {"median": median(times), "p99": quantiles(times, n=100, method="inclusive")[98]},
        "fit_seconds": fitted,
    }


def invented(size: int, chance: random.Random) -> tuple[KnowledgeBase, list[str]]:
    """A knowledge base of so many phrasings, 20 to an entry, and the phrasings.

    Words are drawn as in a language: few are frequent (Zipf), and there are about 10·n^0.6 of them (Heaps).
    Each entry has some words of its own, which most of its phrasings share.
    """
    vocabulary = _words(int(10 * size**0.6) + 50, chance)
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    entries: dict[str, Entry] = {}
    texts: list[str] = []
    for number in range(max(size // _PER_ENTRY, 1)):
        own = chance.choices(vocabulary, k=3)
        said = tuple(_phrasing(own, vocabulary, weights, chance) for _ in range(_PER_ENTRY))
        texts += said
        entries[f"e{number}"] = Entry(f"e{number}", Kind.ANSWER, "en", said[0], "", said[1:])
    return KnowledgeBase("en", entries, f"invented {size}"), texts


def _phrasing(own: Sequence[str], vocabulary: Sequence[str], weights: Sequence[float], chance: random.Random) -> str:
    words = chance.choices(vocabulary, weights, k=chance.randrange(3, 8)) + chance.sample(own, 2)
    chance.shuffle(words)
    return " ".join(words)


def _words(count: int, chance: random.Random) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(chance.choices(_SYLLABLES, k=chance.randrange(2, 5)))] = None
    return list(made)


def _asked(text: str, words: Sequence[str], chance: random.Random) -> str:
    said = text.split()
    said[chance.randrange(len(said))] = chance.choice(words)
    return misspelt(" ".join(said), chance)
