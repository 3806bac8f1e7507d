"""SQLite: one thread writes, another reads, and each takes everything that waits in one go.

A transaction that reaches its thread in one hop costs a third of one whose every statement is a hop of its own
(aiosqlite: 1.0 ms against 0.34 ms of CPU for four inserts), and turns that wait together share one flush to disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from threading import Thread
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.engine import Database
from storage.errors import DatabaseUnreachable, UnknownDatabase

A = TypeVar("A")
T = TypeVar("T")
Work = Callable[[Connection], Any]

MOST_AT_ONCE = 64
"""Jobs of one batch: bounds how long the first of them waits for the last."""
PATIENT_SECONDS = 0.005
BATCHES_KEPT = 200
"""Of work, in the write-ahead log: about 4,000 pages when turns come one by one."""
PAGES_KEPT = 8_000
"""Pages of 4 kB after which a commit empties the log, however busy the database is."""
BUSY_SECONDS = 5
"""How long to wait for another process's transaction."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a job returned or raised."""

    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Shared:
    """Work that is done for all items that wait in one call. By itself it is work for one."""

    work: Callable[[Connection, Sequence[Any]], Sequence[Any]]
    item: Any

    def __call__(self, connection: Connection) -> Any:
        return self.work(connection, [self.item])[0]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    answer: asyncio.Future[Any]


class Lane:
    """A connection and the only thread that uses it."""

    def __init__(
        self,
        connection: Connection,
        run: Callable[[Connection, Sequence[Work]], list[Result]],
        afterwards: Callable[[Connection, bool], None] = lambda _connection, _idle: None,
    ) -> None:
        """``afterwards`` is called when jobs are done and their callers told, with whether no others wait."""
        self._connection = connection
        self._run = run
        self._afterwards = afterwards
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting: list[_Job] = []
        self._coming: asyncio.Handle | None = None
        self._soon = False
        """Whether, and when, what waits is handed in."""
        self._loop = asyncio.get_running_loop()
        # A daemon: a process that ends without closing is a crash, and SQLite is safe in a crash.
        self._thread = Thread(target=self._serve, name=run.__name__, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection], T], *, patient: bool = False) -> T:
        """Hand in and await. Cancelling the caller does not stop the work.

        All of one pass of the event loop goes to the thread together. ``patient`` work waits for the next that is not,
        at most `PATIENT_SECONDS`: to wake the thread and to flush to disk cost more than most of what is done in
        between. Work is done in the order in which it was handed in.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Job(work, answer))
        if self._coming is None and patient:
            self._coming, self._soon = self._loop.call_later(PATIENT_SECONDS, self.hand_in), False
        elif not patient and not self._soon:
            self._cancel()
            self._coming, self._soon = self._loop.call_soon(self.hand_in), True
        return await answer

    def hand_in(self) -> None:
        """Let what waits wait no longer."""
        self._cancel()
        for job in self._waiting:
            self._jobs.put(job)
        self._waiting.clear()

    def _cancel(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
        self._coming, self._soon = None, False

    async def close(self) -> None:
        """Do what was handed in, then close the connection."""
        self.hand_in()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        while jobs := self._take():
            results = self._run(self._connection, [job.work for job in jobs])
            with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                self._loop.call_soon_threadsafe(_settle, jobs, results)
            self._afterwards(self._connection, self._jobs.empty())
        self._connection.close()

    def _take(self) -> list[_Job]:
        jobs: list[_Job] = []
        job = self._jobs.get()
        with suppress(Empty):
            while job is not None:
                jobs.append(job)
                if len(jobs) == MOST_AT_ONCE:
                    return jobs
                job = self._jobs.get_nowait()
            if jobs:
                self._jobs.put(None)  # closing: once more, after these
        return jobs


def _settle(jobs: Sequence[_Job], results: Sequence[Result]) -> None:
    for job, result in zip(jobs, results, strict=True):
        if job.answer.done():  # cancelled meanwhile
            continue
        if result.error:
            job.answer.set_exception(result.error)
        else:
            job.answer.set_result(result.value)


def reader(connection: Connection, works: Sequence[Work]) -> list[Result]:
    """Each by itself, outside any transaction."""
    results = []
    for work in works:
        try:
            results.append(Result(work(connection)))
        except Exception as error:  # noqa: BLE001 - handed to the caller, who awaits it
            results.append(Result(error=error))
        connection.rollback()
    return results


def writer(connection: Connection, works: Sequence[Work]) -> list[Result]:
    """All in one transaction. If one fails, all are undone and done again, each in a savepoint: it leaves the others
    alone. Savepoints cost as much as the work in them, and are hardly ever needed.
    """
    try:
        _order(connection, _begin)
        try:
            results = _in_one_go(connection, works)
        except Exception as error:  # noqa: BLE001 - of one of them, who is found out below
            _undo(connection)
            if len(works) == 1:
                return [Result(error=error)]
            _order(connection, _begin)
            results = [_in_savepoint(connection, work) for work in works]
        _commit(connection)
    except Exception as error:  # noqa: BLE001 - handed to every caller: none of their work is stored
        _undo(connection)
        return [Result(error=error)] * len(works)
    return results


def _in_one_go(connection: Connection, works: Sequence[Work]) -> list[Result]:
    """What each returns."""
    found: dict[int, Any] = {}
    for places in _groups(works):
        first = works[places[0]]
        if isinstance(first, _Shared):
            items = [work.item for place in places if isinstance(work := works[place], _Shared)]
            found |= zip(places, first.work(connection, items), strict=True)
        else:
            found[places[0]] = first(connection)
    return [Result(found[place]) for place in range(len(works))]


def _groups(works: Sequence[Work]) -> Iterator[list[int]]:
    """The places of those that are done at a time: items of one work, if nothing else stands between them."""
    shared: dict[int, list[int]] = {}
    for place, work in enumerate(works):
        if isinstance(work, _Shared):
            shared.setdefault(id(work.work), []).append(place)
            continue
        yield from shared.values()
        shared = {}
        yield [place]
    yield from shared.values()


def _commit(connection: Connection) -> None:
    if connection.in_transaction():  # some of the work went through SQLAlchemy, which must know
        connection.commit()
    else:
        _order(connection, SqliteConnection.commit)


def _undo(connection: Connection) -> None:
    connection.rollback()
    _driver(connection).rollback()


def _order(connection: Connection, order: Callable[[SqliteConnection], object]) -> None:
    """Past SQLAlchemy, which takes as long to begin and to commit as for a turn's rows. Raises `DBAPIError`."""
    try:
        order(_driver(connection))
    except SqliteError as error:
        raise DBAPIError.instance(None, None, error, SqliteError, dialect=connection.dialect) from error


