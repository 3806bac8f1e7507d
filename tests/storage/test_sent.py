"""The contract of SentPosts, over every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from storage.memory import Memory
from storage.memory_sent import MemorySentPosts
from storage.sent import SqlSentPosts
from tests.storage.conftest import _opened
from tests.storage.samples import TEAMS, FixedClock, Stores, commit, incoming, later, memory_stores, post, sql_stores
from turn.model import Outcome
from turn.ports import SentPosts


@dataclass
class Place:
    """Everything over one backend."""

    stores: Stores
    sent: SentPosts

    async def turn(self, name: str, *posts: str, at: float = 0) -> None:
        """A turn that answers the activity ``name`` with these posts."""
        message = replace(incoming(name, user=f"user of {name}"), received_at=later(at))
        outcome = Outcome(({"id": "r"},), tuple(posts))
        await self.stores.turns.commit(commit(message, outcome=outcome, posts=tuple(map(post, posts))))


@pytest.fixture
async def place(backend: str, clock: FixedClock) -> AsyncIterator[Place]:
    if backend == "memory":
        memory = Memory()
        yield Place(memory_stores(memory), MemorySentPosts(memory))
        return
    async with _opened(backend) as database:
        yield Place(sql_stores(database, clock), SqlSentPosts(database))


async def test_what_became_of_posts(place: Place) -> None:
    await place.stores.outbox.add([post(name) for name in ("waits", "sent", "unnamed", "parked")])
    await place.stores.outbox.done("sent", "channel's id")
    await place.stores.outbox.done("unnamed")
    await place.stores.outbox.park("parked", "refused")
    found = await place.sent.find(["parked", "unnamed", "sent", "waits", "unknown"])
    assert {name: (one.sent_as, one.waiting) for name, one in found.items()} == {
        "waits": ("", True),
        "sent": ("channel's id", False),
        "unnamed": ("", False),
        "parked": ("", False),
    }
    assert found["sent"].post == post("sent")
    assert await place.sent.find([]) == {}


async def test_a_second_note_changes_nothing(place: Place) -> None:
    await place.stores.outbox.add([post("p")])
    await place.stores.outbox.done("p", "first")
    await place.stores.outbox.done("p", "second")
    assert (await place.sent.find(["p"]))["p"].sent_as == "first"


async def test_the_posts_of_a_turn_in_their_order(place: Place) -> None:
    await place.turn("question", "b", "a")
    here = (TEAMS.channel, TEAMS.conversation)
    assert [one.post.id for one in await place.sent.of_turn(*here, "question")] == ["b", "a"]
    assert await place.sent.of_turn(*here, "another") == []
    assert await place.sent.of_turn(TEAMS.channel, "elsewhere", "question") == []


async def test_the_post_behind_a_message(place: Place) -> None:
    await place.turn("one", "p1", at=1)
    await place.turn("two", "p2", "p3", at=2)
    await place.turn("edited", "p4", at=3)
    for name, sent_as in (("p1", "m1"), ("p2", "m2"), ("p3", "m3"), ("p4", "m1")):
        await place.stores.outbox.done(name, sent_as)
    for message, expected in (("m1", "p4"), ("m2", "p2"), ("m3", "p3")):
        found = await place.sent.sent_as(TEAMS.channel, TEAMS.conversation, message)
        assert found is not None
        assert found.post.id == expected
    assert await place.sent.sent_as(TEAMS.channel, TEAMS.conversation, "m9") is None
    assert await place.sent.sent_as(TEAMS.channel, "elsewhere", "m1") is None
