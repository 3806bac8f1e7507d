"""The families of evidence for one language, and what they say of questions they have not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.classifier import Classifier, Training
from faq.embedding import Meanings
from faq.entry_words import EntryCounts, EntryWords
from faq.features import Vectorizer
from faq.fitting import Arrays, named, within
from faq.sparse import Floats, Ints, Vector
from faq.stems import stem
from faq.words import WordIndex

LINEAR = "linear"
FAMILIES = (LINEAR, "entry-words", "phrasings")

_BEST = 3
_FOLDS = 5
_ABSENT = -30.0
"""Evidence for an entry that was left out."""
_MOST_SIMILAR = 1000
"""Phrasings that are looked at one by one, of however many share a word with the question."""
_MOST_CELLS = 20_000
"""Of a table of entries by phrasings: a larger one takes longer to look through than the most similar phrasings."""
_MOST_ASKED = 1000
"""Phrasings that serve as questions: enough to measure with."""
_SCALE = np.array([1.0, 10.0, 10.0], dtype=np.float32)
"""Brings the families to one order of magnitude, so that one prior suits the weights of all."""


@dataclass(frozen=True, slots=True)
class Measurable:
    """What a fit was made from: megabytes that nobody needs once it is measured."""

    texts: Sequence[tuple[str, ...]]
    counts: EntryCounts
    training: Training


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Phrasings as questions: answered without themselves, and without their whole entry."""

    known: Floats
    """Questions whose entry is there, by entries by families."""
    owner: Ints
    """The entry of each of them."""
    unknown: Floats
    """Questions whose entry is not there, by entries by families."""


@dataclass(frozen=True, slots=True)
class _Learned:
    """What the families know."""

    words: WordIndex
    entry_words: EntryWords
    features: Vectorizer
    classifier: Classifier


