"""Work that is due now and then, done by one process however many there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import Connection, bindparam, select, update

from storage.codec import from_micros, to_micros
from storage.engine import Database, insert_new
from storage.tables import meta

_LAST = select(meta.c.value).where(meta.c.name == bindparam("row"))
_RENEW = update(meta).where(meta.c.name == bindparam("row")).values(value=bindparam("moment"))


LOOK_EVERY = timedelta(minutes=10)
"""How often each process looks whether something is due and nobody else is at it."""


@dataclass(frozen=True, slots=True)
class Round:
    """Work that comes round."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[object]]


async def work_regularly(
    database: Database, now: Callable[[], datetime], rounds: Sequence[Round], failed: Callable[[Exception], None]
) -> NoReturn:
    """Do what is due, for ever; one that fails does not stop the others."""
    while True:
        for one in rounds:
            try:
                await run_if_due(database, one.name, one.every, now(), one.work)
            except Exception as error:  # noqa: BLE001 - the supervisor: whatever happens, the next round comes
                failed(error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def run_if_due(
    database: Database, name: str, every: timedelta, now: datetime, work: Callable[[], Awaitable[object]]
) -> bool:
    """Do ``work`` if it was last finished ``every`` ago or never, and nobody else is at it; tells whether it was done.

    Work that raises, or whose process dies, was not finished: it is due again at once.
    """
    row = f"finished {name}"
    async with database.alone(name) as alone:
        if not alone or now < await database.read(lambda connection: _due_at(connection, row, every)):
            return False
        await work()
        await database.write(lambda connection: _finish(connection, row, now))
        return True


def _due_at(connection: Connection, row: str, every: timedelta) -> datetime:
    last = connection.execute(_LAST, {"row": row}).scalar_one_or_none()
    return from_micros(0) if last is None else from_micros(int(last)) + every


def _finish(connection: Connection, row: str, now: datetime) -> None:
    moment = str(to_micros(now))
    if not insert_new(connection, meta, {"name": row, "value": moment}):
        connection.execute(_RENEW, {"row": row, "moment": moment})
