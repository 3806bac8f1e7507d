"""A SQLite file that has all tables and no rows: made once in a process, because migrations take longer than a test."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from storage.engine import open_database
from storage.migrate import migrate

_made: list[bytes] = []


async def put_tables(file: Path) -> None:
    """Make ``file`` such a database, unless it is there; to migrate it finds nothing to do."""
    if not _made:
        with TemporaryDirectory() as folder:
            database = await open_database(f"sqlite:///{folder}/empty.db")
            await migrate(database)
            await database.close()
            _remember(Path(folder, "empty.db"))
    _write(file)


def _remember(file: Path) -> None:
    _made.append(file.read_bytes())


def _write(file: Path) -> None:
    if not file.exists():
        file.write_bytes(_made[0])
