"""Fitted weights in a folder, so that the second start need not fit again."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import structlog

from faq.fitting import Arrays

_KEPT = 12
"""Files that stay: a few versions of the content in each language."""
_PATTERN = "fit-*.npz"
_KEY = "key"

_log = structlog.get_logger(__name__)


class FitFolder:
    """A `FitCache` of ``.npz`` files, one for each fit; several processes may share it.

    A file that is damaged, or was written by another version of the matcher, counts as missing. A folder that cannot be
    written costs time at the next start and nothing else.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when the first fit is kept."""
        self._folder = folder

    def get(self, key: str) -> Arrays | None:
        """The arrays kept under ``key`` by this version of the matcher, or None."""
        full = _with_code(key)
        try:
            with self._path(full).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile):
            return None
        kept = arrays.pop(_KEY, None)
        return arrays if kept is not None and str(kept) == full else None

    def put(self, key: str, arrays: Arrays) -> None:
        """Write ``arrays`` in one step, and remove the oldest files beyond a dozen."""
        full = _with_code(key)
        path = self._path(full)
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                np.savez(file, allow_pickle=False, **{_KEY: np.array(full)}, **arrays)
            unfinished.replace(path)
            self._remove_old()
        except OSError as error:
            _log.warning("faq.fit_not_kept", reason=error.strerror)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _path(self, full: str) -> Path:
        return self._folder / f"fit-{full[:32]}.npz"

    def _remove_old(self) -> None:
        newest = sorted(self._folder.glob(_PATTERN), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in newest[_KEPT:]:
            path.unlink(missing_ok=True)


def _with_code(key: str) -> str:
    """``key`` for this version of the matcher: a fit of other code is another fit."""
    # Python's version, for its tables of Unicode.
    return hashlib.sha256(f"{_code()} {np.__version__} {sys.version} {key}".encode()).hexdigest()


@functools.cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
