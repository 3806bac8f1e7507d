"""One turn: once, in order, delivered or kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from storage.memory import Memory, MemoryOutbox, MemoryTurnStore
from tests.talk import START, RecordingCourier, Talk
from tests.waiting import until
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed, ReferenceTaken, ReusedActivityId, StateConflict
from turn.model import Address, Commit, Happening, Incoming, Opened, Outcome, Post
from turn.ports import Conversation

QUESTION = "What is the Learning Action Pack?"


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


async def test_a_reply_goes_to_the_channel_after_the_commit(knowledge: Knowledge) -> None:
    points: list[str] = []
    talk = Talk(knowledge, probe=points.append)
    await talk.say(QUESTION)
    assert points == ["received", "opened", "decided", "committed", "delivered"]
    assert len(talk.courier.sent) == 1
    assert await talk.outbox.waiting() == (0, 0)


async def test_a_redelivery_returns_the_stored_outcome_and_sends_nothing(talk: Talk) -> None:
    incoming = talk.incoming(Happening.MESSAGE, text=QUESTION)
    first = await talk.engine.run(incoming)
    again = await talk.engine.run(incoming)
    assert again.replayed
    assert again.activities == first.activities
    assert len(talk.courier.sent) == 1


async def test_deliveries_of_one_activity_at_the_same_time_are_one_turn(talk: Talk) -> None:
    incoming = talk.incoming(Happening.MESSAGE, text=QUESTION)
    outcomes = await asyncio.gather(*(talk.engine.run(incoming) for _ in range(8)))
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert len(talk.courier.sent) == 1


async def test_an_id_used_again_for_something_else_is_refused(talk: Talk) -> None:
    await talk.say(QUESTION, activity_id="same", fingerprint="1")
    with pytest.raises(ReusedActivityId):
        await talk.say("Hello", activity_id="same", fingerprint="2")


async def test_turns_of_one_conversation_keep_their_order(talk: Talk) -> None:
    await asyncio.gather(*(talk.say(QUESTION) for _ in range(10)))
    order = [activity["replyToId"] for _, activity in talk.courier.sent]
    assert order == [f"a{number}" for number in range(1, 11)]


async def test_users_of_one_group_have_their_own_state(talk: Talk) -> None:
    await talk.say("directory", user="ann")
    await talk.say("KPI", user="bob")
    await talk.say("Hello", user="ann")
    keys = {key[-1] for key in talk.memory.state}
    assert keys == {"ann", "bob"}


class BusyStore(MemoryTurnStore):
    """Another process is faster a number of times."""

    conflicts = 0

    async def commit(self, commit: Commit) -> frozenset[str]:
        if self.conflicts:
            self.conflicts -= 1
            raise StateConflict
        return await super().commit(commit)


@pytest.mark.parametrize(("conflicts", "answered"), [(3, True), (99, False)])
async def test_a_conflict_is_decided_anew_until_it_is_hopeless(talk: Talk, conflicts: int, answered: bool) -> None:
    store = BusyStore(talk.memory)
    store.conflicts = conflicts
    talk.engine._store = store
    if answered:
        assert await talk.say(QUESTION)
        return
    with pytest.raises(StateConflict):
        await talk.say(QUESTION)
    assert talk.courier.sent == []


class CrowdedStore(MemoryTurnStore):
    """Somebody else's request has the reference that the first decision chose."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.asked: list[tuple[str, ...]] = []

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        self.asked.append(tuple(references))
        return await super().open(incoming, references)

    async def commit(self, commit: Commit) -> frozenset[str]:
        if len(self.asked) == 1:
            raise ReferenceTaken("LP-00000-0")
        return await super().commit(commit)


async def test_the_next_decision_sees_the_named_requests_and_whose_reference_was_taken(talk: Talk) -> None:
    store = CrowdedStore(talk.memory)
    talk.engine._store = store
    await talk.say("Where is LP-VK9HC-K?")
    assert store.asked == [("LP-VK9HC-K",), ("LP-VK9HC-K", "LP-00000-0")]


async def test_what_the_channel_does_not_take_stays_and_is_sent_later(talk: Talk) -> None:
    talk.courier.failures = [DeliveryFailed(503, retry_after=7)]
    await talk.say(QUESTION)
    assert await talk.outbox.waiting() == (1, 0)
    dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
    assert await dispatcher.round() == 0
    talk.clock.advance(timedelta(seconds=7))
    assert await dispatcher.round() == 1
    assert len(talk.courier.sent) == 1
    assert await talk.outbox.waiting() == (0, 0)