class Evidence:
    """Fitted on all phrasings; ``owner``, the entry of each, is in ascending order."""

    def __init__(self, learned: _Learned, owner: Ints, entries: int, meanings: Meanings | None) -> None:
        self._owner, self._entries, self._meanings = owner, entries, meanings
        counts = np.bincount(owner, minlength=entries)
        self._counted = np.clip(counts, 1, _BEST).astype(np.float32)
        self._table = (entries, max(int(counts.max(initial=0)), _BEST))
        self._cells = owner * self._table[1] + _rank_in_entry(owner) if math.prod(self._table) <= _MOST_CELLS else None
        self.words, self._entry_words = learned.words, learned.entry_words
        self._features, self._classifier = learned.features, learned.classifier
        self._postings = learned.words.postings.beside(learned.entry_words.postings)

    @classmethod
    def of(
        cls, texts: Sequence[tuple[str, ...]], owner: Ints, entries: int, meanings: Meanings | None
    ) -> tuple[Evidence, Measurable]:
        """Fitted on ``texts``, which are tokens; and what it takes to measure the fit."""
        counts = EntryCounts([_stems(text) for text in texts], owner.tolist(), entries)
        features = Vectorizer.of(texts)
        vectors = [features.vector(text) for text in texts]
        if meanings:
            vectors = meanings.beside(vectors, features.size, texts)
        classifier, training = Classifier.of(vectors, _size(features, meanings), owner, entries)
        learned = _Learned(WordIndex.of(texts), counts.words(), features, classifier)
        return cls(learned, owner, entries, meanings), Measurable(texts, counts, training)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        return {
            LINEAR: self._classifier.weights,
            **named("words", self.words.arrays()),
            **named("entry-words", self._entry_words.arrays()),
            **named("features", self._features.arrays()),
        }

    @classmethod
    def of_arrays(cls, arrays: Arrays, owner: Ints, entries: int, meanings: Meanings | None) -> Evidence:
        """The evidence that gave these `arrays`. Raises `KeyError` and `ValueError`."""
        features = Vectorizer.of_arrays(within("features", arrays))
        learned = _Learned(
            WordIndex.of_arrays(within("words", arrays)),
            EntryWords.of_arrays(within("entry-words", arrays)),
            features,
            Classifier(_size(features, meanings), entries, arrays[LINEAR]),
        )
        return cls(learned, owner, entries, meanings)

    def score(self, tokens: Sequence[str]) -> tuple[Floats, Floats]:
        """Evidence for each entry (entries by families), and the similarity of each phrasing."""
        respelled = self.words.respell(tokens)
        similar, shares = self._compared(tokens, respelled)
        scores = np.empty((self._entries, len(FAMILIES)), dtype=np.float32)
        scores[:, 0] = self._linear(tokens, respelled)
        scores[:, 1] = shares
        scores[:, 2] = self._best(similar)
        scores *= _SCALE
        return scores, similar

    def _linear(self, tokens: Sequence[str], respelled: tuple[str, ...]) -> Floats:
        """What the classifier says, on average of the text as it is written and as it is meant."""
        texts = (tokens,) if respelled == tokens else (tokens, respelled)
        vectors = self._features.vectors(texts)
        if self._meanings:
            size = self._features.size
            vectors = [self._meanings.beside_one(v, size, text) for v, text in zip(vectors, texts, strict=True)]
        scores = [self._classifier.score(vector) for vector in vectors]
        return scores[0] if len(scores) == 1 else (scores[0] + scores[1]) / np.float32(2)

    def _compared(self, tokens: Sequence[str], respelled: tuple[str, ...]) -> tuple[Floats, Floats]:
        """What `WordIndex.score` says of each phrasing and `EntryWords.score` of each entry, looked up together."""
        terms, weights = self.words.weighted(tokens)
        stems = dict.fromkeys(map(stem, respelled))
        known = self._entry_words.known(stems)
        terms += [self.words.size + term for term in known]
        said = self._postings.score(Vector.listed(terms, weights + [1.0] * len(known)))
        return said[: len(self._owner)], said[len(self._owner) :] / np.float32(self._entry_words.most(stems))

    def _best(self, similar: Floats) -> Floats:
        """Mean of the best three similarities of each entry, or of as many as it has."""
        rows = similar.nonzero()[0]
        if len(rows) > _MOST_SIMILAR:
            rows = rows[np.argpartition(similar[rows], -_MOST_SIMILAR)[-_MOST_SIMILAR:]]
        if self._cells is None:
            return self._best_sorted(similar, rows)
        table: Floats = np.zeros(self._table, dtype=np.float32)
        table.ravel()[self._cells[rows]] = similar[rows]
        table.partition(table.shape[1] - _BEST, axis=1)
        total = table[:, -_BEST:].sum(axis=1, dtype=np.float64)
        mean: Floats = (total / self._counted).astype(np.float32)
        return mean

    def _best_sorted(self, similar: Floats, rows: Ints) -> Floats:
        """`_best` of ``rows`` without a table of all."""
        order = rows[np.lexsort((-similar[rows], self._owner[rows]))]
        owner = self._owner[order]
        best = np.arange(len(order)) - np.searchsorted(owner, owner) < _BEST
        total = np.bincount(owner[best], similar[order[best]], self._entries)
        return (total / self._counted).astype(np.float32)

    def held_out(self, fit: Measurable) -> HeldOut:
        """Phrasings of every entry, asked without themselves and without their entry.

        A fold leaves out some phrasings of all entries and some entries as a whole, so that one fit serves both.
        """
        fits = fit.training.fits
        fold, group = _rank_in_entry(self._owner) % _FOLDS, self._owner % _FOLDS
        asked = self._asked((fold < fits) | (group < fits))
        owner, fold_of, group_of = self._owner[asked], fold[asked], group[asked]
        known, unknown = self._unfitted(fit, asked)
        for number in range(fits):
            there, strange = (fold_of == number) & (group_of != number), group_of == number
            scores = fit.training.without((fold == number) | (group == number), asked)
            known[there, :, 0], unknown[strange, :, 0] = scores[there], scores[strange]
            known[there, number::_FOLDS] = unknown[strange, number::_FOLDS] = _ABSENT
        in_fold = (fold_of < fits) & (fold_of != group_of)
        return HeldOut(known[in_fold], owner[in_fold], unknown[group_of < fits])

    def _asked(self, fit: NDArray[np.bool_]) -> Ints:
        """Some of the phrasings that are ``fit`` to be asked, of all entries alike."""
        rows = np.flatnonzero(fit)
        first = np.lexsort((self._owner[rows], _rank_in_entry(self._owner[rows])))[:_MOST_ASKED]
        return np.sort(rows[first])

    def _unfitted(self, fit: Measurable, asked: Ints) -> tuple[Floats, Floats]:
        """The families that need no fit, each question without its phrasing; the fitted ones are still empty."""
        scores: Floats = np.zeros((len(asked), self._entries, len(FAMILIES)), dtype=np.float32)
        for place, row in enumerate(asked.tolist()):
            text, entry = fit.texts[row], int(self._owner[row])
            stems = _stems(text)
            scores[place, :, 1] = self._entry_words.score(stems)
            scores[place, entry, 1] = fit.counts.score_without(self._entry_words, stems, entry)
            similar = self.words.score(text)
            similar[row] = 0
            scores[place, :, 2] = self._best(similar)
        # Without the phrasing its entry may have fewer than three.
        there = np.clip(np.bincount(self._owner, minlength=self._entries) - 1, 1, _BEST).astype(np.float32)
        own = (np.arange(len(asked)), self._owner[asked], 2)
        scores[own] *= (self._counted / there)[self._owner[asked]]
        scores *= _SCALE
        return scores, scores.copy()


def _size(features: Vectorizer, meanings: Meanings | None) -> int:
    return features.size + (meanings.size if meanings else 0)


def _stems(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(stem, tokens))


def _rank_in_entry(owner: Ints) -> Ints:
    """For each phrasing how many of its entry come before it."""
    result: Ints = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return result
