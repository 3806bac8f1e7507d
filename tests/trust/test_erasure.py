"""T19: a user with 20 marks, who used everything there is, is forgotten: no table and no file shows a mark."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, Table, false, text, true, update

import storage.erasing
import storage.sqlite
import turn.dispatcher
import turn.erasing
from cases.model import Owner, State, operator
from cases.ports import CaseFilter
from cases.usecases import change_state
from dialogs.unfinished import REMIND_FORM
from storage.cases import SqlCaseStore
from storage.retention import RetentionDays, purge
from storage.tables import metadata, outbox
from tests.cases.samples import CALENDAR
from tests.storage.conftest import _new_postgres
from tests.teeth import FOUND_OUT
from tests.trust.people import KINDS, Marks, Office, Person, Visitor, an_office

NOT_OF_USERS = {
    "conversations": "random ids; that all but the one of the wish are closed is shown in tests/storage",
    "tickets": "random ids of sockets",
    "meta": "the bot's own secrets and times",
    "accounts": "operators",
    "sessions": "operators",
    "tries": "operators' wrong sign-ins",
    "audit": "operators' deeds",
    "batches": "references of requests, and digests that tell whether their fields changed",
    "case_keys": "digests of what two requests may have in common; they go with its fields",
    "request_cards": "ids of the operators' channel and its messages, by reference",
    "daily": "counts of finished days",
    "decisions": "what curators wrote",
}
"""Tables that hold nothing of a user's, and what they hold instead."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn.dispatcher, "IDLE", 0.02)
    monkeypatch.setattr(turn.erasing, "LOOK_AGAIN", timedelta(seconds=0.3))


@pytest.fixture
async def office(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(url, tmp_path) as running:
        yield running


@pytest.fixture
def postgres() -> Iterator[str]:
    yield from _new_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres"))


async def _live(office: Office) -> tuple[Person, Visitor, Person]:
    """One who will be forgotten, on two channels, and another one in the same group."""
    marks, group = Marks(), f"group-{secrets.token_hex(4)}"
    ann, visitor, bob = Person(office, marks, group), Visitor(office, marks), Person(office, Marks(), group)
    for person in (bob, ann, visitor):
        await person.lives()
        await office.until(lambda: office.still("reply", "notify", "disclose"))
    return ann, visitor, bob


async def _forgotten(ann: Person, visitor: Visitor, office: Office) -> None:
    """Both wishes, to the end of the second look."""
    await ann.say("delete my data")
    await ann.press("Yes, delete it")
    await visitor.say("delete my data")
    await visitor.say(value={"do": "privacy", "what": "delete"})
    await office.until(lambda: office.still("erase", "erase-late"))


def _hits(rows: dict[str, list[str]], marks: Marks) -> dict[str, set[str]]:
    """The kinds of marks by table."""
    found = {name: set().union(*map(marks.seen, lines)) for name, lines in rows.items()}
    return {name: kinds for name, kinds in found.items() if kinds}


def _in_files(office: Office, marks: Marks) -> set[str]:
    """Kinds of marks that a file of the database shows."""
    files = [file for file in sorted(office.folder.rglob("*")) if file.is_file()]
    return set().union(set(), *(marks.seen(file.read_bytes().decode("latin-1")) for file in files))


async def test_no_table_and_no_file_shows_a_mark(office: Office) -> None:
    ann, visitor, bob = await _live(office)
    before = await office.rows()
    assert {kind for kinds in _hits(before, ann.marks).values() for kind in kinds} == set(KINDS), "all were stored"
    of_bob = {name: [line for line in lines if bob.marks.seen(line)] for name, lines in before.items()}
    await _forgotten(ann, visitor, office)
    after = await office.rows()
    assert _hits(after, ann.marks) == {}
    await office.database.scrub()  # as the last step of the second look does; it may still be at it
    assert _in_files(office, ann.marks) == set()
    left = {name: [line for line in lines if bob.marks.seen(line)] for name, lines in after.items()}
    assert left == of_bob, "another user's rows are as they were"
    assert "Done: what I kept" in repr(office.arrived)
    assert "Done: what I kept" in await visitor.heard()
    await visitor.say("What do we need for the Learning Action Pack?")  # the conversation goes on
    assert "Learning Action Pack" in await visitor.heard()


async def test_the_scenario_fills_every_table_that_holds_anything_of_users(office: Office) -> None:
    """So that a table that is added later is looked at."""
    ann, _, _ = await _live(office)
    rows = await office.rows()
    assert set(rows) == set(metadata.tables)
    assert set(metadata.tables) - _hits(rows, ann.marks).keys() == NOT_OF_USERS.keys() & metadata.tables.keys()


async def test_what_is_shown_is_what_is_kept(office: Office) -> None:
    """The file on the page, and the two messages on a channel."""
    ann, visitor, bob = await _live(office)
    found = re.search(r"data:application/json;base64,([A-Za-z0-9+/=]+)", await visitor.heard())
    assert found
    file = base64.b64decode(found[1]).decode()
    assert {"words", "file-name"} <= ann.marks.seen(file)
    assert bob.marks.seen(file) == set()
    told = repr([one for one in office.arrived if "what I keep about" in repr(one) or "rest that I keep" in repr(one)])
    assert {"question", "display-name", "other-page"} <= ann.marks.seen(told)
    assert all(one["conversation"]["id"] != ann.group for one in office.arrived if "that I keep about" in repr(one))


async def test_time_alone_forgets_what_is_over(office: Office) -> None:
    """With a moved clock: closed requests are emptied, all else is deleted."""
    ann, _, _ = await _live(office)
    store, now = SqlCaseStore(office.database), office.parts.clock.now()
    for case in (await store.list(CaseFilter(owner=Owner("emulator", ann.marks["user"])))).cases:
        await store.apply(change_state(case, State.DECLINED, operator("ann"), now, CALENDAR, words="No."))
    keep = RetentionDays()
    await _reminded(office, now)
    await purge(office.database, now + timedelta(days=keep.cases + 1), keep)
    assert _hits(await office.rows(), ann.marks) == {}
    assert _in_files(office, ann.marks) == set()


async def _reminded(office: Office, now: datetime) -> None:
    """Reminders that were planned have come due: what waits is never deleted, so here they are sent."""
    planned = update(outbox).where(outbox.c.kind == REMIND_FORM).values(status="done", closed_at=now)
    assert (await office.database.write(lambda connection: connection.execute(planned))).rowcount


def _without(name: str) -> Callable[..., int]:
    def delete(connection: Connection, table: Table, *which: Any) -> int:
        return 0 if table.name == name else _delete(connection, table, *which)

    return delete


_delete = storage.erasing._delete
FORGOTTEN = ("state", "inbox", "log", "feedback", "missed", "exchanges")


@pytest.mark.parametrize("name", FORGOTTEN)
async def test_a_table_that_is_not_erased_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.erasing, "_delete", _without(name))
    async with an_office(f"sqlite:///{tmp_path}/bot.db", tmp_path) as office:
        ann, visitor, _ = await _live(office)
        await _forgotten(ann, visitor, office)
        assert _hits(await office.rows(), ann.marks).keys() == {name}