async def test_a_reply_never_overtakes_one_that_could_not_be_sent(talk: Talk) -> None:
    talk.courier.failures = [DeliveryFailed(503, retry_after=7)]
    await talk.say(QUESTION)
    await talk.say("Hello")
    await talk.say("Hello", conversation="c2")
    assert [conversation for conversation, _ in talk.courier.sent] == ["c2"]
    dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
    talk.clock.advance(timedelta(seconds=7))
    assert [await dispatcher.round() for _ in range(3)] == [1, 1, 0]
    order = [activity["replyToId"] for conversation, activity in talk.courier.sent if conversation == "c1"]
    assert order == ["a1", "a2"]


async def test_a_reply_whose_process_died_is_sent_after_its_lease(talk: Talk) -> None:
    def die(point: str) -> None:
        if point == "committed":
            raise asyncio.CancelledError

    talk.engine._probe = die
    with pytest.raises(asyncio.CancelledError):
        await talk.say(QUESTION)
    dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
    assert await dispatcher.round() == 0, "the lease belongs to the turn"
    talk.clock.advance(timedelta(seconds=31))
    assert await dispatcher.round() == 1
    assert len(talk.courier.sent) == 1


@pytest.mark.parametrize("failure", [DeliveryFailed(403, final=True), DeliveryFailed(429)])
async def test_a_post_is_parked_when_trying_is_pointless_or_a_day_has_passed(
    talk: Talk, failure: DeliveryFailed
) -> None:
    talk.courier.failures = [failure]
    await talk.say(QUESTION)
    if not failure.final:
        dispatcher = Dispatcher(outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer)
        for _ in range(100):  # every 15 minutes, for a day
            assert await talk.outbox.waiting() == (1, 0)
            talk.clock.advance(timedelta(minutes=15))
            talk.courier.failures = [DeliveryFailed(429)]
            await dispatcher.round()
            if talk.clock.now() - START > timedelta(hours=24):
                break
    assert await talk.outbox.waiting() == (0, 1)


