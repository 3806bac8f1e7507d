"""A channel gets its answer in time, whatever else takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from storage.memory import MemoryTurnStore
from tests.talk import Talk
from turn import delivery, engine
from turn.delivery import DELIVERY_LIMIT
from turn.dispatcher import Dispatcher
from turn.engine import ANSWER_WITHIN, LETS_GO_AFTER
from turn.errors import TurnTooSlow
from turn.model import Address, Commit, Happening, Incoming, Opened, Outcome, Post

QUESTION = "how do I get a landing page into the directory?"
TEXTS = [f"question {number}: what is a landing page?" for number in range(10)]


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


def test_the_limits_are_those_that_are_promised() -> None:
    """Channels are answered within 5 s."""
    assert LETS_GO_AFTER < DELIVERY_LIMIT <= ANSWER_WITHIN < 5


class SlowChannel:
    """Takes its time for each message, and knows which came in what order."""

    def __init__(self, seconds: float) -> None:
        self.taken: list[str] = []
        self._seconds = seconds

    async def deliver(self, _: Address, activities: Sequence[JsonObject]) -> None:
        await asyncio.sleep(self._seconds)
        self.taken += [str(activity["replyToId"]) for activity in activities]

    async def typing(self, _: Address) -> None:
        pass


async def test_messages_to_a_slow_channel_wait_for_each_other_in_the_outbox(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in their requests: the channel would send them again. Each is answered once, and in order."""
    monkeypatch.setattr(engine, "LETS_GO_AFTER", 0.05)
    channel = SlowChannel(0.4)
    talk.delivery._courier = channel
    dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
    messages = [talk.incoming(Happening.MESSAGE, text=text) for text in TEXTS]
    began = asyncio.get_running_loop().time()
    turns = [asyncio.create_task(talk.engine.run(message)) for message in messages]
    _, behind = await asyncio.wait(turns, timeout=0.35)
    assert len(behind) == 1, "only the one whose message is on its way"
    await asyncio.gather(*turns)
    assert asyncio.get_running_loop().time() - began < 1.5
    assert channel.taken == [messages[0].activity_id]
    await talk.engine.settled()
    while (await talk.outbox.waiting())[0]:
        await dispatcher.round()
    assert channel.taken == [message.activity_id for message in messages]


async def test_teeth_without_letting_go_each_waits_for_all_before_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LETS_GO_AFTER", 60)
    talk.delivery._courier = SlowChannel(0.1)
    messages = [talk.incoming(Happening.MESSAGE, text=text) for text in TEXTS]
    turns = [asyncio.create_task(talk.engine.run(message)) for message in messages]
    _, behind = await asyncio.wait(turns, timeout=0.35)
    assert len(behind) > 5
    await asyncio.gather(*turns)


class SlowStore(MemoryTurnStore):
    """Keeps what it was given, and does not say so in time."""

    opening = committing = 0.0

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        await asyncio.sleep(self.opening)
        return await super().open(incoming, references)

    async def commit(self, commit: Commit) -> frozenset[str]:
        held = await super().commit(commit)
        await asyncio.sleep(self.committing)
        return held


@pytest.mark.parametrize("step", ["opening", "committing"])
async def test_a_slow_database_has_the_message_sent_again_and_handled_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(engine, "ANSWER_WITHIN", 0.1)
    store = SlowStore(talk.memory)
    setattr(store, step, 60.0)
    talk.engine._store = store
    message = talk.incoming(Happening.MESSAGE, text=QUESTION)
    with pytest.raises(TurnTooSlow):
        await asyncio.wait_for(talk.engine.run(message), 5)
    setattr(store, step, 0.0)
    monkeypatch.undo()
    outcome = await talk.engine.run(replace(message, received_at=talk.clock.now()))
    assert len(outcome.activities) == 1
    assert outcome.replayed is (step == "committing")
    assert len(talk.memory.posts) + len(talk.courier.sent) >= 1


async def test_whoever_waits_for_the_turn_before_gives_up_in_time_too(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves the conversation free for the next one."""
    store = SlowStore(talk.memory)
    store.opening = 0.5
    talk.engine._store = store
    first = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.05)
    monkeypatch.setattr(engine, "ANSWER_WITHIN", 0.1)
    with pytest.raises(TurnTooSlow):
        await asyncio.wait_for(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)), 5)
    monkeypatch.undo()
    assert (await first).activities
    store.opening = 0.0
    assert await asyncio.wait_for(talk.say(QUESTION), 5)


async def test_replies_for_which_there_is_no_time_are_left_to_the_outbox(talk: Talk) -> None:
    talk.delivery._courier = channel = SlowChannel(0.2)
    incoming = talk.incoming(Happening.MESSAGE, text=QUESTION)
    posts = tuple(
        Post(name, "reply", incoming.address, {"activity": {"id": name, "replyToId": name}}, talk.clock.now())
        for name in ("r1", "r2")
    )
    commit = Commit(incoming, Outcome(()), {}, 0, posts=posts, lease_until=talk.clock.now().replace(year=2099))
    await talk.store.commit(commit)
    until = asyncio.get_running_loop().time() + delivery.TOO_LATE + 0.1
    assert await talk.delivery.deliver(commit, until=until) is None
    assert channel.taken == ["r1"]
    now = talk.clock.now()
    assert [post.id for post in await talk.outbox.claim(now, now, 5)] == ["r2"], "its lease is over at once"
