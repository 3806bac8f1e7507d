"""Reminders are said when they are due, once, in their language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.render import ActivityRenderer
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from tests.talk import START, Talk, shown
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import Address, Post
from turn.ports import Conversation
from turn.reminders import REMIND, ReminderHandler, reminder_of

TEAMS = Address("msteams", "19:x", reference={"serviceUrl": "https://smba.example/", "activityId": "old"})
INVOICE: JsonObject = {"key": "kpi-discrepancy.reminder", "month": "2026-02", "language": "en", "user": "ann"}


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


@pytest.fixture
def dispatcher(talk: Talk, knowledge: Knowledge) -> Dispatcher:
    messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, talk.clock)
    handler = ReminderHandler(delivery=talk.delivery, outbox=talk.outbox, messenger=messenger)
    return Dispatcher(
        outbox=talk.outbox,
        delivery=talk.delivery,
        clock=talk.clock,
        observer=talk.observer,
        handlers={REMIND: handler},
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "the invoice of February 2026"), ("zh-CN", "2026年2月的发票"), ("xx", "the invoice of February 2026")],
)
async def test_a_reminder_comes_when_it_is_due(talk: Talk, dispatcher: Dispatcher, language: str, words: str) -> None:
    due = START + timedelta(days=5)
    await talk.outbox.add([Post("p", REMIND, TEAMS, {**INVOICE, "language": language}, due)])
    assert await dispatcher.round() == 0
    talk.clock.advance(timedelta(days=5))
    talk.courier.failures = [DeliveryFailed(503)]
    assert await dispatcher.round() == 1
    assert talk.courier.sent == []
    talk.clock.advance(timedelta(minutes=1))
    assert await dispatcher.round() == 1
    [(conversation, activity)] = talk.courier.sent
    assert conversation == "19:x"
    assert words in shown(activity)
    assert await talk.outbox.waiting() == (0, 0)


async def test_said_twice_a_local_conversation_keeps_it_once(talk: Talk, dispatcher: Dispatcher) -> None:
    await talk.log.create(Conversation("conv-1", "ann", "webchat", START))
    await talk.outbox.add([Post("p", REMIND, Address("webchat", "conv-1", local=True), INVOICE, START)])

    async def lost(_: str) -> None:
        raise ConnectionError  # the process dies between sending and booking

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(talk.outbox, "done", lost)
        await dispatcher.round()
    talk.clock.advance(timedelta(minutes=5))
    assert await dispatcher.round() == 1
    assert [row["id"] for row in (await talk.log.since("conv-1", 0)).activities] == ["p"]
    assert await talk.outbox.waiting() == (0, 0)


async def test_a_sentence_that_is_gone_is_for_operators(talk: Talk, dispatcher: Dispatcher) -> None:
    await talk.outbox.add([Post("p", REMIND, TEAMS, {**INVOICE, "key": "no-such-sentence"}, START)])
    await dispatcher.round()
    assert await talk.outbox.waiting() == (0, 1)
    assert talk.observer.failures == []


def test_a_reminder_is_nobody_elses_business() -> None:
    assert reminder_of(INVOICE).private
    assert reminder_of({"key": "kpi-discrepancy.title"}).private
