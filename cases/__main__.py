"""``python -m cases``: settings, database and calendar, wired for the operators' command line."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cases.cli import Workplace, app
from cases.model import JsonObject
from desk.audit import Deed, Record
from desk.ports import AuditLog
from ops.clock import SetClock, SystemClock
from program.document import ContentErrors
from program.load import load_program
from program.windows import calendar_of
from program.yaml_source import parse_yaml, read_bytes
from settings import SettingsError, load_settings
from storage.cases import SqlCaseStore
from storage.console import SqlAuditLog
from storage.engine import open_database
from storage.erasing import SqlEraser
from storage.errors import DatabaseUnreachable, StorageError
from storage.migrate import migrate
from turn.desk import Desk
from turn.erasing import Forgetter
from turn.ports import Clock


class AuditRecorder:
    """The `cases.ports.Recorder` that writes the console's audit log."""

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit, self._clock = audit, clock

    async def changed(self, who: str, reference: str, kind: str) -> None:
        """See the port."""
        await self._write(Record(self._clock.now(), who, Deed.REQUEST_CHANGED, reference, {"kind": kind}))

    async def exported(self, who: str, rows: int) -> None:
        """See the port."""
        what: JsonObject = {"what": "requests", "format": "csv", "rows": rows}
        await self._write(Record(self._clock.now(), who, Deed.EXPORTED, "", what))

    async def _write(self, record: Record) -> None:
        await self._audit.write(record)


@asynccontextmanager
async def workplace() -> AsyncIterator[Workplace]:
    """The requests of the database in the settings. Raises `SettingsError`, `ContentErrors`, `StorageError`."""
    settings = load_settings()
    _refuse_missing_file(settings.database_url)
    clock: Clock = SetClock(settings.clock) if settings.clock else SystemClock()
    source = settings.content_dir / "program.yaml"
    calendar = calendar_of(load_program(parse_yaml(read_bytes(source, source.name), source.name)))
    database = await open_database(settings.database_url)
    try:
        await migrate(database)
        forgetter = Forgetter(SqlEraser(database, clock), clock)
        recorder = AuditRecorder(SqlAuditLog(database), clock)
        yield Workplace(Desk(SqlCaseStore(database), clock), clock.now(), calendar, forgetter, recorder)
    finally:
        await database.close()


def _refuse_missing_file(url: str) -> None:
    """A mistyped path would otherwise become an empty database."""
    file = url.partition(":///")[2]
    if url.startswith("sqlite") and not Path(file).exists():
        raise DatabaseUnreachable(f"there is no {file}; start the bot once, or set DATABASE_URL")


def main() -> None:
    """Run the command; what cannot work is a line that says what to do."""
    try:
        app(prog_name="python -m cases", obj=workplace)
    except (SettingsError, ContentErrors, StorageError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
