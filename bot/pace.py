"""Keeps to the rates at which Teams takes messages, so that none is refused for coming too fast.

Per conversation 7 in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in an hour; per app and tenant 50 in 1 s (Microsoft Teams,
"Rate limiting for bots").
"""

from __future__ import annotations

import asyncio
import math
import time
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

from dialogs.reply import JsonObject
from turn.errors import DeliveryFailed
from turn.model import Address
from turn.ports import Changer, Courier

TEAMS: Final = "msteams"
MARGIN: Final = 0.2
"""Seconds by which two messages may come closer together on their way."""
HELD_AT_MOST: Final = 2.0
"""Seconds that a message waits here for its turn; one that must wait longer goes back to the outbox."""
MOST: Final = 20_000
"""Conversations and tenants whose last messages are remembered, in at most 2 kB each: those written to last."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rates:
    """What is allowed of the messages to one place, or of every thirtieth of them, say."""

    windows: tuple[tuple[int, float], ...]
    """At most so many in so many seconds, the shortest time first."""
    step: int = 1
    """Which ones count. A time is kept of each that does; of all messages of an hour they would take 30 times as much.

    Never more are let through than allowed: the place of one that did not count is free when the next one's is.
    """


CONVERSATION: Final = (Rates(((7, 1.0), (8, 2.0), (60, 30.0))), Rates(((1800 // 30, 3600.0),), step=30))
TENANT: Final = (Rates(((50, 1.0),)),)


@dataclass(slots=True)
class Count:
    """Times of messages to one place."""

    rates: Rates
    passed: int = 0
    """Messages since the last that counted."""
    times: array[float] = field(default_factory=lambda: array("d"))
    """Of those that count, the oldest first."""

    def free_at(self) -> float:
        """When one more message is allowed; long ago, if that is now."""
        latest = 0.0
        for most, seconds in self.rates.windows:
            if len(self.times) < most:
                break
            latest = max(latest, self.times[-most] + seconds + MARGIN)
        return latest

    def take(self, now: float) -> None:
        """One is sent."""
        self.passed += 1
        if self.passed < self.rates.step:
            return
        self.passed = 0
        self.times.append(now)
        oldest = now - self.rates.windows[-1][1] - MARGIN
        if self.times[0] < oldest:
            del self.times[: bisect_left(self.times, oldest)]


class Place:
    """When messages were sent to one place, and may be sent again."""

    __slots__ = ("counts", "line", "shut_until")

    def __init__(self, rates: Sequence[Rates]) -> None:
        self.counts = tuple(map(Count, rates))
        self.shut_until = 0.0
        self.line = asyncio.Lock()
        """First come, first served."""

    def wait(self, now: float) -> float:
        """Seconds until one more message is allowed."""
        free_at = self.shut_until
        for count in self.counts:
            free_at = max(free_at, count.free_at())
        return max(0.0, free_at - now)

    def take(self, now: float) -> None:
        """One is sent."""
        for count in self.counts:
            count.take(now)


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
        self._places: OrderedDict[tuple[str, str], Place] = OrderedDict()

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str | None:
        """Wait for room, then send. Raises `DeliveryFailed` with 429 when there is none soon."""
        if address.channel != TEAMS:
            return await self._courier.deliver(address, activities)
        places, sent_as = self._places_of(address), None
        patience = HELD_AT_MOST
        for activity in activities:
            await self._room(places, patience)
            patience = math.inf  # what has begun is finished: sent again, it would be said twice
            sent_as = await self._heeding(places[0], self._courier.deliver(address, [activity]))
        return sent_as

    async def through(self, address: Address, send: Callable[[], Awaitable[T]]) -> T:
        """Wait for room, then ``send`` what counts like a message there. Raises `DeliveryFailed`, as `deliver` does."""
        places = self._places_of(address)
        await self._room(places, HELD_AT_MOST)
        return await self._heeding(places[0], send())

    async def typing(self, address: Address) -> None:
        """Show that an answer is being prepared, unless that would delay the answer."""
        places = self._places_of(address) if address.channel == TEAMS else ()
        now = self._now()
        if any(place.wait(now) or place.line.locked() for place in places):
            return
        for place in places:
            place.take(now)
        await self._courier.typing(address)

    async def change(self, changer: Changer, address: Address, sent_as: str, activity: JsonObject) -> None:
        """Wait for room, then let ``changer`` change a message: Teams counts that like one that is sent."""
        places = self._places_of(address)
        await self._room(places, HELD_AT_MOST)
        await self._heeding(places[0], changer.change(address, sent_as, activity))

    async def _heeding(self, place: Place, sending: Awaitable[T]) -> T:
        """Shut the conversation for as long as Teams wants when it refuses."""
        try:
            return await sending
        except DeliveryFailed as refused:
            if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
                place.shut_until = self._now() + (refused.retry_after or 1.0)
            raise

    async def _room(self, places: Sequence[Place], patience: float) -> None:
        latest = self._now() + patience
        async with places[0].line:
            while wait := max(place.wait(self._now()) for place in places):
                if self._now() + wait > latest:
                    raise DeliveryFailed(HTTPStatus.TOO_MANY_REQUESTS, retry_after=wait)
                await self._sleep(wait)
            for place in places:
                place.take(self._now())

    def _places_of(self, address: Address) -> tuple[Place, Place]:
        """The conversation's, then the tenant's."""
        tenant = str(address.reference.get("tenant", ""))
        return self._place("conversation", address.conversation, CONVERSATION), self._place("tenant", tenant, TENANT)

    def _place(self, kind: str, name: str, rates: Sequence[Rates]) -> Place:
        place = self._places.get((kind, name))
        if place is None:
            place = self._places[kind, name] = Place(rates)
            if len(self._places) > MOST:
                self._places.popitem(last=False)
        else:
            self._places.move_to_end((kind, name))
        return place


class PacedChanger:
    """A `turn.ports.Changer` that keeps to the pace of a courier, as all that goes to Teams does."""

    def __init__(self, changer: Changer, pace: PacedCourier) -> None:
        self._changer, self._pace = changer, pace

    async def change(self, address: Address, sent_as: str, activity: JsonObject) -> None:
        """See the port."""
        await self._pace.change(self._changer, address, sent_as, activity)
