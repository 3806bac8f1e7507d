"""The hub: order, completeness, and nobody waiting for anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.directline.errors import TooManySockets
from channels.directline.hub import Ending, StreamHub
from dialogs.reply import JsonObject
from storage.memory import Memory, MemoryConversationLog
from tests.channels.door import HandClock
from tests.waiting import until
from turn.ports import Conversation


@dataclass
class Room:
    """A hub over one conversation, ``c``."""

    hub: StreamHub
    log: MemoryConversationLog
    written: int = 0

    async def write(self, count: int = 1) -> None:
        rows: list[JsonObject] = [{"type": "message", "id": str(self.written + place + 1)} for place in range(count)]
        self.written += count
        await self.log.append("c", rows)
        self.hub.wake("c")


@dataclass
class Reader:
    """What one listener received; ``pause`` makes it stop reading."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    reading: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.reading.set()

    async def send(self, frame: str) -> None:
        await self.reading.wait()
        self.frames.append(json.loads(frame))

    @property
    def ids(self) -> list[str]:
        return [a["id"] for frame in self.frames for a in frame["activities"] if a["type"] == "message"]


async def room(**options: Any) -> Room:
    clock, log = HandClock(), MemoryConversationLog(Memory())
    await log.create(Conversation("c", "dl_u", "webchat", clock.now()))
    return Room(StreamHub(log, clock, **options), log)


@asynccontextmanager
async def listening(
    one: Room, watermark: int = 0, reader: Reader | None = None
) -> AsyncIterator[tuple[Reader, asyncio.Task[Ending]]]:
    reader = reader or Reader()
    before = one.hub.listening
    task = asyncio.create_task(one.hub.follow("c", watermark, reader.send))
    await until(lambda: one.hub.listening > before or task.done())
    yield reader, task
    task.cancel()
    await asyncio.wait({task})


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


async def test_first_the_past_then_the_news() -> None:
    one = await room()
    await one.write(3)
    async with listening(one, watermark=1) as (reader, _):
        await until(lambda: reader.ids == ["2", "3"])
        await one.write(2)
        await until(lambda: reader.ids == numbers(2, 5))
    assert reader.frames[-1]["watermark"] == "5"
    assert reader.frames[-1]["activities"][0]["from"] == {"id": "bot", "role": "bot"}


async def test_a_long_past_comes_in_pieces() -> None:
    one = await room()
    await one.write(250)
    async with listening(one) as (reader, _):
        await until(lambda: len(reader.ids) == 250)
    assert reader.ids == numbers(1, 250)
    assert [len(frame["activities"]) for frame in reader.frames] == [100, 100, 50]


async def test_nothing_is_lost_or_doubled_under_way() -> None:
    one = await room()
    async with listening(one) as (first, _), listening(one) as (second, _):
        for _round in range(100):
            await one.write(2)
            if _round % 3 == 0:
                await asyncio.sleep(0)
        await until(lambda: len(first.ids) >= 200 and len(second.ids) >= 200)
    assert first.ids == second.ids == numbers(1, 200)


async def test_typing_is_shown_and_forgotten() -> None:
    one = await room()
    await one.write()
    async with listening(one) as (reader, _):
        await until(lambda: len(reader.frames) == 1)
        one.hub.typing("c")
        await until(lambda: len(reader.frames) == 2)
        await one.write()
        await until(lambda: len(reader.frames) == 3)
    (typing,) = reader.frames[1]["activities"]
    assert (typing["type"], typing["from"]["role"], reader.frames[1]["watermark"]) == ("typing", "bot", "1")
    assert (await one.log.since("c", 0)).watermark == 2


async def test_typing_does_not_come_after_its_answer() -> None:
    one = await room()
    async with listening(one) as (reader, _):
        one.hub.typing("c")
        await one.write()
        await until(lambda: reader.ids == ["1"])
        await asyncio.sleep(0.02)
    assert len(reader.frames) == 1


async def test_a_slow_reader_is_left_and_the_others_hear_on() -> None:
    one = await room(send_timeout=0.05)
    async with listening(one) as (slow, leaving), listening(one) as (quick, _):
        slow.reading.clear()
        await one.write()
        await until(lambda: quick.ids == ["1"])
        assert not leaving.done(), "the quick one did not wait"
        await until(leaving.done)
        assert leaving.result() is Ending.TOO_SLOW
        await one.write()
        await until(lambda: quick.ids == ["1", "2"])


async def test_a_reader_that_is_gone() -> None:
    one = await room()

    async def refuse(_: str) -> None:
        raise ConnectionResetError

    await one.write()
    assert await one.hub.follow("c", 0, refuse) is Ending.GONE
    assert one.hub.listening == 0


async def test_a_lost_wake_is_made_up_for() -> None:
    one = await room(reread_every=0.03)
    async with listening(one) as (reader, _):
        await one.log.append("c", [{"type": "message", "id": "by another process"}])
        await until(lambda: reader.ids == ["by another process"])


async def test_at_most_so_many_listeners() -> None:
    one = await room(sockets=2)
    async with listening(one), listening(one):
        with pytest.raises(TooManySockets):
            await one.hub.follow("c", 0, Reader().send)
        assert one.hub.listening == 2
    async with listening(one) as (_, task):
        assert not task.done(), "there is room again"


async def test_closing_ends_all() -> None:
    one = await room()
    async with listening(one) as (_, first), listening(one) as (_, second):
        one.hub.close()
        await until(lambda: first.done() and second.done())
        assert first.result() is second.result() is Ending.SHUTDOWN
    assert await one.hub.follow("c", 0, Reader().send) is Ending.SHUTDOWN


@pytest.mark.parametrize("call", [StreamHub.wake, StreamHub.typing])
async def test_nobody_listens(call: Callable[[StreamHub, str], None]) -> None:
    one = await room()
    call(one.hub, "nobody")
    assert one.hub.listening == 0
