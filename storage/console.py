"""The console's accounts, sessions, wrong sign-ins and audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from cases.model import JsonObject
from desk.access import Role
from desk.accounts import Account, AccountChange, Session, Source, Tries, tried, wait_after
from desk.audit import AuditFilter, AuditPage, Deed, Record
from desk.errors import AccountChanged, LastAdmin, NameTaken, TeamsUserTaken
from desk.ports import PAGE
from storage.engine import Database, insert_new
from storage.tables import accounts, audit, sessions, tries

_NAME: BindParameter[str] = bindparam("p_name")
_ID: BindParameter[str] = bindparam("p_id")
_KEY: BindParameter[str] = bindparam("p_key")
_FIND = select(accounts).where(accounts.c.name == _NAME)
_FIND_SUBJECT = select(accounts).where(accounts.c.subject == _NAME)
_FIND_TEAMS = select(accounts).where(accounts.c.teams_user == _NAME)
_TAKEN = select(accounts.c.name).where(accounts.c.teams_user == bindparam("p_user"), accounts.c.name != _NAME)
_ALL = select(accounts).order_by(accounts.c.name)
_KEPT = ("name", "created_at", "signed_in_at")
_SWAP = (
    update(accounts)
    .where(accounts.c.name == _NAME, accounts.c.version == bindparam("p_expected"))
    .values({column.name: bindparam(column.name) for column in accounts.c if column.name not in _KEPT})
)
_ENABLED = (
    select(accounts)
    .where(accounts.c.disabled.is_(False), accounts.c.source == str(Source.LOCAL))
    .order_by(accounts.c.name)
    .with_for_update()
)
_SIGNED_IN = update(accounts).where(accounts.c.name == _NAME).values(signed_in_at=bindparam("p_at"))
_END_ALL = delete(sessions).where(sessions.c.account == _NAME)
_FIND_SESSION = select(sessions, accounts).join(accounts, accounts.c.name == sessions.c.account)
_FIND_SESSION = _FIND_SESSION.where(sessions.c.id_hash == _ID)
_SEEN = update(sessions).where(sessions.c.id_hash == _ID).values(seen_at=bindparam("p_at"))
_PUT_FLASH = update(sessions).where(sessions.c.id_hash == _ID).values(flash=bindparam("p_flash"))
_END = delete(sessions).where(sessions.c.id_hash == _ID)
_TRIES = select(tries.c.count, tries.c.last).where(tries.c.key == _KEY).with_for_update()
_TRIED = update(tries).where(tries.c.key == _KEY).values(count=bindparam("p_count"), last=bindparam("p_at"))
_FORGET = delete(tries).where(tries.c.key.in_(bindparam("p_keys", expanding=True)))


class SqlAccounts:
    """`desk.ports.AccountStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, name: str) -> Account | None:
        """See the port."""
        key = {"p_name": name}
        row = await self._database.read(lambda connection: connection.execute(_FIND, key).one_or_none())
        return None if row is None else _to_account(row)

    async def find_subject(self, subject: str) -> Account | None:
        """See the port."""
        key = {"p_name": subject}
        row = await self._database.read(lambda connection: connection.execute(_FIND_SUBJECT, key).one_or_none())
        return None if row is None else _to_account(row)

    async def find_teams(self, teams_user: str) -> Account | None:
        """See the port."""
        key = {"p_name": teams_user}
        row = await self._database.read(lambda connection: connection.execute(_FIND_TEAMS, key).one_or_none())
        return None if row is None else _to_account(row)

    async def list(self) -> tuple[Account, ...]:
        """See the port."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).all())
        return tuple(_to_account(row) for row in rows)

    async def apply(self, change: AccountChange) -> None:
        """See the port."""
        await self._database.write(lambda connection: _apply(connection, change))


class SqlSessions:
    """`desk.ports.SessionStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, session: Session, record: Record) -> None:
        """See the port."""
        row = {
            "id_hash": session.id_hash,
            "account": session.account,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "flash": None,
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(sessions), row)
            connection.execute(_SIGNED_IN, {"p_name": session.account, "p_at": session.created_at})
            write_record(connection, record)

        await self._database.write(work)

    async def find(self, id_hash: str) -> tuple[Session, Account] | None:
        """See the port."""
        key = {"p_id": id_hash}
        row = await self._database.read(lambda connection: connection.execute(_FIND_SESSION, key).one_or_none())
        if row is None:
            return None
        session = Session(row.id_hash, row.account, row.created_at, row.seen_at, row.flash)
        return session, _to_account(row, row.created_at_1)

    async def seen(self, id_hash: str, at: datetime) -> None:
        """See the port."""
        values = {"p_id": id_hash, "p_at": at}
        await self._database.write(lambda connection: connection.execute(_SEEN, values).rowcount)

    async def end(self, id_hash: str, record: Record | None = None) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            connection.execute(_END, {"p_id": id_hash})
            if record is not None:
                write_record(connection, record)

        await self._database.write(work)

    async def put_flash(self, id_hash: str, flash: JsonObject | None) -> None:
        """See the port."""
        values = {"p_id": id_hash, "p_flash": flash}
        await self._database.write(lambda connection: connection.execute(_PUT_FLASH, values).rowcount)


