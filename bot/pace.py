"""Keeps to the rates at which Teams takes messages, so that none is refused for coming too fast.

Per conversation 7 in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in an hour; per app and tenant 50 in 1 s (Microsoft Teams,
"Rate limiting for bots").
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

from dialogs.reply import JsonObject
from turn.errors import DeliveryFailed
from turn.model import Address
from turn.ports import Changer, Courier

TEAMS: Final = "msteams"
CONVERSATION: Final = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
TENANT: Final = ((50, 1.0),)
MARGIN: Final = 0.2
"""Seconds by which two messages may come closer together on their way."""
HELD_AT_MOST: Final = 2.0
"""Seconds that a message waits here for its turn; one that must wait longer goes back to the outbox."""
MOST: Final = 20_000
"""Conversations and tenants whose last messages are remembered: those written to last."""

T = TypeVar("T")
Windows = tuple[tuple[int, float], ...]
"""At most so many messages in so many seconds, the shortest time first."""


@dataclass(slots=True)
class Lane:
    """When messages were sent to one place."""

    windows: Windows
    sent: deque[float] = field(default_factory=deque)
    shut_until: float = 0.0
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    """First come, first served."""

    def wait(self, now: float) -> float:
        """Seconds until one more message is allowed."""
        free_at, count = self.shut_until, len(self.sent)
        for most, seconds in self.windows:
            if count < most:
                break
            free_at = max(free_at, self.sent[-most] + seconds + MARGIN)
        return max(0.0, free_at - now)

    def take(self, now: float) -> None:
        """One is sent."""
        self.sent.append(now)
        oldest = now - self.windows[-1][1] - MARGIN
        while self.sent[0] < oldest:
            self.sent.popleft()


class PacedCourier:
    """A `turn.ports.Courier` that lets another one send to Teams no faster than Teams takes it.

    A process counts its own messages; what several send together Teams itself may refuse, to be sent again later.
    """

    def __init__(
        self,
        courier: Courier,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """``now`` gives seconds that never run backwards."""
        self._courier = courier
        self._now, self._sleep = now, sleep
        self._lanes: OrderedDict[tuple[str, str], Lane] = OrderedDict()

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str | None:
        """Wait for room, then send. Raises `DeliveryFailed` with 429 when there is none soon."""
        if address.channel != TEAMS:
            return await self._courier.deliver(address, activities)
        lanes, sent_as = self._lanes_to(address), None
        patience = HELD_AT_MOST
        for activity in activities:
            await self._room(lanes, patience)
            patience = math.inf  # what has begun is finished: sent again, it would be said twice
            sent_as = await self._heeding(lanes[0], self._courier.deliver(address, [activity]))
        return sent_as

    async def through(self, address: Address, send: Callable[[], Awaitable[T]]) -> T:
        """Wait for room, then ``send`` what counts like a message there. Raises `DeliveryFailed`, as `deliver` does."""
        lanes = self._lanes_to(address)
        await self._room(lanes, HELD_AT_MOST)
        return await self._heeding(lanes[0], send())

    async def typing(self, address: Address) -> None:
        """Show that an answer is being prepared, unless that would delay the answer."""
        lanes = self._lanes_to(address) if address.channel == TEAMS else ()
        now = self._now()
        if any(lane.wait(now) or lane.line.locked() for lane in lanes):
            return
        for lane in lanes:
            lane.take(now)
        await self._courier.typing(address)

    async def change(self, changer: Changer, address: Address, sent_as: str, activity: JsonObject) -> None:
        """Wait for room, then let ``changer`` change a message: Teams counts that like one that is sent."""
        lanes = self._lanes_to(address)
        await self._room(lanes, HELD_AT_MOST)
        await self._heeding(lanes[0], changer.change(address, sent_as, activity))

    async def _heeding(self, lane: Lane, sending: Awaitable[T]) -> T:
        """Shut the conversation's lane for as long as Teams wants when it refuses."""
        try:
            return await sending
        except DeliveryFailed as refused:
            if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
                lane.shut_until = self._now() + (refused.retry_after or 1.0)
            raise

    async def _room(self, lanes: Sequence[Lane], patience: float) -> None:
        latest = self._now() + patience
        async with lanes[0].line:
            while wait := max(lane.wait(self._now()) for lane in lanes):
                if self._now() + wait > latest:
                    raise DeliveryFailed(HTTPStatus.TOO_MANY_REQUESTS, retry_after=wait)
                await self._sleep(wait)
            for lane in lanes:
                lane.take(self._now())

    def _lanes_to(self, address: Address) -> tuple[Lane, Lane]:
        """The conversation's, then the tenant's."""
        tenant = str(address.reference.get("tenant", ""))
        return self._lane("conversation", address.conversation, CONVERSATION), self._lane("tenant", tenant, TENANT)

    def _lane(self, kind: str, name: str, windows: Windows) -> Lane:
        lane = self._lanes.get((kind, name))
        if lane is None:
            lane = self._lanes[kind, name] = Lane(windows)
            if len(self._lanes) > MOST:
                self._lanes.popitem(last=False)
        else:
            self._lanes.move_to_end((kind, name))
        return lane


class PacedChanger:
    """A `turn.ports.Changer` that keeps to the pace of a courier, as all that goes to Teams does."""

    def __init__(self, changer: Changer, pace: PacedCourier) -> None:
        self._changer, self._pace = changer, pace

    async def change(self, address: Address, sent_as: str, activity: JsonObject) -> None:
        """See the port."""
        await self._pace.change(self._changer, address, sent_as, activity)
