"""Teams' rates, kept by the paced courier and enforced by a channel that counts; time is simulated."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot import pace
from bot.pace import PacedCourier
from dialogs.reply import JsonObject
from storage.memory import Memory, MemoryConversationLog, MemoryOutbox
from turn.delivery import Delivery
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.model import Address, Post
from turn.ports import Courier

START = datetime(2026, 3, 10, 9, tzinfo=UTC)
CONVERSATION = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
TENANT = ((50, 1.0),)


@dataclass
class Time:
    """Passes when everybody sleeps."""

    seconds: float = 1000.0
    _sleepers: list[tuple[float, int, asyncio.Event]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._numbers), woken))
        await woken.wait()

    async def run(self, *tasks: asyncio.Task[object]) -> None:
        """Until the tasks are done."""
        while not all(task.done() for task in tasks):
            for _ in range(30):  # everybody who can go on goes on
                await asyncio.sleep(0)
            if self._sleepers:
                self.seconds, _, woken = heapq.heappop(self._sleepers)
                woken.set()
        for task in tasks:
            task.result()


@dataclass
class Teams:
    """Takes messages at its rates, refuses the others and counts both."""

    time: Time
    taken: list[str] = field(default_factory=list)
    violations: int = 0
    typed: int = 0
    trip: float = 0.0
    """Seconds that every second message is longer on its way."""
    _moments: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> None:
        for activity in activities:
            if self.trip and len(self.taken) % 2:
                await self.time.sleep(self.trip)
            self._count(address)
            self.taken.append(str(activity["text"]))

    async def typing(self, address: Address) -> None:
        self.typed += 1
        self._count(address)

    def _count(self, address: Address) -> None:
        now = self.time.monotonic()
        places = ((address.conversation, CONVERSATION), (str(address.reference["tenant"]), TENANT))
        for place, windows in places:
            self._moments[place].append(now)
            if any(sum(now - at < seconds for at in self._moments[place]) > most for most, seconds in windows):
                self.violations += 1
                raise DeliveryFailed(429, retry_after=2)


def chat(name: str = "c", tenant: str = "t", channel: str = "msteams") -> Address:
    return Address(channel, name, reference={"tenant": tenant})


def said(text: str) -> list[JsonObject]:
    return [{"type": "message", "text": text}]


async def dispatched(courier: Courier, time: Time, addresses: Sequence[Address]) -> None:
    """Bring a notification to each address, through outbox and dispatcher."""
    outbox, log = MemoryOutbox(Memory()), MemoryConversationLog(Memory())
    delivery = Delivery(outbox=outbox, courier=courier, log=log, waker=_Nobody(), clock=time)
    dispatcher = Dispatcher(outbox=outbox, delivery=delivery, clock=time, observer=_Nobody())  # type: ignore[arg-type]
    texts = [said(str(number))[0] for number in range(len(addresses))]
    await outbox.add(
        [
            Post(str(text["text"]), "reply", address, {"activity": text}, time.now())
            for text, address in zip(texts, addresses, strict=True)
        ]
    )

    async def work() -> None:
        while (await outbox.waiting())[0]:
            if not await dispatcher.round():
                await time.sleep(1)

    await time.run(asyncio.create_task(work()))


class _Nobody:
    def wake(self, _: str) -> None: ...
    def typing(self, _: str) -> None: ...
    def failure(self, where: str, error: Exception) -> None:
        raise error


CROWDS = {
    "one conversation": [chat()] * 130,
    "an announcement": [chat(f"c{n}") for n in range(300)],
    "all at once": [chat(f"c{n % 40}") for n in range(400)],
    "two tenants": [chat(f"c{n}", f"t{n % 2}") for n in range(200)],
}


@pytest.mark.parametrize("trip", [0.0, 0.15], ids=["", "odd trips"])
@pytest.mark.parametrize("crowd", CROWDS)
async def test_nothing_is_refused_and_nothing_is_lost(crowd: str, trip: float) -> None:
    time = Time()
    teams = Teams(time, trip=trip)
    await dispatched(PacedCourier(teams, time.monotonic, time.sleep), time, CROWDS[crowd])
    assert teams.violations == 0
    assert Counter(teams.taken) == Counter(str(n) for n in range(len(CROWDS[crowd])))
    if len({address.conversation for address in CROWDS[crowd]}) == 1:
        assert teams.taken == sorted(teams.taken, key=int)


@pytest.mark.parametrize("crowd", ["one conversation", "an announcement"])
async def test_without_pacing_the_channel_refuses(crowd: str) -> None:
    """The test above would notice."""
    time = Time()
    teams = Teams(time)
    impatient = [asyncio.create_task(_try(teams, address)) for address in CROWDS[crowd]]
    await time.run(*impatient)
    assert teams.violations > 0


async def _try(teams: Teams, address: Address) -> None:
    try:
        await teams.deliver(address, said("x"))
    except DeliveryFailed:
        return


async def test_an_hour_of_one_conversation() -> None:
    time = Time()
    teams = Teams(time)
    courier = PacedCourier(teams, time.monotonic, time.sleep)

    async def talk() -> None:
        sent = 0
        while sent < 2000:
            try:
                await courier.deliver(chat(), said(str(sent)))
                sent += 1
            except DeliveryFailed as refused:
                await time.sleep(refused.retry_after or 0)

    await time.run(asyncio.create_task(talk()))
    assert (teams.violations, len(teams.taken)) == (0, 2000)
    assert 3600 < time.seconds - 1000 < 3720
    kept = [len(count.times) for place in courier._places.values() for count in place.counts]
    assert sum(kept) <= 61 + 61 + 51


async def test_a_short_wait_is_waited_and_a_long_one_is_not() -> None:
    time = Time()
    teams = Teams(time)
    courier = PacedCourier(teams, time.monotonic, time.sleep)

    async def talk() -> None:
        for n in range(8):
            await courier.deliver(chat(), said(str(n)))
        assert 1 < time.seconds - 1000 < pace.HELD_AT_MOST
        for n in range(8, 60):
            await time.sleep(0.4)
            await courier.deliver(chat(), said(str(n)))
        with pytest.raises(DeliveryFailed) as refused:
            await courier.deliver(chat(), said("60"))
        assert refused.value.retry_after
        assert refused.value.retry_after > pace.HELD_AT_MOST
        await courier.deliver(chat("another"), said("60"))  # nobody else waits

    await time.run(asyncio.create_task(talk()))
    assert teams.violations == 0


async def test_what_the_channel_asks_for_is_kept() -> None:
    time = Time()

    class Busy(Teams):
        async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> None:
            self.taken.append("tried")
            raise DeliveryFailed(429, retry_after=30)

    teams = Busy(time)
    courier = PacedCourier(teams, time.monotonic, time.sleep)
    for _ in range(3):
        with pytest.raises(DeliveryFailed):
            await courier.deliver(chat(), said("x"))
    assert teams.taken == ["tried"]


async def test_typing_never_delays_an_answer() -> None:
    time = Time()
    teams = Teams(time)
    courier = PacedCourier(teams, time.monotonic, time.sleep)
    for _ in range(20):
        await courier.typing(chat())
    assert (teams.typed, teams.violations) == (7, 0)


async def test_other_channels_have_no_such_rates() -> None:
    time = Time()

    class Other(Teams):
        def _count(self, address: Address) -> None: ...

    other = Other(time)
    courier = PacedCourier(other, time.monotonic, time.sleep)
    for n in range(100):
        await courier.deliver(chat(channel="emulator"), said(str(n)))
        await courier.typing(chat(channel="emulator"))
    assert (len(other.taken), other.typed, len(courier._places)) == (100, 100, 0)


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST", 10)
    time = Time()
    courier = PacedCourier(Teams(time), time.monotonic, time.sleep)
    for n in range(100):
        time.seconds += 0.1
        await courier.deliver(chat(f"c{n}"), said("x"))
    assert len(courier._places) == 10
