"""The whole door: request → checks → SDK → handler → engine → answer, with activities as clients send them."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import Activity, ConversationReference

from bot.adapter import ANSWER_WITHIN
from bot.connector import Connector
from bot.credentials import NoCredentials
from bot.keys import ConnectorKeys
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens
from tests.bot.door import Door, local, open_door, registered
from tests.bot.fakes import (
    APP_ID,
    Channel,
    Issuer,
    emulator_joined,
    emulator_message,
    teams_channel_message,
    teams_message,
)
from tests.waiting import until
from turn.errors import DeliveryFailed, ReusedActivityId, TurnTooSlow
from turn.model import Happening, Scope


@pytest.fixture
async def door(session: aiohttp.ClientSession) -> AsyncIterator[Door]:
    async with local(session) as opened:
        yield opened


async def test_the_emulator_gets_its_answer(door: Door, channel: Channel) -> None:
    status, answer = await door.post(emulator_message(channel.url, "when is the window?"))
    assert (status, answer) == (200, None)
    assert channel.texts == ["you: when is the window?"]
    assert channel.calls[0].authorization is None


async def test_the_emulator_is_welcomed_once(door: Door, channel: Channel) -> None:
    await door.post(emulator_joined(channel.url))
    assert [(one.happening, one.user) for one in door.engine.seen] == [(Happening.JOINED, "7d0a6a0e-user")]
    assert len(channel.calls) == 1


async def test_teams_gets_in_with_a_token(session: aiohttp.ClientSession, shared_issuer: Issuer) -> None:
    async with registered(session, shared_issuer) as door:
        assert await door.post(teams_channel_message("help"), shared_issuer.token()) == (200, None)
        (said,) = door.engine.seen
        assert (said.text, said.scope, said.locale) == ("help", Scope.CHANNEL, "zh-CN")


async def test_replies_to_teams_carry_the_bots_token(
    session: aiohttp.ClientSession, shared_issuer: Issuer, channel: Channel
) -> None:
    """The whole way with a token in both directions; the channel stands on loopback here."""

    class Token(NoCredentials):
        async def token(self) -> str | None:
            return "t0ken"

    urls = ServiceUrls.loopback()
    gate = ConnectorTokens(APP_ID, ConnectorKeys(session, shared_issuer.metadata_url), urls)
    async with open_door(gate, Connector(session, Token(), urls), urls) as door:
        token = shared_issuer.token(serviceurl=channel.url)
        assert await door.post(teams_message("help", serviceUrl=channel.url), token) == (200, None)
    assert channel.texts == ["you: help"]
    assert channel.calls[0].authorization == "Bearer t0ken"


async def test_without_app_id_only_loopback_gets_in(session: aiohttp.ClientSession, channel: Channel) -> None:
    async with local(session, bound_to_loopback=False) as exposed:
        assert (await exposed.post(emulator_message(channel.url)))[0] == 401


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "for=203.0.113.7"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("Host", "bot.example.com"),
        ("Host", "localhost.evil.example:3978"),
        ("Host", "127.0.0.1.evil.example"),
    ],
)
async def test_a_tunnel_is_not_loopback(door: Door, channel: Channel, header: str, value: str) -> None:
    status, _ = await door.post(emulator_message(channel.url), **{header: value})
    assert status == 401
    assert door.engine.seen == []


@pytest.mark.parametrize("host", ["localhost:3978", "LOCALHOST", "127.0.0.1", "[::1]:3978", "[::1]"])
async def test_this_machine_by_any_of_its_names(door: Door, channel: Channel, host: str) -> None:
    assert (await door.post(emulator_message(channel.url), Host=host))[0] == 200


@pytest.mark.parametrize("url", ["https://smba.trafficmanager.net/emea/", "http://10.0.0.5/", "http://evil.example/"])
async def test_without_app_id_replies_stay_on_this_machine(door: Door, url: str) -> None:
    assert (await door.post(emulator_message(url)))[0] == 403
    assert door.engine.seen == []


async def test_a_token_that_the_playground_sends_is_not_looked_at(door: Door, channel: Channel) -> None:
    assert (await door.post(emulator_message(channel.url), "anything"))[0] == 200


async def test_expected_replies_travel_in_the_response(door: Door, channel: Channel) -> None:
    status, answer = await door.post(emulator_message(channel.url, deliveryMode="expectReplies"))
    assert status == 200
    (reply,) = answer["activities"]
    assert (reply["text"], reply["type"], reply["replyToId"]) == ("you: hello", "message", "4a1d0b70-be7c-11f0")
    assert reply["recipient"] == {"id": "7d0a6a0e-user", "name": "User"}
    assert channel.calls == []


async def test_expected_replies_of_nothing_are_an_empty_list(door: Door, channel: Channel) -> None:
    typing = emulator_message(channel.url, type="typing", deliveryMode="expectReplies")
    assert await door.post(typing) == (200, {"activities": []})


def _execute(url: str, action: Any, **changed: object) -> dict[str, Any]:
    return emulator_message(
        url, type="invoke", name="adaptiveCard/action", text=None, value={"action": action}, **changed
    )


@pytest.mark.parametrize("mode", [None, "expectReplies"])
async def test_a_card_action_is_answered_and_its_reply_posted(door: Door, channel: Channel, mode: str | None) -> None:
    action = {"type": "Action.Execute", "verb": "x", "data": {"do": "say", "text": "Dates"}}
    status, answer = await door.post(_execute(channel.url, action, deliveryMode=mode))
    assert (status, answer["statusCode"], answer["type"]) == (200, 200, "application/vnd.microsoft.activity.message")
    assert channel.texts == ["you: Dates"]


@pytest.mark.parametrize("action", [None, 5, "x", {}, {"data": {}}, {"type": "Action.Submit", "data": {"do": None}}])
async def test_a_card_action_that_is_not_ours_says_so(door: Door, channel: Channel, action: Any) -> None:
    status, answer = await door.post(_execute(channel.url, action))
    assert (status, answer["statusCode"], answer["type"]) == (200, 400, "application/vnd.microsoft.error")
    assert isinstance(answer["value"]["message"], str)
    assert door.engine.seen == []


@pytest.mark.parametrize(
    "name",
    ["task/fetch", "task/submit", "composeExtension/query", "composeExtension/queryLink", "fileConsent/invoke",
     "signin/verifyState", "signin/tokenExchange", "config/fetch", "tab/fetch", "Message/SubmitAction",
     "somethingNew", None],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, 5, {"a": []}])
async def test_other_invokes_are_404_with_a_body(door: Door, channel: Channel, name: str | None, value: Any) -> None:
    status, answer = await door.post(emulator_message(channel.url, type="invoke", name=name, value=value))
    assert status == 404
    assert answer["error"]["code"] == "NotSupported"


@pytest.mark.parametrize(
    "kind",
    ["typing", "event", "ping", "contactRelationUpdate", "deleteUserData", "installationUpdate", "messageUpdate"],
)
async def test_other_activities_are_taken_quietly(door: Door, channel: Channel, kind: str) -> None:
    assert await door.post(emulator_message(channel.url, type=kind)) == (200, None)
    assert door.engine.seen == []


async def test_a_fault_is_500_with_an_id_and_no_words(
    door: Door, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    door.engine.error = RuntimeError("canary of the user")
    status, answer = await door.post(emulator_message(channel.url, "canary text"))
    assert status == 500
    assert len(answer["error"]["id"]) == 12
    logged = vars(caplog.records[-1])
    assert (logged["error_id"], logged["error"]) == (answer["error"]["id"], "RuntimeError")
    assert logged["where"].startswith("door.py:")
    assert "canary" not in f"{logged} {answer}"
    door.engine.error = None
    assert (await door.post(emulator_message(channel.url)))[0] == 200


@pytest.mark.parametrize("error", [KeyError("x"), PermissionError("x"), ValueError("x"), DeliveryFailed(502)])
async def test_our_faults_never_look_like_the_callers(door: Door, channel: Channel, error: Exception) -> None:
    door.engine.error = error
    assert (await door.post(emulator_message(channel.url)))[0] == 500


async def test_a_reused_id_is_409(door: Door, channel: Channel) -> None:
    door.engine.error = ReusedActivityId()
    status, answer = await door.post(emulator_message(channel.url))
    assert (status, answer["error"]["code"]) == (409, "ReusedActivityId")


async def test_refusals_are_logged_without_content(
    door: Door, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await door.post({**emulator_message(channel.url, "canary"), "conversation": {"id": "canary \n"}})
    (logged,) = [vars(record) for record in caplog.records if record.name == "bot.adapter"]
    assert (logged["error"], logged["reason"]) == ("BadActivity", "conversation.id: string_pattern_mismatch")
    assert "canary" not in str(logged)


async def test_a_slow_turn_is_answered_and_one_whose_client_left_is_finished(door: Door, channel: Channel) -> None:
    gate = door.engine.gate = asyncio.Event()
    patient = asyncio.ensure_future(door.post(emulator_message(channel.url)))
    await until(lambda: len(door.engine.seen) == 1)
    leaving = asyncio.ensure_future(door.post(emulator_message(channel.url, "bye")))
    await until(lambda: len(door.engine.seen) == 2)
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    gate.set()
    assert (await patient)[0] == 200
    await until(lambda: len(channel.texts) == 2)
    assert sorted(channel.texts) == ["you: bye", "you: hello"]


async def test_whoever_cannot_be_answered_in_time_is_told_to_come_again(
    door: Door, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever takes so long: a turn says so itself, and all else is cut off."""
    assert ANSWER_WITHIN < 5
    door.engine.error = TurnTooSlow()
    said = await door.post(emulator_message(channel.url))
    door.engine.error, door.engine.gate = None, asyncio.Event()
    monkeypatch.setattr("bot.adapter.ANSWER_WITHIN", 0.05)
    cut = await asyncio.wait_for(door.post(emulator_message(channel.url, id="other")), 5)
    assert [(status, answer["error"]["code"]) for status, answer in (said, cut)] == [(503, "TurnTooSlow")] * 2