class SqlTries:
    """`desk.ports.TryStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, keys: Sequence[str], now: datetime) -> timedelta:
        """See the port."""
        return await self._database.write(lambda connection: _reserve(connection, sorted(keys), now))

    async def forget(self, keys: Sequence[str]) -> None:
        """See the port."""
        values = {"p_keys": list(keys)}
        await self._database.write(lambda connection: connection.execute(_FORGET, values).rowcount)


class SqlAuditLog:
    """`desk.ports.AuditLog` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, record: Record) -> None:
        """See the port."""
        await self._database.write(lambda connection: write_record(connection, record))

    async def list(self, which: AuditFilter, limit: int = PAGE, after: int | None = None) -> AuditPage:
        """See the port."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit + 1)
        if which.actor:
            query = query.where(audit.c.actor == which.actor)
        if which.deed is not None:
            query = query.where(audit.c.deed == str(which.deed))
        if after is not None:
            query = query.where(audit.c.number < after)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        page = tuple(_to_record(row) for row in rows[:limit])
        return AuditPage(page, page[-1].number if len(rows) > limit else None)


def _apply(connection: Connection, change: AccountChange) -> None:
    account, row = change.account, _to_row(change.account)
    if (
        account.teams_user
        and connection.execute(_TAKEN, {"p_user": account.teams_user, "p_name": account.name}).first()
    ):
        raise TeamsUserTaken
    if change.expected_version == 0:
        if not insert_new(connection, accounts, row):
            raise NameTaken(account.name)
    else:
        if account.source is Source.LOCAL:  # the others' roles are the identity provider's business
            _keep_an_admin(connection, account)
        values = {name: value for name, value in row.items() if name not in _KEPT}
        key = {"p_name": account.name, "p_expected": change.expected_version}
        try:
            swapped = connection.execute(_SWAP, {**values, **key}).rowcount == 1
        except IntegrityError:
            raise TeamsUserTaken from None
        if not swapped:
            raise AccountChanged
    if change.ends_sessions:
        connection.execute(_END_ALL, {"p_name": account.name})
    write_record(connection, change.record)


def _keep_apart(connection: Connection, account: Account) -> None:
    """Of two admins who link the same person at once, the index refuses the second."""
    key = {"p_user": account.teams_user, "p_name": account.name}
    if account.teams_user and connection.execute(_TAKEN, key).first():
        raise TeamsUserTaken


def _keep_an_admin(connection: Connection, after: Account) -> None:
    """Locks the rows that it looks at, so that two admins cannot remove each other."""
    admins = {row.name for row in connection.execute(_ENABLED) if Role.ADMIN in _to_account(row).roles}
    stays = Role.ADMIN in after.roles and not after.disabled
    if not stays and admins == {after.name}:
        raise LastAdmin


def _reserve(connection: Connection, keys: Sequence[str], now: datetime) -> timedelta:
    found = {key: _tries(connection, key, now) for key in keys}
    wait = max(wait_after(each, now) for each in found.values())
    if not wait:
        for key, each in found.items():
            more = tried(each, now)
            connection.execute(_TRIED, {"p_key": key, "p_count": more.count, "p_at": more.last})
    return wait


def _tries(connection: Connection, key: str, now: datetime) -> Tries:
    if insert_new(connection, tries, {"key": key, "count": 0, "last": now}):
        return Tries()
    row = connection.execute(_TRIES, {"p_key": key}).one_or_none()
    return Tries() if row is None else Tries(row[0], row[1])  # `count` is a method of rows


def write_record(connection: Connection, record: Record) -> None:
    """Add a line to the audit log."""
    row = {
        "at": record.at,
        "actor": record.actor,
        "deed": str(record.deed),
        "subject": record.subject,
        "data": record.data,
        "address": record.address,
    }
    connection.execute(insert(audit), row)


def _to_row(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "roles": " ".join(role for role in Role if role in account.roles),
        "source": str(account.source),
        "shown": account.shown,
        "subject": account.subject,
        "password_hash": account.password_hash,
        "must_change": account.must_change,
        "disabled": account.disabled,
        "version": account.version,
        "created_at": account.created_at,
        "signed_in_at": account.signed_in_at,
        "teams_user": account.teams_user,
    }


def _to_account(row: Row[Any], created_at: datetime | None = None) -> Account:
    return Account(
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles.split()),
        source=Source(row.source),
        created_at=created_at or row.created_at,
        shown=row.shown,
        subject=row.subject,
        password_hash=row.password_hash,
        must_change=row.must_change,
        disabled=row.disabled,
        signed_in_at=row.signed_in_at,
        version=row.version,
        teams_user=row.teams_user,
    )


def _to_record(row: Row[Any]) -> Record:
    return Record(row.at, row.actor, Deed(row.deed), row.subject, row.data, row.address, row.number)
