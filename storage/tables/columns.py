"""Types of columns, and the collection that all tables are in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, MetaData, Text, text
from sqlalchemy.types import TypeDecorator

from dialogs.reply import JsonObject
from program.months import Month
from storage.codec import from_json, from_micros, storable, to_json, to_micros


class Moment(TypeDecorator[datetime]):
    """A time, as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else from_micros(value)


class Json(TypeDecorator[JsonObject]):
    """A JSON object, as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonObject | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> JsonObject | None:
        """From the database."""
        return None if value is None else from_json(value)


class Day(TypeDecorator[date]):
    """A day, as text: 2026-03-21."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> date | None:
        """From the database."""
        return None if value is None else date.fromisoformat(value)


class YearMonth(TypeDecorator[Month]):
    """A month, as text: 2026-03."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Month | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Month | None:
        """From the database."""
        return None if value is None else Month(int(value[:4]), int(value[5:]))


class Words(TypeDecorator[str]):
    """What a user typed; characters that no database takes are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else storable(value)


BigSerial = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers rows by itself in SQLite

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def partial_index(name: str, columns: list[Column[Any]], where: str) -> None:
    """Of some rows only: the others are many, and nobody looks for them."""
    Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
