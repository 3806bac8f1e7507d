"""Statements compiled once: they convert, count and fail as SQLAlchemy itself does, whichever the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Connection, Text, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.engine import Database, insert_new
from storage.prepared import MOST_ROWS, Prepared, given
from storage.tables import state
from storage.tables.columns import Json, Moment

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
    assert "nobody-may-read" not in str(refused.value)


MANY = [{**ROW, "user_id": f"u{n}", "version": n} for n in range(2 * MOST_ROWS + 3)]
_WANTED = given(user_id=Text, version=BigInteger, value=Json, at=Moment)
SWAP = Prepared(
    update(state)
    .where(state.c.channel == "msteams", state.c.user_id == _WANTED.c.user_id, state.c.version == _WANTED.c.version)
    .values(value=_WANTED.c.value, updated_at=_WANTED.c.at)
)
WHOSE = Prepared(select(state.c.user_id, state.c.value).join(_WANTED, _WANTED.c.user_id == state.c.user_id))


@pytest.mark.parametrize("rows", [0, 1, 2, MOST_ROWS, MOST_ROWS + 1, len(MANY)])
async def test_many_rows_at_once_are_each_done_and_counted(database: Database, rows: int) -> None:
    def work(connection: Connection) -> list[int]:
        return [INSERT.count(connection, *MANY[:rows]), insert_new(connection, state, *MANY[:rows], MANY[-1])]

    assert await database.write(work) == [rows, 1 if rows < len(MANY) else 0]


async def test_rows_that_make_no_statement_are_refused(database: Database) -> None:
    if type(database).__name__ == "PostgresDatabase":
        pytest.skip("there every row is a statement of its own")
    with pytest.raises(KeyError, match="value"):
        await database.write(
            lambda connection: INSERT.count(connection, ROW, {k: v for k, v in ROW.items() if k != "value"})
        )
    with pytest.raises(ValueError, match="made with `given`"):
        await database.write(lambda connection: GROW.count(connection, {"c": "c"}, {"c": "d"}))


async def test_each_of_many_is_changed_by_its_own_values(database: Database) -> None:
    later = AT.replace(month=4)
    wanted = [
        {"p_user_id": f"u{n}", "p_version": n if n % 3 else -1, "p_value": {"n": n}, "p_at": later}
        for n in range(len(MANY))
    ]

    def work(connection: Connection) -> tuple[int, dict[str, object]]:
        INSERT.each(connection, MANY)
        return SWAP.count(connection, *wanted), {row.user_id: row.value for row in WHOSE.all(connection, *wanted)}

    changed, values = await database.write(work)
    assert changed == sum(1 for n in range(len(MANY)) if n % 3)
    assert values == {f"u{n}": {"n": n} if n % 3 else ROW["value"] for n in range(len(MANY))}


def test_sqlalchemy_keeps_what_it_compiled_of_statements_with_given() -> None:
    """PostgreSQL is asked through it: to compile such a statement takes as long as to ask."""
    assert SWAP._statement._generate_cache_key() is not None
    assert WHOSE._statement._generate_cache_key() is not None
