"""Statements of every turn, compiled once: SQLAlchemy writes the SQL, SQLite's driver runs it.

SQL is still written once for both databases. On SQLite, where a statement takes less time than SQLAlchemy takes to
execute it, it goes to the driver as text, with values converted by the types of the
columns. On PostgreSQL, where the network takes longer than both, SQLAlchemy executes it.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement without lists among its parameters (``IN``)."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}
        """By the names of the values: of an insert they are its columns."""

    def all(self, connection: Connection, values: Values) -> Sequence[Any]:
        """The rows that it finds; columns are attributes."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).all()
        compiled = self._for(connection.dialect, values)
        return [compiled.read(row) for row in compiled.run(connection, values).fetchall()]

    def count(self, connection: Connection, values: Values) -> int:
        """How many rows it inserted or changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).rowcount
        return self._for(connection.dialect, values).run(connection, values).rowcount

    def each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute it for every one of ``rows``."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, rows)
            return
        for values in rows:
            self._for(connection.dialect, values).run(connection, values)

    def _for(self, dialect: Dialect, values: Values) -> _Compiled:
        names = tuple(values)
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = _compile(self._statement, dialect, names)
        return found


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL with its parameters in order, and how values become what the driver takes and gives."""

    sql: str
    parameters: tuple[tuple[str, Any, Convert], ...]
    """Name, value where the statement itself has one, and conversion."""
    make: Callable[[Sequence[Any]], Any]
    converts: tuple[Convert, ...]

    def run(self, connection: Connection, values: Values) -> sqlite3.Cursor:
        """Raises what SQLAlchemy raises, which never tells the values."""
        given = [
            value if convert is None else convert(value)
            for name, own, convert in self.parameters
            for value in [values.get(name, own)]
        ]
        driver: Any = connection.connection.driver_connection
        try:
            cursor: sqlite3.Cursor = driver.execute(self.sql, given)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                self.sql, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
            ) from error
        return cursor

    def read(self, row: Sequence[Any]) -> Any:
        """A row as the columns' types give it."""
        converted = [
            value if convert is None else convert(value) for value, convert in zip(row, self.converts, strict=True)
        ]
        return self.make(converted)


def _compile(statement: Select[Any] | Insert | Update | Delete, dialect: Dialect, names: Sequence[str]) -> _Compiled:
    columns = list(names) if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    parameters = tuple(
        (name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name in compiled.positiontup
        for bind in [compiled.binds[name]]
    )
    chosen = list(statement.selected_columns) if isinstance(statement, Select) else []
    converts = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in chosen)
    make: Any = namedtuple("Row", [str(column.key) for column in chosen])  # type: ignore[misc] # its names come with the statement
    return _Compiled(str(compiled), parameters, make._make, converts)
