"""The words of guided dialogs are followed in their files: a good change goes live, a broken one is refused."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialogs.decision import Guiding
from dialogs.reload import WatchedGuiding
from faq.library import Library
from faq.reload import LibraryWatcher
from program.document import ContentErrors
from tests.conftest import CONTENT

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


@pytest.fixture
def guiding() -> WatchedGuiding:
    return WatchedGuiding()


@pytest.fixture
def watcher(folder: Path, guiding: WatchedGuiding) -> LibraryWatcher:
    return LibraryWatcher(folder, lambda: NOW, companion=guiding)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    touched = path.stat().st_mtime_ns + 10**9  # also on a file system with coarse times
    os.utime(path, ns=(touched, touched))


def understands(guiding: Guiding | None, text: str) -> bool:
    assert guiding is not None
    return guiding.vocabularies["en"].command(text) is not None


async def test_a_new_word_goes_live(folder: Path, watcher: LibraryWatcher, guiding: WatchedGuiding) -> None:
    told: list[Library] = []

    async def tell(library: Library) -> None:
        told.append(library)

    watcher.on_change(tell)
    assert not understands(guiding(), "enough of this")
    rewrite(folder / "en" / "commands.yaml", "  cancel: [", "  cancel: [enough of this, ")
    await watcher.look()
    assert understands(guiding(), "enough of this")
    assert told == [watcher.library]
    await watcher.look()
    assert len(told) == 1


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("en/commands.yaml", "  cancel: [", "  cancle: ["),
        ("en/commands.yaml", "  directory-listing:\n", "  directory-listings:\n"),
        ("zh-CN/fields.yaml", "only_alone:", "only_allone:"),
        ("countries.yaml", "iso3: AND", "iso3: and"),
    ],
)
async def test_a_broken_file_is_refused(
    file: str, old: str, new: str, folder: Path, watcher: LibraryWatcher, guiding: WatchedGuiding
) -> None:
    good = guiding()
    rewrite(folder / file, old, new)
    await watcher.look()
    error = watcher.status().error
    assert error is not None
    assert error.startswith(f"content/{file}:")
    assert guiding() is good
    rewrite(folder / file, new, old)
    await watcher.look()
    assert watcher.status().error is None


async def test_what_is_broken_from_the_start_is_told(folder: Path) -> None:
    rewrite(folder / "en" / "commands.yaml", "  cancel: [", "  cancle: [")
    with pytest.raises(ContentErrors):
        LibraryWatcher(folder, lambda: NOW, companion=WatchedGuiding())


async def test_a_watcher_without_the_words_sees_no_change(folder: Path) -> None:
    """The teeth of the first test."""
    watcher, seen = LibraryWatcher(folder, lambda: NOW), []

    async def tell(library: Library) -> None:
        seen.append(library)

    watcher.on_change(tell)
    rewrite(folder / "en" / "commands.yaml", "  cancel: [", "  cancel: [enough of this, ")
    await watcher.look()
    assert seen == []
