"""Hearing from other processes that a conversation has grown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import NoReturn

from storage.engine import Database
from storage.log import GROWN

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between attempts to connect; the pause doubles from the first to the longest."""


async def hear_growth(
    database: Database,
    grown: Callable[[str], None],
    deaf: Callable[[], None],
    failed: Callable[[Exception], None],
    first_pause: float = FIRST_PAUSE,
) -> NoReturn:
    """Call ``grown`` with the id of every conversation that any process appends to, for ever.

    ``deaf`` is called whenever listening begins, as something may have happened before; ``failed`` for each
    connection that broke or could not be made.
    """
    pause = first_pause

    def begin() -> None:
        nonlocal pause
        pause = first_pause
        deaf()

    while True:
        try:
            await database.listen(GROWN, grown, begin)
        except Exception as error:  # noqa: BLE001 - mostly `ConnectionLost`; whatever it is, nobody else listens
            failed(error)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - replicas should not come back all at once
        pause = min(pause * 2, LONGEST_PAUSE)