async def test_turns_run_side_by_side(door: Door, channel: Channel) -> None:
    gate = door.engine.gate = asyncio.Event()
    bodies = [emulator_message(channel.url, str(n), id=f"id-{n}") for n in range(30)]
    posting = [asyncio.ensure_future(door.post(body)) for body in bodies]
    await until(lambda: len(door.engine.seen) == 30)
    gate.set()
    answers = await asyncio.gather(*posting)
    assert {status for status, _ in answers} == {200}
    assert sorted(channel.texts) == sorted(f"you: {n}" for n in range(30))


class Talker(ActivityHandler):  # type: ignore[misc] # the SDK has no types
    """A bot that speaks through its `TurnContext`, as any bot of the SDK does."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        sent = await turn_context.send_activity("one")
        await turn_context.send_activity(Activity(type="message", text="two"))
        if sent.id:
            await turn_context.update_activity(Activity(id=sent.id, type="message", text="one again"))
            await turn_context.delete_activity(sent.id)


@pytest.fixture
async def talker(session: aiohttp.ClientSession) -> AsyncIterator[Door]:
    async with local(session, bot=Talker()) as door:
        yield door


async def test_turn_context_sends_through_our_connector(talker: Door, channel: Channel) -> None:
    assert (await talker.post(emulator_message(channel.url)))[0] == 200
    reply_path = "/v3/conversations/3f2c6d10-be7c-11f0%7Clivechat/activities/4a1d0b70-be7c-11f0"
    given = "/v3/conversations/3f2c6d10-be7c-11f0%7Clivechat/activities/given-1"
    assert [(call.method, call.path) for call in channel.calls] == [
        ("POST", reply_path),
        ("POST", reply_path),
        ("PUT", given),
        ("DELETE", given),
    ]
    body = channel.calls[0].body
    assert (body["text"], body["from"]["id"], body["recipient"]["id"]) == ("one", "5d3a-bot", "7d0a6a0e-user")


async def test_turn_context_with_expected_replies(talker: Door, channel: Channel) -> None:
    status, answer = await talker.post(emulator_message(channel.url, deliveryMode="expectReplies"))
    assert (status, [reply["text"] for reply in answer["activities"]]) == (200, ["one", "two"])
    assert channel.calls == []


async def test_messages_from_the_bots_side(door: Door, channel: Channel) -> None:
    """`continue_conversation` of the SDK works over the same connector."""
    await door.post(emulator_message(channel.url))
    reference = ConversationReference().deserialize(dict(door.engine.seen[0].address.reference))

    async def news(context: TurnContext) -> None:
        await context.send_activity("news")

    await door.adapter.continue_conversation(reference, news, "app")
    assert channel.texts[-1] == "news"


def test_the_sdk_is_imported_by_adapter_and_handler_only() -> None:
    """And by nothing that the wiring needs before the first request."""
    modules = "errors http keys tokens service_urls credentials connector courier sdk_seam intake incoming mentions"
    imports = "; ".join(f"import bot.{name}" for name in modules.split())
    check = f"import sys; {imports}; print([m for m in sys.modules if m.startswith(('botbuilder', 'botframework'))])"
    assert subprocess.check_output([sys.executable, "-c", check], text=True).strip() == "[]"
