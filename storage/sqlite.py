"""SQLite: one thread writes, another reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.engine import Database
from storage.errors import DatabaseUnreachable, UnknownDatabase
from storage.lanes import Lane, Shared, reader, writer
from storage.prepared import driver_of

A = TypeVar("A")
T = TypeVar("T")

BATCHES_KEPT = 200
"""Of work, in the write-ahead log: about 4,000 pages when turns come one by one."""
PAGES_KEPT = 8_000
"""Pages of 4 kB after which a commit empties the log, however busy the database is."""
BUSY_SECONDS = 5
"""How long to wait for another process's transaction."""


class Checkpoints:
    """Moves what was committed from the write-ahead log to the file, while nobody waits.

    SQLite does it within a commit as soon as the log has a thousand pages, once in 55 commits, and whoever commits
    waits for it: 10 to 20 ms. The longer that waits, the more pages stand in the log several times and are moved once.
    """

    def __init__(self, batches: int) -> None:
        """``batches`` of work are left in the log."""
        self._batches = batches
        self._since = 0
        self._one_at_a_time = Lock()
        """SQLite refuses to empty the log while its pages are being moved."""

    def __call__(self, connection: Connection, idle: bool) -> None:
        """A batch is done."""
        self._since += 1
        if idle and self._since >= self._batches:
            self._since = 0
            with self._one_at_a_time:
                driver_of(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def empty_log(self, connection: Connection) -> bool:
        """Leave nothing in the log, from another thread; False when somebody else stood in the way."""
        with self._one_at_a_time:
            blocked, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not blocked


class SqliteDatabase(Database):
    """A file."""

    shared = False

    def __init__(self, engine: Engine, reading: Connection, writing: Connection) -> None:
        self._engine = engine
        self._reader = Lane(reading, reader)
        self._checkpoints = Checkpoints(BATCHES_KEPT)
        self._writer = Lane(writing, writer, self._checkpoints)

    @classmethod
    async def open(cls, address: URL) -> Self:
        """Open the file; it and its folder are made when absent. Raises `DatabaseUnreachable`."""
        if address.database in (None, "", ":memory:"):
            raise UnknownDatabase("SQLite needs a file; for no file at all use storage.memory")
        engine = create_engine(
            address.set(drivername="sqlite"),
            poolclass=NullPool,
            hide_parameters=True,  # errors are logged; what users typed is not
            connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_SECONDS},
        )
        event.listen(engine, "connect", _prepare)

        def connect() -> tuple[Connection, Connection]:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
            return engine.connect(), engine.connect()

        try:
            reading, writing = await asyncio.to_thread(connect)
        except (DBAPIError, OSError) as error:
            raise DatabaseUnreachable(str(address.database)) from error
        return cls(engine, reading, writing)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See `Database.read`."""
        return await self._reader.run(work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """See `Database.snapshot`. Other reads wait meanwhile; writes do not."""

        def at_once(connection: Connection) -> T:
            connection.exec_driver_sql("BEGIN")
            return work(connection)

        return await self._reader.run(at_once)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Database.write`."""
        return await self._writer.run(work)

    async def write_each(
        self, work: Callable[[Connection, Sequence[A]], Sequence[T]], item: A, *, patient: bool = False
    ) -> T:
        """See `Database.write_each`."""
        answer: T = await self._writer.run(Shared(work, item, patient))
        return answer

    def hurry(self) -> None:
        """See `Database.hurry`."""
        self._writer.hand_in()

    async def scrub(self) -> bool:
        """See `Database.scrub`. Pages as they were before stand in the write-ahead log until it is emptied."""
        return await self._reader.run(self._checkpoints.empty_log)

    async def close(self) -> None:
        """See `Database.close`."""
        await self._writer.close()
        await self._reader.close()
        self._engine.dispose()


def _prepare(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # for the reader; `storage.lanes.writer` says it each time
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_KEPT}")
    connection.execute("PRAGMA secure_delete = ON")  # deleted means overwritten
