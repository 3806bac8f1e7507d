"""Cards that Teams replaces: their buttons, what a press shows in place, refresh; what a thumb is about."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.connector import Connector
from bot.courier import ConnectorCourier
from bot.credentials import NoCredentials
from bot.handler import LearningPartnerBot
from bot.render import ActivityRenderer
from bot.replacing import CardAnswers
from bot.service_urls import ServiceUrls
from bot.settled import CardSettler
from dialogs.decision import Knowledge
from storage.memory import MemoryCaseStore
from storage.memory_sent import MemorySentPosts
from tests.bot.door import Door, local
from tests.bot.fakes import Channel, FixedClock, emulator_message
from tests.talk import Talk, buttons, shown
from turn.dispatcher import Dispatcher
from turn.messenger import Messenger
from turn.model import UPDATE
from turn.updating import UpdateHandler
from turn.views import CardViews

CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"


@dataclass
class Chat:
    """Ana in a personal chat in Teams, through the whole door; the engine is a real one over memory."""

    door: Door
    talk: Talk
    channel: Channel
    dispatcher: Dispatcher
    said: int = 0

    async def post(self, **changed: object) -> tuple[int, Any]:
        self.said += 1
        activity = emulator_message(self.channel.url, channelId="msteams", id=f"m-{self.said}")
        return await self.door.post({**activity, **changed})

    async def execute(self, data: object, **changed: object) -> Any:
        """What the client shows in place of the card."""
        action = {"type": "Action.Execute", "data": data}
        name = "adaptiveCard/action"
        status, answer = await self.post(type="invoke", name=name, text=None, value={"action": action}, **changed)
        assert status == 200
        return answer

    @property
    def newest(self) -> Any:
        """What the bot posted last."""
        return [call.body for call in self.channel.calls if call.method == "POST"][-1]


@pytest.fixture
async def chat(session: aiohttp.ClientSession, channel: Channel, knowledge: Knowledge) -> AsyncIterator[Chat]:
    talk = Talk(knowledge)
    connector = Connector(session, NoCredentials(), ServiceUrls.loopback())
    talk.courier = ConnectorCourier(connector)  # type: ignore[assignment]
    talk.delivery._courier = talk.courier  # type: ignore[assignment]
    library = lambda: knowledge.library  # noqa: E731
    sent = MemorySentPosts(talk.memory)
    views = CardViews(
        sent=sent,
        outbox=talk.outbox,
        cases=MemoryCaseStore(talk.memory),
        settler=CardSettler(library),
        messenger=Messenger(ActivityRenderer(library), library, FixedClock()),
        knowledge=lambda: knowledge,
    )
    urls = ServiceUrls.loopback()
    bot = LearningPartnerBot(talk.engine.run, FixedClock(), urls, cards=CardAnswers(views, sent))
    changer = talk.courier
    update = UpdateHandler(outbox=talk.outbox, sent=sent, views=views, changer=changer, delivery=talk.delivery)
    dispatcher = Dispatcher(
        outbox=talk.outbox,
        delivery=talk.delivery,
        clock=talk.clock,
        observer=talk.observer,
        handlers={UPDATE: update},
    )
    async with local(session, bot=bot) as door:
        yield Chat(door, talk, channel, dispatcher)


def data_of(activity: Any, title: str) -> dict[str, Any]:
    data: dict[str, Any] = buttons(activity)[title]["data"]  # type: ignore[assignment]
    return data


async def test_every_button_has_a_fallback_with_the_same_data(chat: Chat) -> None:
    """Lines that can be pressed are no buttons: Agents Playground sends nothing for one with ``Action.Execute``."""
    for text in ("What is the Learning Action Pack?", "is gold or silver better for KPIs", "we want to be listed"):
        await chat.post(text=text)
        found = {title: action for title, action in buttons(chat.newest).items() if action["type"] != "Action.OpenUrl"}
        lines = {title: found.pop(title) for title in [*found] if "fallback" not in found[title]}
        assert found or lines
        assert {(line["type"], "card" in line["data"]) for line in lines.values()} <= {("Action.Submit", True)}
        for title, action in found.items():
            fallback: Any = action["fallback"]
            assert (action["type"], fallback["type"]) == ("Action.Execute", "Action.Submit")
            assert (action["data"], title) == (fallback["data"], fallback["title"])


async def test_a_press_shows_its_result_in_place_and_the_answer_below(chat: Chat) -> None:
    await chat.post(text="list Contoso in Brazil, contoso.com/ms")
    asked = chat.newest
    answer = await chat.execute(data_of(asked, "Yes"))
    assert (answer["statusCode"], answer["type"]) == (200, CARD)
    assert "✔ Yes" in shown(answer["value"])
    assert buttons(answer["value"]) == {}
    assert "no competitors" in shown(chat.newest)
    late = await chat.execute(data_of(asked, "Yes"))
    assert (late["type"], buttons(late["value"])) == (CARD, {})


async def test_a_question_on_a_card_leaves_the_card(chat: Chat) -> None:
    await chat.post(text="How does a company get into the directory?")
    asked = chat.newest
    title = next(title for title, one in buttons(asked).items() if one["data"]["do"] == "say")  # type: ignore[index,call-overload]
    answer = await chat.execute(data_of(asked, title))
    assert answer["value"] == asked["attachments"][0]["content"]


async def test_a_refresh_is_no_turn(chat: Chat) -> None:
    await chat.post(text="we want to be listed")
    await chat.execute(data_of(chat.newest, "Fill in a card"))
    card = chat.newest["attachments"][0]["content"]
    refresh = card["refresh"]
    assert refresh["userIds"] == ["7d0a6a0e-user"]
    turns, posts = len(chat.talk.memory.inbox), len(chat.channel.calls)
    answer = await chat.execute(refresh["action"]["data"])
    assert answer["value"] == card
    foreign = await chat.execute(refresh["action"]["data"], conversation={"id": "other"})
    assert (foreign["type"], foreign["value"]) == (MESSAGE, "")
    assert (len(chat.talk.memory.inbox), len(chat.channel.calls)) == (turns, posts)
    await chat.execute({**data_of({"card": card}, "Continue")})
    after = await chat.execute(refresh["action"]["data"])
    assert "Continue" not in buttons(after["value"])


async def test_that_a_refresh_is_no_turn_has_teeth(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    await chat.post(text="we want to be listed")
    await chat.execute(data_of(chat.newest, "Fill in a card"))
    refresh = chat.newest["attachments"][0]["content"]["refresh"]["action"]["data"]
    turns = len(chat.talk.memory.inbox)
    monkeypatch.setattr("bot.handler.is_refresh", lambda _: False)
    await chat.execute(refresh)
    assert len(chat.talk.memory.inbox) == turns + 1, "looking at a card would count as something said"


async def test_teams_thumbs_are_about_the_answer_under_which_they_stand(chat: Chat) -> None:
    await chat.post(text="What is the Learning Action Pack?")
    assert chat.newest["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert "Was this helpful?" not in shown(chat.newest)
    await chat.post(text="How often are the KPI reports updated?")
    judged = {"reaction": "dislike", "feedback": json.dumps({"feedbackText": "too short"})}
    status, answer = await chat.post(
        type="invoke",
        name="message/submitAction",
        text=None,
        replyToId="given-1",
        value={"actionName": "feedback", "actionValue": judged},
    )
    assert (status, answer) == (200, {})
    records = chat.talk.memory.records
    assert [(one.entry, one.helpful) for one in records if type(one).__name__ == "Feedback"] == [  # type: ignore[union-attr]
        ("lap-what-is", False)
    ]
    assert [one.text for one in records if getattr(one, "kind", "") == "feedback"] == ["too short"]  # type: ignore[union-attr]
    assert len(chat.channel.calls) == 2


async def test_nothing_says_that_an_ai_wrote_it(chat: Chat) -> None:
    """Answers are curated: no label, and the source stands under each."""
    await chat.post(text="What is the Learning Action Pack?")
    assert "AIGeneratedContent" not in json.dumps(chat.newest)
    assert "As of" in shown(chat.newest)


GROUP = {"id": "19:g@thread.v2", "conversationType": "groupChat", "isGroup": True}


async def test_a_card_from_a_group_is_changed_in_the_personal_chat(chat: Chat) -> None:
    """The channel gives the chat when asked for it, as when the card was sent."""
    await chat.post(text="delete my data", conversation=GROUP)
    chats, asked = [(call.path, call.body) for call in chat.channel.calls][-2:]
    assert chats[0] == "/v3/conversations"
    given = len(chat.channel.calls)
    answer = await chat.execute(data_of(asked[1], "No, keep it"), conversation={"id": f"given-{given - 1}"})
    assert "✔ No, keep it" in shown(answer["value"])
    before = len(chat.channel.calls)
    chat.talk.clock.at = FixedClock().now()
    await chat.dispatcher.round()
    made, put = chat.channel.calls[before:]
    assert (made.method, made.path, made.body["members"][0]["id"]) == ("POST", "/v3/conversations", "7d0a6a0e-user")
    assert (put.method, put.path) == ("PUT", f"/v3/conversations/given-{before + 1}/activities/given-{given}")
    assert "✔ No, keep it" in shown(put.body)
    assert buttons(put.body) == {}


async def test_a_message_is_changed_with_put(chat: Chat) -> None:
    await chat.post(text="hello")
    (post,) = chat.talk.memory.sent.values()
    await chat.talk.courier.change(post.to_post().address, "given/1", {"type": "message", "text": "new"})
    call = chat.channel.calls[-1]
    assert (call.method, call.path.rpartition("/")[2]) == ("PUT", "given%2F1")
    assert (call.body["id"], call.body["text"]) == ("given/1", "new")
