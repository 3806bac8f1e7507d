"""All rows as a text file: one JSON value per line, the same for every database.

A header, then for each table its name and columns, its rows, and their number and checksum; at the end the number of
tables, so that a file that was cut off is recognized.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from sqlalchemy import Connection, TableClause, column, func, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from storage.errors import CopyDiffers, DatabaseTooNew, NoDatabase, NotABackup, NotEmpty, RowRefused
from storage.migrate import HEAD, revision, upgrade
from storage.tables import metadata

FORMAT = "learning-partner-bot"
VERSION = 1
BATCH = 200
"""Rows that are in memory at once."""
_REVISIONS = "alembic_version"

Row = list[str | int | bool | None]


@dataclass(slots=True)
class Sum:
    """Number and checksum of rows, whatever their order: databases sort text differently."""

    rows: int = 0
    digest: int = field(default=0, repr=False)

    def add(self, line: str) -> None:
        """Count a row, given as it stands in the file."""
        self.rows += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(line.encode()).digest())) % 2**256

    def to_json(self) -> dict[str, object]:
        """As it stands in the file."""
        return {"rows": self.rows, "checksum": f"{self.digest:064x}"}


Sums = dict[str, Sum]
"""By table."""


def dump(connection: Connection, file: TextIO) -> Sums:
    """Write everything that a `Database.snapshot` shows. Raises `NoDatabase`."""
    tables, version = _tables(connection), revision(connection)
    if version is None or not tables:
        raise NoDatabase
    sums: Sums = {}
    file.write(_line({"format": FORMAT, "version": VERSION, "revision": version}))
    for each in tables:
        sums[each.name] = found = Sum()
        file.write(_line({"table": each.name, "columns": list(each.c.keys())}))
        for line in _rows(connection, each):
            found.add(line)
            file.write(line)
        file.write(_line(found.to_json()))
    file.write(_line({"tables": len(tables)}))
    return sums


def load(connection: Connection, file: TextIO) -> Sums:
    """Fill an empty database with what was written, and bring it up to date.

    Everything is read back and compared before it counts. Raises `NotABackup`, `DatabaseTooNew`, `NotEmpty`,
    `RowRefused`, `CopyDiffers`; then the transaction must be rolled back.
    """
    lines = _parsed(file)
    version = _version(next(lines, (None, ""))[0])
    _clear(connection)
    upgrade(connection, version)
    sums = _fill(connection, lines)
    for each in _tables(connection):
        arrived = Sum()
        for line in _rows(connection, each):
            arrived.add(line)
        if arrived != sums.get(each.name, Sum()):
            raise CopyDiffers(each.name)
        _count_on(connection, each)
    upgrade(connection)
    return sums


def _fill(connection: Connection, lines: Iterator[tuple[Any, str]]) -> Sums:
    tables = {each.name: each for each in _tables(connection)}
    sums: Sums = {}
    for value, _ in lines:
        match value:
            case {"table": str(name), "columns": list(columns)} if name in tables and set(columns) <= set(
                tables[name].c.keys()
            ):
                sums[name] = _fill_table(connection, tables[name], columns, lines)
            case {"tables": int(number)} if number == len(sums) and next(lines, None) is None:
                return sums
            case _:
                break
    raise NotABackup


def _fill_table(
    connection: Connection, target: TableClause, columns: Sequence[str], lines: Iterator[tuple[Any, str]]
) -> Sum:
    found = Sum()
    batch: list[dict[str, Any]] = []
    for value, line in lines:
        if not isinstance(value, list):
            _insert(connection, target, batch)
            if value != found.to_json():
                raise NotABackup(target.name)
            return found
        if len(value) != len(columns):
            break
        found.add(line)
        batch.append(dict(zip(columns, value, strict=True)))
        if len(batch) == BATCH:
            _insert(connection, target, batch)
            batch = []
    raise NotABackup(target.name)


def _insert(connection: Connection, target: TableClause, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    try:
        connection.execute(target.insert(), rows)
    except DBAPIError as error:
        raise RowRefused(f"{target.name}, {type(error.orig).__name__}") from None


def _tables(connection: Connection) -> list[TableClause]:
    """The bot's tables as they are in this database, whatever its revision."""
    known = inspect(connection)
    return [
        table(name, *(column(each["name"], each["type"]) for each in known.get_columns(name)))
        for name in sorted(known.get_table_names())
        if name in metadata.tables
    ]


def _rows(connection: Connection, source: TableClause) -> Iterator[str]:
    result = connection.execute(select(source), execution_options={"yield_per": BATCH})
    for row in result:
        yield _line(list(row))


def _clear(connection: Connection) -> None:
    """Drop the tables, which must hold nothing: the file's may be of another revision. Raises `NotEmpty`."""
    for each in _tables(connection):
        if connection.execute(select(func.count()).select_from(select(each).limit(1).subquery())).scalar_one():
            raise NotEmpty(each.name)
        connection.execute(text(f"DROP TABLE {each.name}"))
    connection.execute(text(f"DROP TABLE IF EXISTS {_REVISIONS}"))


def _count_on(connection: Connection, target: TableClause) -> None:
    """Rows that PostgreSQL numbers go on after the last number (SQLite sees it by itself)."""
    key = inspect(connection).get_pk_constraint(target.name)["constrained_columns"]
    if connection.dialect.name != "postgresql" or len(key) != 1:
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(target.name, key[0])))
    last = connection.scalar(select(func.max(target.c[key[0]]))) if sequence else None
    if last is not None:
        connection.execute(select(func.setval(sequence, last)))


def _version(header: Any) -> str:
    match header:
        case {"format": str(name), "version": int(number), "revision": str(found)} if name == FORMAT:
            if number > VERSION or found > HEAD:
                raise DatabaseTooNew(f"revision {found}")
            return found
    raise NotABackup


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _parsed(lines: Iterable[str]) -> Iterator[tuple[Any, str]]:
    """Each line's value, and the line. Raises `NotABackup`."""
    try:
        for line in lines:
            yield json.loads(line), line
    except (ValueError, RecursionError):
        raise NotABackup from None
