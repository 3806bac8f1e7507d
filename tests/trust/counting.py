"""A process that counts in one conversation's state: ``python -m tests.trust.counting <url> <name> [careless]``."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence

from sqlalchemy import Connection

import storage.turns
from storage.engine import open_database
from storage.turns import SqlTurnStore
from tests.storage.samples import commit, incoming
from turn.errors import StateConflict
from turn.model import Commit
from turn.ports import TurnStore

TASKS = 8
TURNS = 25


async def count_in_tasks(store: TurnStore, name: str) -> None:
    """`TASKS` tasks take `TURNS` turns each; a turn adds 1 to what it opened, again and again until it is stored."""
    await asyncio.gather(*(_count(store, f"{name}{task}") for task in range(TASKS)))


async def _count(store: TurnStore, name: str) -> None:
    for turn in range(TURNS):
        message = incoming(f"{name}-{turn}")
        while True:
            opened = await store.open(message)
            number = (opened.state or {}).get("n", 0)
            assert isinstance(number, int)
            await asyncio.sleep(random.uniform(0, 0.002))
            try:
                await store.commit(commit(message, opened.state_version, state={"n": number + 1}))
            except StateConflict:
                await asyncio.sleep(random.uniform(0, 0.02))
            else:
                break


def _without_comparing() -> None:
    """The last one wins."""
    everyone = storage.turns.update(storage.turns.state).values(
        version=storage.turns.state.c.version + 1, value=storage.turns.bindparam("p_value")
    )

    def careless(connection: Connection, commits: Sequence[Commit]) -> None:
        swap_first(connection, [each for each in commits if each.expected_version == 0])
        for each in commits:
            if each.expected_version > 0:
                connection.execute(everyone, {"p_value": each.state})

    swap_first = storage.turns._swap
    storage.turns._swap = careless


async def _main(url: str, name: str, careless: bool) -> None:
    if careless:
        _without_comparing()
    database = await open_database(url)
    print("ready", flush=True)  # noqa: T201 - to the test
    await asyncio.to_thread(sys.stdin.readline)
    await count_in_tasks(SqlTurnStore(database), name)
    await database.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], "careless" in sys.argv))
