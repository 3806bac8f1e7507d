"""A logistic regression on the vectors of phrasings, and what it says of phrasings that it was not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faq.linear import fit_in_passes, fit_kernel, one_hot
from faq.sparse import Floats, Ints, Rows, Vector, inner_products

_PENALTY = 0.05
_STEPS = 25
_STEPS_AGAIN = 8
"""From a solution that saw a few texts more."""
_EXACT = 1500
"""Phrasings up to which the fit is exact."""
_PASSES = 4
_MOST_SEEN = 60_000
"""Phrasings that all passes together look at; one pass sees them all."""
_MOST_PASSED = 20_000_000
"""Phrasings times entries up to which passes are made; beyond, where they take minutes, entries are their centroids."""
_CENTROID_SCALE = 10.0
"""Brings a cosine to the order of magnitude of a regression's scores."""
_MOST_WEIGHTS = 50_000_000
"""Beyond (200 MB), features share columns by chance."""
_AT_ONCE = 100_000
"""Weights that are copied together for a score: more would be memory asked of the system anew for every question."""
_SEED = 20210205


class Training(Protocol):
    """A fit that can be made again without some of its texts."""

    fits: int
    """How many fifths it is worth leaving out, one after the other."""

    def without(self, gone: NDArray[np.bool_], asked: Ints) -> Floats:
        """Scores (asked by entries) of the texts ``asked`` when those ``gone`` were not fitted."""
        ...


class Classifier:
    """Fitted on the vectors of the phrasings."""

    def __init__(self, size: int, entries: int, weights: Floats) -> None:
        """``size`` counts the terms of vectors. Raises `ValueError` for weights that are not those of such a fit."""
        if weights.shape != _shape(size, entries):
            raise ValueError("these are the weights of another fit")
        self.weights, self._column = weights, _columns(size, entries)

    @classmethod
    def of(cls, vectors: Sequence[Vector], size: int, owner: Ints, entries: int) -> tuple[Classifier, Training]:
        """Fitted on ``vectors``; and the fit, to be measured."""
        column = _columns(size, entries)
        placed = [Vector(column[v.terms], v.weights) for v in vectors] if column is not None else vectors
        weights, training = _fit(placed, owner, _shape(size, entries))
        return cls(size, entries, weights), training

    def score(self, vector: Vector) -> Floats:
        """Score of every entry."""
        terms = vector.terms if self._column is None else self._column[vector.terms]
        step = max(1, _AT_ONCE // self.weights.shape[1])
        result: Floats = vector.weights[:step] @ self.weights[terms[:step]]
        for start in range(step, len(terms), step):
            result += vector.weights[start : start + step] @ self.weights[terms[start : start + step]]
        return result


def _shape(size: int, entries: int) -> tuple[int, int]:
    return min(size, _MOST_WEIGHTS // max(entries, 1)), entries


def _columns(size: int, entries: int) -> Ints | None:
    """The column of each term; None where each has its own."""
    columns, _ = _shape(size, entries)
    if columns == size:
        return None
    return np.random.default_rng(_SEED).integers(0, columns, size, dtype=np.int64)


def _fit(vectors: Sequence[Vector], owner: Ints, shape: tuple[int, int]) -> tuple[Floats, Training]:
    if len(vectors) <= _EXACT:
        return _fit_exactly(vectors, owner, shape)
    passes = int(np.clip(_MOST_SEEN // len(vectors), 1, _PASSES))
    if len(vectors) * shape[1] > _MOST_PASSED:
        passes = 0
    again = _Again(vectors, owner, shape, passes)
    return again.fitted(np.arange(len(vectors))), again


def _fit_exactly(vectors: Sequence[Vector], owner: Ints, shape: tuple[int, int]) -> tuple[Floats, Training]:
    kernel = inner_products(vectors, shape[0])
    target = one_hot(owner, shape[1])
    dual = fit_kernel(kernel, target, _PENALTY, _STEPS)
    weights: Floats = np.zeros(shape, dtype=np.float32)
    for vector, coefficients in zip(vectors, dual, strict=True):
        weights[vector.terms] += np.outer(vector.weights, coefficients)
    return weights, _Exact(kernel, target, dual)


def _centroids(vectors: Sequence[Vector], owner: Ints, shape: tuple[int, int]) -> Floats:
    """Sum of each entry's vectors, scaled to one length."""
    total: Floats = np.zeros((shape[1], shape[0]), dtype=np.float32)
    for vector, entry in zip(vectors, owner.tolist(), strict=True):
        total[entry, vector.terms] += vector.weights
    length = np.sqrt(np.einsum("ef,ef->e", total, total))
    total *= (np.float32(_CENTROID_SCALE) / np.where(length > 0, length, 1)).astype(np.float32)[:, None]
    return np.ascontiguousarray(total.T)


@dataclass(slots=True)
class _Exact:
    kernel: Floats
    target: Floats
    dual: Floats
    fits: int = 5

    def without(self, gone: NDArray[np.bool_], asked: Ints) -> Floats:
        kept = np.flatnonzero(~gone)
        kernel = self.kernel[np.ix_(kept, kept)]
        dual = fit_kernel(kernel, self.target[kept], _PENALTY, _STEPS_AGAIN, self.dual[kept])
        result: Floats = self.kernel[np.ix_(asked, kept)] @ dual
        return result


@dataclass(slots=True)
class _Again:
    vectors: Sequence[Vector]
    owner: Ints
    shape: tuple[int, int]
    passes: int
    """0 for centroids."""
    fits: int = 1

    def fitted(self, rows: Ints) -> Floats:
        vectors = [self.vectors[row] for row in rows.tolist()]
        if self.passes:
            return fit_in_passes(Rows(vectors), self.owner[rows], self.shape, self.passes)
        return _centroids(vectors, self.owner[rows], self.shape)

    def without(self, gone: NDArray[np.bool_], asked: Ints) -> Floats:
        weights = self.fitted(np.flatnonzero(~gone))
        there = (self.vectors[row] for row in asked.tolist())
        return np.stack([vector.weights @ weights[vector.terms] for vector in there])
