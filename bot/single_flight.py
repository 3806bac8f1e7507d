"""One piece of work at a time, however many wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs ``work`` at most once at a time; callers that come meanwhile share its result or its error."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._flight: asyncio.Task[T] | None = None

    @property
    def running(self) -> bool:
        """True while the work is under way."""
        return self._flight is not None

    def start(self) -> asyncio.Task[T]:
        """The running flight, or a new one. Never waits."""
        if self._flight is None:
            self._flight = asyncio.ensure_future(self._run())
            # An error nobody waited for is not an unhandled one: the work reports it itself.
            self._flight.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._flight

    async def join(self) -> T:
        """Wait for the flight. A caller that is cancelled leaves it running for the others."""
        return await asyncio.shield(self.start())

    async def _run(self) -> T:
        try:
            return await self._work()
        finally:
            self._flight = None
