"""Fits are kept between starts, and a file that cannot be trusted is not."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faq import cache
from faq.cache import FitFolder
from faq.fitting import Arrays, fit_key
from faq.matcher import Matcher
from faq.model import Entry, Kind, KnowledgeBase

ARRAYS = {"dual": np.ones((2, 3), dtype=np.float32)}


def base(*words: str) -> KnowledgeBase:
    entries = {
        word: Entry(word, Kind.ANSWER, "en", f"what is {word}", "answer", (f"{word} please", f"explain {word}"))
        for word in words
    }
    return KnowledgeBase("en", entries, "v")


KEY = fit_key(base("a"))


class Counting:
    """A cache that counts what it could not give."""

    def __init__(self, folder: Path) -> None:
        self.folder = FitFolder(folder)
        self.missed = 0

    def get(self, key: str) -> Arrays | None:
        kept = self.folder.get(key)
        self.missed += kept is None
        return kept

    def put(self, key: str, arrays: Arrays) -> None:
        self.folder.put(key, arrays)


def test_what_was_kept_is_given_back(tmp_path: Path) -> None:
    folder = FitFolder(tmp_path / "var" / "fits")
    assert folder.get(KEY) is None
    folder.put(KEY, ARRAYS)
    kept = folder.get(KEY)
    assert kept is not None
    assert kept.keys() == ARRAYS.keys()
    assert (kept["dual"] == ARRAYS["dual"]).all()
    assert FitFolder(tmp_path).get(KEY) is None


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


def _pickled(path: Path) -> None:
    np.savez(path, key=np.array([object()], dtype=object))


def _foreign(path: Path) -> None:
    np.savez(path, key=np.array("another"), dual=np.zeros((2, 3)))


def _not_arrays(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("key", "x")


@pytest.mark.parametrize(
    "damage", [_cut, _flip, _pickled, _foreign, _not_arrays, lambda path: path.write_bytes(b""), Path.unlink]
)
def test_a_damaged_or_foreign_file_counts_as_missing(damage: Callable[[Path], None], tmp_path: Path) -> None:
    folder = FitFolder(tmp_path)
    folder.put(KEY, ARRAYS)
    (path,) = tmp_path.iterdir()
    damage(path)
    assert folder.get(KEY) is None
    folder.put(KEY, ARRAYS)
    assert folder.get(KEY) is not None


def test_a_fit_of_other_code_is_another_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FitFolder(tmp_path).put(KEY, ARRAYS)
    monkeypatch.setattr(cache, "code_hash", lambda: "changed")
    assert FitFolder(tmp_path).get(KEY) is None


def test_old_files_go_and_other_files_stay(tmp_path: Path) -> None:
    folder = FitFolder(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    keys = [f"key {number}" for number in range(15)]
    for number, key in enumerate(keys):
        folder.put(key, ARRAYS)
        newest = max(tmp_path.glob("*.npz"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (number, number))
    folder.put("last", ARRAYS)
    assert [folder.get(key) is not None for key in keys] == [False] * 4 + [True] * 11
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".npz"] * 12 + [".txt"]


def test_a_folder_that_cannot_be_written_is_survived(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = FitFolder(tmp_path / "file" / "fits")
    folder.put(KEY, ARRAYS)
    assert folder.get(KEY) is None


def test_second_matcher_of_the_same_content_fits_nothing(tmp_path: Path) -> None:
    words = [
        f"{a}{b}" for a in ("invoice", "reward", "badge") for b in ("s", "form", "day", "book", "type", "list", "room")
    ]
    counting = Counting(tmp_path)
    first = Matcher({"en": base(*words)}, cache=counting)
    second = Matcher({"en": base(*words)}, cache=counting)
    assert counting.missed == 1
    assert first.match("invoice form explained", "en") == second.match("invoice form explained", "en")
    Matcher({"en": base(*words, "more")}, cache=counting)
    assert counting.missed == 2


def test_kept_arrays_of_a_wrong_shape_are_fitted_anew(tmp_path: Path) -> None:
    class Wrong:
        def get(self, key: str) -> Arrays | None:
            return {
                "linear": np.full((6, 2), np.nan),
                "weights": np.ones(3),
                "curve": np.ones(3),
                "thresholds": np.ones(2),
            }

        def put(self, key: str, arrays: Arrays) -> None:
            kept.update(arrays)

    kept: dict[str, object] = {}
    matcher = Matcher({"en": base("invoices", "rewards")}, cache=Wrong())
    assert kept
    assert matcher.match("explain rewards", "en") == Matcher({"en": base("invoices", "rewards")}).match(
        "explain rewards", "en"
    )
