"""Accounts, sessions, tries and the audit log: the same on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from desk.access import Role
from desk.accounts import (
    FREE_TRIES,
    Account,
    AccountChange,
    Session,
    Source,
    new_from_provider,
    new_local,
    switched,
    with_one_time_password,
    with_roles,
)
from desk.audit import AuditFilter, Deed, Record
from desk.errors import AccountChanged, LastAdmin, NameTaken
from storage.console import SqlAccounts, SqlAuditLog, SqlSessions, SqlTries
from storage.engine import Database
from tests.storage.samples import NOW, later


def added(name: str, *roles: Role) -> AccountChange:
    return new_local(name, frozenset(roles or {Role.ADMIN}), "hash", "root", NOW)


async def add(database: Database, name: str, *roles: Role) -> Account:
    change = added(name, *roles)
    await SqlAccounts(database).apply(change)
    return change.account


async def test_an_account_comes_back_as_it_was(database: Database) -> None:
    accounts = SqlAccounts(database)
    local = await add(database, "ann", Role.CURATOR, Role.OPERATOR)
    other = new_from_provider("bea", "Bea 李", "https://login.example|1", frozenset({Role.VIEWER}), NOW)
    await accounts.apply(other)
    assert await accounts.find("ann") == local
    assert await accounts.find_subject("https://login.example|1") == other.account
    assert await accounts.find("nobody") is None
    assert await accounts.find_subject("nobody") is None
    assert await accounts.list() == (local, other.account)


async def test_names_and_subjects_are_given_once(database: Database) -> None:
    accounts = SqlAccounts(database)
    first = new_from_provider("bea", "", "subject", frozenset({Role.VIEWER}), NOW)
    await accounts.apply(first)
    for name, subject in (("bea", "other"), ("other", "subject")):
        with pytest.raises(NameTaken):
            await accounts.apply(new_from_provider(name, "", subject, frozenset({Role.ADMIN}), NOW))
    await add(database, "ann")
    await add(database, "zoe")  # no subject at all is nobody's subject
    results = await asyncio.gather(*(accounts.apply(added("cy")) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results].count(NameTaken) == 4
    page = await SqlAuditLog(database).list(AuditFilter(deed=Deed.ACCOUNT_ADDED))
    assert sorted(record.subject for record in page.records) == ["ann", "bea", "cy", "zoe"]


async def test_of_two_changes_one_wins(database: Database) -> None:
    accounts = SqlAccounts(database)
    await add(database, "root")
    ann = await add(database, "ann", Role.VIEWER)
    changes = [with_roles(ann, frozenset({role}), "root", NOW) for role in (Role.OPERATOR, Role.CURATOR)]
    results = await asyncio.gather(*(accounts.apply(change) for change in changes), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AccountChanged", "NoneType"]
    won = changes[results.index(None)]
    assert await accounts.find("ann") == won.account
    page = await SqlAuditLog(database).list(AuditFilter(deed=Deed.ROLES_SET))
    assert len(page.records) == 1  # what was not done is not recorded
    with pytest.raises(AccountChanged):
        await accounts.apply(switched(ann, True, "root", NOW))


async def test_an_admin_is_left(database: Database) -> None:
    accounts = SqlAccounts(database)
    ann = await add(database, "ann")
    for change in (switched(ann, True, "ann", NOW), with_roles(ann, frozenset({Role.VIEWER}), "ann", NOW)):
        with pytest.raises(LastAdmin):
            await accounts.apply(change)
    bea = await add(database, "bea")
    await accounts.apply(new_from_provider("cy", "", "s", frozenset({Role.ADMIN}), NOW))  # of no help: see signin
    changes = [switched(ann, True, "bea", NOW), switched(bea, True, "ann", NOW)]
    results = await asyncio.gather(*(accounts.apply(change) for change in changes), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["LastAdmin", "NoneType"]


async def test_a_provider_may_take_its_last_admin_away(database: Database) -> None:
    accounts = SqlAccounts(database)
    change = new_from_provider("cy", "", "s", frozenset({Role.ADMIN}), NOW)
    await accounts.apply(change)
    await accounts.apply(switched(change.account, True, "cy", NOW))
    found = await accounts.find("cy")
    assert found
    assert (found.disabled, found.source) == (True, Source.PROVIDER)


async def test_a_session_from_begin_to_end(database: Database) -> None:
    sessions = SqlSessions(database)
    ann = await add(database, "ann")
    session = Session("hash", "ann", later(5), later(5))
    await sessions.begin(session, Record(later(5), "ann", Deed.SIGNED_IN, "ann", {}, "203.0.113.7"))
    assert await sessions.find("hash") == (session, replace(ann, signed_in_at=later(5)))
    await sessions.seen("hash", later(90))
    await sessions.put_flash("hash", {"key": "k", "values": {"name": "李"}})
    found = await sessions.find("hash")
    assert found
    assert found[0] == replace(session, seen_at=later(90), flash={"key": "k", "values": {"name": "李"}})
    await sessions.put_flash("hash", None)
    found = await sessions.find("hash")
    assert found
    assert found[0].flash is None
    await sessions.end("hash", Record(later(99), "ann", Deed.SIGNED_OUT))
    assert await sessions.find("hash") is None
    await sessions.end("hash")
    deeds = (await SqlAuditLog(database).list(AuditFilter("ann"))).records
    assert [record.deed for record in deeds] == [Deed.SIGNED_OUT, Deed.SIGNED_IN]
    assert deeds[1].address == "203.0.113.7"


async def test_sessions_end_with_the_password(database: Database) -> None:
    sessions, accounts = SqlSessions(database), SqlAccounts(database)
    ann = await add(database, "ann")
    await add(database, "bea")
    for name, owner in (("a1", "ann"), ("a2", "ann"), ("b1", "bea")):
        await sessions.begin(Session(name, owner, NOW, NOW), Record(NOW, owner, Deed.SIGNED_IN))
    current = await accounts.find("ann")
    assert current
    await accounts.apply(with_one_time_password(current, "other", "bea", NOW))
    assert [await sessions.find(name) is None for name in ("a1", "a2", "b1")] == [True, True, False]
    assert ann.version + 1 == (await accounts.find("ann")).version  # type: ignore[union-attr]


async def test_tries_are_counted_before_they_are_made(database: Database) -> None:
    tries = SqlTries(database)
    waits = await asyncio.gather(*(tries.reserve(["name", "address"], NOW) for _ in range(FREE_TRIES + 7)))
    assert sum(not wait for wait in waits) == FREE_TRIES
    assert await tries.reserve(["name"], NOW) == timedelta(seconds=30)
    assert await tries.reserve(["other", "address"], NOW) == timedelta(seconds=30)
    assert await tries.reserve(["other"], NOW) == timedelta(0)  # a try that had to wait counted for nothing
    await tries.forget(["name", "never"])
    assert await tries.reserve(["name"], NOW) == timedelta(0)
    assert await tries.reserve(["address"], later(3601)) == timedelta(0)


async def test_the_audit_log_newest_first(database: Database) -> None:
    log = SqlAuditLog(database)
    for number in range(7):
        deed = Deed.SIGNED_IN if number % 2 else Deed.SIGN_IN_REFUSED
        await log.write(
            Record(later(number), "ann" if number < 5 else "bea", deed, f"s{number}", {"n": number, "词": "值"})
        )
    page = await log.list(AuditFilter(), limit=3)
    assert [record.subject for record in page.records] == ["s6", "s5", "s4"]
    assert page.records[0].data == {"n": 6, "词": "值"}
    rest = await log.list(AuditFilter(), limit=4, after=page.next)
    assert [record.subject for record in rest.records] == ["s3", "s2", "s1", "s0"]
    assert rest.next is None
    which = AuditFilter("ann", Deed.SIGNED_IN)
    assert [record.subject for record in (await log.list(which)).records] == ["s3", "s1"]
    assert (await log.list(which, after=1)).records == ()
