"""Statements of every turn, compiled once: SQLAlchemy writes the SQL, SQLite's driver runs it.

SQL is still written once for both databases. On SQLite, where a statement takes less time than SQLAlchemy takes to
execute it, it goes to the driver as text, with values converted by the types of the columns; and what turns that
wait together have for it goes there as one statement of many rows. Each statement is a moment at which the thread
lets go of the interpreter and has to wait for it again, behind a busy event loop. On PostgreSQL, where the network
takes longer than all of that, SQLAlchemy executes it.
"""

from __future__ import annotations

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import CTE, Connection, Delete, Dialect, Insert, Select, Update, bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Convert = Callable[[Any], Any] | None
Statement = Select[Any] | Insert | Update | Delete

_GIVEN: Final = re.compile(r"(?<=\bgiven AS \n\()SELECT \? AS \w+(?:, \? AS \w+)*(?=\))")
_VALUES: Final = re.compile(r"(?<=\bVALUES )\(\?(?:, \?)*\)")
MOST_ROWS: Final = 16
"""Rows of one statement. SQLite keeps a statement for every number of rows, and 128 of them in all."""


def given(**columns: type[TypeEngine[Any]]) -> CTE:
    """A table of the values that a statement is executed with, which has one: ``p_name`` for each column ``name``.

    Not SQLAlchemy's ``values``: statements with that are compiled each time that PostgreSQL is asked.
    """
    row = [bindparam(f"p_{name}", type_=kind).label(name) for name, kind in columns.items()]
    return select(*row).cte("given")


class Prepared:
    """A statement without lists among its parameters (``IN``)."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}
        """By the names of the values: of an insert they are its columns."""

    def each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute it for every one of ``rows``.

        For more than one the statement must be an insert, or made with `given`; raises `ValueError` otherwise. All have
        the names of the first.
        """
        if connection.dialect.name == "sqlite":
            self.count(connection, *rows)
        elif rows:
            connection.execute(self._statement, rows)

    def count(self, connection: Connection, *rows: Values) -> int:
        """How many rows it inserted or changed, executed for every one of ``rows``; see `each`."""
        if connection.dialect.name != "sqlite":
            return sum(connection.execute(self._statement, values).rowcount for values in rows)
        driver = driver_of(connection)
        before = driver.total_changes  # a cursor does not count the rows of a statement that begins with WITH
        for compiled, some in self._portions(connection.dialect, rows):
            compiled.run(connection, some)
        return driver.total_changes - before

    def all(self, connection: Connection, *rows: Values) -> list[Any]:
        """The rows that it finds for every one of ``rows``; columns are attributes. See `each`."""
        if connection.dialect.name != "sqlite":
            return [row for values in rows for row in connection.execute(self._statement, values)]
        return [
            compiled.read(row)
            for compiled, some in self._portions(connection.dialect, rows)
            for row in compiled.run(connection, some).fetchall()
        ]

    def _portions(self, dialect: Dialect, rows: Sequence[Values]) -> Iterator[tuple[_Compiled, Sequence[Values]]]:
        if not rows:
            return
        names = tuple(rows[0])
        compiled = self._compiled.get(names)
        if compiled is None:
            compiled = self._compiled[names] = _compile(self._statement, dialect, names)
        for first in range(0, len(rows), MOST_ROWS):
            yield compiled, rows[first : first + MOST_ROWS]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Some of a statement's parameters, in order: how a row's values become what the driver takes."""

    pick: Callable[[Values], Sequence[Any]]
    own: Values
    """What the statement itself has, as the driver takes it."""
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    """By their places. Most values stay as they are."""

    def of(self, row: Values) -> list[Any]:
        """Their values."""
        picked = [*self.pick({**self.own, **row} if self.own else row)]
        for place, convert in self.converts:
            picked[place] = convert(picked[place])
        return picked


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL with its parameters, and how values become what the driver takes and gives."""

    sql: str
    parameters: _Parameters
    in_row: _Parameters
    """Those that stand for a row of values, where there are many; they are the first."""
    behind: _Parameters
    """The others: the statement itself has them."""
    row: str
    """The part with the parameters that stand for a row of values, where there is one."""
    another: str
    """What stands behind it for each further row."""
    make: Callable[[Sequence[Any]], Any]
    converts: tuple[Convert, ...]
    _wide: dict[int, str] = field(default_factory=dict)
    """The SQL for so many rows."""

    def run(self, connection: Connection, rows: Sequence[Values]) -> sqlite3.Cursor:
        """Raises what SQLAlchemy raises, which never tells the values."""
        sql = self._for(len(rows))
        if len(rows) == 1:
            filled = self.parameters.of(rows[0])
        else:
            filled = [value for values in rows for value in self.in_row.of(values)] + self.behind.of({})
        try:
            cursor: sqlite3.Cursor = driver_of(connection).execute(sql, filled)
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

    def _for(self, rows: int) -> str:
        if rows == 1:
            return self.sql
        if rows not in self._wide:
            if not self.row:
                raise ValueError("many rows need an insert, or a statement made with `given`")
            self._wide[rows] = self.sql.replace(self.row, self.row + self.another * (rows - 1), 1)
        return self._wide[rows]


@lru_cache(8)
def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection beneath SQLAlchemy's: the same for life, and SQLAlchemy takes long to look it up."""
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return] # SQLAlchemy does not know whose


def _compile(statement: Statement, dialect: Dialect, names: Sequence[str]) -> _Compiled:
    columns = list(names) if isinstance(statement, Insert) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    binds = [(name, compiled.binds[name]) for name in compiled.positiontup]
    chosen = list(statement.selected_columns) if isinstance(statement, Select) else []
    converts = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in chosen)
    make: Any = namedtuple("Row", [str(column.key) for column in chosen])  # type: ignore[misc] # its names come with the statement
    row, another = _row(str(compiled))
    in_row = row.count("?")
    every, first, others = (_parameters(some, dialect) for some in (binds, binds[:in_row], binds[in_row:]))
    return _Compiled(str(compiled), every, first, others, row, another, make._make, converts)


def _parameters(binds: Sequence[tuple[str, Any]], dialect: Dialect) -> _Parameters:
    own: dict[str, Any] = {}
    converts = []
    for place, (name, bind) in enumerate(binds):
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if not bind.required:
            own[name] = bind.value if convert is None else convert(bind.value)
        elif convert is not None:
            converts.append((place, convert))
    return _Parameters(_picker([name for name, _ in binds]), own, tuple(converts))


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: [row[name] for name in names]


def _row(sql: str) -> tuple[str, str]:
    """Where a statement has a row of values, and what makes it another."""
    if found := _GIVEN.search(sql):
        return found[0], f" UNION ALL SELECT {', '.join('?' * found[0].count('?'))}"
    if found := _VALUES.search(sql):
        return found[0], f", {found[0]}"
    return "", ""
