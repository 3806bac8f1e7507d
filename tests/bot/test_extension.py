"""Every invoke that Teams sends, known, unknown and malformed; and what the message extension finds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.extension import MessageExtension
from bot.handler import LearningPartnerBot
from bot.service_urls import ServiceUrls
from cases.model import CaseType, Contact, Draft, Owner
from cases.usecases import open_case, withdraw
from dialogs.decision import Knowledge
from program.windows import calendar_of
from storage.memory import Memory, MemoryCaseStore
from tests.bot.door import Door, Engine, local
from tests.bot.fakes import Channel, FixedClock, emulator_message

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ME, OTHER = "7d0a6a0e-user", "somebody-else"
CONTACT = Contact("emulator", "3f2c6d10-be7c-11f0|livechat")


@pytest.fixture
async def door(session: aiohttp.ClientSession, knowledge: Knowledge) -> AsyncIterator[Door]:
    store, calendar = MemoryCaseStore(Memory()), calendar_of(knowledge.library.program)
    for number, (user, name) in enumerate(((ME, "Contoso"), (ME, "Fabrikam"), (OTHER, "Northwind"))):
        fields = {"display_name": name, "country": "BR", "url": "https://contoso.com/microsoft"}
        draft = Draft(CaseType.LISTING, f"{number:032x}", {**fields}, Owner("emulator", user), CONTACT, "en")
        opened = open_case(draft, NOW, calendar)
        await store.apply(opened)
        if name == "Fabrikam":
            await store.apply(withdraw(opened.case, opened.events[0].actor, NOW, calendar))
    engine = Engine()
    extension = MessageExtension(lambda: knowledge, store, lambda: NOW)
    bot = LearningPartnerBot(engine.run, FixedClock(), ServiceUrls.loopback(), extension)
    async with local(session, bot=bot) as opened_door:
        opened_door.engine = engine
        yield opened_door


def _invoke(channel: Channel, name: object, value: object, **changed: object) -> dict[str, Any]:
    return emulator_message(channel.url, type="invoke", name=name, text=None, value=value, **changed)


def _search(channel: Channel, command: str, text: str | None, **changed: object) -> dict[str, Any]:
    given = {"name": "initialRun", "value": "true"} if text is None else {"name": "query", "value": text}
    value = {"commandId": command, "parameters": [given], "queryOptions": {"skip": 0, "count": 25}}
    return _invoke(channel, "composeExtension/query", value, **changed)


_NAMES = """adaptiveCard/action composeExtension/query composeExtension/queryLink composeExtension/anonymousQueryLink
    composeExtension/selectItem composeExtension/submitAction composeExtension/fetchTask composeExtension/setting
    composeExtension/querySettingUrl composeExtension/onCardButtonClicked task/fetch task/submit tab/fetch tab/submit
    config/fetch config/submit signin/verifyState signin/tokenExchange signin/failure fileConsent/invoke
    actionableMessage/executeAction message/submitAction message/fetchTask application/search somethingNew"""
NAMES = _NAMES.split()
VALUES = [None, 5, "x", [], {}, {"a": []}, {"commandId": 5}, {"commandId": "answers", "parameters": 7},
          {"commandId": "answers", "parameters": [None, {"name": "query", "value": {"x": 1}}], "queryOptions": []},
          {"commandId": "requests", "queryOptions": {"skip": -1, "count": 10**30}},
          {"actionName": "feedback", "actionValue": []}, {"actionName": "feedback", "actionValue": {"reaction": 5}},
          {"actionName": "feedback", "actionValue": {"reaction": "like", "feedback": "{"}},
          {"actionName": "feedback", "actionValue": {"reaction": "dislike", "feedback": "[" * 5000}},
          {"action": {"type": "Action.Execute", "data": {"do": []}}},
          {"action": {"verb": "refresh", "data": {"do": "refresh", "card": {"x": 1}}}},
          {"action": {"verb": "refresh", "data": {"do": "refresh", "card": "x" * 5000}}},
          {"action": {"data": {"do": "form", "what": "filled", "card": ["x"]}}}]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "", None])
async def test_no_invoke_is_answered_with_5xx(door: Door, channel: Channel, name: str | None) -> None:
    for place, value in enumerate(VALUES):
        status, body = await door.post(_invoke(channel, name, value, id=f"i-{place}"))
        assert status in (200, 400, 404), (name, value, status)
        assert isinstance(body, dict)
        if status != 200:
            assert body["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("composeExtension/query", {"commandId": "answers"}, 200),
        ("composeExtension/query", {"commandId": "unknown"}, 400),
        ("composeExtension/query", None, 400),
        ("adaptiveCard/action", {"action": {"type": "Action.Execute", "data": {"do": "entry", "entry": "x"}}}, 200),
        ("message/submitAction", {"actionName": "feedback", "actionValue": {"reaction": "like"}}, 200),
        ("adaptiveCard/action", {"action": {"verb": "refresh", "data": {"do": "refresh", "card": "x"}}}, 200),
        ("message/fetchTask", {"data": {"actionName": "feedback", "actionValue": {"reaction": "like"}}}, 200),
        ("task/fetch", {}, 404),
        ("tab/fetch", {}, 404),
    ],
)
async def test_known_invokes(door: Door, channel: Channel, name: str, value: object, status: int) -> None:
    assert (await door.post(_invoke(channel, name, value)))[0] == status


async def test_teams_own_feedback_buttons_are_a_word_on_the_answer(door: Door, channel: Channel) -> None:
    for reaction in ("like", "dislike", "applause"):
        value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": "{}"}}
        await door.post(_invoke(channel, "message/submitAction", value, id=reaction))
    assert [seen.text for seen in door.engine.seen] == ["like", "dislike"]


async def _found(door: Door, activity: dict[str, Any]) -> dict[str, Any]:
    status, body = await door.post(activity)
    assert status == 200
    found: dict[str, Any] = body["composeExtension"]
    return found


def _titles(found: dict[str, Any]) -> list[str]:
    return [one["preview"]["content"]["title"] for one in found["attachments"]]


@pytest.mark.parametrize(
    ("text", "language", "entry"),
    [
        ("when do the KPI reports come out", "en", "kpi-report-schedule"),
        ("怎样登上学习合作伙伴目录", "zh-CN", "directory-how-to-get-listed"),
    ],
)
async def test_an_answer_is_found_and_comes_as_its_card(
    door: Door, channel: Channel, knowledge: Knowledge, text: str, language: str, entry: str
) -> None:
    found = await _found(door, _search(channel, "answers", text, locale="en-US"))
    title = knowledge.library.languages[language].knowledge.entries[entry].title
    assert (found["type"], found["attachmentLayout"]) == ("result", "list")
    assert _titles(found)[0] == title
    content = found["attachments"][0]["content"]
    assert content["type"] == "AdaptiveCard"
    assert content["body"][0]["text"] == title
    assert "ActionSet" not in str(content), "a card in somebody's chat asks nothing of those who read it"


async def test_before_anything_is_typed_there_is_something_to_choose(door: Door, channel: Channel) -> None:
    for locale in ("en-US", "zh-CN"):
        found = await _found(door, _search(channel, "answers", None, locale=locale))
        assert len(_titles(found)) >= 3


async def test_results_come_in_pages(door: Door, channel: Channel) -> None:
    activity = _search(channel, "answers", None)
    everything = _titles(await _found(door, activity))
    activity["value"]["queryOptions"] = {"skip": 1, "count": 1}
    assert _titles(await _found(door, activity)) == everything[1:2]


async def test_nothing_found_is_said_in_the_users_language(door: Door, channel: Channel) -> None:
    found = await _found(door, _search(channel, "requests", "no such request"))
    assert found == {"type": "message", "text": "I found no open request of yours."}
    found = await _found(door, _search(channel, "closed", "没有这个请求"))
    assert found["text"] == "没有找到您已办结的请求。"


async def test_own_requests_only_open_and_closed_apart(door: Door, channel: Channel) -> None:
    (opened,) = (await _found(door, _search(channel, "requests", None)))["attachments"]
    (closed,) = (await _found(door, _search(channel, "closed", None)))["attachments"]
    assert opened["preview"]["content"]["title"] != closed["preview"]["content"]["title"]
    assert "Northwind" not in str(opened) + str(closed)
    assert (await _found(door, _search(channel, "requests", "northwind")))["type"] == "message"
    found = await _found(door, _search(channel, "requests", "contoso"))
    assert len(found["attachments"]) == 1
    assert "Submit" not in str(found)
    nobody = _search(channel, "requests", None)
    nobody["from"]["id"] = "a-third"
    assert (await _found(door, nobody))["type"] == "message"
