"""PostgreSQL over asyncpg."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped] # it has no types
from sqlalchemy import URL, Connection, NullPool, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.engine import Database
from storage.errors import ConnectionLost, DatabaseUnreachable, UnknownDatabase

T = TypeVar("T")

CONNECTIONS = 10
"""Per process, at most, for turns; one more listens, and one is held by each piece of scheduled work at work."""
ASK_EVERY = 30.0
"""Seconds of silence after which a listener asks the server for a sign of life: a broken network says nothing."""
ANSWER_WITHIN = 10.0
"""Seconds that what listens, or holds a lock, waits for anything: to close politely is to wait for an answer, too."""

_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
"""Seconds of silence, seconds between questions, questions; milliseconds for what was sent to be acknowledged."""
_NO_JIT = "SET jit = off"
"""Compiling a page's statement takes longer than running it. Said after connecting: poolers refuse it as an option."""
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")


class PostgresDatabase(Database):
    """A database on a server, shared by any number of processes."""

    shared = True

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # Locks and subscriptions live as long as their connection: it must be closed, not handed to the next turn.
        self._own = create_async_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"command_timeout": ANSWER_WITHIN},
        )

    @classmethod
    async def open(cls, address: URL) -> Self:
        """Connect once, to fail early. Raises `DatabaseUnreachable`, or `UnknownDatabase` for an odd option."""
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,  # a restarted server costs one round trip, not a failed turn
            hide_parameters=True,  # errors are logged; what users typed is not
        )
        event.listen(engine.sync_engine, "connect", _set_up)
        try:
            async with engine.connect():
                pass
        except (DBAPIError, OSError) as error:
            await engine.dispose()
            raise DatabaseUnreachable(f"{address.host or 'localhost'}/{address.database}") from error
        except TypeError:  # the driver takes options as arguments
            await engine.dispose()
            raise UnknownDatabase("an option behind '?' is not known") from None
        return cls(engine)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See `Database.read`."""
        async with self._autocommit.connect() as connection:
            return await connection.run_sync(work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """See `Database.snapshot`."""
        async with self._snapshot.begin() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Database.write`."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """See `Database.alone`: an advisory lock, held by a connection of its own."""
        async with self._own.connect() as connection:
            yield bool(await connection.scalar(_TRY_LOCK, {"name": name}))

    async def listen(self, topic: str, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        """See `Database.listen`."""
        lost = asyncio.Event()
        try:
            async with self._own.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                driver.add_termination_listener(lambda _: lost.set())
                await driver.add_listener(topic, lambda _driver, _process, _topic, message: heard(message))
                ready()
                while not lost.is_set():
                    await _silence(lost, driver)
        except (DBAPIError, PostgresError, InterfaceError, OSError) as error:  # TimeoutError is an OSError
            raise ConnectionLost(type(error).__name__) from error
        raise ConnectionLost

    async def close(self) -> None:
        """See `Database.close`."""
        await self._engine.dispose()
        await self._own.dispose()


def _set_up(connection: Any, _record: object) -> None:
    """For as long as it is connected: committed, or the pool's rollback would take it back.

    A server that vanishes without a word is given up after a minute, however long a statement may take: by itself TCP
    tries for a quarter of an hour, and waits for ever for what was acknowledged.
    """
    line = connection.driver_connection._transport.get_extra_info("socket")
    if line is not None and line.family != getattr(socket, "AF_UNIX", None):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):  # each system has its own
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    cursor = connection.cursor()
    cursor.execute(_NO_JIT)
    cursor.close()
    connection.commit()


async def _silence(lost: asyncio.Event, driver: Any) -> None:
    try:
        async with asyncio.timeout(ASK_EVERY):
            await lost.wait()
    except TimeoutError:
        await driver.fetchval("SELECT 1", timeout=ANSWER_WITHIN)
