"""A database, whichever it is: run a piece of work in a read or in one transaction.

The work is a plain function of a SQLAlchemy connection, so that all SQL of this package is written once and each
database decides how to run it without blocking the event loop (`storage.sqlite`, `storage.postgres`).
"""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import TypeVar

from sqlalchemy import Connection, Select, Table, bindparam, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from storage.errors import UnknownDatabase
from storage.prepared import Prepared
from storage.tables import meta

A = TypeVar("A")
T = TypeVar("T")

_FIND: Select[str] = select(meta.c.value).where(meta.c.name == bindparam("name"))


class Database(ABC):
    """An open database. Made by `open_database`."""

    shared: bool
    """Whether several processes of the bot may use it at once."""

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work``, which only reads; each of its statements sees what is committed when it starts."""

    @abstractmethod
    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run ``work``, which only reads; all of its statements see what is committed when it starts."""

    @abstractmethod
    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction: committed when this returns; rolled back when ``work`` raises."""

    async def write_each(
        self, work: Callable[[Connection, Sequence[A]], Sequence[T]], item: A, *, patient: bool = False
    ) -> T:
        """`write` with what ``work`` returns for ``item``.

        What callers hand in for the same ``work`` at the same time may be done in one call of it, before or after what
        others hand in, ``patient`` work first. When that raises, it is undone, and each item done by itself.

        ``patient`` work may wait a few milliseconds for other work to be done together with. When none comes, it is
        safe from the end of the process at once, but from a power failure only with the next work, or half a minute
        later: it must be such that doing it again does no harm.
        """
        del patient
        return await self.write(lambda connection: work(connection, [item])[0])

    def hurry(self) -> None:
        """Somebody waits for patient work: do it now."""
        return

    @abstractmethod
    async def close(self) -> None:
        """Finish what was handed in, then close."""

    async def scrub(self) -> bool:
        """Take what was deleted out of the database's files, as far as it keeps any by itself.

        False when others are using it: try again later.
        """
        return True

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """Whether no other process is inside a block of this ``name``; a process that dies has left it.

        A database that serves one process has nobody to wait for.
        """
        del name
        yield True

    async def listen(self, topic: str, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Call ``ready`` once connected, then ``heard`` with what any process notifies on ``topic``, for ever.

        Raises `ConnectionLost`. A database that serves one process has nothing to tell.
        """
        del topic, heard
        ready()
        await asyncio.Event().wait()

    async def secret(self, name: str) -> bytes:
        """32 random bytes, made at the first call for ``name`` and the same for every process ever after."""

        def find(connection: Connection) -> str | None:
            return connection.execute(_FIND, {"name": name}).scalars().one_or_none()

        def make(connection: Connection) -> str:
            insert_new(connection, meta, {"name": name, "value": secrets.token_hex(32)})
            return connection.execute(_FIND, {"name": name}).scalars().one()

        found = await self.read(find)
        return bytes.fromhex(found if found is not None else await self.write(make))


async def open_database(url: str) -> Database:
    """Open ``sqlite:///path`` (made when absent) or ``postgresql://user:password@host/name``.

    Raises `UnknownDatabase` and `DatabaseUnreachable`. The tables are `storage.migrate.migrate`'s business.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise UnknownDatabase from None  # not the text itself: it may hold a password
    backend = address.drivername.partition("+")[0]
    if backend == "sqlite":
        from storage.sqlite import SqliteDatabase  # noqa: PLC0415 - each loads its driver, start-up needs one

        return await SqliteDatabase.open(address)
    if backend in ("postgresql", "postgres"):
        from storage.postgres import PostgresDatabase  # noqa: PLC0415 - as above

        return await PostgresDatabase.open(address)
    raise UnknownDatabase(backend)


def insert_new(connection: Connection, table: Table, *rows: Mapping[str, object]) -> int:
    """Insert those whose key does not exist; tells how many were inserted."""
    return _insert_new(connection.dialect.name, table).count(connection, *rows)


@cache
def _insert_new(dialect: str, table: Table) -> Prepared:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return Prepared(insert(table).on_conflict_do_nothing())
