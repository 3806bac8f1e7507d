"""Buttons that operators press in their channel: the console's rules and records, and nothing of a partner's talk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.handler import LearningPartnerBot
from bot.operators import presses
from bot.operators.presses import OperatorPresses
from bot.service_urls import ServiceUrls
from cases.model import State
from desk.access import Role
from desk.audit import Deed
from desk.channel import Channel as Place
from desk.pressing import Standing
from tests.bot.door import Door, Engine, local
from tests.bot.fakes import Channel
from tests.bot.operating import BEA, CHANNEL, THREAD, Back, press, provider_account, sent, words

HERE = "on the page of your account"


@pytest.fixture
async def door(session: aiohttp.ClientSession, back: Back) -> AsyncIterator[Door]:
    engine = Engine()
    bot = LearningPartnerBot(engine.run, back.clock, ServiceUrls.loopback(), operators=back.presses)
    async with local(session, bot=bot) as opened:
        opened.engine = engine
        yield opened


REFUSED: list[tuple[str, Any, str]] = [
    ("viewer", (Role.VIEWER,), "not work on them"),
    ("curator", (Role.CURATOR,), "not work on them"),
    ("", None, f"no account of the console is linked to you. An admin can do that {HERE}. Your Teams user is {BEA}"),
]


@pytest.mark.parametrize(("name", "roles", "said"), REFUSED)
async def test_who_may_not_is_told(door: Door, back: Back, channel: Channel, name: str, roles: Any, said: str) -> None:
    if roles is not None:
        back.people.hire(name, *roles)
    case = await back.request()
    status, answer = await door.post(press(channel, case))
    assert (status, answer["statusCode"]) == (200, 200)
    assert answer["type"] == "application/vnd.microsoft.activity.message"
    assert said in answer["value"]
    assert await back.cases.find(case.reference) == case
    (record,) = await back.records()
    assert (record.actor, record.deed, record.data) == (name, Deed.FORBIDDEN, {"action": "work-requests"})
    assert door.engine.seen == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"disabled": True}, "disabled"), (provider_account(), "sign in to the console once")],
)
async def test_whose_account_does_not_count_is_told(
    door: Door, back: Back, channel: Channel, changes: dict[str, Any], said: str
) -> None:
    back.people.hire("bea", Role.OPERATOR, **changes)
    case = await back.request()
    _, answer = await door.post(press(channel, case))
    assert said in answer["value"]
    assert await back.cases.find(case.reference) == case


async def test_a_press_does_what_the_console_does(door: Door, back: Back, channel: Channel) -> None:
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    steps: list[tuple[dict[str, Any], str, str]] = [
        ({"what": "take"}, "assigned", "bea"),
        ({"what": "move", "to": "in-review"}, "moved", "In review"),
        ({"what": "ask", "field": "landing-page", "ask-words": "It is down."}, "asked", "Waiting for: Landing page"),
    ]
    for data, kind, shown in steps:
        status, answer = await door.post(press(channel, case, data=data, id=f"a-{kind}"))
        assert (status, answer["statusCode"], answer["type"]) == (200, 200, "application/vnd.microsoft.card.adaptive")
        assert shown in words(answer["value"])
        record = (await back.records())[-1]
        assert (record.actor, record.deed, record.subject) == ("bea", Deed.REQUEST_CHANGED, case.reference)
        assert record.data == {"kind": kind}
        found = await back.cases.find(case.reference)
        assert found is not None
        case = found
    assert (case.state, case.assignee, case.waiting_field) == (State.WAITING, "bea", "landing-page")
    assert [str(event.actor) for event in await back.cases.events(case.reference)][1:] == ["operator:bea"] * 3
    assert door.engine.seen == []
    await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST"]  # everybody else sees the same


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"version": 7}, "changed meanwhile"),
        ({"what": "move", "to": "listed"}, "cannot be done"),
        ({"what": "move", "to": "declined"}, "must be told why"),
        ({"what": "move", "to": "declined", "words": "x" * 4001}, "too long"),
        ({"what": "ask", "field": "colour", "ask-words": "It is <b>down</b>."}, "cannot be done"),
    ],
)
async def test_what_cannot_be_done_shows_how_it_stands(
    door: Door, back: Back, channel: Channel, data: dict[str, Any], said: str
) -> None:
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    _, answer = await door.post(press(channel, case, data=data))
    assert answer["type"] == "application/vnd.microsoft.card.adaptive"
    assert said in words(answer["value"]["body"][0])
    typed = str(data.get("words", data.get("ask-words", "")))[:2000]
    assert typed in words(answer["value"]["actions"])
    assert await back.cases.find(case.reference) == case
    assert await back.records() == []


async def test_of_two_who_press_at_once_one_wins(door: Door, back: Back, channel: Channel) -> None:
    back.people.hire("bea", Role.OPERATOR)
    back.people.hire("cy", Role.OPERATOR, user="22222222-2222-3333-4444-555555555555")
    case = await back.request()
    users = (BEA, "22222222-2222-3333-4444-555555555555")
    answers = await asyncio.gather(*(door.post(press(channel, case, user, id=user)) for user in users))
    noted = [("changed meanwhile" in words(answer["value"]["body"][0])) for _, answer in answers]
    assert sorted(noted) == [False, True]
    assert len(await back.records()) == 1


@pytest.mark.parametrize(
    "data", [{"what": "explode"}, {"what": ["take"]}, {"version": "1"}, {"reference": "LP-1"}, {"what": "move"}]
)
async def test_what_no_button_says_is_a_bad_request(door: Door, back: Back, channel: Channel, data: Any) -> None:
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    status, answer = await door.post(press(channel, case, data=data))
    assert (status, answer["statusCode"], answer["type"]) == (200, 400, "application/vnd.microsoft.error")
    assert await back.cases.find(case.reference) == case


async def test_a_request_that_is_gone_is_said_to_be(door: Door, back: Back, channel: Channel) -> None:
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    back.memory.cases._cases.clear()
    _, answer = await door.post(press(channel, case))
    assert answer["value"] == "There is no such request any more."


ELSEWHERE: list[dict[str, Any]] = [
    {"conversation": {"id": "a:1_personal", "conversationType": "personal"}},
    {"conversation": {"id": "19:other@thread.tacv2;messageid=1", "conversationType": "channel"}},
    {"conversation": {"id": f"x{CHANNEL}", "conversationType": "channel"}},
    {"channelId": "directline"},
    {"channelId": "webchat"},
    {"channelId": "emulator"},
]


@pytest.mark.parametrize("changed", ELSEWHERE)
async def test_buttons_work_in_the_channel_only(
    door: Door, back: Back, channel: Channel, changed: dict[str, Any]
) -> None:
    """A forwarded card does nothing; and outside Teams anybody can say that they are Bea."""
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    _, answer = await door.post(press(channel, case, **changed))
    assert answer["value"] == "These buttons work in the operators' channel only."
    assert (await back.cases.find(case.reference), await back.records()) == (case, [])


@pytest.mark.parametrize("guard", ["place", "standing"])
async def test_without_its_guards_a_press_would_do_it(
    door: Door, back: Back, channel: Channel, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """Teeth of the tests before: somebody on Direct Line who says that they are Bea; a viewer."""
    if guard == "place":
        monkeypatch.setattr(OperatorPresses, "_is_here", lambda *_: True)
    else:
        monkeypatch.setattr(presses, "standing_of", lambda *_: Standing.MAY)
    back.people.hire("bea", Role.OPERATOR if guard == "place" else Role.VIEWER)
    case = await back.request()
    await door.post(press(channel, case, channelId="directline" if guard == "place" else "msteams"))
    changed = await back.cases.find(case.reference)
    assert changed is not None
    assert changed.assignee == "bea"


async def test_without_an_object_id_nobody_is_known(door: Door, back: Back, channel: Channel) -> None:
    back.people.accounts[""] = back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    _, answer = await door.post(press(channel, case, user=None))
    assert "no account of the console is linked" in answer["value"]
    assert await back.cases.find(case.reference) == case


async def test_who_presses_too_fast_waits(door: Door, back: Back, channel: Channel) -> None:
    back.people.hire("bea", Role.OPERATOR)
    back.too_fast.append(f"msteams|{BEA}")
    status, _ = await door.post(press(channel, await back.request()))
    assert status == 429


async def test_an_old_client_submits(door: Door, back: Back, channel: Channel) -> None:
    """Nothing can be answered but messages: the card is rewritten for all, and only a refusal is said."""
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    value = press(channel, case)["value"]["action"]["data"]
    message = press(channel, case, type="message", name=None, value=value)
    assert await door.post(message) == (200, None)
    taken = await back.cases.find(case.reference)
    assert taken is not None
    assert taken.assignee == "bea"
    assert await door.post({**message, "id": "again"}) == (200, None)
    posts = [kept.to_post() for kept in back.memory.posts.values() if kept.post.kind == "reply"]
    (said,) = [post.payload["activity"] for post in posts]
    assert isinstance(said, dict)
    assert "changed meanwhile" in str(said["text"])
    assert posts[0].address.conversation == THREAD
    assert door.engine.seen == []


async def test_what_is_not_ours_goes_to_the_partners_dialogs(door: Door, channel: Channel, back: Back) -> None:
    case = await back.request()
    await door.post(press(channel, case, data={"do": "status", "what": "show"}))
    await door.post(press(channel, case, type="message", name=None, value=None, text="hello", id="b"))
    assert [incoming.text for incoming in door.engine.seen] == ["", "hello"]


async def test_the_channel_tells_where_it_is(door: Door, channel: Channel, back: Back) -> None:
    await back.channel.configure("")
    await back.channel.configure(CHANNEL)
    elsewhere = press(channel, await back.request(), type="message", name=None, value=None, text="hello")
    await door.post({**elsewhere, "conversation": {"id": "19:other@thread.tacv2;messageid=1"}})
    assert await back.channel.find() == Place(CHANNEL)
    await door.post(elsewhere)
    learned = {"serviceUrl": channel.url, "bot": {"id": "28:bot", "name": "Learning Partner"}, "tenant": "t-1"}
    assert await back.channel.find() == Place(CHANNEL, learned)


async def test_nothing_of_it_is_logged(
    door: Door, channel: Channel, back: Back, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    back.people.hire("bea", Role.OPERATOR)
    case = await back.request()
    await back.work_off()
    await door.post(press(channel, case, data={"what": "move", "to": "declined", "words": "secret words"}))
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    logged = "\n".join(record.getMessage() + str(record.__dict__) for record in ours)
    assert not any(private in logged for private in ("secret words", BEA, "Contoso", "Ana", case.reference))
