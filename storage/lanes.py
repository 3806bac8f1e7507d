"""A thread with a connection to SQLite, which takes everything that waits in one go.

A transaction that reaches its thread in one hop costs a third of one whose every statement is a hop of its own
(aiosqlite: 1.0 ms against 0.34 ms of CPU for four inserts), and turns that wait together share one flush to disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from queue import Empty, SimpleQueue
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.prepared import driver_of

T = TypeVar("T")
Work = Callable[[Connection], Any]

MOST_AT_ONCE = 64
"""Jobs of one batch: bounds how long the first of them waits for the last."""
PATIENT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Result:
    """What a job returned or raised."""

    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Work that is done for all items that wait in one call. By itself it is work for one."""

    work: Callable[[Connection, Sequence[Any]], Sequence[Any]]
    item: Any
    patient: bool = False
    """See `storage.engine.Database.write_each`. Done before what is not: a reply that was sent holds up none that
    comes with it.
    """

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

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Hand in and await. Cancelling the caller does not stop the work.

        All of one pass of the event loop goes to the thread together. Patient work waits for the next that is not,
        at most `PATIENT_SECONDS`: to wake the thread costs more than most of what it does then. Work is done in the
        order in which it was handed in, `Shared` work as `_groups` says.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Job(work, answer))
        patient = _is_patient(work)
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
            with suppress(Exception):  # nobody awaits it, and without this thread nothing is written any more
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

    It is on the disk when this returns, also when the power fails then; patient work by itself is left to the next
    transaction's flush. One flush in a hundred takes 5 to 60 ms, and a turn that comes meanwhile waits for it.
    """
    try:
        _order(connection, _flush_none if all(map(_is_patient, works)) else _flush)
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
        if isinstance(first, Shared):
            items = [work.item for place in places if isinstance(work := works[place], Shared)]
            found |= zip(places, first.work(connection, items), strict=True)
        else:
            found[places[0]] = first(connection)
    return [Result(found[place]) for place in range(len(works))]


def _groups(works: Sequence[Work]) -> Iterator[list[int]]:
    """The places of those that are done at a time: items of one work, if only items of others stand between them.

    Of several kinds between two works that are not shared, the patient ones come first.
    """
    shared: dict[tuple[bool, int], list[int]] = {}
    for place, work in enumerate(works):
        if isinstance(work, Shared):
            shared.setdefault((not work.patient, id(work.work)), []).append(place)
            continue
        yield from _patient_first(shared)
        shared = {}
        yield [place]
    yield from _patient_first(shared)


def _patient_first(shared: dict[tuple[bool, int], list[int]]) -> list[list[int]]:
    return [shared[key] for key in sorted(shared, key=itemgetter(0))]


def _commit(connection: Connection) -> None:
    if connection.in_transaction():  # some of the work went through SQLAlchemy, which must know
        connection.commit()
    else:
        _order(connection, SqliteConnection.commit)


def _undo(connection: Connection) -> None:
    connection.rollback()
    driver_of(connection).rollback()


def _order(connection: Connection, order: Callable[[SqliteConnection], object]) -> None:
    """Past SQLAlchemy, which takes as long to begin and to commit as for a turn's rows. Raises `DBAPIError`."""
    try:
        order(driver_of(connection))
    except SqliteError as error:
        raise DBAPIError.instance(None, None, error, SqliteError, dialect=connection.dialect) from error


def _is_patient(work: Work) -> bool:
    return isinstance(work, Shared) and work.patient


def _flush(driver: SqliteConnection) -> object:
    return driver.execute("PRAGMA synchronous = FULL")


def _flush_none(driver: SqliteConnection) -> object:
    """In write-ahead mode this risks the last transactions, never the file."""
    return driver.execute("PRAGMA synchronous = NORMAL")


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
