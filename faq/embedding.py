"""The port for sentence embeddings. The matcher works without; with one, meaning stands beside the
words in the linear family."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Protocol

import numpy as np

from faq.han import is_han
from faq.normalize import ACRONYM_MARK
from faq.sparse import Floats, Vector
from faq.synonyms import CONCEPT_MARK

_WORDS = _MEANING = np.float32(0.5**0.5)
"""Words and meaning have half of the squared length each."""


class Embedder(Protocol):
    """Turns texts into vectors; safe to share between threads."""

    @property
    def name(self) -> str:
        """Identity: of equal names, equal vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """Texts by dimensions, each row of length 1 (0 for a text without meaning)."""
        ...


class Meanings:
    """Vectors of questions and phrasings, to stand behind the terms of their words."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.size = embedder.name, embedder.dimensions
        self._embed = embedder.embed
        self._of_text = lru_cache(maxsize=256)(lambda text: self._embed([text])[0])

    def beside(self, words: Sequence[Vector], size: int, texts: Sequence[Sequence[str]]) -> list[Vector]:
        """The vectors ``words`` of ``texts`` (tokens), of ``size`` terms, with meanings as further terms."""
        meanings = self._embed([_written(tokens) for tokens in texts])
        return [self._joined(vector, size, row) for vector, row in zip(words, meanings, strict=True)]

    def beside_one(self, words: Vector, size: int, tokens: Sequence[str]) -> Vector:
        """`beside`, for one question."""
        return self._joined(words, size, self._of_text(_written(tokens)))

    def _joined(self, words: Vector, size: int, meaning: Floats) -> Vector:
        weights = np.concatenate((words.weights * _WORDS, meaning.astype(np.float32) * _MEANING))
        return Vector(np.concatenate((words.terms, np.arange(size, size + self.size))), weights)


def _written(tokens: Sequence[str]) -> str:
    """``tokens`` as a sentence again, without what only the matcher knows; Chinese characters are not set apart."""
    words = [token.removesuffix(ACRONYM_MARK) for token in tokens if not token.startswith(CONCEPT_MARK)]
    gaps = ("" if is_han(before[0]) and is_han(word[0]) else " " for before, word in pairwise(words))
    return "".join(chain(words[:1], *zip(gaps, words[1:], strict=True)))
