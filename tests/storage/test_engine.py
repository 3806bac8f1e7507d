"""Opening, restarting, failing: what databases do beneath the ports."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import Database, insert_new, open_database
from storage.errors import DatabaseUnreachable, UnknownDatabase, Unreadable
from storage.migrate import migrate
from storage.outbox import _DUE
from storage.sqlite import BATCHES_KEPT
from storage.tables import meta
from storage.turns import SqlTurnStore
from tests.storage.conftest import _opened
from tests.storage.samples import OURS, FixedClock, commit, conversation, incoming, post, said, sql_stores, texts
from tests.teeth import FOUND_OUT
from turn.model import Incoming

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "url", ["", "no url", "mysql://root:hush@host/db", "oracle://x", "sqlite://", "sqlite:///:memory:"]
)
async def test_unknown_databases_are_refused(url: str) -> None:
    with pytest.raises(UnknownDatabase, match="use sqlite:///path/to/file") as caught:
        await open_database(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:////proc/none/bot.db", "postgres://root:hush@127.0.0.1:1/none"])
async def test_unreachable_databases_say_so(url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="check that the address is right") as caught:
        await open_database(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
async def test_a_file_is_made_with_its_folder(tmp_path: Path, driver: str) -> None:
    database = await open_database(f"{driver}:///{tmp_path}/new/folder/bot.db")
    pragmas = ("journal_mode", "synchronous", "busy_timeout")
    query = [f"PRAGMA {name}" for name in pragmas]
    values = await database.write(lambda connection: [connection.execute(text(line)).scalar_one() for line in query])
    assert values == ["wal", 2, 5000]
    await database.close()


async def test_a_restart_loses_nothing(new_url: str) -> None:
    database = await open_database(new_url)
    await migrate(database)
    before = sql_stores(database, FixedClock())
    await before.log.create(conversation())
    message = incoming(address=OURS)
    await before.turns.commit(commit(message, log=said("a"), posts=(post("p"),)))
    secret = await database.secret("x")
    await database.close()
    database = await open_database(new_url)
    await migrate(database)
    after = sql_stores(database, FixedClock())
    opened = await after.turns.open(message)
    assert (opened.outcome is not None, opened.state_version) == (True, 1)
    assert await texts(after.log) == ["a"]
    assert await after.outbox.waiting() == (1, 0)
    assert await database.secret("x") == secret
    await database.close()


def _put(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        insert_new(connection, meta, {"name": name, "value": ""})
        return name

    return work


def _names(connection: Connection) -> list[str]:
    return sorted(connection.execute(meta.select()).scalars())


def _fail(connection: Connection) -> None:
    insert_new(connection, meta, {"name": "never", "value": ""})
    raise LookupError


async def _together(database: Database, *works: Callable[[Connection], Any]) -> list[Any]:
    return await _at_once(database, *(partial(database.write, work) for work in works))


async def _at_once(database: Database, *hand_in: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Hand in while the writer is busy, so that the works become one batch."""
    busy, release = Event(), Event()

    def hold(_: Connection) -> None:
        busy.set()
        release.wait(5)

    first = asyncio.ensure_future(database.write(hold))
    await asyncio.to_thread(busy.wait)
    rest = asyncio.gather(*(one() for one in hand_in), return_exceptions=True)
    await asyncio.sleep(0.01)
    release.set()
    await first
    return list(await rest)


async def test_one_failure_leaves_the_others_alone(database: Database) -> None:
    if type(database).__name__ == "PostgresDatabase":
        results: list[Any] = list(
            await asyncio.gather(*map(database.write, (_put("a"), _fail, _put("b"))), return_exceptions=True)
        )
    else:
        results = await _together(database, _put("a"), _fail, _put("b"))
    assert [str(result) or type(result) for result in results] == ["a", LookupError, "b"]
    assert await database.read(_names) == ["a", "b"]


