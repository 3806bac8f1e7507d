"""Lists of requests as the console asks for them: pages are found by their key, not by counting off the ones before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, text, tuple_

from desk.listing import Choices, Found, Group, Order, Query
from desk.ports import PAGE
from program.months import Month
from storage.cases import folded, to_case
from storage.engine import Database
from storage.tables import IS_OPEN, Day, cases

_OPEN = and_(text(IS_OPEN))
_DATED = cases.c.due.is_not(None)
_FIRST_COUNTRY = select(func.min(cases.c.country)).where(cases.c.country.is_not(None))
_FIRST_MONTH = select(func.min(cases.c.batch)).where(cases.c.batch.is_not(None))
_LAST_MONTH = select(func.max(cases.c.batch)).where(cases.c.batch.is_not(None))
_CREATED = (cases.c.created_at, cases.c.reference)
_NEWEST = tuple(column.desc() for column in _CREATED)
_DUE = (cases.c.due, cases.c.reference)
_SEPARATOR = "~"
SOON = 2_000
"""How many of the newest PostgreSQL looks through, one by one, before it asks the index of pairs."""


def _countries() -> Select[Any]:
    """From each to the next in their index, however many requests each has."""
    found = select(_FIRST_COUNTRY.scalar_subquery().label("country")).cte("found", recursive=True)
    later = select(func.min(cases.c.country)).where(cases.c.country > found.c.country).scalar_subquery()
    found = found.union_all(select(later).where(found.c.country.is_not(None)))
    return select(found.c.country).where(found.c.country.is_not(None)).order_by(found.c.country)


_COUNTRIES = _countries()


class SqlCaseFinder:
    """`desk.listing.CaseFinder` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: Query, limit: int = PAGE, after: str = "") -> Found:
        """See the port."""
        if query.order is Order.NEWEST:
            rows = await self._database.read(lambda connection: _newest(connection, query, limit + 1, after))
            return _page(rows, limit, lambda row: str(row.reference))
        rows = await self._database.read(lambda connection: _due_first(connection, query, limit + 1, after))
        return _page(rows, limit, lambda row: f"{row.due or ''}{_SEPARATOR}{row.reference}")

    async def choices(self) -> Choices:
        """See the port."""
        return await self._database.read(_choices)


def _page(rows: list[Any], limit: int, cursor: Any) -> Found:
    page = rows[:limit]
    return Found(tuple(to_case(row) for row in page), cursor(page[-1]) if len(rows) > limit else None)


def _newest(connection: Connection, query: Query, limit: int, after: str) -> list[Any]:
    if query.text and connection.dialect.name == "postgresql":
        rows = _soon_found(connection, query, limit, after)
        if len(rows) == limit:
            return rows
    wanted = _wanted(connection, query).order_by(*_NEWEST).limit(limit)
    if after:
        wanted = wanted.where(_older_than(after))
    return list(connection.execute(wanted))


def _soon_found(connection: Connection, query: Query, limit: int, after: str) -> list[Any]:
    """The page of a word that many have is full after a few of the newest; with the index all hits would be sorted."""
    newest = _wanted(connection, replace(query, text="")).order_by(*_NEWEST).limit(SOON)
    if after:
        newest = newest.where(_older_than(after))
    some = newest.subquery()
    words = (some.c.search.contains(word, autoescape=True) for word in folded(query.text).split())
    found = select(some).where(*words).order_by(some.c.created_at.desc(), some.c.reference.desc())
    return list(connection.execute(found.limit(limit)))


def _due_first(connection: Connection, query: Query, limit: int, after: str) -> list[Any]:
    """What has a due day, by that; then the others, newest first. A page may go across."""
    due, reference = _read(after)
    rows: list[Any] = []
    if due is not None or not reference:
        dated = _wanted(connection, query).where(_DATED).order_by(*_DUE).limit(limit)
        if due is not None:
            dated = dated.where(tuple_(*_DUE) > tuple_(literal(due, Day), literal(reference)))
        rows = list(connection.execute(dated))
        reference = ""
    if len(rows) < limit and not query.dated:
        others = _wanted(connection, query).where(cases.c.due.is_(None)).order_by(*_NEWEST)
        if reference:
            others = others.where(_older_than(reference))
        rows += connection.execute(others.limit(limit - len(rows)))
    return rows


def _read(after: str) -> tuple[date | None, str]:
    due, _, reference = after.partition(_SEPARATOR)
    try:
        return (date.fromisoformat(due) if due else None), reference
    except ValueError:
        return None, ""


def _older_than(reference: str) -> ColumnElement[bool]:
    last = select(*_CREATED).where(cases.c.reference == reference)
    return tuple_(*_CREATED) < last.scalar_subquery()


def _wanted(connection: Connection, query: Query) -> Select[Any]:
    chosen = select(cases)
    equal = (
        (cases.c.type, query.type),
        (cases.c.state, query.state),
        (cases.c.batch, query.month),
        (cases.c.country, query.country),
        (cases.c.assignee, query.assignee),
        (cases.c.language, query.language),
    )
    for column, value in equal:
        if value:
            chosen = chosen.where(column == (value if isinstance(value, Month) else str(value)))
    if query.group is not None:
        chosen = chosen.where(_grouped(query.group, query))
    for word in folded(query.text).split():
        chosen = chosen.where(_occurs(connection.dialect.name, word))
    return chosen


def _occurs(dialect: str, word: str) -> ColumnElement[bool]:
    """That it stands in the text, inside of words, too. PostgreSQL finds the few that have all of its pairs first.

    That there is a text needs no saying, but SQLite takes the index of searches for nothing else.
    """
    there = and_(cases.c.search.is_not(None), cases.c.search.contains(word, autoescape=True))
    if dialect != "postgresql" or len(word) == 1:
        return there
    return and_(func.text_pairs(cases.c.search).op("@>", is_comparison=True)(func.text_pairs(word)), there)


def _grouped(group: Group, query: Query) -> ColumnElement[bool]:
    match group:
        case Group.OVERDUE:
            return and_(_DATED, cases.c.due < query.today)
        case Group.UNASSIGNED:
            return and_(_OPEN, cases.c.assignee.is_(None))
        case Group.MINE:
            return and_(_OPEN, cases.c.assignee == query.me)
        case Group.OPEN:
            return _OPEN


def _choices(connection: Connection) -> Choices:
    countries = tuple(connection.execute(_COUNTRIES).scalars())
    first, last = (connection.execute(end).scalar_one() for end in (_FIRST_MONTH, _LAST_MONTH))
    if first is None or last is None:
        return Choices(countries)
    span = (last.year - first.year) * 12 + last.month - first.month
    return Choices(countries, tuple(last.plus(-back) for back in range(span + 1)))
