"""Sparse vectors with numpy alone: texts as weighted terms, listed by text and by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_COMMON = 0.05
"""Share of the vectors from which a term that they hold is common."""


@dataclass(frozen=True, slots=True)
class Vector:
    """Terms, each once, and their weights."""

    terms: Ints
    weights: Floats

    @classmethod
    def of(cls, weights: Mapping[int, float]) -> Vector:
        """The vector with these weights by term."""
        return cls.listed(list(weights), list(weights.values()))

    @classmethod
    def listed(cls, terms: list[int], weights: list[float]) -> Vector:
        """The vector with the weight of each of ``terms`` in the same place of ``weights``."""
        return cls(np.array(terms, dtype=np.int64), np.array(weights, dtype=np.float32))


class Rows:
    """Many vectors, one after the other."""

    def __init__(self, vectors: Sequence[Vector]) -> None:
        self._terms = np.concatenate([vector.terms for vector in vectors])
        self._weights = np.concatenate([vector.weights for vector in vectors])
        self._starts = np.cumsum([0, *(len(vector.terms) for vector in vectors)])

    def dense(self, rows: Ints) -> tuple[Ints, Floats]:
        """The terms of ``rows`` in ascending order, and their weights: rows by these terms."""
        counts = self._starts[rows + 1] - self._starts[rows]
        places = _spans(self._starts[rows], counts)
        terms, column = np.unique(self._terms[places], return_inverse=True)
        cells = np.repeat(np.arange(len(rows)), counts) * len(terms) + column
        dense = np.bincount(cells, self._weights[places], len(rows) * len(terms))
        return terms, dense.reshape(len(rows), len(terms)).astype(np.float32)


class Postings:
    """For each term the rows (texts) that hold it, and with what weight."""

    def __init__(self, size: int, rows: Ints, weights: Floats, starts: Ints) -> None:
        """``rows`` and ``weights`` stand in order of terms; those of a term begin at its place of ``starts``."""
        self.size, self._rows, self._weights, self._starts = size, rows, weights, starts

    @classmethod
    def of(cls, rows: Sequence[Vector], terms: int) -> Postings:
        """Of these vectors, whose terms are numbered below ``terms``."""
        count = np.array([len(row.terms) for row in rows], dtype=np.int64)
        term = np.concatenate([row.terms for row in rows]) if rows else np.zeros(0, dtype=np.int64)
        weight = np.concatenate([row.weights for row in rows]) if rows else np.zeros(0, dtype=np.float32)
        order = np.argsort(term, kind="stable")
        starts = np.searchsorted(term[order], np.arange(terms + 1))
        return cls(len(rows), np.repeat(np.arange(len(rows)), count)[order], weight[order], starts)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of_arrays` makes the same from."""
        return {"size": np.array(self.size), "rows": self._rows, "weights": self._weights, "starts": self._starts}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Postings:
        """Those that gave these `arrays`. Raises `KeyError`."""
        return cls(int(arrays["size"]), arrays["rows"], arrays["weights"], arrays["starts"])

    def frequency(self, terms: Ints) -> Ints:
        """In how many rows each term is."""
        result: Ints = self._starts[terms + 1] - self._starts[terms]
        return result

    def holders(self, term: int) -> Ints:
        """The rows that hold ``term``, in ascending order."""
        return self._rows[self._starts[term] : self._starts[term + 1]]

    def score(self, query: Vector) -> Floats:
        """Dot product of the query with every row."""
        starts = self._starts[query.terms]
        counts = self._starts[query.terms + 1] - starts
        places = _spans(starts, counts)
        weights = query.weights.repeat(counts)
        weights *= self._weights[places]
        return np.bincount(self._rows[places], weights, self.size).astype(np.float32)

    def beside(self, other: Postings) -> Postings:
        """These and ``other``, to be scored together: its rows and terms are numbered behind these."""
        return Postings(
            self.size + other.size,
            np.concatenate((self._rows, other._rows + self.size)),
            np.concatenate((self._weights, other._weights)),
            np.concatenate((self._starts, other._starts[1:] + self._starts[-1])),
        )


def inner_products(vectors: Sequence[Vector], terms: int) -> Floats:
    """Of every vector with every other. Terms that many vectors hold are multiplied densely: that is faster."""
    frequency = np.bincount(np.concatenate([vector.terms for vector in vectors]), minlength=terms)
    common = frequency > len(vectors) * _COMMON
    column = np.cumsum(common) - 1
    dense: Floats = np.zeros((len(vectors), int(common.sum())), dtype=np.float32)
    rare = []
    for row, vector in zip(dense, vectors, strict=True):
        often = common[vector.terms]
        np.add.at(row, column[vector.terms[often]], vector.weights[often])
        rare.append(Vector(vector.terms[~often], vector.weights[~often]))
    postings = Postings.of(rare, terms)
    result: Floats = np.stack([postings.score(vector) for vector in rare])
    result += dense @ dense.T
    return result


def _spans(starts: Ints, counts: Ints) -> Ints:
    """All places of the spans that begin at ``starts``, one span after the other."""
    ends = counts.cumsum()
    result: Ints = (starts - ends + counts).repeat(counts)
    result += np.arange(len(result))
    return result
