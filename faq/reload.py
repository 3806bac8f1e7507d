"""Picks up changed content while the bot runs; what is broken is refused, and the last good content stays."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import structlog

from faq.files import content_files
from faq.library import Library
from faq.load import load_library
from program.cache import NOTHING_KEPT, KeptContent
from program.document import ContentErrors

OnChange = Callable[[Library], Awaitable[None]]
Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size of every file; size -1 when it is not there."""

_log = structlog.get_logger(__name__)


class Companion(Protocol):
    """Further content that goes live together with the library, or not at all."""

    def files(self, folder: Path) -> Sequence[Path]:
        """What it is made from."""
        ...

    def load(self, folder: Path, library: Library) -> None:
        """Make it anew, to go with ``library``. Raises `ContentErrors`, and then keeps the last good one."""
        ...


class NoCompanion:
    """There is nothing but the library."""

    def files(self, folder: Path) -> Sequence[Path]:  # noqa: ARG002 - see the protocol
        """None."""
        return ()

    def load(self, folder: Path, library: Library) -> None:
        """Nothing to do."""


_ALONE = NoCompanion()


@dataclass(frozen=True, slots=True)
class ReloadStatus:
    """What is live, and what is wrong with the files."""

    version: str
    loaded_at: datetime
    error: str | None
    """Where the refused files have their first error and how many there are, without texts; None when all is well."""


class LibraryWatcher:
    """Holds the live `Library` and follows the files."""

    def __init__(
        self,
        folder: Path,
        now: Callable[[], datetime],
        *,
        interval: float = 1.0,
        companion: Companion = _ALONE,
        kept: KeptContent = NOTHING_KEPT,
    ) -> None:
        """Load ``folder`` (``content/``), to be looked at every ``interval`` seconds. Raises `ContentErrors`."""
        self._kept = kept
        self._companion = companion
        self._folder = folder
        self._now = now
        self._interval = interval
        self._listeners: list[OnChange] = []
        self._past: frozenset[str] = frozenset()
        self._looked_for_past: tuple[str, date] | None = None
        self._glimpsed = _glimpse(folder)  # before loading: a change in between is seen at the first look
        self._seen = self._stamps()
        self._live = self._seen[1]
        self._library = self._read()
        self._status = ReloadStatus(self._library.version, now(), None)

    @property
    def library(self) -> Library:
        """The live content."""
        return self._library

    def status(self) -> ReloadStatus:
        """For ``/readyz``."""
        return self._status

    def on_change(self, listener: OnChange) -> None:
        """Call ``listener`` with every new library, after it became the live one. It must not raise or block."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Look at the files for ever; cancel to stop."""
        while True:
            await self.look()
            await asyncio.sleep(self._interval)

    async def look(self) -> None:
        """Look once. Reading and loading happen in a thread."""
        glimpse = await asyncio.to_thread(_glimpse, self._folder)
        if glimpse != self._glimpsed:
            stamps = await asyncio.to_thread(self._stamps)
            self._glimpsed = glimpse
            if stamps != self._seen:
                self._seen = stamps
                await self._load(stamps[1])
        self._warn_of_past(self._now().date())

    def _stamps(self) -> tuple[Stamp, Stamp]:
        return _stamp(content_files(self._folder)), _stamp(self._companion.files(self._folder))

    def _read(self) -> Library:
        library = load_library(self._folder, self._kept)
        self._companion.load(self._folder, library)
        return library

    async def _load(self, beside: Stamp) -> None:
        try:
            library = await asyncio.to_thread(self._read)
        except ContentErrors as error:
            self._refuse(error)
            return
        if library.version == self._library.version and beside == self._live:
            if self._status.error:
                self._status = replace(self._status, error=None)
                _log.info("content.repaired", version=library.version)
            return
        self._library, self._live = library, beside
        self._status = ReloadStatus(library.version, self._now(), None)
        _log.info("content.loaded", version=library.version)
        for listener in self._listeners:
            await listener(library)

    def _refuse(self, error: ContentErrors) -> None:
        first = error.errors[0]
        place, count = f"{first.file}:{first.line}:{first.column}", len(error.errors)
        words = f"{place} ({count} in all): run `python -m faq check`; {self._library.version} stays live"
        self._status = replace(self._status, error=words)
        _log.warning("content.refused", place=place, errors=count, live=self._library.version)

    def _warn_of_past(self, today: date) -> None:
        if (looked := (self._library.version, today)) == self._looked_for_past:
            return
        self._looked_for_past = looked
        past = frozenset(
            entry.id
            for pack in self._library.languages.values()
            for entry in pack.knowledge.entries.values()
            if entry.is_past(today)
        )
        if past - self._past:
            _log.warning("content.past", entries=sorted(past))
        self._past = past


def _glimpse(folder: Path) -> Stamp:
    """Of everything in the folder and in the folders in it: in a third of the time that it takes to look for files
    by their names, once a second for ever. Nothing that the content is made of stands deeper.
    """
    found: list[tuple[str, int, int]] = []
    for place in (os.fspath(folder), *_folders_in(folder)):
        with suppress(OSError), os.scandir(place) as entries:
            found += (_stamp_of(entry) for entry in entries)
    return tuple(sorted(found))


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if _is_folder(entry)]
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, say
        return False


def _stamp(paths: Iterable[Path]) -> Stamp:
    return tuple(_stamp_of(path) for path in paths)


def _stamp_of(path: Path | os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return os.fspath(path), 0, -1
    return os.fspath(path), found.st_mtime_ns, found.st_size
