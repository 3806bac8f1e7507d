"""The contract of ConversationLog, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.storage.samples import NOW, OURS, Stores, commit, conversation, incoming, said, texts
from turn.errors import UnknownConversation
from turn.ports import LogSlice


async def test_a_conversation_is_registered_once(stores: Stores) -> None:
    assert await stores.log.find("conv-1") is None
    await stores.log.create(conversation())
    await stores.log.append("conv-1", said("a"))
    await stores.log.create(replace(conversation(), user="somebody else"))
    assert await stores.log.find("conv-1") == conversation()
    assert await texts(stores.log) == ["a"]


async def test_an_unknown_conversation(stores: Stores) -> None:
    assert await stores.log.since("nowhere", 3) == LogSlice((), 3)
    for activities in ((), said("a")):
        with pytest.raises(UnknownConversation):
            await stores.log.append("nowhere", activities)


async def test_numbers_start_at_one_and_slices_go_on(stores: Stores) -> None:
    await stores.log.create(conversation())
    assert await stores.log.append("conv-1", ()) == 0
    assert await stores.log.append("conv-1", said("a", "b")) == 2
    assert await stores.log.append("conv-1", said("c")) == 3
    assert await stores.log.since("conv-1", 0, 2) == LogSlice(said("a", "b"), 2)
    assert await stores.log.since("conv-1", 2, 2) == LogSlice(said("c"), 3)
    assert await stores.log.since("conv-1", 3) == LogSlice((), 3)
    assert await stores.log.since("conv-1", 99) == LogSlice((), 99)
    assert await stores.log.since("conv-1", -1) == LogSlice(said("a", "b", "c"), 3)


async def test_an_activity_is_logged_once(stores: Stores) -> None:
    await stores.log.create(conversation())
    await stores.log.create(conversation("conv-2"))
    await stores.log.append("conv-1", said("a", "b"))
    assert await stores.log.append("conv-1", said("b", "c", "a", "c", "d")) == 4
    assert await stores.log.append("conv-1", said("a", "b")) == 4
    assert await stores.log.append("conv-1", said("e")) == 5
    assert await texts(stores.log) == ["a", "b", "c", "d", "e"]
    assert await stores.log.since("conv-1", 4) == LogSlice(said("e"), 5)
    assert await stores.log.append("conv-2", said("a")) == 1


async def test_numbers_have_no_gaps_under_concurrency(stores: Stores) -> None:
    """Turns of two users and messages from outside append at once; some come twice."""
    await stores.log.create(conversation())

    async def turn(user: str, number: int) -> None:
        message = incoming(user=user, address=OURS)
        await stores.turns.commit(commit(message, number, log=said(f"{user}-{number}-echo", f"{user}-{number}")))

    async def turns(user: str) -> None:
        for number in range(8):
            await turn(user, number)

    async def outside(name: str) -> None:
        for number in range(8):
            await stores.log.append("conv-1", said(f"outside-{number}", f"{name}-{number}"))

    await asyncio.gather(turns("u1"), turns("u2"), outside("x"), outside("y"))
    seen: list[object] = []
    watermark = 0
    while (piece := await stores.log.since("conv-1", watermark, 7)).activities:
        seen += [activity["id"] for activity in piece.activities]
        watermark = piece.watermark
    assert watermark == len(seen) == len(set(seen)) == 2 * 16 + 2 * 8 + 8
    assert [name for name in seen if str(name).startswith("u1-")][:3] == ["u1-0-echo", "u1-0", "u1-1-echo"]


async def test_chinese_text_is_kept(stores: Stores) -> None:
    await stores.log.create(conversation())
    activity = {"id": "中", "text": "学习合作伙伴\u0000", "at": NOW.isoformat()}
    await stores.log.append("conv-1", [activity])
    assert (await stores.log.since("conv-1", 0)).activities == (activity,)
