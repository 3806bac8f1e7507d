"""Backups, restoring, moving, checking: nothing lost, nothing overwritten, nothing told."""

from __future__ import annotations

import asyncio
import io
import os
import secrets
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from typer.testing import CliRunner

import settings
from storage import cli
from storage.__main__ import main
from storage.backup import back_up, move, restore
from storage.dump import dump
from storage.engine import Database, open_database
from storage.errors import (
    CopyDiffers,
    DatabaseTooNew,
    FileTaken,
    FileUnusable,
    InUse,
    NoDatabase,
    NotABackup,
    NotEmpty,
    RowRefused,
    StorageError,
)
from storage.migrate import HEAD, migrate, upgrade
from storage.outbox import SqlOutbox
from storage.survey import Survey, survey
from storage.tables import meta, metadata, outbox
from storage.tickets import SqlTickets
from tests.migrated import put_tables
from tests.storage.samples import NOW, OURS, FixedClock, commit, conversation, incoming, post, sql_stores
from tests.teeth import FOUND_OUT
from turn.model import Exchange, Feedback, Missed

ODD = "Zoë 中文 \u2028 ' \" \\ \ud800 \0 🎓"
"""Characters that files and databases stumble over; half a pair and NUL are replaced where they are stored."""


async def _opened(url: str) -> Database:
    if url.startswith("sqlite:///"):
        await put_tables(Path(url.removeprefix("sqlite:///")))
    database = await open_database(url)
    await migrate(database)
    return database


async def _fill(url: str, rows: int = 30) -> None:
    database = await _opened(url)
    stores = sql_stores(database, FixedClock())
    await database.secret("directline")
    for n in range(rows):
        address = replace(OURS, conversation=f"c{n}")
        message = replace(incoming(f"a{n}", address=address, user=f"u{n}"), text=ODD)
        records = (
            Feedback(f"u{n}", "c", "en", "e", "v", n % 2 == 0, NOW),
            Missed(ODD, "en", "c", "no-match", ("e",), NOW),
            Exchange(f"u{n}", "c", f"c{n}", "en", ODD, "answer", "e", 1 / 3, "v", NOW),
        )
        await stores.log.create(conversation(f"c{n}"))
        posts = (post(f"p{n}"), post(f"q{n}"))
        await stores.turns.commit(
            commit(message, log=({"id": "x", "text": ODD}, {"id": "y"}), records=records, posts=posts, state={"w": ODD})
        )
        await stores.outbox.done(f"p{n}")
        await SqlTickets(database).spend(f"t{n}", NOW)
    await database.close()


async def _rows(url: str) -> dict[str, list[Any]]:
    """Everything, as the bot reads it."""
    database = await open_database(url)
    try:
        return {
            table.name: sorted(
                map(repr, await database.read(lambda connection, table=table: connection.execute(select(table)).all()))  # type: ignore[misc]
            )
            for table in metadata.sorted_tables
        }
    finally:
        await database.close()


async def _survey(url: str) -> Survey:
    database = await open_database(url)
    try:
        return await database.snapshot(survey)
    finally:
        await database.close()


def _names(folder: Path, like: str = "*") -> list[str]:
    return [path.name for path in folder.glob(like)]


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/target.db"


async def test_a_backup_brings_everything_back(new_url: str, target: str, tmp_path: Path) -> None:
    await _fill(new_url)
    backup = tmp_path / "backup"
    await back_up(new_url, backup)
    sums = await restore(backup, target)
    assert await _rows(target) == await _rows(new_url)
    assert {name: found.rows for name, found in sums.items()} == (await _survey(target)).rows
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert _names(tmp_path, "backup*") == ["backup"]


async def test_moving_to_postgresql_and_back_loses_nothing(new_postgres: str, tmp_path: Path) -> None:
    first, last = f"sqlite:///{tmp_path}/first.db", f"sqlite:///{tmp_path}/last.db"
    await _fill(first, rows=250)  # more than one batch
    sums = await move(first, new_postgres)
    assert sums["log"].rows == 500
    assert await _rows(new_postgres) == await _rows(first)
    assert await move(new_postgres, last) == sums
    assert await _rows(last) == await _rows(first)


async def test_rows_are_numbered_on_after_a_move(new_url: str, tmp_path: Path) -> None:
    """Otherwise the first new post would collide with an old one."""
    source = f"sqlite:///{tmp_path}/source.db"
    await _fill(source, rows=3)
    await move(source, new_url)
    database = await open_database(new_url)
    await SqlOutbox(database, FixedClock()).add([post("new")])
    numbers = select(outbox.c.sequence).order_by(outbox.c.sequence.desc())
    assert await database.read(lambda connection: connection.execute(numbers).scalars().first()) == 7
    await database.close()


