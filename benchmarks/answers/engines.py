"""What is compared: each engine gives every entry a score, ours a probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from benchmarks.answers.peers import chatterbot
from faq.classifier import Classifier
from faq.embedders.load import load_wordllama
from faq.embedding import Embedder
from faq.engine import Engine
from faq.entry_words import EntryWords
from faq.features import Vectorizer
from faq.fitting import NoCache
from faq.model import KnowledgeBase
from faq.normalize import normalize
from faq.words import WordIndex

Scores = NDArray[np.float64]
Scorer = Callable[[str], Scores]
"""Scores of the entries in the order of the knowledge base."""


@dataclass(frozen=True)
class Contender:
    """An engine of the table."""

    build: Callable[[KnowledgeBase], Scorer]
    peer: bool = False
    """Whether it needs the environment of the peers."""
    languages: tuple[str, ...] = ("en", "zh-CN")
    sample: int = 1
    """Every how manieth question of a public set it is asked: more than 1 for what takes long."""
    typos: bool = True
    """Whether it is asked misspelt questions too."""
    big: bool = False
    """Whether it is also asked on the large set."""


def ours(base: KnowledgeBase, embedder: Embedder | None = None) -> Scorer:
    """The default engine."""
    engine = Engine(base, NoCache(), embedder)
    place = {entry: number for number, entry in enumerate(base.entries)}

    def score(question: str) -> Scores:
        scores = np.zeros(len(place))
        for candidate in engine.rank(question):
            scores[place[candidate.entry]] = candidate.score
        return scores

    return score


def bm25_per_entry(base: KnowledgeBase) -> Scorer:
    """BM25, all phrasings of an entry as one document."""
    texts, owner = _phrasings(base)
    words = EntryWords.of([_tokens(text, base) for text in texts], owner.tolist(), len(base.entries))
    return lambda question: words.score(_tokens(question, base)).astype(np.float64)


def soft_tf_idf(base: KnowledgeBase) -> Scorer:
    """Soft TF-IDF, mean of the best three phrasings."""
    texts, owner = _phrasings(base)
    words = WordIndex.of([_tokens(text, base) for text in texts])
    return lambda question: _best(words.score(_tokens(question, base)), owner, 3)


def linear(base: KnowledgeBase) -> Scorer:
    """TF-IDF of words, stems and letters, logistic regression."""
    texts, owner = _phrasings(base)
    tokens = [_tokens(text, base) for text in texts]
    features = Vectorizer.of(tokens)
    vectors = [features.vector(text) for text in tokens]
    fitted, _ = Classifier.of(vectors, features.size, owner, len(base.entries))
    return lambda question: fitted.score(features.vector(_tokens(question, base))).astype(np.float64)


def _spelling(scorer: Callable[..., float], best: int) -> Callable[[KnowledgeBase], Scorer]:
    def build(base: KnowledgeBase) -> Scorer:
        texts, owner = _phrasings(base)
        return lambda question: _best(process.cdist([question], texts, scorer=scorer)[0], owner, best)

    return build


def _nearest_by_chatterbot(base: KnowledgeBase) -> Scorer:
    texts, owner = _phrasings(base)
    nearest = chatterbot(texts, owner.tolist())

    def score(question: str) -> Scores:
        scores = np.zeros(len(base.entries))
        entry, confidence = nearest(question)
        if entry is not None:
            scores[entry] = confidence
        return scores

    return score


ENGINES: dict[str, Contender] = {
    "rapidfuzz WRatio, nearest": Contender(_spelling(fuzz.WRatio, 1), sample=6),
    "rapidfuzz token_set, nearest": Contender(_spelling(fuzz.token_set_ratio, 1), sample=3),
    "rapidfuzz token_set, best 3": Contender(_spelling(fuzz.token_set_ratio, 3), sample=3),
    "ChatterBot, best match": Contender(_nearest_by_chatterbot, peer=True, languages=("en",), sample=40, typos=False),
    "soft TF-IDF, best 3": Contender(soft_tf_idf),
    "BM25 per entry": Contender(bm25_per_entry, big=True),
    "TF-IDF + linear": Contender(linear, big=True),
    "ours": Contender(ours, big=True),
    "ours + wordllama": Contender(lambda base: ours(base, load_wordllama()), peer=True, languages=("en",), big=True),
}


def _phrasings(base: KnowledgeBase) -> tuple[list[str], NDArray[np.int64]]:
    told = [(text, n) for n, entry in enumerate(base.entries.values()) for text in (entry.title, *entry.phrasings)]
    return [text for text, _ in told], np.array([number for _, number in told], dtype=np.int64)


def _tokens(text: str, base: KnowledgeBase) -> tuple[str, ...]:
    return normalize(text, base.language).tokens


def _best(similar: NDArray[np.float32], owner: NDArray[np.int64], best: int) -> Scores:
    """Mean of each entry's best similarities."""
    order = np.lexsort((-similar, owner))
    place = np.arange(len(order)) - np.searchsorted(owner[order], owner[order])
    kept = order[place < best]
    total = np.bincount(owner[kept], similar[kept], int(owner[-1]) + 1)
    return total / np.bincount(owner[kept], minlength=int(owner[-1]) + 1)