async def test_a_channel_that_hangs_does_not_hold_the_turn(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turn.delivery.DELIVERY_LIMIT", 0.05)

    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    talk.courier.deliver = hang  # type: ignore[method-assign]
    await asyncio.wait_for(talk.say(QUESTION), 1)
    assert await talk.outbox.waiting() == (1, 0)


async def test_effects_of_a_turn_are_left_to_the_dispatcher(talk: Talk) -> None:
    incoming = talk.incoming(Happening.MESSAGE, text=QUESTION)
    posts = (
        Post("r", "reply", incoming.address, {"activity": {"id": "r"}}, START),
        Post("e", "check-page", incoming.address, {}, START),
    )
    commit = Commit(incoming, Outcome(()), {}, 0, posts=posts)
    await talk.store.commit(commit)
    delivered = await talk.delivery.deliver(commit)
    assert delivered is not None
    await talk.delivery.book(delivered)
    assert len(talk.courier.sent) == 1
    assert [post.id for post in await talk.outbox.claim(START, START, 5)] == ["e"]


async def test_typing_is_shown_only_while_slow(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turn.delivery.TYPING_AFTER", 60)
    await talk.say(QUESTION)
    assert talk.courier.typed == 0
    monkeypatch.setattr("turn.delivery.TYPING_AFTER", 0.02)

    class SlowStore(MemoryTurnStore):
        async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
            await until(lambda: talk.courier.typed > 0)
            return await super().open(incoming, references)

    talk.engine._store = SlowStore(talk.memory)
    await talk.say(QUESTION)
    assert talk.courier.typed == 1


async def test_on_a_local_channel_the_reply_is_a_row_of_the_log(talk: Talk) -> None:
    await talk.log.create(Conversation("c1", "ann", "webchat", START))
    echo: JsonObject = {"id": "e1", "type": "message", "text": QUESTION}
    incoming = talk.incoming(Happening.MESSAGE, text=QUESTION)
    local = Incoming(
        Address("webchat", "c1", local=True), "e1", "ann", Happening.MESSAGE, incoming.received_at, QUESTION, echo=echo
    )
    outcome = await talk.engine.run(local)
    rows = (await talk.log.since("c1", 0)).activities
    assert [row["id"] for row in rows] == ["e1", outcome.activities[0]["id"]]
    assert talk.waker.woken == ["c1"]
    assert talk.courier.sent == []


async def test_one_bad_post_does_not_stop_the_others(talk: Talk) -> None:
    async def fail(_: Post) -> None:
        raise RuntimeError

    address = Address("msteams", "c9")
    posts = [
        Post("1", "odd", address, {}, START),
        Post("2", "failing", address, {}, START),
        Post("3", "reply", address, {"activity": {"id": "x"}}, START),
    ]
    await talk.outbox.add(posts)
    dispatcher = Dispatcher(
        outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer, handlers={"failing": fail}
    )
    await dispatcher.round()
    assert [conversation for conversation, _ in talk.courier.sent] == ["c9"]
    assert talk.observer.failures == [("post failing", "RuntimeError")]
    assert await talk.outbox.waiting() == (1, 1)


async def test_a_post_that_always_fails_holds_nobody_up_and_is_parked_in_the_end(talk: Talk) -> None:
    async def fail(_: Post) -> None:
        raise KeyError

    address = Address("msteams", "c9")
    reply: JsonObject = {"activity": {"id": "x"}}
    await talk.outbox.add([Post("1", "notify", address, {}, START), Post("2", "reply", address, reply, START)])
    dispatcher = Dispatcher(
        outbox=talk.outbox, delivery=talk.delivery, clock=talk.clock, observer=talk.observer, handlers={"notify": fail}
    )
    for _ in range(4):
        await dispatcher.round()
        talk.clock.advance(timedelta(minutes=15))
    assert len(talk.courier.sent) == 1
    talk.clock.advance(timedelta(hours=24))
    await dispatcher.round()
    assert await talk.outbox.waiting() == (0, 1)


class SlowBooks(MemoryOutbox):
    """Writes down what was sent when it is told to."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.may, self.hurried = asyncio.Event(), 0

    async def done(self, post_id: str, sent_as: str = "") -> None:
        await self.may.wait()
        await super().done(post_id, sent_as)

    def hurry(self) -> None:
        self.hurried += 1


async def test_a_turn_is_answered_before_its_books_are_closed_and_the_next_one_waits_for_them(talk: Talk) -> None:
    books = SlowBooks(talk.memory)
    talk.delivery._outbox = books
    await asyncio.wait_for(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)), 5)
    assert len(talk.courier.sent) == 1
    assert await books.waiting() == (1, 0)
    elsewhere = talk.incoming(Happening.MESSAGE, text=QUESTION, conversation="c2")
    await asyncio.wait_for(talk.engine.run(elsewhere), 5)  # another conversation waits for nothing
    assert books.hurried == 0
    following = asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION)))
    await asyncio.sleep(0.05)
    assert not following.done()
    assert books.hurried == 1
    books.may.set()
    await asyncio.wait_for(following, 5)
    await asyncio.wait_for(talk.engine.settled(), 5)
    assert len(talk.courier.sent) == 3
    assert await books.waiting() == (0, 0)


async def test_books_hurry_for_who_came_while_the_turn_was_at_work(talk: Talk) -> None:
    books, at_work = SlowBooks(talk.memory), asyncio.Event()
    talk.delivery._outbox = books

    class SlowCourier(RecordingCourier):
        async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str | None:
            await at_work.wait()
            return await super().deliver(address, activities)

    talk.delivery._courier = SlowCourier()
    turns = [asyncio.create_task(talk.engine.run(talk.incoming(Happening.MESSAGE, text=QUESTION))) for _ in range(2)]
    await asyncio.sleep(0.05)
    early = books.hurried
    at_work.set()
    await asyncio.wait_for(turns[0], 5)
    await asyncio.sleep(0.01)
    assert books.hurried == early + 1
    books.may.set()
    await asyncio.wait_for(asyncio.gather(*turns, talk.engine.settled()), 5)


async def test_books_that_cannot_be_written_do_not_hold_up_the_conversation(talk: Talk) -> None:
    class NoBooks(MemoryOutbox):
        async def done(self, post_id: str, sent_as: str = "") -> None:
            raise OSError("disk")

    talk.delivery._outbox = NoBooks(talk.memory)
    assert await asyncio.wait_for(talk.say(QUESTION), 5)
    assert [where for where, _ in talk.observer.failures] == ["books"]
    assert await talk.outbox.waiting() == (1, 0), "to be sent again after its lease"
    assert await asyncio.wait_for(talk.say(QUESTION), 5)
    assert len(talk.courier.sent) == 1, "the second reply waits behind the first"
