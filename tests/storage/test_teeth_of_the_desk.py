"""Accounts, tries and scheduled work with a part taken out: the very check of that part fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Integer, bindparam, select, update

from storage import console
from storage.engine import Database, open_database
from storage.tables import accounts
from tests.storage import test_console as desk
from tests.storage import test_several_processes as processes
from tests.storage.test_several_processes import postgres as postgres  # noqa: PLC0414 - a fixture
from tests.teeth import FOUND_OUT

WHATEVER_VERSION = (
    update(accounts)
    .where(accounts.c.name == bindparam("p_name"), bindparam("p_expected", type_=Integer) > 0)
    .values({column.name: bindparam(column.name) for column in accounts.c if column.name not in console._KEPT})
)
ENDS_NOTHING = select(accounts.c.name).where(accounts.c.name == bindparam("p_name"))


def does_nothing(*_: object) -> None:
    return


def counts_nothing(*_: object) -> timedelta:
    return timedelta()


BREAKS: dict[str, tuple[str, object, Callable[[Database], Awaitable[None]]]] = {
    "the last change wins": ("storage.console._SWAP", WHATEVER_VERSION, desk.test_of_two_changes_one_wins),
    "no admin need be left": ("storage.console._keep_an_admin", does_nothing, desk.test_an_admin_is_left),
    "sessions outlive the password": (
        "storage.console._END_ALL",
        ENDS_NOTHING,
        desk.test_sessions_end_with_the_password,
    ),
    "tries are not counted": (
        "storage.console._reserve",
        counts_nothing,
        desk.test_tries_are_counted_before_they_are_made,
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_teeth(database: Database, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    place, careless, check = BREAKS[broken]
    monkeypatch.setattr(place, careless)
    with pytest.raises(FOUND_OUT):
        await check(database)


async def test_teeth_of_the_time(url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of which nobody writes down that it was done."""
    monkeypatch.setattr("storage.schedule._finish", does_nothing)
    with pytest.raises(FOUND_OUT):
        await processes.test_work_is_done_once_in_its_time(url, database)


@asynccontextmanager
async def never_alone(_database: Database, _name: str) -> AsyncIterator[bool]:
    yield True


@asynccontextmanager
async def closed_also_by_a_failure(url: str) -> AsyncIterator[Database]:
    other = await open_database(url)
    try:
        yield other
    finally:
        await other.close()


async def test_teeth_of_being_alone(postgres: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that look at once all work."""
    monkeypatch.setattr("storage.postgres.PostgresDatabase.alone", never_alone)
    monkeypatch.setattr(processes, "another_process", closed_also_by_a_failure)
    with pytest.raises(FOUND_OUT):
        await processes.test_processes_that_look_at_once_work_once(postgres, database)
