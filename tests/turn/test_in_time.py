"""A channel gets its answer in time, whatever else takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import adapter
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from storage.memory import MemoryTurnStore
from tests.talk import Talk
from turn import answer, engine
from turn.answer import ANSWER_WITHIN
from turn.commit import REPLY_LEASE
from turn.delivery import DELIVERY_LIMIT
from turn.dispatcher import Dispatcher
from turn.engine import LETS_GO_AFTER
from turn.errors import DeliveryFailed, TurnTooSlow
from turn.model import Address, Commit, Deleted, Happening, Incoming, Opened
from turn.ports import Conversation

QUESTION = "how do I get a landing page into the directory?"
TEXTS = [f"question {number}: what is a landing page?" for number in range(10)]


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


def test_the_limits_are_those_that_are_promised() -> None:
    """Channels are answered within 5 s, by the door at the latest."""
    assert LETS_GO_AFTER < ANSWER_WITHIN < adapter.ANSWER_WITHIN < 5


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
async def test_a_slow_database_has_the_message_sent_again_and_answered_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whoever waits is told in time. The turn goes on to its end, and what is sent again waits for it."""
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.05)
    store = SlowStore(talk.memory)
    setattr(store, step, 0.3)
    talk.engine._store = store
    message = talk.incoming(Happening.MESSAGE, text=QUESTION)
    with pytest.raises(TurnTooSlow):
        await asyncio.wait_for(talk.engine.run(message), 5)
    assert talk.courier.sent == []
    monkeypatch.undo()
    outcome = await talk.engine.run(replace(message, received_at=talk.clock.now()))
    assert (outcome.replayed, len(outcome.activities)) == (True, 1)
    await talk.engine.settled()
    assert (len(talk.courier.sent), await talk.outbox.waiting()) == (1, (0, 0))


async def test_on_a_local_channel_the_page_is_told_of_a_late_answer(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.05)
    store = SlowStore(talk.memory)
    store.committing = 0.2
    talk.engine._store = store
    await talk.log.create(Conversation("c1", "ann", "webchat", talk.clock.now()))
    message = replace(talk.incoming(Happening.MESSAGE, text=QUESTION), address=Address("webchat", "c1", local=True))
    with pytest.raises(TurnTooSlow):
        await talk.engine.run(message)
    await talk.engine.settled()
    assert talk.waker.woken == ["c1"]


async def test_a_turn_that_fails_late_is_told_to_the_operators(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.05)

    class Failing(SlowStore):
        async def commit(self, commit: Commit) -> frozenset[str]:
            await asyncio.sleep(0.2)
            raise LookupError

    talk.engine._store = Failing(talk.memory)
    with pytest.raises(TurnTooSlow):
        await talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION))
    await talk.engine.settled()
    assert talk.observer.failures == [("turn", "LookupError")]
    talk.engine._store = talk.store
    assert await talk.say(QUESTION), "the conversation is free"


async def test_a_channel_that_is_slow_after_a_slow_database_is_not_cut_off(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken the message, and would be given it twice."""
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.1)
    store = SlowStore(talk.memory)
    store.committing = 0.08
    talk.engine._store = store
    talk.delivery._courier = channel = SlowChannel(0.3)
    message = talk.incoming(Happening.MESSAGE, text=QUESTION)
    assert (await talk.engine.run(message)).activities, "it is stored: the channel need not send it again"
    assert channel.taken == []
    await talk.engine.settled()
    assert (channel.taken, await talk.outbox.waiting()) == ([message.activity_id], (0, 0))


async def test_whoever_waits_for_the_turn_before_gives_up_in_time_too(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was begun: it is as if it had never come, and a queue has an end."""
    store = SlowStore(talk.memory)
    store.opening = 0.5
    talk.engine._store = store
    first = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.05)
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.1)
    with pytest.raises(TurnTooSlow):
        await asyncio.wait_for(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)), 5)
    await asyncio.sleep(0)
    assert len(talk.engine._at_work) == 1
    monkeypatch.undo()
    assert (await first).activities
    store.opening = 0.0
    assert await asyncio.wait_for(talk.say(QUESTION), 5)
    assert len(talk.memory.inbox) == 2


async def test_whoever_leaves_does_not_stop_the_turn(talk: Talk) -> None:
    talk.delivery._courier = channel = SlowChannel(0.1)
    message = talk.incoming(Happening.MESSAGE, text=QUESTION)
    leaving = asyncio.create_task(talk.engine.run(message))
    await asyncio.sleep(0.03)
    leaving.cancel()
    await asyncio.wait((leaving,))
    await talk.engine.settled()
    assert channel.taken == [message.activity_id]


async def test_a_turn_that_was_stored_after_its_lease_leaves_its_reply_to_the_dispatcher(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may have it already: it would be sent twice."""
    monkeypatch.setattr(answer, "ANSWER_WITHIN", 0.05)
    store = SlowStore(talk.memory)
    store.opening = 0.1
    talk.engine._store = store
    dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
    message = talk.incoming(Happening.MESSAGE, text=QUESTION)
    with pytest.raises(TurnTooSlow):
        await talk.engine.run(message)
    talk.clock.advance(REPLY_LEASE - timedelta(seconds=DELIVERY_LIMIT - 1))
    await talk.engine.settled()
    assert (talk.courier.sent, await talk.outbox.waiting()) == ([], (1, 0))
    talk.clock.advance(timedelta(seconds=DELIVERY_LIMIT))
    assert await dispatcher.round() == 1
    assert len(talk.courier.sent) == 1


async def test_what_is_stored_counts_also_when_its_reply_cannot_be_put_off(talk: Talk) -> None:
    async def gone(*_: object) -> None:
        raise LookupError

    talk.courier.failures = [DeliveryFailed(503)]
    talk.outbox.retry = gone  # type: ignore[method-assign]
    assert (await talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION))).activities
    await talk.engine.settled()
    assert talk.observer.failures == [("turn", "LookupError")]


async def test_an_answer_in_the_response_does_not_wait_for_what_is_on_its_way(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LETS_GO_AFTER", 0.02)
    talk.delivery._courier = channel = SlowChannel(0.2)
    first = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.1)
    talk.delivery._courier = beside = SlowChannel(0)
    second = talk.incoming(Happening.MESSAGE, text=QUESTION, in_response=True)
    await talk.engine.run(second)
    assert beside.taken == [second.activity_id], "handed to the response, not left to be posted as well"
    await first
    await talk.engine.settled()
    assert (len(channel.taken), await talk.outbox.waiting()) == (1, (0, 0))


async def test_a_deletion_does_not_wait_for_ever_either(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SlowStore(talk.memory)
    store.opening = 0.3
    talk.engine._store = store
    turn = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.01)
    monkeypatch.setattr(engine, "ANSWER_WITHIN", 0.05)
    forgotten: list[Deleted] = []

    class Deleting:
        async def forget(self, deleted: Deleted) -> None:
            forgotten.append(deleted)

    deleted = Deleted("msteams", "c1", "ann", "a1")
    with pytest.raises(TurnTooSlow):
        await talk.engine.forget(Deleting(), deleted)
    assert forgotten == []
    await turn
    await talk.engine.forget(Deleting(), deleted)
    assert forgotten == [deleted]


async def test_an_ending_process_waits_for_its_turns_and_not_for_ever(talk: Talk) -> None:
    store = SlowStore(talk.memory)
    store.opening = 0.5
    talk.engine._store = store
    turn = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(talk.engine.settled(0.05), 0.4)
    assert not turn.done()
    await asyncio.wait_for(talk.engine.settled(), 5)
    assert turn.done()
