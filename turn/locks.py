"""One turn at a time per conversation, within this process."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class ConversationLocks:
    """A first-come-first-served lock per key; locks that nobody holds or awaits vanish."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """The lock of ``key``, to be used as ``async with locks.of(key):``."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
