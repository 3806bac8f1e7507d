"""Backups, restoring them, and moving from one database to another."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from storage.dump import Sums, dump, load
from storage.engine import Database, open_database
from storage.errors import FileTaken, FileUnusable, InUse, NoDatabase, NotABackup

_SQLITE = b"SQLite format 3\0"
_OWNER_ONLY = 0o600


async def back_up(url: str, target: Path) -> None:
    """Write a backup, readable by its owner only, while the bot runs: a SQLite file of SQLite, else `storage.dump`.

    Raises `StorageError`; ``target`` is there when it is complete, or not at all.
    """
    if target.exists():  # noqa: ASYNC240 - a command of its own: nobody waits meanwhile
        raise FileTaken(str(target))
    part = target.with_name(f"{target.name}.part")
    with _files():
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _OWNER_ONLY))
        try:
            source = sqlite_file(url)
            if source is not None:
                _copy_sqlite(source, part)
            else:
                async with opened(url) as database:
                    await _dump(database, part)
            _sync(part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)


async def restore(backup: Path, url: str) -> Sums:
    """Fill the empty database at ``url`` with a backup of either kind. Raises `StorageError`; then nothing changed."""
    with _files(), TemporaryDirectory() as folder:
        with backup.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE)) == _SQLITE
        lines = backup
        if is_sqlite:
            copy, lines = Path(folder) / "copy.db", Path(folder) / "lines"
            shutil.copyfile(backup, copy)
            _check_sqlite(copy)
            async with opened(f"sqlite:///{copy}") as database:
                await _dump(database, lines)
        return await _load(lines, url)


async def move(from_url: str, to_url: str) -> Sums:
    """Copy everything from one database to another, empty one. Raises `StorageError`; then nothing changed.

    A SQLite file that another process has open is refused: what that process wrote meanwhile would be left behind.
    """
    source = sqlite_file(from_url)
    with _files(), TemporaryDirectory() as folder:  # readable by its owner only
        if source is not None:
            _refuse_open(source)
        lines = Path(folder) / "lines"
        async with opened(from_url) as database:
            await _dump(database, lines)
        return await _load(lines, to_url)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database, which must be there. Raises `StorageError`."""
    sqlite_file(url)
    database = await open_database(url)
    try:
        yield database
    finally:
        await database.close()


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for other databases. Raises `NoDatabase` when it does not exist."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None  # `open_database` says what is wrong
    if not address.drivername.startswith("sqlite"):
        return None
    file = Path(address.database or "")
    if not file.is_file():
        raise NoDatabase(f"there is no {file}")
    return file


async def _dump(database: Database, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as out:
        await database.snapshot(lambda connection: dump(connection, out))


async def _load(lines: Path, url: str) -> Sums:
    database = await open_database(url)
    try:
        with lines.open(encoding="utf-8", newline="\n") as file:
            return await database.write(lambda connection: load(connection, file))
    except UnicodeDecodeError:
        raise NotABackup from None
    finally:
        await database.close()


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)  # in one step: as it was at one moment; in WAL mode writers go on
        writing.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
    _check_sqlite(target)


def _check_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise NotABackup("the integrity check fails")


def _refuse_open(file: Path) -> None:
    """Leaving WAL mode needs the file for oneself; opening it again returns to that mode."""
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = None
        if mode != ("delete",):
            raise InUse


def _sync(file: Path) -> None:
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _files() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise NotABackup(type(error).__name__) from None
    except OSError as error:
        raise FileUnusable(os.strerror(error.errno or 0)) from None