def _driver(connection: Connection) -> SqliteConnection:
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return] # SQLAlchemy does not know whose


def _begin(driver: SqliteConnection) -> object:
    return driver.execute("BEGIN IMMEDIATE")


def _in_savepoint(connection: Connection, work: Work) -> Result:
    savepoint = connection.begin_nested()
    try:
        value = work(connection)
        savepoint.commit()
    except Exception as error:  # noqa: BLE001 - handed to the caller, who awaits it
        try:
            savepoint.rollback()
        except DBAPIError:  # SQLite gave up the whole transaction (disk full): the batch fails, for the first reason
            raise error from None
        return Result(error=error)
    return Result(value)


class Checkpoints:
    """Moves what was committed from the write-ahead log to the file, while nobody waits.

    SQLite does it within a commit as soon as the log has a thousand pages, and whoever commits waits for it: 20 ms,
    once in 55 turns. It has less to move, and more of it twice in the log, the longer one waits.
    """

    def __init__(self, batches: int = BATCHES_KEPT) -> None:
        """``batches`` of work are left in the log."""
        self._batches = batches
        self._since = 0

    def __call__(self, connection: Connection, idle: bool) -> None:
        """A batch is done."""
        self._since += 1
        if idle and self._since >= self._batches:
            self._since = 0
            with suppress(SqliteError):  # of no matter: all of it is in the log, and there is another time
                _driver(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


class SqliteDatabase(Database):
    """A file."""

    shared = False

    def __init__(self, engine: Engine, reading: Connection, writing: Connection) -> None:
        self._engine = engine
        self._reader = Lane(reading, reader)
        self._writer = Lane(writing, writer, Checkpoints())

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

    async def write(self, work: Callable[[Connection], T], *, patient: bool = False) -> T:
        """See `Database.write`."""
        return await self._writer.run(work, patient=patient)

    async def write_each(
        self, work: Callable[[Connection, Sequence[A]], Sequence[T]], item: A, *, patient: bool = False
    ) -> T:
        """See `Database.write_each`."""
        answer: T = await self._writer.run(_Shared(work, item), patient=patient)
        return answer

    def hurry(self) -> None:
        """See `Database.hurry`."""
        self._writer.hand_in()

    async def scrub(self) -> bool:
        """See `Database.scrub`. Pages as they were before stand in the write-ahead log until it is emptied."""
        blocked, *_ = await self._reader.run(_empty_log)
        return not blocked

    async def close(self) -> None:
        """See `Database.close`."""
        await self._writer.close()
        await self._reader.close()
        self._engine.dispose()


def _empty_log(connection: Connection) -> tuple[Any, ...]:
    """Whether somebody stood in the way; then pages of the log, and of them those that were copied."""
    return tuple(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one())


def _prepare(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # committed means on the disk, also when the power fails
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_KEPT}")
    connection.execute("PRAGMA secure_delete = ON")  # deleted means overwritten
