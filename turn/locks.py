"""One turn at a time per conversation, within this process."""

from __future__ import annotations

import asyncio
from typing import Literal
from weakref import WeakValueDictionary


class TurnLock(asyncio.Lock):
    """First come, first served; whoever holds it sees how many wait."""

    awaited = 0

    async def acquire(self) -> Literal[True]:
        """See `asyncio.Lock.acquire`."""
        self.awaited += 1
        try:
            return await super().acquire()
        finally:
            self.awaited -= 1


class Hold:
    """On a lock that was acquired; ended once, however often `end` is called."""

    __slots__ = ("_lock",)

    def __init__(self, lock: TurnLock) -> None:
        self._lock: TurnLock | None = lock

    @property
    def awaited(self) -> int:
        """How many wait for its end."""
        return self._lock.awaited if self._lock else 0

    def end(self) -> None:
        """Let the next one in."""
        lock, self._lock = self._lock, None
        if lock:
            lock.release()


class ConversationLocks:
    """A first-come-first-served lock per key; locks that nobody holds or awaits vanish."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, TurnLock] = WeakValueDictionary()

    def of(self, key: str) -> TurnLock:
        """The lock of ``key``, to be used as ``async with locks.of(key):``."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = TurnLock()
        return lock
