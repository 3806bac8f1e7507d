"""The content folder: read, and changed as a whole, with a copy of what was there before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from desk.curating import ContentFile
from desk.errors import ContentLocked, ContentMoved
from faq.files import content_files
from program.document import ContentErrors
from program.yaml_source import parse_yaml

Texts = Mapping[str, str | None]
"""Texts by file (``en/faq.yaml``); None for one that is not there."""


class ContentFolder:
    """``content/``, and where copies go."""

    def __init__(self, folder: Path, backups: Path) -> None:
        """``backups`` is made when it is needed; each change gets a folder in it, named by its time."""
        self.folder, self.backups = folder.resolve(), backups
        self.name = self.folder.name

    def stamp(self) -> str:
        """Another one, when any content file became another."""
        digest = hashlib.sha256()
        for path in content_files(self.folder):
            with contextlib.suppress(OSError):
                digest.update(f"{path.relative_to(self.folder)}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def read(self, names: Iterable[str]) -> dict[str, ContentFile]:
        """Files as they are. Raises `ContentErrors` for one that is not YAML."""
        return {name: self._file(name) for name in names}

    def writable(self) -> bool:
        """Whether files can be changed from here, and a copy be kept."""
        files = [path for path in content_files(self.folder) if path.exists()]
        folders = {path.parent for path in files}
        place = next(parent for parent in (self.backups, *self.backups.parents) if parent.exists())
        return all(os.access(path, os.W_OK) for path in (*files, *folders, place))

    def publish(self, stamp: str, texts: Texts, at: datetime) -> None:
        """Change files, if all are as they were at ``stamp``. Raises `ContentMoved`, `ContentLocked`.

        Each file is replaced in one step; when one cannot be, those before it become what they were. Doing it again
        does nothing: a database may run the transaction in which it stands twice.
        """
        done: dict[str, bytes | None] = {}
        try:
            before = {name: _bytes(self.folder / name) for name in texts}
            if before == {name: None if text is None else text.encode() for name, text in texts.items()}:
                return
            if self.stamp() != stamp:
                raise ContentMoved
            self._keep(before, at)
            for name, text in texts.items():
                done[name] = before[name]
                _replace(self.folder / name, None if text is None else text.encode())
        except OSError as error:
            for name, data in done.items():
                with contextlib.suppress(OSError):
                    _replace(self.folder / name, data)
            raise ContentLocked(str(error.strerror)) from None

    def _keep(self, before: Mapping[str, bytes | None], at: datetime) -> None:
        base = f"{at:%Y-%m-%d-%H%M%S}"
        names = (base, *(f"{base}-{number}" for number in range(2, 100)))
        place = next(self.backups / name for name in names if not (self.backups / name).exists())
        for name, data in before.items():
            if data is not None:
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(data)

    def _file(self, name: str) -> ContentFile:
        path = self.folder / name
        if not path.exists():
            return ContentFile("", None)
        data, file = path.read_bytes(), f"{self.name}/{name}"
        document = parse_yaml(data, file)
        return ContentFile(data.decode("utf-8"), document)


def copied(folder: Path, to: Path, texts: Texts) -> Path:
    """A copy of the content folder with other texts, in the folder ``to``."""
    place = to / folder.name
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns(".*"))
    for name, text in texts.items():
        if text is None:
            (place / name).unlink()
        else:
            (place / name).write_bytes(text.encode())
    return place


def is_read_as(text: str, value: object) -> bool:
    """Whether a text is YAML that says this."""
    try:
        return parse_yaml(text.encode(), "").value == value
    except ContentErrors:
        return False


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _replace(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
        return
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