async def test_what_waits_for_the_same_work_is_done_in_one_call(sqlite: Database) -> None:
    """Unless other work stands between. Each caller gets what is its own; one that fails leaves the others alone."""
    calls: list[list[str]] = []

    def put(connection: Connection, names: Sequence[str]) -> list[str]:
        calls.append(list(names))
        for name in names:
            insert_new(connection, meta, {"name": name, "value": ""})
            if name == "bad":
                raise LookupError
        return [name.upper() for name in names]

    def one(connection: Connection, names: Sequence[str]) -> list[str]:
        return [f"one {name}" for name in put(connection, names)]

    def shared(work: Callable[..., Any], name: str) -> Callable[[], Awaitable[Any]]:
        return lambda: sqlite.write_each(work, name)

    handed = [shared(put, "a"), shared(one, "b"), shared(put, "c"), lambda: sqlite.write(_put("d")), shared(put, "e")]
    assert await _at_once(sqlite, *handed) == ["A", "one B", "C", "d", "E"]
    assert calls == [["a", "c"], ["b"], ["e"]]
    calls.clear()
    late = partial(sqlite.write_each, one, "h", patient=True)
    assert await _at_once(sqlite, shared(put, "i"), late, shared(put, "j")) == ["I", "one H", "J"]
    assert calls == [["h"], ["i", "j"]], "what is patient comes first"
    calls.clear()
    results = await _at_once(sqlite, shared(put, "f"), shared(put, "bad"), shared(put, "g"))
    assert [str(result) or type(result) for result in results] == ["F", LookupError, "G"]
    assert calls == [["f", "bad", "g"], ["f"], ["bad"], ["g"]]
    assert await sqlite.read(_names) == list("abcdefghij")
    await sqlite.close()


async def test_when_sqlite_gives_up_a_transaction_nobody_is_told_saved(sqlite: Database) -> None:
    """As it does when the disk is full or broken."""

    def give_up(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise LookupError

    results = await _together(sqlite, _put("a"), give_up, _put("b"))
    assert [type(result) for result in results] == [LookupError] * 3
    assert await sqlite.read(_names) == []
    await sqlite.write(_put("c"))
    assert await sqlite.read(_names) == ["c"]
    await sqlite.close()


async def test_a_full_disk(sqlite: Database) -> None:
    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 10}")

    def big(connection: Connection) -> None:
        insert_new(connection, meta, {"name": "big", "value": "x" * 100_000})

    await sqlite.write(limit)
    results = await _together(sqlite, _put("a"), big, _put("b"))
    saved = [result for result in results if isinstance(result, str)]
    assert isinstance(results[1], OperationalError)
    assert await sqlite.read(_names) == saved
    await sqlite.close()


async def test_what_was_committed_is_moved_to_the_file_when_nobody_waits(tmp_path: Path) -> None:
    """After so many batches; before, all of it is in the log."""
    database = await open_database(f"sqlite:///{tmp_path}/bot.db")
    await migrate(database)

    def in_the_file() -> list[str]:
        copy = tmp_path / "without its log.db"
        copy.write_bytes((tmp_path / "bot.db").read_bytes())
        with closing(sqlite3.connect(copy)) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM meta WHERE name LIKE 'n%'")]

    await database.scrub()
    seen = []
    for number in range(BATCHES_KEPT + 1):
        await database.write(_put(f"n{number}"))
        if number % 50 == 0:
            await asyncio.sleep(0.05)  # it is done after the caller was told
            seen.append(len(in_the_file()))
    assert seen[0] == 0
    assert seen[-1] >= BATCHES_KEPT - 2
    await database.close()


async def _refused_scrubs(database: Database) -> int:
    """Of 40, each together with the end of a batch, and with it a checkpoint of 200 pages, which takes a while."""
    much = text("INSERT OR REPLACE INTO meta (name, value) VALUES ('much', hex(randomblob(400000)))")
    emptied = []
    for number in range(40):
        writing = asyncio.create_task(database.write(lambda connection: connection.execute(much)))
        await asyncio.sleep(0.001 * (number % 20))
        emptied.append(await database.scrub())
        await writing
    return emptied.count(False)


@pytest.mark.parametrize("together", [False, True])
async def test_the_log_is_emptied_also_while_it_is_worked_on(tmp_path: Path, monkeypatch: Any, together: bool) -> None:
    """Teeth: SQLite refuses when nothing keeps the two apart."""
    monkeypatch.setattr("storage.sqlite.BATCHES_KEPT", 1)
    if together:
        monkeypatch.setattr("storage.sqlite.Lock", nullcontext)
    database = await open_database(f"sqlite:///{tmp_path}/bot.db")
    await migrate(database)
    refused, rounds = 0, 0
    while not refused and rounds < (50 if together else 5):
        refused, rounds = await _refused_scrubs(database), rounds + 1
    await database.close()
    assert refused > 0 if together else refused == 0


