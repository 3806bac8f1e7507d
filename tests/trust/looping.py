"""Watches the event loop: how long any callback keeps it, on the processor or asleep.

Times are the thread's own: neither other programs nor other threads on the same processor count. What a callback spends
on the processor is the system's count for its thread; what it sleeps is the rest, without waiting for a processor.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_QUEUED = Path("/proc/thread-self/schedstat")
"""Nanoseconds on a processor, nanoseconds waiting for one, number of slices."""
FILES = ("open", "os.listdir", "os.scandir", "subprocess.Popen", "sqlite3.connect", "socket.getaddrinfo")
"""What may wait for a disk, a process or a name server."""


@dataclass
class LoopWatch:
    """What was seen of the loop of this thread."""

    busy: float = 0.0
    """Most seconds on the processor in one callback."""
    asleep: float = 0.0
    """Most seconds in one callback without asking for a processor: a lock, a disk, ``time.sleep``."""
    worst: str = ""
    """The callback of `busy`."""
    callbacks: int = 0
    touched: list[str] = field(default_factory=list)
    """Audited calls of `FILES` on the loop's thread."""

    def saw(self, handle: asyncio.Handle, busy: float, asleep: float) -> None:
        self.callbacks += 1
        if busy > self.busy:
            self.busy, self.worst = busy, repr(handle)[:300]
        self.asleep = max(self.asleep, asleep)


_watching: dict[int, LoopWatch] = {}


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Stays for good, as audit hooks do; does nothing while nobody watches."""
    if _watching and event in FILES:
        watch = _watching.get(threading.get_ident())
        # Directories of code are listed when something is imported; that happens once.
        if watch is not None and not (event == "open" and str(arguments[0]).endswith((".py", ".pyc"))):
            watch.touched.append(f"{event} {arguments[0]!r}"[:200])


sys.addaudithook(_audit)


@contextmanager
def watched_loop() -> Iterator[LoopWatch]:
    """Watch the callbacks of this thread's loop for as long as the block runs."""
    watch, me, run = LoopWatch(), threading.get_ident(), asyncio.Handle._run
    counted = _QUEUED.exists()
    descriptor = _QUEUED.open("rb", buffering=0) if counted else None

    def queued() -> float:
        if descriptor is None:
            return 0.0
        descriptor.seek(0)
        return int(descriptor.read().split()[1]) / 1e9

    def timed(self: asyncio.Handle) -> None:
        if threading.get_ident() != me:
            return run(self)
        waited, wall, busy = queued(), time.perf_counter(), time.thread_time()
        run(self)
        if _watching.get(me) is not watch:  # the block has ended in this very callback; another may have begun
            return None
        busy = time.thread_time() - busy
        wall = time.perf_counter() - wall
        watch.saw(self, busy, wall - busy - (queued() - waited) if counted else 0.0)
        return None

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    _watching[me] = watch
    try:
        yield watch
    finally:
        del _watching[me]
        asyncio.Handle._run = run  # type: ignore[method-assign]
        if descriptor is not None:
            descriptor.close()
