"""Fitted weights in a folder, so that the second start need not fit again."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np

from faq.fitting import Arrays
from program.cache import KeptFiles, code_hash

_KEY = "key"


class FitFolder:
    """A `FitCache` of ``.npz`` files, one for each fit; several processes may share it.

    A file that is damaged, or was written by another version of the matcher, counts as missing. A folder that cannot be
    written costs time at the next start and nothing else.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when the first fit is kept."""
        self._files = KeptFiles(folder, "fit", "npz")

    def get(self, key: str) -> Arrays | None:
        """The arrays kept under ``key`` by this version of the matcher, or None."""
        full = _with_code(key)
        try:
            with self._files.path(full).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile):
            return None
        kept = arrays.pop(_KEY, None)
        return arrays if kept is not None and str(kept) == full else None

    def put(self, key: str, arrays: Arrays) -> None:
        """Write ``arrays`` in one step, and remove the oldest files beyond a dozen."""
        full = _with_code(key)
        self._files.write(
            full, lambda file: np.savez(file, allow_pickle=False, **{_KEY: np.array(full)}, **dict(arrays))
        )


def _with_code(key: str) -> str:
    """``key`` for this version of the matcher: a fit of other code is another fit."""
    return hashlib.sha256(f"{code_hash()} {np.__version__} {key}".encode()).hexdigest()
