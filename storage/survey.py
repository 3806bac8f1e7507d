"""Is the database as it should be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy import Connection, Table, TypeDecorator, func, select, text, type_coerce
from sqlalchemy.types import NullType

from storage.errors import StorageError
from storage.migrate import HEAD, revision
from storage.tables import metadata


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    revision: str
    rows: dict[str, int]
    """By table."""
    problems: tuple[str, ...]
    """What to do about; tables and columns, never values."""


def survey(connection: Connection) -> Survey:
    """Look at everything: the revision, the file's integrity (SQLite), and whether every stored value can be read."""
    found = revision(connection)
    if found is None:
        return Survey("none", {}, ("there are no tables: start the bot once",))
    if found != HEAD:
        advice = "start the bot once to update them" if found < HEAD else "update the bot"
        return Survey(found, {}, (f"the tables are of revision {found}, this bot's of {HEAD}: {advice}",))
    rows = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
    return Survey(found, rows, (*_integrity(connection), *_unreadable(connection)))


def _integrity(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA integrity_check(1)")).scalar() != "ok":
        yield "the file is damaged: restore a backup"


def _unreadable(connection: Connection) -> Iterator[str]:
    for table in metadata.sorted_tables:
        for name, count in _unreadable_by_column(connection, table).items():
            yield f"{table.name}.{name}: {count} values cannot be read: restore these rows from a backup"


def _unreadable_by_column(connection: Connection, table: Table) -> dict[str, int]:
    read = {column.name: kind for column in table.c if _is_read(kind := column.type)}
    raw = select(*(type_coerce(table.c[name], NullType()).label(name) for name in read))
    found: dict[str, int] = {}
    if read:
        for row in connection.execute(raw, execution_options={"yield_per": 500}):
            for (name, kind), value in zip(read.items(), row, strict=True):
                try:
                    kind.process_result_value(value, connection.dialect)
                except (StorageError, ValueError, OverflowError):
                    found[name] = found.get(name, 0) + 1
    return found


def _is_read(kind: object) -> TypeGuard[TypeDecorator[Any]]:
    """Whether values of this type can be anything but what they should be."""
    return isinstance(kind, TypeDecorator) and "process_result_value" in vars(type(kind))
