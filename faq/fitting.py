"""What fitting a knowledge base costs seconds for, and where it may be kept between starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from faq.model import KnowledgeBase

Arrays = Mapping[str, NDArray[Any]]


class Unusable(ValueError):
    """What was kept is not a fit of this knowledge base: fit again."""


class FitCache(Protocol):
    """Keeps fitted arrays by key. It may forget, and never returns what it did not get under that key."""

    def get(self, key: str) -> Arrays | None:
        """The arrays kept under ``key``, if any."""
        ...

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep ``arrays``; whatever prevents it is not the caller's concern."""
        ...


class NoCache:
    """Fits anew every time."""

    def get(self, key: str) -> None:
        """Nothing."""

    def put(self, key: str, arrays: Arrays) -> None:
        """Forget."""


class KeptFits:
    """For a trial: finds what another cache keeps, and keeps nothing itself."""

    def __init__(self, cache: FitCache) -> None:
        self._cache = cache

    def get(self, key: str) -> Arrays | None:
        """What the other has."""
        return self._cache.get(key)

    def put(self, key: str, arrays: Arrays) -> None:
        """Forget."""


def fit_key(base: KnowledgeBase, embedder: str = "") -> str:
    """A name for the fit of a knowledge base: SHA-256 in hexadecimal, of all that a fit looks at and nothing else.

    Equal questions of equal entries, equal fit, whatever the answers say. ``embedder`` names what adds meaning.
    """
    asked = [[entry.title, *entry.phrasings] for entry in base.entries.values()]
    told = json.dumps([base.language, embedder, base.synonyms, asked], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def named(name: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """``arrays`` under ``name``, to stand beside those of others; `within` takes them out again."""
    return {f"{name}.{inner}": array for inner, array in arrays.items()}


def within(name: str, arrays: Arrays) -> Arrays:
    """The arrays that stand under ``name``, by their own names."""
    start = f"{name}."
    return {inner.removeprefix(start): array for inner, array in arrays.items() if inner.startswith(start)}


def packed(plain: object) -> NDArray[np.uint8]:
    """Words, and whatever else JSON can say, as an array of the bytes of that JSON."""
    return np.frombuffer(json.dumps(plain, separators=(",", ":")).encode("ascii"), dtype=np.uint8)


def unpacked(array: NDArray[Any]) -> Any:
    """What was `packed`. Raises `ValueError`."""
    return json.loads(array.tobytes())
