"""The process: ``python app.py`` serves; ``python app.py chat`` talks in the terminal."""

from __future__ import annotations

import gc

if __name__ == "__main__":
    gc.disable()  # a start makes next to no garbage, and a tenth of it went into looking for some; `_leave_be` ends it

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from doors import first_operator, furnish, web_application
from faq.embedders.load import EmbedderError
from ops import logs
from ops.limits import Limits as ConnectionLimits
from ops.site import BoundedSite
from parts import Parts
from program.document import ContentErrors
from settings import Settings, SettingsError, load_settings
from storage.errors import StorageError
from turn.probe import Probe, unobserved
from wiring import running

EventLoop = Callable[[], asyncio.AbstractEventLoop]
STOP_WITHIN = 10.0
"""Seconds that turns at work have when the process is told to stop."""
FIRST_OPERATOR_AGAIN = 2.0
"""Seconds until making the first operator is tried again."""
HAND_OVER = 0.002
"""Seconds after which a thread that computes lets another one go on that waits.

After each of its statements the database's thread waits for that behind a busy loop. Python's own are 5 ms; with 0.5,
and statements of many rows, a turn at 32 at once took a thirtieth more CPU: for going from thread to thread and back.
"""

logger = structlog.get_logger("app")


def event_loop() -> EventLoop | None:
    """uvloop's, which takes a tenth less CPU per turn; Python's own where there is none, as on Windows."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return None
    made: EventLoop = uvloop.new_event_loop
    return made


def run(work: Coroutine[Any, Any, None]) -> None:
    """Like `asyncio.run`, with our `event_loop`."""
    with asyncio.Runner(loop_factory=event_loop()) as runner:
        runner.run(work)


async def serve(settings: Settings, probe: Probe = unobserved) -> None:
    """Serve until told to stop; then finish the turns at work, close the sockets, and end."""
    limits = ConnectionLimits(per_address=settings.connections_per_address)
    async with running(settings, probe) as parts:
        app = await web_application(parts)
        runner = web.AppRunner(app, shutdown_timeout=STOP_WITHIN, handle_signals=False)
        await runner.setup()
        sys.setswitchinterval(HAND_OVER)
        site = BoundedSite(runner, settings.host, settings.port, limits)
        try:
            await site.start()
            logger.info("serving", port=site.port, version=parts.watcher.library.version)
            print(f"The bot is at http://localhost:{site.port}/", flush=True)
            await _until_told_to_stop(_settle_in(parts, app))
        finally:
            await runner.cleanup()


async def _settle_in(parts: Parts, app: web.Application) -> None:
    """What users need not wait for: the first operator, and what is made late."""
    if password := await _first_operator(parts):
        print(f"Its console: /console. Sign in as admin; the password, to be used once: {password}", flush=True)
    await furnish(app)
    _leave_be()


async def _first_operator(parts: Parts) -> str | None:
    """The password of the first operator, if there is one now. A database that is away comes back; users are served."""
    while True:
        try:
            return await first_operator(parts)
        except (SQLAlchemyError, StorageError, OSError) as error:  # also of a pool that has no connection to give
            logger.error("background failure", where="first operator", error=type(error).__name__)  # noqa: TRY400 - no words
            await asyncio.sleep(FIRST_OPERATOR_AGAIN)


def _leave_be() -> None:
    """What a start has made stays until the end: the collector begins anew, and need not look through it ever again.

    Measured with 32 conversations at once: a twentieth less CPU per turn, and a 99th percentile lower by a quarter.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 50)


async def _until_told_to_stop(work: Coroutine[None, None, None]) -> None:
    """Do ``work`` and wait; what it raises ends the waiting."""
    doing, waiting = asyncio.create_task(work), asyncio.create_task(_told_to_stop())
    await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
    if doing.done():
        doing.result()
        await waiting
    doing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await doing


async def _told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, told.set)
        except NotImplementedError:  # Windows: Ctrl+C arrives as KeyboardInterrupt
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    await told.wait()


async def chat(settings: Settings) -> None:
    """Talk in the terminal."""
    from channels.terminal import TerminalChat  # noqa: PLC0415 - a server has no terminal

    async with running(settings) as parts:
        _leave_be()
        await TerminalChat(parts.engine.run, parts.log, parts.clock).talk()


def main(words: list[str]) -> int:
    """Run the command; returns the exit code. What cannot work is one line that says what to do."""
    talking = words == ["chat"]
    if words and not talking:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        settings = load_settings()
        logs.configure("error" if talking else settings.log_level)
        run(chat(settings) if talking else serve(settings))
    except (SettingsError, ContentErrors, EmbedderError, StorageError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot serve: {os.strerror(error.errno or 0)}; choose another port with PORT", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
