"""Migrations build exactly the metadata, once, whoever starts first."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect, text

from storage.engine import Database, open_database
from storage.errors import DatabaseTooNew
from storage.migrate import HEAD, migrate
from storage.tables import metadata

ROOT = Path(__file__).parents[2]


def _definitions(connection: Connection) -> list[str]:
    """Everything that the database knows about its tables, as it says it."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        found = [" ".join(row.sql.replace(" ,", ",").split()) for row in rows]
    else:
        columns = (
            "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS sql"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
        indexes = "SELECT indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'"
        constraints = (
            "SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS sql"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        )
        functions = "SELECT pg_get_functiondef(oid) AS sql FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        found = [
            row.sql for query in (columns, indexes, constraints, functions) for row in connection.execute(text(query))
        ]
    return sorted(line for line in found if "alembic_version" not in line)


def _keep_indexes_of(dialect: str, target: MetaData) -> None:
    """Alembic compares all indexes, also those that are built in the other database only."""
    foreign = {"sqlite": "ix_cases_pairs", "postgresql": "ix_cases_search"}[dialect]
    table = target.tables["cases"]
    for index in [each for each in table.indexes if each.name == foreign]:
        table.indexes.remove(index)


async def test_migrations_build_exactly_the_tables(new_url: str) -> None:
    database = await open_database(new_url)
    await migrate(database)

    def compare(connection: Connection, target: MetaData) -> object:
        _keep_indexes_of(connection.dialect.name, target)
        return compare_metadata(MigrationContext.configure(connection), target)

    def rebuild(connection: Connection) -> list[str]:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        return _definitions(connection)

    same, other = (MetaData(naming_convention=dict(metadata.naming_convention)) for _ in range(2))
    for table in metadata.tables.values():
        table.to_metadata(same)
        table.to_metadata(other)
    Table("meta", other, Column("forgotten", Integer), extend_existing=True)
    assert await database.read(lambda connection: compare(connection, same)) == []
    assert await database.read(lambda connection: compare(connection, other)) != []  # the comparison sees a column
    migrated = await database.read(_definitions)
    assert migrated == await database.write(rebuild)
    assert any("status = 'waiting'" in line for line in migrated)  # and the definitions show predicates
    await database.close()


async def test_the_newest_revision_is_known_without_alembic(new_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "storage" / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    database = await open_database(new_url)
    await migrate(database)
    await database.close()
    script = (
        "import asyncio, sys\n"
        "from storage.engine import open_database\n"
        "from storage.migrate import migrate\n"
        "async def start():\n"
        "    database = await open_database(sys.argv[1])\n"
        "    await migrate(database)\n"
        "    await database.close()\n"
        "asyncio.run(start())\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, new_url, cwd=ROOT)
    assert await process.wait() == 0


async def test_several_processes_start_at_once(new_url: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from storage.engine import open_database\n"
        "from storage.migrate import migrate\n"
        "import alembic.command\n"
        "sys.stdin.read()\n"
        "async def start():\n"
        "    database = await open_database(sys.argv[1])\n"
        "    await migrate(database)\n"
        "    print((await database.secret('x')).hex())\n"
        "    await database.close()\n"
        "asyncio.run(start())\n"
    )
    command = [sys.executable, "-c", script, new_url]
    processes = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE) for _ in range(3)
    ]
    outputs = await asyncio.gather(*(process.communicate(b"go") for process in processes))
    assert [errors for _, errors in outputs] == [b"", b"", b""]
    assert len({secret for secret, _ in outputs}) == 1


async def test_tasks_of_one_process_start_at_once(new_url: str) -> None:
    database = await open_database(new_url)
    await asyncio.gather(*(migrate(database) for _ in range(3)))
    assert set(await database.read(lambda connection: inspect(connection).get_table_names())) >= set(metadata.tables)
    await database.close()


async def test_a_newer_database_is_refused(database: Database) -> None:
    await _stamp(database, "9999")
    try:
        with pytest.raises(DatabaseTooNew, match="update this process"):
            await migrate(database)
    finally:
        await _stamp(database, HEAD)


async def _stamp(database: Database, version: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :version")
    await database.write(lambda connection: connection.execute(statement, {"version": version}).rowcount)
