"""A server that forks bots: everything is loaded once, so that a killed bot is back in a moment.

Says when it is ready. Reads one order a line, as JSON, and answers each with the process id of a new bot. A bot ends
itself with SIGKILL when it reaches the point ``die_at`` for the ``count``-th time. ``broken`` names a mistake to make.
Where several processes share a database, ``lease`` makes leases run out after so many seconds: the dead keep none long.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import app
import doors
import faq.reload
import turn.commit
import turn.delivery
import turn.dispatcher
import wiring
from ops import logs
from settings import Settings
from tests.crash.mistakes import MISTAKES

UNLIMITED: dict[str, Any] = {"connections_per_address": 0, "rate_user": 0, "rate_address": 0, "rate_sessions": 0}


def prepare() -> None:
    """Load what every bot needs, and shorten what tests would wait for."""
    faq.reload.load_library = _once(faq.reload.load_library)
    wiring._knowledge = _once(wiring._knowledge)
    turn.dispatcher.IDLE = 0.05
    turn.delivery.pause = _soon
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live_once(Settings(database_url=f"sqlite:///{folder}/bot.db")))


async def _live_once(settings: Settings) -> None:
    async with wiring.running(settings) as parts:
        await doors.web_application(parts)


def _shorten_leases(seconds: float) -> None:
    lease = timedelta(seconds=seconds)
    turn.commit.REPLY_LEASE = lease
    turn.dispatcher.past_lease = lambda now: now + lease


def _once(make: Callable[..., Any]) -> Callable[..., Any]:
    """What ``make`` makes at its first call, ever after."""
    made: list[Any] = []

    def kept(*given: Any) -> Any:
        if not made:
            made.append(make(*given))
        return made[0]

    return kept


def _soon(_attempts: int, _retry_after: float | None = None) -> timedelta:
    return timedelta(seconds=0.2)


class Death:
    """A probe that ends the process."""

    def __init__(self, point: str | None, count: int) -> None:
        self._point, self._left = point, count

    def __call__(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def follow_into_death(parent: int) -> None:
    """End when ``parent`` has: no bot outlives the tests."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def live(order: dict[str, Any], parent: int) -> None:
    """Be a bot."""
    threading.Thread(target=follow_into_death, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(order["log"]).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    logs.configure("warning")
    if order.get("lease"):
        _shorten_leases(order["lease"])
    if order.get("broken"):
        MISTAKES[order["broken"]]()
    settings = Settings(port=order["port"], database_url=order["database"], **UNLIMITED)
    app.run(app.serve(settings, Death(order.get("die_at"), order.get("count", 1))))


def main() -> None:
    """Fork a bot for every order until there are no more."""
    prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes the dead away
    print("ready", flush=True)  # noqa: T201 - to the test that started it
    parent = os.getpid()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                live(json.loads(line), parent)
                code = 0
            except Exception:  # noqa: BLE001 - whatever it was, the bot's log says why it ended
                traceback.print_exc()
            finally:
                os._exit(code)
        print(child, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
