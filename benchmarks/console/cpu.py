"""Time that a page keeps processors busy: of this process, and of the PostgreSQL processes that work for it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text

from storage.engine import Database

_OURS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")


async def cpu_seconds(database: Database) -> float:
    """So far. A server on another machine, and workers that it starts for one statement, are not seen."""
    return time.process_time() + await database.read(_of_server)


def _of_server(connection: Connection) -> float:
    if connection.dialect.name == "sqlite":
        return 0.0
    return sum(_of_process(pid) for pid in connection.execute(_OURS).scalars())


def _of_process(pid: int) -> float:
    with suppress(OSError):  # it ended, or is not on this machine
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0
