"""Bring the tables up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.engine import Database
from storage.errors import DatabaseTooNew

HEAD = "0014"
"""The newest revision in ``migrations/versions`` (a test compares); importing Alembic to ask takes half a second."""
_LOCK = 0x6C70626F74
"""Number of the advisory lock that migrating processes take."""


async def migrate(database: Database) -> None:
    """Make or update the tables; safe when several processes start at once. Raises `DatabaseTooNew`."""
    if await database.read(revision) != HEAD:
        await database.write(upgrade)


def revision(connection: Connection) -> str | None:
    """The revision of the tables; None when there are none."""
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DBAPIError:  # no such table
        return None


def upgrade(connection: Connection, to: str = "head") -> None:
    """Make or update the tables up to a revision. Raises `DatabaseTooNew`."""
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise DatabaseTooNew(str(error)) from None