async def test_a_claim_walks_the_index(sqlite: Database) -> None:
    """In the order of the index, so that the time does not grow with the queue or with what was sent."""
    query = str(_DUE.compile(dialect=sqlite_dialect()))
    explain = f"EXPLAIN QUERY PLAN {query}"
    plan = await sqlite.read(
        lambda connection: [row.detail for row in connection.exec_driver_sql(explain, (1,) * query.count("?"))]
    )
    older = "SEARCH older USING INDEX ix_outbox_order (channel=? AND conversation=? AND sequence<?)"
    assert plan == [
        "SEARCH outbox USING INDEX ix_outbox_due (due_at<?)",
        *("CORRELATED SCALAR SUBQUERY 1", older),  # what is before a message
        *("CORRELATED SCALAR SUBQUERY 2", older),  # what is before a change
    ]
    await sqlite.close()


async def test_closing_finishes_what_was_handed_in(sqlite: Database, tmp_path: Path) -> None:
    writes = [asyncio.ensure_future(sqlite.write(_put(f"n{n:03}"))) for n in range(100)]
    await asyncio.sleep(0)
    await sqlite.close()
    assert len(await asyncio.gather(*writes)) == 100
    again = await open_database(f"sqlite:///{tmp_path}/bot.db")
    assert len(await again.read(_names)) == 100
    await again.close()


async def test_a_cancelled_caller_does_no_harm(database: Database) -> None:
    waiting = asyncio.ensure_future(database.write(_put("a")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await database.write(_put("b"))
    assert "b" in await database.read(_names)


async def test_errors_do_not_show_what_users_typed(database: Database) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(meta.insert(), {"name": "x", "value": "my private words"})

    with pytest.raises(IntegrityError) as caught:
        await database.write(twice)
    assert "private" not in str(caught.value)


def tells_values(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **options: Any) -> Any:
        return make(*arguments, **{**options, "hide_parameters": False})

    return made


async def test_teeth_of_errors(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that tells values is found out, of either kind."""
    monkeypatch.setattr("storage.sqlite.create_engine", tells_values(create_engine))
    monkeypatch.setattr("storage.postgres.create_async_engine", tells_values(create_async_engine))
    async with _opened(url) as database:
        with pytest.raises(FOUND_OUT):
            await test_errors_do_not_show_what_users_typed(database)


@pytest.mark.parametrize(
    "row", ["{", "[]", "null", '"x"', "", "[" * 100_000, '{"n": ' + "9" * 5000 + "}", '{"py/object": "os.system"}']
)
async def test_a_broken_row_is_a_clean_error(database: Database, row: str) -> None:
    turns = SqlTurnStore(database)
    message: Incoming = incoming()
    await turns.commit(commit(message))
    spoil = text("UPDATE state SET value = :row")
    await database.write(lambda connection: connection.execute(spoil, {"row": row}).rowcount)
    if "py/object" in row:
        assert (await turns.open(message)).state == {"py/object": "os.system"}  # data, whatever it says
    else:
        with pytest.raises(Unreadable):
            await turns.open(message)


KILLED = """
import asyncio, sys
from storage.engine import open_database
from storage.migrate import migrate
from storage.outbox import _DUE
from storage.turns import SqlTurnStore
from tests.storage.samples import commit, incoming

async def talk(turns, user):
    for number in range(10_000):
        message = incoming(f"{user}-{number}", user)
        version = (await turns.open(message)).state_version
        await turns.commit(commit(message, version, state={"n": version + 1}))
        print(message.activity_id, flush=True)

async def main():
    database = await open_database(sys.argv[1])
    await migrate(database)
    await asyncio.gather(*(talk(SqlTurnStore(database), user) for user in "abcd"))

asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_it_acknowledged(new_url: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, new_url, cwd=ROOT, stdout=PIPE)
    assert process.stdout
    lines = [await process.stdout.readline() for _ in range(300)]
    process.kill()
    rest, _ = await process.communicate()
    acknowledged = b"".join([*lines, rest]).decode().rpartition("\n")[0].splitlines()
    database = await open_database(new_url)
    turns = SqlTurnStore(database)
    for name in acknowledged:
        assert (await turns.open(incoming(name, name[0]))).outcome is not None
    for user in "abcd":  # a state never runs ahead of, or behind, the turns that made it
        opened = await turns.open(incoming(user=user))
        assert opened.state == {"n": opened.state_version}
        assert 0 <= opened.state_version - sum(name.startswith(user) for name in acknowledged) <= 1
    await database.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_postgres_compiles_no_statement_of_ours(database: Database) -> None:
    """Nor after a transaction was rolled back, which takes back what was set within."""

    def fail(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        raise UnknownDatabase

    def set_to(connection: Connection) -> str:
        return str(connection.execute(text("SHOW jit")).scalar_one())

    with pytest.raises(UnknownDatabase):
        await database.write(fail)
    assert await database.read(set_to) == await database.snapshot(set_to) == "off"
