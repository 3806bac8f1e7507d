"""What fitting a knowledge base costs seconds for, and where it may be kept between starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
ANY = -1
"""Any length, in a shape."""


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


def fit_key(language: str, texts: Sequence[Sequence[str]], owner: Iterable[int], entries: int) -> str:
    """A name for the fit of these tokens: SHA-256 in hexadecimal. Equal tokens of equal entries, equal fit."""
    told = json.dumps(
        [language, entries, [int(entry) for entry in owner], texts], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def usable(arrays: Arrays, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether the kept arrays are those of a fit with these shapes, all numbers finite."""
    return arrays.keys() == shapes.keys() and all(
        _fits(array.shape, shapes[name]) and array.dtype.kind == "f" and bool(np.isfinite(array).all())
        for name, array in arrays.items()
    )


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) == len(wanted) and all(there in (here, ANY) for here, there in zip(shape, wanted, strict=True))
