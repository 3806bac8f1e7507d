"""The backends: in-memory twin, SQLite, PostgreSQL (at ``TEST_DATABASE_URL``, in a database of its own)."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import Database, open_database
from storage.migrate import migrate
from storage.tables import metadata
from tests.migrated import put_tables
from tests.storage.samples import FixedClock, Stores, memory_stores, sql_stores


def _administer(statement: str) -> None:
    async def run() -> None:
        engine = create_async_engine(os.environ["TEST_DATABASE_URL"], isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture
def new_postgres() -> Iterator[str]:
    """URL of an empty database."""
    yield from _new_postgres()


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[str]:
    """URL of a database that tests empty before they use it."""
    yield from _new_postgres()


def _new_postgres() -> Iterator[str]:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("TEST_DATABASE_URL is not set: nothing was tested on PostgreSQL")
    name = f"storage_{uuid.uuid4().hex}"
    _administer(f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    return f"sqlite:///{tmp_path}/bot.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that may hold tables and rows already."""
    return _url(request, tmp_path)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """``memory``, or a URL."""
    return "memory" if request.param == "memory" else _url(request, tmp_path)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """Open, migrated and empty."""
    async with _opened(url) as database:
        yield database


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """Open, migrated and empty; a test may close it itself."""
    async with _opened(f"sqlite:///{tmp_path}/bot.db") as database:
        yield database


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def stores(backend: str, clock: FixedClock) -> AsyncIterator[Stores]:
    """Every implementation of the ports."""
    if backend == "memory":
        yield memory_stores()
        return
    async with _opened(backend) as database:
        yield sql_stores(database, clock)


def _url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("shared_postgres")
    asyncio.run(put_tables(folder / "bot.db"))
    return f"sqlite:///{folder}/bot.db"


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = await open_database(url)
    await migrate(database)
    await database.write(lambda connection: [connection.execute(table.delete()) for table in metadata.sorted_tables])
    yield database
    await database.close()
