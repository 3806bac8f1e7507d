"""What guided dialogs read with, followed in its files together with the library (`faq.reload.LibraryWatcher`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dialogs.decision import Guiding
from dialogs.load import load_guiding
from faq.library import Library
from program.cache import NOTHING_KEPT, KeptContent

WORDS = ("fields.yaml", "commands.yaml")


class WatchedGuiding:
    """The last good words; the watcher's companion."""

    def __init__(self, *, checks_pages: bool = True, kept: KeptContent = NOTHING_KEPT) -> None:
        """``checks_pages``: whether landing pages are looked at, which the dialogs then say."""
        self._checks_pages, self._kept = checks_pages, kept
        self._current: Guiding | None = None

    def files(self, folder: Path) -> list[Path]:
        """The files that it is made from; one that is needed is listed even when it does not exist."""
        languages = sorted(path.parent for path in folder.glob("*/faq.yaml"))
        return [folder / "countries.yaml", *(language / name for language in languages for name in WORDS)]

    def load(self, folder: Path, library: Library) -> None:
        """Read them. Raises `ContentErrors`, and then the last good ones stay."""
        self._current = replace(load_guiding(folder, library, self._kept), checks_pages=self._checks_pages)

    def __call__(self) -> Guiding | None:
        """The words that go with the live library."""
        return self._current
