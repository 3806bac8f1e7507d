"""Posts that were given up, over both databases, and the commands that look after them."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from storage import cli
from storage.engine import Database, open_database
from storage.migrate import migrate
from storage.parked import close, parked, send_again
from tests.storage.samples import FixedClock, later, post, sql_stores


async def _given_up(database: Database, *names: str) -> None:
    outbox = sql_stores(database, FixedClock()).outbox
    await outbox.add([post(name, -9) for name in (*names, "other")])
    for name in names:
        await outbox.retry(name, later(5), "503")
        await outbox.park(name, f"{name} was refused")


async def test_they_are_listed_without_what_they_say(database: Database) -> None:
    await _given_up(database, "a", "b")
    found = await database.read(parked)
    assert [(one.id, one.kind, one.attempts, one.reason) for one in found] == [
        ("a", "reply", 1, "a was refused"),
        ("b", "reply", 1, "b was refused"),
    ]
    assert found[0].at == later(0)
    assert len(await database.read(lambda connection: parked(connection, 1))) == 1


@pytest.mark.parametrize(("named", "changed"), [(["b", "other", "none"], ["b"]), ([], ["a", "b"])])
async def test_they_are_sent_again(database: Database, named: list[str], changed: list[str]) -> None:
    await _given_up(database, "a", "b")
    assert await database.write(lambda connection: send_again(connection, named, later(60))) == changed
    outbox = sql_stores(database, FixedClock()).outbox
    assert await outbox.waiting() == (1 + len(changed), 2 - len(changed))
    claimed = []
    while found := await outbox.claim(later(61), later(99), 10):
        claimed += found
        for one in found:
            await outbox.done(one.id)
    again = {one.id: (one.attempts, one.first_due_at) for one in claimed}
    assert {name: again[name] for name in changed} == dict.fromkeys(changed, (0, later(-9))), "old ones are tried once"


async def test_what_changes_a_message_is_not_sent_again(database: Database) -> None:
    """It may have been changed once more since."""
    outbox = sql_stores(database, FixedClock()).outbox
    await outbox.add([post("u", -9, kind="update")])
    await outbox.park("u", "refused")
    assert await database.write(lambda connection: send_again(connection, [], later(60))) == []
    assert await database.write(lambda connection: close(connection, [])) == ["u"]


@pytest.mark.parametrize(("named", "changed"), [(["b", "other", "none"], ["b"]), ([], ["a", "b"])])
async def test_they_are_put_away(database: Database, named: list[str], changed: list[str]) -> None:
    await _given_up(database, "a", "b")
    assert await database.write(lambda connection: close(connection, named)) == changed
    assert await sql_stores(database, FixedClock()).outbox.waiting() == (1, 2 - len(changed))


def test_the_commands(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"

    async def fill() -> None:
        database = await open_database(url)
        await migrate(database)
        await _given_up(database, "a", "b", "c")
        await database.close()

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.app, words, env={"DATABASE_URL": url, "DATABASE_URL_FILE": ""})
        return result.exit_code, result.output

    asyncio.run(fill())
    code, output = run("parked")
    assert (code, output.count("was refused"), "3 parked" in output) == (0, 3, True)
    assert run("again", "a") == (0, "a\n1 changed\n")
    code, output = run("close", "a", "b")
    assert (code, "1 changed" in output, "a: not parked" in output) == (1, True, True)
    assert run("close", "--all") == (0, "c\n1 changed\n")
    assert run("parked") == (0, "0 parked\n")
    for command in ("again", "close"):
        assert run(command)[0] == run(command, "a", "--all")[0] == 2, "all only when it is said"
