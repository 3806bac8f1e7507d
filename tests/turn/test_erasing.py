"""A wish to be forgotten is carried out whatever happens, and the one message about it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.render import ActivityRenderer
from cases.errors import OwnerBusy
from cases.model import Owner, operator
from dialogs.decision import Knowledge
from dialogs.privacy import ERASE
from storage.memory_erasing import MemoryEraser
from tests.talk import START, Talk, shown
from turn import erasing
from turn.dispatcher import Dispatcher
from turn.erasing import ERASE_LATE, EraseHandler, EraseLateHandler, Forgetter, from_json, to_json
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import Address, Post
from turn.ports import Erasure

TEAMS = Address("msteams", "19:x", reference={"serviceUrl": "https://smba.example/", "activityId": "old"})
WISH = {"channel": "msteams", "user": "ann", "language": "en"}


class Fails(MemoryEraser):
    """Fails as often as it is told."""

    times = 0

    async def erase(self, *given: Any) -> bool:
        return await super().erase(*given) if self._over() else False

    async def erase_late(self, *given: Any) -> bool:
        return await super().erase_late(*given) if self._over() else False

    def _over(self) -> bool:
        self.times -= 1
        if self.times >= 0:
            raise OSError("the database is away")
        return True


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


@pytest.fixture
def eraser(talk: Talk) -> Fails:
    return Fails(talk.memory, talk.clock)


@pytest.fixture
def dispatcher(talk: Talk, eraser: Fails, knowledge: Knowledge) -> Dispatcher:
    messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, talk.clock)
    late = EraseLateHandler(eraser=eraser, outbox=talk.outbox, clock=talk.clock, observer=talk.observer)
    first = EraseHandler(eraser=eraser, outbox=talk.outbox, messenger=messenger, observer=talk.observer)
    return Dispatcher(
        outbox=talk.outbox,
        delivery=talk.delivery,
        clock=talk.clock,
        observer=talk.observer,
        handlers={ERASE: first, ERASE_LATE: late},
    )


async def _wish(talk: Talk) -> None:
    await talk.outbox.add([Post("p", ERASE, TEAMS, {**WISH}, talk.clock.now(), user="ann")])


async def _pass(talk: Talk, dispatcher: Dispatcher, hours: float) -> None:
    """Time passes, and every quarter of an hour what is due is done."""
    for _ in range(int(hours * 4)):
        talk.clock.advance(timedelta(minutes=15))
        while await dispatcher.round():
            pass


async def test_a_wish_outlives_a_database_that_is_away_for_days(
    talk: Talk, dispatcher: Dispatcher, eraser: Fails
) -> None:
    await talk.say("xyzzy")
    await _wish(talk)
    eraser.times = 150
    await _pass(talk, dispatcher, 36)
    assert talk.memory.state != {}
    assert await talk.outbox.waiting() == (1, 0), "not given up"
    assert ("post erase", "OSError") in talk.observer.failures
    await _pass(talk, dispatcher, 4)
    assert (talk.memory.state, talk.memory.records, talk.memory.inbox) == ({}, [], {})
    assert "Done: what I kept about you is deleted" in shown(talk.courier.sent[-1][1])
    assert await talk.outbox.waiting() == (0, 0)


async def test_the_second_look_is_not_given_up_either(talk: Talk, dispatcher: Dispatcher, eraser: Fails) -> None:
    await _wish(talk)
    assert await dispatcher.round() == 1
    eraser.times = 20
    await _pass(talk, dispatcher, 3)
    assert await talk.outbox.waiting() == (1, 0)
    await _pass(talk, dispatcher, 3)
    assert (await talk.outbox.waiting(), talk.memory.sent, talk.memory.parked) == ((0, 0), {}, {})


async def test_a_message_that_nobody_takes_is_forgotten_in_the_end(talk: Talk, dispatcher: Dispatcher) -> None:
    await _wish(talk)
    talk.courier.failures = [DeliveryFailed(503) for _ in range(1000)]
    await _pass(talk, dispatcher, 2)
    assert await talk.outbox.waiting() == (2, 0)
    await _pass(talk, dispatcher, 24)
    assert (await talk.outbox.waiting(), talk.memory.parked) == ((0, 0), {})


async def test_an_operator_is_told_when_it_has_to_wait(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None:
        talk.clock.advance(timedelta(seconds=1))

    monkeypatch.setattr(erasing.asyncio, "sleep", at_once)
    await talk.say("xyzzy")
    await talk.outbox.add([Post("p", "check-page", TEAMS, {}, START, user="ann")])
    await talk.outbox.claim(START, START + timedelta(minutes=1), 5)
    forgetter = Forgetter(MemoryEraser(talk.memory, talk.clock), talk.clock)
    with pytest.raises(OwnerBusy):
        await forgetter.forget(Owner("msteams", "ann"), operator("olga"))
    assert talk.memory.state != {}
    talk.clock.advance(timedelta(minutes=1))
    await forgetter.forget(Owner("msteams", "ann"), operator("olga"))
    assert talk.memory.state == {}
    assert [kept.post.kind for kept in talk.memory.posts.values()] == [ERASE_LATE]


def test_what_is_stored_of_an_erasure_comes_back() -> None:
    erasure = Erasure(Owner("c", "u"), operator("olga"), START, START + timedelta(seconds=1), conversation="x")
    assert from_json(to_json(erasure)) == erasure
