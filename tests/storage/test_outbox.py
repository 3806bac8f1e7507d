"""The contract of Outbox, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from storage.errors import NaiveTime
from tests.storage.samples import NOW, OURS, TEAMS, Stores, commit, incoming, later, post
from turn.model import PATIENCE, Address, Post

OTHER = replace(TEAMS, conversation="19:b@thread.tacv2")


async def _claim(stores: Stores, at: float = 0, limit: int = 10, lease: float = 30) -> list[str]:
    return [found.id for found in await stores.outbox.claim(later(at), later(at + lease), limit)]


async def test_a_post_comes_back_as_it_went_in(stores: Stores) -> None:
    sent = Post("p", "check-page", TEAMS, {"网址": "https://example.com/你好", "n": [1, None]}, later(-1), 3)
    local = replace(sent, id="q", address=OURS)
    await stores.outbox.add([sent, local])
    assert await stores.outbox.claim(NOW, later(30), 10) == [sent, local]


async def test_what_is_there_already_is_left_alone(stores: Stores) -> None:
    await stores.outbox.add([post("p")])
    await stores.outbox.add([post("p", address=OTHER), post("q")])
    await stores.outbox.done("p")
    await stores.outbox.add([post("p")])
    assert await _claim(stores) == ["q"]


async def test_a_post_of_a_turn_is_left_alone_too(stores: Stores) -> None:
    await stores.turns.commit(commit(incoming(), posts=(post("p"),)))
    await stores.outbox.done("p")
    await stores.outbox.add([post("p")])
    assert await stores.outbox.waiting() == (0, 0)


async def test_nothing_of_a_refused_batch_is_added(stores: Stores) -> None:
    with pytest.raises(NaiveTime):
        await stores.outbox.add([post("p"), replace(post("q"), due_at=NOW.replace(tzinfo=None))])
    assert await stores.outbox.waiting() == (0, 0)


async def test_only_due_posts_are_claimed_the_most_urgent_first(stores: Stores) -> None:
    kinds = [("late", 5), ("first", -9), ("second", -3), ("third", -3), ("now", 0)]
    await stores.outbox.add([post(name, due, kind="effect") for name, due in kinds])
    assert await _claim(stores, limit=2) == ["first", "second"]
    assert await _claim(stores) == ["third", "now"]
    assert await _claim(stores) == []
    assert await _claim(stores, at=5) == ["late"]


async def test_notices_wait_for_replies_and_for_each_other(stores: Stores) -> None:
    posts = (post("r"), post("n1", kind="notify"), post("n2", kind="notify"), post("e", kind="check-page"))
    await stores.outbox.add(posts)
    for expected in (["r", "e"], ["n1"], ["n2"], []):
        claimed = await stores.outbox.claim(later(0), later(60), 10)
        assert [item.id for item in claimed] == expected
        for item in claimed:
            await stores.outbox.done(item.id)


async def test_replies_of_a_conversation_keep_their_order(stores: Stores) -> None:
    await stores.outbox.add(
        [
            post("a1", 1),
            post("a2", -9),
            post("b1", address=OTHER),
            post("effect", kind="check-page"),
            post("b2", address=OTHER),
        ]
    )
    assert await _claim(stores) == ["b1", "effect"]  # a1 is not due yet and a2 waits for it
    assert await _claim(stores, at=1) == ["a1"]
    assert await _claim(stores, at=1) == []  # leased
    await stores.outbox.done("a1")
    await stores.outbox.retry("b1", later(2), "503")
    assert await _claim(stores, at=1) == ["a2"]
    assert await _claim(stores, at=2) == ["b1"]
    await stores.outbox.park("b1", "gave up")
    assert await _claim(stores, at=2) == ["b2"]


async def test_changes_wait_for_messages_and_for_each_other(stores: Stores) -> None:
    """The last one is what is seen in the end. Nothing waits for them."""
    update = replace(post("u1", -9), kind="update")
    await stores.outbox.add([post("r"), update, replace(update, id="u2"), replace(update, id="e", kind="show-card")])
    await stores.outbox.add([replace(update, id="o", address=OTHER), post("r2")])
    for expected in (["e", "o", "r"], ["u1", "r2"], ["u2"], []):
        claimed = await _claim(stores, lease=60)
        assert claimed == expected
        for name in claimed:
            await stores.outbox.done(name)


async def test_a_reply_waits_behind_what_was_left_before_it(stores: Stores) -> None:
    first = commit(incoming("m1"), posts=(post("a1"),), lease_until=later(30))
    assert await stores.turns.commit(first) == frozenset()
    await stores.outbox.add([post("b1", address=OTHER)])
    beside = (post("a2"), post("x2", kind="check-page"), post("c2", address=replace(OTHER, conversation="c")))
    second = commit(incoming("m2"), 1, posts=beside, lease_until=later(60))
    assert await stores.turns.commit(second) == {"a2"}, "neither an effect nor what goes elsewhere waits"
    assert not await stores.outbox.waits_behind("a1")
    assert not await stores.outbox.waits_behind("b1")
    assert await stores.outbox.waits_behind("a2")
    claimed = await _claim(stores, lease=90)
    assert claimed == ["b1", "x2"], "a1 and c2 are leased to their turns, a2 waits for a1"
    assert await _claim(stores, at=30) == ["a1"]
    await stores.outbox.done("a1")
    assert await _claim(stores, at=31) == ["a2"], "its own lease is over"
    assert not await stores.outbox.waits_behind("a2")


async def test_a_reply_that_is_refused_again_and_again_lets_others_pass(stores: Stores) -> None:
    await stores.turns.commit(commit(incoming("m1"), posts=(post("a1"),), lease_until=later(30)))
    await stores.turns.commit(commit(incoming("m2"), 1, posts=(post("a2"),), lease_until=later(30)))
    for _ in range(PATIENCE - 1):
        await stores.outbox.retry("a1", later(60), "503")
    assert await stores.outbox.waits_behind("a2")
    assert await _claim(stores) == []
    await stores.outbox.retry("a1", later(60), "503")
    assert not await stores.outbox.waits_behind("a2")
    assert await _claim(stores) == ["a2"]


async def test_the_same_conversation_id_on_two_channels_is_two_conversations(stores: Stores) -> None:
    await stores.outbox.add([post("a", 9, Address("emulator", "c")), post("b", address=Address("webchat", "c"))])
    assert await _claim(stores) == ["b"]


async def test_a_lease_runs_out(stores: Stores) -> None:
    await stores.outbox.add([post("p")])
    assert await _claim(stores, lease=30) == ["p"]
    assert await _claim(stores, at=29.9) == []
    assert await _claim(stores, at=30) == ["p"]


async def test_a_retry_counts_and_waits(stores: Stores) -> None:
    await stores.outbox.add([post("p")])
    await _claim(stores)
    await stores.outbox.retry("p", later(5), "429")
    assert await _claim(stores, at=4) == []
    (claimed,) = await stores.outbox.claim(later(5), later(35), 10)
    assert claimed == replace(post("p", 5), attempts=1)
    assert claimed.first_due_at == post("p").due_at, "retries never make a post younger"


async def test_waiting_and_parked_are_counted(stores: Stores) -> None:
    assert await stores.outbox.waiting() == (0, 0)
    await stores.outbox.add([post(name) for name in "abcd"])
    await stores.outbox.done("a")
    await stores.outbox.park("b", "refused: 403")
    assert await stores.outbox.waiting() == (2, 1)


async def test_a_closed_post_stays_closed(stores: Stores) -> None:
    """A process whose lease ran out reports late."""
    await stores.outbox.add([post("sent"), post("parked")])
    await stores.outbox.done("sent")
    await stores.outbox.park("parked", "gave up")
    for name in ("sent", "parked"):
        await stores.outbox.retry(name, NOW, "late")
    await stores.outbox.park("sent", "late")
    await stores.outbox.done("parked")
    assert await stores.outbox.waiting() == (0, 1)
    assert await _claim(stores) == []


async def test_unknown_ids_are_ignored(stores: Stores) -> None:
    await stores.outbox.done("x")
    await stores.outbox.retry("x", NOW, "")
    await stores.outbox.park("x", "")
    assert await stores.outbox.waiting() == (0, 0)


async def test_claimers_never_share(stores: Stores) -> None:
    names = [f"p{n}" for n in range(60)]
    await stores.outbox.add([post(name, kind="effect") for name in names])

    async def take() -> list[str]:
        mine: list[str] = []
        while found := await _claim(stores, limit=4):
            mine += found
        return mine

    taken = await asyncio.gather(*(take() for _ in range(4)))
    assert sorted(name for mine in taken for name in mine) == sorted(names)
    if not type(stores.outbox).__name__.startswith("Memory"):
        assert sum(bool(mine) for mine in taken) > 1  # else nothing was tried


async def test_claimers_never_get_two_replies_of_a_conversation(stores: Stores) -> None:
    await stores.outbox.add([post(f"p{n}") for n in range(10)])
    taken = await asyncio.gather(*(_claim(stores, limit=5) for _ in range(6)))
    assert [name for mine in taken for name in mine] == ["p0"]
