"""What a turn costs as conversations, inbox and requests grow, on SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

import contextlib
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped] # it has no types
from sqlalchemy import Boolean, Column, Table, make_url

from benchmarks.turns.load import Load, Sample, TurnLost
from benchmarks.turns.sides import FAQ, FORM, Setting, load_on, our_bot
from storage.engine import Database, open_database
from storage.migrate import migrate
from storage.tables import Json, Moment, cases, conversations, inbox, state

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS: Final = 3
TABLES: Final = (inbox, state, conversations, cases)
_NUMBERED: Final = {"activity", "conversation", "id", "reference", "instance", "search"}
_FIXED: Final = {
    "channel": "'msteams'",
    "user_id": "'29:old-' || (n % 50000)",  # up to 20 requests for each
    "type": "'directory-listing'",
    "state": "'received'",
    "language": "'en'",
    "version": "1",
}


async def growth(setting: Setting, sizes: Sequence[int], seconds: float, server: str | None) -> list[dict[str, Any]]:
    """FAQ and form turns with so many rows in each of `TABLES`.

    ``server`` is the URL of a PostgreSQL on which databases may be made, or None.
    """
    found = []
    for size in sizes:
        file = setting.folder / f"rows-{size}.db"
        found.append(await _measured(setting, size, seconds, f"sqlite:///{file}", file))
        for old in setting.folder.glob(f"{file.name}*"):
            old.unlink()
    for size in sizes if server else ():
        async with _new_database(str(server)) as address:
            found.append(await _measured(setting, size, seconds, address, None))
    return found


async def _measured(setting: Setting, size: int, seconds: float, address: str, file: Path | None) -> dict[str, Any]:
    database = await open_database(address)
    try:
        await migrate(database)
        for table in TABLES:
            await _fill(database, table, size)
        if file is None:
            await database.write(lambda connection: connection.exec_driver_sql("ANALYZE"))  # as it does by itself
        figures: dict[str, Any] = {"rows": size, "database": "SQLite" if file else "PostgreSQL"}
        with our_bot(setting, address) as server:
            for name in (FAQ, FORM):
                run = f"-{size}-{'lite' if file else 'server'}"
                load = load_on(name, server, setting, file, run)
                figures[name] = await _rounds(load, seconds, database, f"{name}{run}-%")
    finally:
        await database.close()
    return figures


async def _rounds(load: Load, seconds: float, database: Database, ours: str) -> dict[str, float]:
    """One conversation at a time: what a turn takes by itself. Raises `TurnLost`."""
    samples: list[Sample] = [await load.flood(min(1.0, seconds), 1)]
    samples += [await load.flood(seconds, 1) for _ in range(ROUNDS)]
    count = f"SELECT count(*) FROM inbox WHERE conversation LIKE '{ours}'"
    stored = await database.read(lambda connection: connection.exec_driver_sql(count).scalar_one())
    if stored < sum(sample.turns for sample in samples):
        raise TurnLost(ours)
    rounds = [sample.figures() for sample in samples[1:]]
    return {name: statistics.median(one[name] for one in rounds) for name in ("p50_ms", "p99_ms", "cpu_ms_per_turn")}


async def _fill(database: Database, table: Table, size: int) -> None:
    """Rows of the last hour."""
    columns = [column for column in table.columns if not column.nullable]
    names, values = ", ".join(column.name for column in columns), ", ".join(map(_value, columns))
    numbers = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {size})"
    statement = f"INSERT INTO {table.name} ({names}) {numbers} SELECT {values} FROM s"
    await database.write(lambda connection: connection.exec_driver_sql(statement))


def _value(column: Column[Any]) -> str:
    if column.name in _NUMBERED:
        return "'old-' || n"
    if column.name in _FIXED:
        return _FIXED[column.name]
    if isinstance(column.type, Moment):
        return f"{int(time.time() * 1_000_000)} - CAST(n AS BIGINT) * 3600"
    if isinstance(column.type, Json):
        return """'{"activities":[],"posts":[],"channel":"msteams","conversation":"c","local":false,"reference":{}}'"""
    if isinstance(column.type, Boolean):
        return "false"
    return "0" if column.type.python_type is int else "''"


@contextlib.asynccontextmanager
async def _new_database(server: str) -> AsyncIterator[str]:
    """The URL of an empty database, dropped afterwards."""
    name, url = f"benchmark_{secrets.token_hex(4)}", make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield url.set(drivername="postgresql+asyncpg", database=name).render_as_string(hide_password=False)
    finally:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.close()