async def test_requests_and_posts_that_are_not_erased_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.erasing, "_empty_cases", lambda *_: None)
    monkeypatch.setattr(storage.erasing, "_erase_posts", lambda *_: None)
    async with an_office(f"sqlite:///{tmp_path}/bot.db", tmp_path) as office:
        ann, _, _ = await _live(office)
        await ann.say("delete my data")
        await ann.press("Yes, delete it")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await office.until(lambda: office.still("erase"))
        assert {"cases", "case_events", "outbox"} <= _hits(await office.rows(), ann.marks).keys()


async def test_pages_that_are_not_overwritten_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(connection: Any, record: object) -> None:
        right(connection, record)
        connection.execute("PRAGMA secure_delete = OFF")

    right = storage.sqlite._prepare
    monkeypatch.setattr(storage.sqlite, "_prepare", prepare)
    async with an_office(f"sqlite:///{tmp_path}/bot.db", tmp_path) as office:
        ann, visitor, _ = await _live(office)
        await _forgotten(ann, visitor, office)
        assert _hits(await office.rows(), ann.marks) == {}
        await office.database.scrub()
        assert _in_files(office, ann.marks)


@pytest.mark.parametrize("whose", [true(), false()], ids=["everybody's is shown", "nothing is shown"])
async def test_data_that_are_shown_wrongly_are_noticed(
    office: Office, monkeypatch: pytest.MonkeyPatch, whose: ColumnElement[bool]
) -> None:
    monkeypatch.setattr("storage.archive.of", lambda _table, _owner: whose)
    with pytest.raises(FOUND_OUT):
        await test_what_is_shown_is_what_is_kept(office)


async def test_a_table_that_nobody_thought_of_is_noticed(office: Office) -> None:
    """One that is in the database without the metadata, such as a later version's."""
    ann, visitor, _ = await _live(office)
    user = ann.marks["user"]

    def add(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE thoughts (user_id TEXT)"))
        connection.execute(text("INSERT INTO thoughts VALUES (:user)"), {"user": user})

    await office.database.write(add)
    await _forgotten(ann, visitor, office)
    assert _hits(await office.rows(), ann.marks) == {"thoughts": {"user"}}
