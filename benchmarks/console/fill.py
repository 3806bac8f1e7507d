"""Fills an empty database with many rows, past the ORM: SQLite by its own driver, PostgreSQL by COPY."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice

import asyncpg  # type: ignore[import-untyped] # it has no types
from sqlalchemy import make_url

from benchmarks.console.rows import Row, Size, Table, tables
from storage.engine import open_database
from storage.migrate import migrate

BATCH = 20_000


async def fill(url: str, size: Size, now: datetime) -> float:
    """Make the tables and fill them; returns the seconds that it took."""
    began = time.perf_counter()
    database = await open_database(url)
    await migrate(database)
    await database.close()
    address = make_url(url)
    if address.drivername.startswith("sqlite"):
        _fill_sqlite(str(address.database), tables(size, now))
    else:
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        await _fill_postgres(plain, tables(size, now))
    return time.perf_counter() - began


def _fill_sqlite(path: str, every: list[Table]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        for table in every:
            places = ", ".join("?" * len(table.columns))
            connection.execute("BEGIN")
            named = ", ".join(table.columns)
            connection.executemany(f"INSERT INTO {table.name} ({named}) VALUES ({places})", table.rows)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _fill_postgres(url: str, every: list[Table]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table in every:
            for batch in _batches(table.rows):
                await connection.copy_records_to_table(table.name, records=batch, columns=table.columns)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
