"""Works the outbox off: replies that a turn could not deliver, and everything that is sent later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from turn.delivery import Delivery, past_lease
from turn.errors import DeliveryFailed
from turn.model import Post
from turn.ports import Clock, Observer, Outbox
from turn.probe import Probe, unobserved

BATCH = 20
IDLE = 1.0
"""Seconds between looks into an empty outbox."""
AFTER_ERROR = 5.0

Handler = Callable[[Post], Awaitable[None]]
"""Carries out one kind of post and books it in the outbox itself."""


class Dispatcher:
    """A task that claims due posts and hands each to its handler; an error of one never stops the others."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        delivery: Delivery,
        clock: Clock,
        observer: Observer,
        handlers: Mapping[str, Handler] | None = None,
        probe: Probe = unobserved,
    ) -> None:
        """``handlers`` by post kind; ``reply`` is always there."""
        self._outbox, self._delivery = outbox, delivery
        self._clock = clock
        self._observer = observer
        self._handlers: dict[str, Handler] = {"reply": delivery.attempt, **(handlers or {})}
        self._probe = probe
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin working in the background."""
        self._task = asyncio.create_task(self._work(), name="outbox dispatcher")

    async def stop(self) -> None:
        """Finish the batch at hand and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def round(self) -> int:
        """Claim one batch and work it off. Returns how many posts it took."""
        now = self._clock.now()
        posts = await self._outbox.claim(now, past_lease(now), BATCH)
        if posts:
            self._probe("claimed")
        await asyncio.gather(*(self._handle(post) for post in posts))
        return len(posts)

    async def _work(self) -> None:
        while True:
            try:
                busy = await self.round()
                self._observer.outbox(*await self._outbox.waiting())
            except Exception as error:  # noqa: BLE001 - the supervisor: whatever happens, the next round comes
                self._observer.failure("dispatcher", error)
                await asyncio.sleep(AFTER_ERROR)
            else:
                await asyncio.sleep(0 if busy else IDLE)

    async def _handle(self, post: Post) -> None:
        handler = self._handlers.get(post.kind)
        if handler is None:
            await self._outbox.park(post.id, f"no handler for {post.kind!r}")
            return
        try:
            await handler(post)
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the others
            self._observer.failure(f"post {post.kind}", error)
            # Counted like a refusal: a post that always fails must neither hold up others nor be tried for ever.
            await self._delivery.postpone(post, DeliveryFailed(None))
