"""Bringing committed replies to the user: at once when possible, through the outbox otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from dialogs.reply import JsonObject
from turn.errors import DeliveryFailed, UnknownConversation
from turn.model import REPLACING, REPLY, Address, Commit, Post
from turn.ports import Clock, ConversationLog, Courier, Outbox, Waker
from turn.probe import Probe, unobserved

DELIVERY_LIMIT = 4.0
"""Seconds in which a channel takes a message, or it counts as not sent; the channel itself waits 10 to 15 for us."""
_LONGEST_SEND = timedelta(seconds=DELIVERY_LIMIT)
TYPING_AFTER = 0.7
"""Seconds without a decision after which the user sees that an answer is coming."""
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A post that reached its channel."""

    post: str
    sent_as: str


class Delivery:
    """Delivers posts and keeps the books in the outbox."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        courier: Courier,
        log: ConversationLog,
        waker: Waker,
        clock: Clock,
        probe: Probe = unobserved,
    ) -> None:
        self._outbox = outbox
        self._courier = courier
        self._log = log
        self._waker = waker
        self._clock = clock
        self._probe = probe

    async def deliver(self, commit: Commit, held: frozenset[str] = frozenset()) -> Delivered | None:
        """Deliver a turn's own replies. What cannot be delivered now stays in the outbox; nothing is raised.

        A reply that an earlier process or attempt left behind goes first: those ``held`` up are left to the dispatcher,
        and so are those after one of the turn that could not be delivered, and all when the turn has taken so long that
        the dispatcher may have them already. Effects are the dispatcher's.

        Returns the last that was delivered, which is still to be written down with `book`.
        """
        if commit.log:
            self._waker.wake(commit.incoming.address.conversation)
        begun: set[str] = set()
        delivered: Delivered | None = None
        for post in commit.posts:
            in_response = commit.incoming.in_response and post.address == commit.incoming.address
            if post.kind != REPLY or (post.id in held and not in_response):
                continue
            if delivered is not None:
                await self.book(delivered)
                delivered = None
            if self._is_late(commit):
                break
            after_another = post.address.conversation in begun and not in_response
            begun.add(post.address.conversation)
            waits = after_another and await self._outbox.waits_behind(post.id)
            delivered = None if waits else await self._send(post)
        return delivered

    def _is_late(self, commit: Commit) -> bool:
        """Whether a reply that is begun now might still be on its way when the turn's lease is over."""
        until, since = commit.lease_until, commit.incoming.received_at
        return until is not None and self._clock.now() + min(_LONGEST_SEND, (until - since) / 2) > until

    async def attempt(self, post: Post) -> None:
        """Try to deliver one claimed reply and write down what became of it."""
        delivered = await self._send(post)
        if delivered is not None:
            await self.book(delivered)

    async def book(self, delivered: Delivered) -> None:
        """Write down that a post was delivered: until then it is sent again after a crash."""
        await self._outbox.done(delivered.post, delivered.sent_as)
        self._probe("done")

    def hurry(self) -> None:
        """Somebody waits for what is being written down."""
        self._outbox.hurry()

    async def _send(self, post: Post) -> Delivered | None:
        """None when it was not delivered, which is written down."""
        try:
            self._probe("posting")
            async with asyncio.timeout(DELIVERY_LIMIT):
                sent_as = await self._carry(post)
            self._probe("posted")
        except TimeoutError:
            await self.postpone(post, DeliveryFailed(None))
        except DeliveryFailed as failure:
            await self.postpone(post, failure)
        except UnknownConversation:  # a local one that was not kept: nobody reads it any more
            await self.postpone(post, DeliveryFailed(404, final=True))
        else:
            return Delivered(post.id, sent_as)
        return None

    async def _carry(self, post: Post) -> str:
        """Returns the channel's own id of the message, where it can be changed later."""
        activity = post.payload.get("activity")
        activities: list[JsonObject] = [activity] if isinstance(activity, dict) else []
        if not post.address.local:
            sent_as = await self._courier.deliver(post.address, activities)
            return sent_as or "" if post.address.channel in REPLACING else ""
        await self._log.append(post.address.conversation, activities)
        self._waker.wake(post.address.conversation)
        return ""

    async def postpone(self, post: Post, failure: DeliveryFailed) -> None:
        """Write down that a claimed post was not sent: due again later, or parked when that is pointless."""
        now = self._clock.now()
        if failure.final or now - (post.first_due_at or post.due_at) > GIVE_UP_AFTER:
            await self._outbox.park(post.id, str(failure))
            return
        await self._outbox.retry(post.id, now + pause(post.attempts, failure.retry_after), str(failure))

    async def wait_for_another(self, post: Post) -> None:
        """Write down that a claimed post was not sent because another one is to be there first."""
        await self._outbox.retry(post.id, self._clock.now() + pause(0), "waits for another post")

    def typing_while_slow(self, address: Address) -> TypingWhileSlow:
        """To be used as ``with``: shows that an answer is coming when the block takes longer than `TYPING_AFTER`."""
        return TypingWhileSlow(partial(self._type, address))

    async def _type(self, address: Address) -> None:
        if address.local:
            self._waker.typing(address.conversation)
        else:
            await self._courier.typing(address)


class TypingWhileSlow:
    """A timer around a block, which is a tenth of what a task would cost; when it rings, the task begins."""

    def __init__(self, show: Callable[[], Coroutine[None, None, None]]) -> None:
        self._show = show
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TYPING_AFTER, self._begin)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._show())


def pause(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to wait before the next attempt: what the channel asked for (`bot.connector` caps that at an hour), else
    doubling from 2 s to 15 minutes.
    """
    if retry_after is not None:
        return timedelta(seconds=max(retry_after, 1))
    return min(timedelta(seconds=2 ** min(attempts + 1, 12)), LONGEST_PAUSE)


def past_lease(now: datetime) -> datetime:
    """Until when the dispatcher may hold a post that it claimed at ``now``."""
    return now + timedelta(seconds=60)