class _Busy(io.StringIO):
    """A file during whose writing somebody else commits."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def write(self, line: str) -> int:
        if '"columns"' in line:
            thread = Thread(target=lambda: asyncio.run(self._commit()))
            thread.start()
            thread.join()
        return super().write(line)

    async def _commit(self) -> None:
        database = await open_database(self._url)
        await SqlTickets(database).spend(secrets.token_hex(8), NOW)
        await SqlOutbox(database, FixedClock()).add([post(secrets.token_hex(8))])
        await database.close()


async def test_the_dump_is_of_one_moment(new_postgres: str) -> None:
    """Rows that are committed while it is written are not in it."""
    await _fill(new_postgres, rows=1)
    database = await open_database(new_postgres)
    before, file = (await database.snapshot(survey)).rows, _Busy(new_postgres)
    written = await database.snapshot(lambda connection: dump(connection, file))
    after = (await database.snapshot(survey)).rows
    await database.close()
    assert {name: found.rows for name, found in written.items()} == before
    assert after["tickets"] > before["tickets"]


async def test_a_backup_of_an_older_revision_is_brought_up_to_date(new_url: str, target: str, tmp_path: Path) -> None:
    database = await open_database(new_url)
    await database.write(lambda connection: upgrade(connection, "0001"))
    await database.write(
        lambda connection: connection.execute(insert(meta), {"name": "directline", "value": "ab"}).rowcount
    )
    await database.close()
    backup = tmp_path / "backup"
    await back_up(new_url, backup)
    await restore(backup, target)
    found = await _survey(target)
    assert (found.revision, found.rows["meta"], found.problems) == (HEAD, 1, ())


async def test_a_backup_is_made_while_the_bot_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    await _fill(url, rows=1)
    database = await open_database(url)
    tickets = SqlTickets(database)
    await asyncio.gather(
        back_up(url, tmp_path / "backup"), *(tickets.spend(f"new{number}", NOW) for number in range(50))
    )
    await database.close()
    await restore(tmp_path / "backup", f"sqlite:///{tmp_path}/target.db")


async def _restored(lines: str, folder: Path) -> None:
    file = folder / "lines"
    file.write_text(lines, encoding="utf-8")
    await restore(file, f"sqlite:///{folder}/restored.db")


@pytest.fixture
async def lines(tmp_path: Path) -> str:
    """A dump."""
    url = f"sqlite:///{tmp_path}/source.db"
    await _fill(url, rows=3)
    database, file = await open_database(url), io.StringIO()
    await database.snapshot(lambda connection: dump(connection, file))
    await database.close()
    return file.getvalue()


DAMAGE: dict[str, tuple[type[StorageError], Callable[[str], str]]] = {
    "cut off": (NotABackup, lambda lines: lines[: len(lines) // 2]),
    "without its end": (NotABackup, lambda lines: "".join(lines.splitlines(keepends=True)[:-1])),
    "with more behind its end": (NotABackup, lambda lines: lines + "[]\n"),
    "without a row": (NotABackup, lambda lines: lines.replace(_row(lines), "", 1)),
    "with a row twice": (RowRefused, lambda lines: lines.replace(_row(lines), _row(lines) * 2, 1)),
    "with a value changed": (NotABackup, lambda lines: lines.replace('"a1"', '"a9"', 1)),
    "of something else": (NotABackup, lambda _: '{"format":"other","version":1,"revision":"0001"}\n'),
    "empty": (NotABackup, lambda _: ""),
    "not text": (NotABackup, lambda _: "\x01\x02"),
    "of a newer bot": (DatabaseTooNew, lambda lines: lines.replace(f'"revision":"{HEAD}"', '"revision":"9999"')),
    "of a newer format": (DatabaseTooNew, lambda lines: lines.replace('"version":1', '"version":2', 1)),
    "with an unknown table": (NotABackup, lambda lines: lines.replace('"table":"log"', '"table":"gone"')),
    "with an unknown column": (NotABackup, lambda lines: lines.replace('"watermark"', '"pg_sleep(9)"')),
}


def _row(lines: str) -> str:
    return next(line for line in lines.splitlines(keepends=True) if line.startswith("["))


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_backup_is_refused_and_leaves_nothing(damage: str, lines: str, tmp_path: Path) -> None:
    error, broken = DAMAGE[damage]
    assert broken(lines) != lines
    with pytest.raises(error):
        await _restored(broken(lines), tmp_path)
    await _restored(lines, tmp_path)  # the target is as empty as before


async def test_what_arrives_otherwise_is_noticed(lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that changes a value by itself."""
    monkeypatch.setattr("storage.dump._insert", lambda *_: None)
    with pytest.raises(CopyDiffers):
        await _restored(lines, tmp_path)


