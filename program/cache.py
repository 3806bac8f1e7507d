"""What is made of content files, kept from one start to the next. What is kept is data: never code, never pickled."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

import structlog

from program.plain import codec

ROOT = Path(__file__).parents[1]
KEPT = 12
"""Files that stay in a folder: a few versions of the content."""
_LARGEST = 2 * 1024 * 1024
"""Bytes of the largest content file (`program.yaml_source.MAX_BYTES`)."""

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class KeptFiles:
    """Files by key, each written in one step; several processes may share the folder.

    A folder that cannot be written costs time at the next start and nothing else.
    """

    def __init__(self, folder: Path, kind: str, ending: str) -> None:
        """They are named ``<kind>-<key>.<ending>``; the folder is made when the first one is kept."""
        self._folder, self._kind, self._ending = folder, kind, ending

    def path(self, key: str) -> Path:
        """Where the file of a key is, if it is there; ``key`` is hexadecimal."""
        return self._folder / f"{self._kind}-{key[:32]}.{self._ending}"

    def write(self, key: str, write: Callable[[BinaryIO], None]) -> None:
        """Keep what ``write`` writes, and remove the oldest files beyond a dozen."""
        path = self.path(key)
        unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                write(file)
            unfinished.replace(path)
            with contextlib.suppress(FileNotFoundError):  # another process tidies up just now
                self._remove_old()
        except OSError as error:
            _log.warning("kept.not_written", kind=self._kind, reason=error.strerror)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _remove_old(self) -> None:
        found = self._folder.glob(f"{self._kind}-*.{self._ending}")
        newest = sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in newest[KEPT:]:
            path.unlink(missing_ok=True)


class KeptContent:
    """What was made of content files that were found to be right, by the hash of the files and of our code.

    A file that is damaged counts as missing, and so does what other code wrote. Content with errors is never kept: it
    is read, and refused with its lines, every time.
    """

    def __init__(self, folder: Path | None) -> None:
        """In ``folder``; None keeps nothing."""
        self._folder = folder

    def get_or_make(self, content: Path, kind: type[_T], beside: str, make: Callable[[], _T]) -> _T:
        """What ``make`` makes of the folder ``content`` and of ``beside``, as a value of the dataclass ``kind``."""
        files = content_hash(content) if self._folder else None
        if self._folder is None or files is None:
            return make()
        key = _sha256(f"{code_hash()} {kind.__qualname__} {beside} {files}".encode())
        kept = KeptFiles(self._folder, kind.__name__.lower(), "json")
        found: _T | None = _read(kept.path(key), key, kind)
        if found is not None:
            return found
        made = make()
        if (
            content_hash(content) == files
        ):  # else a file was changed meanwhile, and which of the two was read is unknown
            data = json.dumps([key, codec(kind).plain(made)], ensure_ascii=False, separators=(",", ":")).encode()
            kept.write(key, lambda file: _write(file, data))
        return made


NOTHING_KEPT = KeptContent(None)


def content_hash(folder: Path) -> str | None:
    """SHA-256 of every YAML file of a content folder and of its languages, and of the folders' names.

    None when one cannot be read or is too large: reading it anew tells what is wrong.
    """
    digest = hashlib.sha256()
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir())
        digest.update("\0".join(path.name for path in folders).encode("utf-8", "surrogateescape"))
        for path in (path for place in (folder, *folders) for path in sorted(place.glob("*.yaml"))):
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)
            if len(data) > _LARGEST:
                return None
            name = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
            digest.update(b"\0%s\0%d\0" % (name, len(data)) + data)
    except OSError:
        return None
    return digest.hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 of all that decides what content becomes: our code, the locked packages, and Python (for its Unicode)."""
    digest = hashlib.sha256(sys.version.encode())
    for package in ("program", "wording", "faq", "cases", "dialogs"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    with contextlib.suppress(FileNotFoundError):
        digest.update((ROOT / "requirements.txt").read_bytes())
    return digest.hexdigest()


def _read(path: Path, key: str, kind: type[_T]) -> _T | None:
    """What is kept there; None when it is not what was written there for this key."""
    try:
        data = path.read_bytes()
        if data[-_SEAL:] != _sealed(data[:-_SEAL]):
            return None
        named, plain = json.loads(data[:-_SEAL])
        value: _T | None = codec(kind).value(plain) if named == key else None
    except (OSError, ValueError):
        return None
    return value


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.write(_sealed(data))


_SEAL = 65


def _sealed(data: bytes) -> bytes:
    """The last line of a file: the hash of what stands before it."""
    return b"\n" + _sha256(data).encode("ascii")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
