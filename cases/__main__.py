"""``python -m cases``: settings, database and calendar, wired for the operators' command line."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cases.cli import Workplace, app
from cases.model import CaseChange, EventKind, JsonObject
from desk.audit import Deed, Record
from desk.ports import AuditLog, Workbench
from ops.clock import SetClock, SystemClock
from program.document import ContentErrors
from program.load import load_program
from program.windows import calendar_of
from program.yaml_source import parse_yaml, read_bytes
from settings import SettingsError, load_settings
from storage.console import SqlAuditLog
from storage.engine import open_database
from storage.erasing import SqlEraser
from storage.errors import DatabaseUnreachable, StorageError
from storage.migrate import migrate
from storage.workbench import SqlWorkbench
from turn.erasing import Forgetter
from turn.ports import Clock


class AuditRecorder:
    """The `cases.ports.Recorder` that writes the console's audit log."""

    def __init__(self, bench: Workbench, audit: AuditLog, clock: Clock) -> None:
        self._bench, self._audit, self._clock = bench, audit, clock

    async def apply(self, who: str, change: CaseChange) -> None:
        """See the port."""
        await self._bench.apply(change, self._line(who, change.case.reference, change.events[-1].kind))

    async def erased(self, who: str, reference: str) -> None:
        """See the port."""
        await self._audit.write(self._line(who, reference, EventKind.ERASED))

    async def exported(self, who: str, rows: int) -> None:
        """See the port."""
        what: JsonObject = {"what": "requests", "format": "csv", "rows": rows}
        await self._audit.write(Record(self._clock.now(), who, Deed.EXPORTED, "", what))

    def _line(self, who: str, reference: str, kind: EventKind) -> Record:
        return Record(self._clock.now(), who, Deed.REQUEST_CHANGED, reference, {"kind": str(kind)})


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
        bench = SqlWorkbench(database, clock)
        recorder = AuditRecorder(bench, SqlAuditLog(database), clock)
        yield Workplace(bench, clock.now(), calendar, forgetter, recorder)
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