async def test_a_target_with_rows_is_refused_and_unchanged(new_url: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/source.db"
    await _fill(source, rows=2)
    await _fill(new_url, rows=1)
    before = await _rows(new_url)
    with pytest.raises(NotEmpty):
        await move(source, new_url)
    assert await _rows(new_url) == before


async def test_a_file_in_use_is_not_moved(target: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/source.db"
    await _fill(source, rows=2)
    bot = await open_database(source)
    with pytest.raises(InUse):
        await move(source, target)
    await bot.close()
    await move(source, target)


async def test_a_row_that_the_target_does_not_take_is_told(new_postgres: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/source.db"
    await _fill(source, rows=1)
    with closing(sqlite3.connect(tmp_path / "source.db")) as connection:
        connection.execute("INSERT INTO meta VALUES ('a' || char(0), 'secret words')")
        connection.commit()
    with pytest.raises(RowRefused) as told:
        await move(source, new_postgres)
    assert "secret words" not in str(told.value)
    assert (await _survey(new_postgres)).revision == "none"


async def test_a_mistyped_file_is_not_an_empty_database(target: str, tmp_path: Path) -> None:
    with pytest.raises(NoDatabase, match="there is no"):
        await move(f"sqlite:///{tmp_path}/mistyped.db", target)
    assert _names(tmp_path) == []


async def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    await _fill(url, rows=1)
    (tmp_path / "backup").write_text("precious")
    with pytest.raises(FileTaken):
        await back_up(url, tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "precious"


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    await _fill(url, rows=1)
    with pytest.raises(FileUnusable, match="No such file"):
        await back_up(url, tmp_path / "nowhere" / "backup")
    with pytest.raises(FileUnusable, match="No such file"):
        await restore(tmp_path / "nowhere", url)


async def test_the_survey_counts_and_finds_what_cannot_be_read(new_url: str) -> None:
    assert (await _survey(new_url)).problems == ("there are no tables: start the bot once",)
    await _fill(new_url, rows=2)
    found = await _survey(new_url)
    assert (found.problems, found.rows["state"], found.rows["log"]) == ((), 2, 4)
    database = await open_database(new_url)
    spoil = text("UPDATE state SET value = 'secret words' WHERE user_id = 'u1'")
    await database.write(lambda connection: connection.execute(spoil).rowcount)
    await database.close()
    (problem,) = (await _survey(new_url)).problems
    assert problem.startswith("state.value: 1 values")
    assert "secret" not in problem


def _run(*words: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, words, env={"DATABASE_URL": "", "DATABASE_URL_FILE": "", **environment})
    return result.exit_code, result.output + str(result.exception or "")


def test_the_commands(tmp_path: Path) -> None:
    source, target, backup = f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db", str(tmp_path / "backup")
    asyncio.run(_fill(source, rows=2))
    mounted = tmp_path / "url"
    mounted.write_text(f"{source}\n")
    assert _run("backup", backup, DATABASE_URL_FILE=str(mounted))[0] == 0
    code, output = _run("restore", backup, DATABASE_URL=target)
    assert (code, "4  log" in output, "checksums are equal" in output) == (0, True, True)
    code, output = _run("check", DATABASE_URL=target)
    assert (code, f"revision {HEAD}" in output) == (0, True)
    assert _run("move", target, f"sqlite:///{tmp_path}/c.db")[0] == 0
    assert _run("check", DATABASE_URL=f"sqlite:///{tmp_path}/c.db") == (code, output)
    (tmp_path / "c.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert _run("check", DATABASE_URL=f"sqlite:///{tmp_path}/c.db")[0] == 1


def test_without_settings_it_is_the_bots_own_file() -> None:
    assert settings.Settings.model_fields["database_url"].default == cli.DEFAULT


PASSWORD = "hunter2-correct-horse"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+asyncpg://bot:{PASSWORD}@127.0.0.1:1/bot",
        f"postgresql+asyncpg://bot:{PASSWORD}@127.0.0.1:nan/bot",
        f"postgresql+asyncpg://bot@127.0.0.1:1/bot?password={PASSWORD}",
        f"postgresql+asyncpg://bot@127.0.0.1/bot?{PASSWORD}=1",
        f"mysql://bot:{PASSWORD}@127.0.0.1/bot",
        f"{PASSWORD}",
    ],
)
@pytest.mark.parametrize("command", ["check", "backup", "restore", "move from", "move to"])
def test_passwords_are_not_told(
    command: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, backup = f"sqlite:///{tmp_path}/a.db", tmp_path / "backup"
    asyncio.run(_fill(source, rows=1))
    if command == "restore":
        asyncio.run(back_up(source, backup))
    words = {"move from": ["move", url, source], "move to": ["move", source, url], "check": ["check"]}
    monkeypatch.setattr(sys, "argv", ["storage", *words.get(command, [command, str(backup)])])
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SystemExit) as ended:
        main()
    output = "".join(capsys.readouterr())
    assert (ended.value.code, output.count("\n")) == (1, 1), output
    assert PASSWORD not in output


def test_teeth_of_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that tells which address was tried."""
    monkeypatch.setattr(StorageError, "__str__", lambda _: f"cannot open {os.environ['DATABASE_URL']}")
    with pytest.raises(FOUND_OUT):
        test_passwords_are_not_told(
            "check", f"postgresql+asyncpg://bot:{PASSWORD}@127.0.0.1:1/bot", tmp_path, monkeypatch, capsys
        )
