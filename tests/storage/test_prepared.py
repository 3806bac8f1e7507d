"""Statements compiled once: they convert, count and fail as SQLAlchemy itself does, whichever the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.engine import Database, insert_new
from storage.prepared import Prepared
from storage.tables import state

AT = datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=UTC)
ROW = {
    "channel": "msteams",
    "conversation": "c",
    "user_id": "u",
    "version": 1,
    "value": {"asked": "名字", "none": None},
    "updated_at": AT,
}
INSERT = Prepared(insert(state))
_HERE = state.c.conversation == bindparam("c")
FIND = Prepared(select(state.c.user_id, state.c.value, state.c.updated_at).where(_HERE))
GROW = Prepared(update(state).where(_HERE, state.c.channel == "msteams").values(version=state.c.version + 1))


async def test_values_are_converted_both_ways(database: Database) -> None:
    await database.write(lambda connection: INSERT.each(connection, [ROW, {**ROW, "user_id": "v"}]))
    rows = await database.read(lambda connection: FIND.all(connection, {"c": "c"}))
    assert {row.user_id for row in rows} == {"u", "v"}
    assert all((row.value, row.updated_at) == (ROW["value"], AT) for row in rows)
    assert not await database.read(lambda connection: FIND.all(connection, {"c": "another"}))


async def test_rows_are_counted(database: Database) -> None:
    def work(connection: Connection) -> list[int]:
        grown = INSERT.count(connection, ROW), GROW.count(connection, {"c": "c"}), GROW.count(connection, {"c": "d"})
        return [*grown, insert_new(connection, state, ROW)]

    assert await database.write(work) == [1, 1, 0, False]


async def test_a_refusal_is_sqlalchemys_and_tells_no_values(database: Database) -> None:
    secret = {**ROW, "user_id": "a-name-that-nobody-may-read"}
    await database.write(lambda connection: INSERT.count(connection, secret))
    with pytest.raises(IntegrityError) as refused:
        await database.write(lambda connection: INSERT.count(connection, secret))
    assert "名字" not in str(refused.value)
