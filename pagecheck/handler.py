"""The dispatcher's handler of page checks: fetches, reads, and hands the report to the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from dialogs.reply import Reply
from faq.library import Library
from pagecheck.fetch import Page, Unseen
from pagecheck.findings import findings_of
from pagecheck.report import passed_over, report
from turn.delivery import pause
from turn.messenger import Messenger
from turn.model import REPLY, Post
from turn.ports import Clock, Observer, Outbox

CHECK_PAGE = "check-page"
"""Kind of the outbox post. Payload: ``url``, and ``name`` of the partner."""
AT_ONCE = 4
"""Pages looked at side by side; each takes a while, and everything else that waits to be sent goes on meanwhile."""
WHEN_BUSY = timedelta(seconds=5)
GIVE_UP_AFTER = timedelta(hours=1)
"""Nobody waits for the report any longer when we fail ourselves."""


class Fetcher(Protocol):
    """Fetches a page."""

    async def fetch(self, address: str) -> Page | Unseen:
        """The page, or why there is none."""
        ...


class PageChecks:
    """Looks at pages in the background. A page that cannot be seen is a finding; only our own failures are retried."""

    def __init__(
        self,
        *,
        fetcher: Fetcher | None,
        outbox: Outbox,
        messenger: Messenger,
        clock: Clock,
        observer: Observer,
        users: Callable[[str], float],
    ) -> None:
        """Without a ``fetcher`` pages are not looked at, and nothing is said.

        ``users`` counts a look for a user: the seconds that the user has to wait for it, 0 when it may be now.
        """
        self._fetcher = fetcher
        self._outbox = outbox
        self._messenger = messenger
        self._clock = clock
        self._observer = observer
        self._users = users
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, post: Post) -> None:
        """Begin the check and return; the post is booked when it ends. If it never does, its lease runs out."""
        if self._fetcher is None:
            await self._outbox.done(post.id)
        elif len(self._running) >= AT_ONCE:
            await self._outbox.retry(post.id, self._clock.now() + WHEN_BUSY, "others are looked at first")
        else:
            task = asyncio.create_task(self._check(post, self._fetcher), name="page check")
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """End the checks at work; they are begun again after their lease."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _check(self, post: Post, fetcher: Fetcher) -> None:
        try:
            await self._say(post, await self._looked(post, fetcher))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one check, it is booked and tried again
            self._observer.failure("page check", error)
            await self._again(post)

    async def _looked(self, post: Post, fetcher: Fetcher) -> Reply:
        """The report. A user for whom many were fetched lately is told so: we are nobody's tool to fetch with."""
        address, name = str(post.payload["url"]), str(post.payload["name"])
        if self._users(f"{post.address.channel}|{post.payload.get('user')}"):
            return passed_over(address)
        seen = await fetcher.fetch(address)
        return await asyncio.to_thread(_read, address, name, seen, self._messenger.library)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):  # not even booked: the lease brings it back
            self._observer.failure("page check", error)

    async def _say(self, post: Post, reply: Reply) -> None:
        """Hand the report over as a reply: what was said before goes first, and resending needs no second look."""
        written = self._messenger.written(post, reply)
        now = self._clock.now()
        said = replace(written, id=f"{post.id}-report", kind=REPLY, due_at=now, attempts=0, first_due_at=None)
        await self._outbox.add((said,))
        await self._outbox.done(post.id)

    async def _again(self, post: Post) -> None:
        now, reason = self._clock.now(), "the check itself failed"
        if now - (post.first_due_at or post.due_at) > GIVE_UP_AFTER:
            await self._outbox.park(post.id, reason)
        else:
            await self._outbox.retry(post.id, now + pause(post.attempts), reason)


def _read(address: str, name: str, seen: Page | Unseen, library: Callable[[], Library]) -> Reply:
    return report(address, findings_of(seen, name, library().program.landing_page))
