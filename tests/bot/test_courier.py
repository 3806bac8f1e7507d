"""Replies on their way to a channel, and the SDK's way of sending."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest
from botbuilder.schema import Activity, ActivityTypes, Attachment, CardAction, HeroCard

from bot.connector import Connector
from bot.courier import ConnectorCourier, addressed, replies_in_response
from bot.credentials import NoCredentials
from bot.incoming import to_incoming
from bot.intake import parse_activity
from bot.sdk_seam import ConnectorFactory, to_json
from bot.service_urls import ServiceUrls
from tests.bot.fakes import NOW, Channel, emulator_joined, emulator_message
from turn.errors import DeliveryFailed
from turn.model import Address


def _address(activity: dict[str, object]) -> Address:
    (incoming,) = to_incoming(parse_activity(json.dumps(activity).encode()), NOW, ServiceUrls.loopback())
    return incoming.address


@pytest.fixture
def connector(session: aiohttp.ClientSession) -> Connector:
    return Connector(session, NoCredentials(), ServiceUrls.loopback())


@pytest.fixture
def courier(connector: Connector) -> ConnectorCourier:
    return ConnectorCourier(connector)


async def test_a_reply_is_addressed(courier: ConnectorCourier, channel: Channel) -> None:
    await courier.deliver(_address(emulator_message(channel.url)), [{"id": "ours", "type": "message", "text": "hi"}])
    (call,) = channel.calls
    assert call.path == "/v3/conversations/3f2c6d10-be7c-11f0%7Clivechat/activities/4a1d0b70-be7c-11f0"
    assert call.body == {
        "type": "message",
        "text": "hi",
        "channelId": "emulator",
        "serviceUrl": channel.url,
        "conversation": {"id": "3f2c6d10-be7c-11f0|livechat"},
        "from": {"id": "5d3a-bot", "name": "Bot"},
        "recipient": {"id": "7d0a6a0e-user", "name": "User"},
        "replyToId": "4a1d0b70-be7c-11f0",
    }


async def test_a_channel_that_hangs_keeps_nobody_longer_than_they_wait(
    courier: ConnectorCourier, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.open.clear()
    address = _address(emulator_message(channel.url))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await courier.deliver(address, [{"text": "hi"}])
    monkeypatch.setattr("bot.courier.TYPING_SECONDS", 0.1)
    await courier.typing(address)  # it has a limit of its own


async def test_a_welcome_replies_to_nothing(courier: ConnectorCourier, channel: Channel) -> None:
    await courier.deliver(_address(emulator_joined(channel.url)), [{"text": "welcome"}])
    assert channel.calls[0].path.endswith("/activities")
    assert channel.calls[0].body["recipient"] == {"id": "7d0a6a0e-user", "name": "User"}


async def test_replies_keep_their_order_and_the_first_refusal_ends_it(
    courier: ConnectorCourier, channel: Channel
) -> None:
    address = _address(emulator_message(channel.url))
    await courier.deliver(address, [{"text": str(number)} for number in range(5)])
    assert channel.texts == ["0", "1", "2", "3", "4"]
    channel.faults = [(502, {})]
    with pytest.raises(DeliveryFailed):
        await courier.deliver(address, [{"text": "5"}, {"text": "6"}])
    assert channel.texts[5:] == ["5"]


@pytest.mark.parametrize("reference", [{}, {"serviceUrl": None}, {"serviceUrl": "https://evil.example/"}])
async def test_an_address_that_was_tampered_with_is_final(
    courier: ConnectorCourier, reference: dict[str, object]
) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await courier.deliver(Address("emulator", "c1", reference=reference), [{"text": "hi"}])
    assert caught.value.final


async def test_typing_never_fails(courier: ConnectorCourier, channel: Channel) -> None:
    address = _address(emulator_message(channel.url))
    channel.faults = [(500, {}), (404, {})]
    for _ in range(3):
        await courier.typing(address)
    await courier.typing(Address("emulator", "c1"))
    assert [call.body["type"] for call in channel.calls] == ["typing"] * 3


async def test_replies_in_the_response_are_not_posted_but_later_messages_are(
    courier: ConnectorCourier, channel: Channel
) -> None:
    address = _address(emulator_message(channel.url))
    later = asyncio.Event()

    async def dispatcher() -> None:
        await later.wait()
        await courier.deliver(address, [{"text": "later"}])

    running = asyncio.ensure_future(dispatcher())
    await asyncio.sleep(0)
    with replies_in_response():
        await courier.deliver(address, [{"text": "now"}])
        await courier.typing(address)
        await asyncio.gather(asyncio.ensure_future(courier.deliver(address, [{"text": "now, in a task"}])))
        later.set()
        await running
    await courier.deliver(address, [{"text": "after"}])
    assert channel.texts == ["later", "after"]


async def test_what_is_for_one_person_does_not_travel_in_the_response_to_a_group(
    courier: ConnectorCourier, channel: Channel
) -> None:
    group = _address(emulator_message(channel.url))
    own = replace(group, conversation="personal:u", reference={**group.reference, "personal": {"user": "u"}})
    with replies_in_response():
        await courier.deliver(group, [{"text": "for all"}])
        await courier.deliver(own, [{"text": "for one"}])
    made, told = channel.calls
    assert made.path == "/v3/conversations"
    assert told.path.startswith("/v3/conversations/given-1/activities")
    assert told.body["text"] == "for one"


async def test_the_reply_itself_is_left_as_it_is() -> None:
    reply: dict[str, object] = {"id": "ours", "text": "hi"}
    addressed(Address("emulator", "c1"), reply)  # type: ignore[arg-type]
    assert reply == {"id": "ours", "text": "hi"}


async def test_the_sdk_sends_through_the_same_connector(connector: Connector, channel: Channel) -> None:
    conversations = (await ConnectorFactory(connector).create(channel.url, "")).conversations
    message = Activity(type=ActivityTypes.message, text="hi")
    assert (await conversations.send_to_conversation("c1", message)).id == "given-1"
    assert (await conversations.reply_to_activity("c1", "a1", message)).id == "given-2"
    assert (await conversations.update_activity("c1", "a1", message)).id == "given-3"
    await conversations.delete_activity("c1", "a1")
    assert await conversations.get_conversation_members("c1") == [{"id": "29:ana", "name": "Ana"}]
    assert [(call.method, call.path, call.body) for call in channel.calls] == [
        ("POST", "/v3/conversations/c1/activities", {"type": "message", "text": "hi"}),
        ("POST", "/v3/conversations/c1/activities/a1", {"type": "message", "text": "hi"}),
        ("PUT", "/v3/conversations/c1/activities/a1", {"type": "message", "text": "hi"}),
        ("DELETE", "/v3/conversations/c1/activities/a1", None),
        ("GET", "/v3/conversations/c1/members", None),
    ]


def test_sdk_models_become_json() -> None:
    card = HeroCard(title="T", buttons=[CardAction(type="imBack", title="Yes", value="yes")])
    activity = Activity(
        type=ActivityTypes.message,
        timestamp=NOW,
        attachments=[Attachment(content_type="application/vnd.microsoft.card.hero", content=card)],
        channel_data={"a": [1, None]},
        value={},
    )
    activity.additional_properties = {"extra": True}
    assert json.loads(json.dumps(to_json(activity))) == {
        "type": "message",
        "timestamp": "2026-11-22T09:30:00+00:00",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.hero",
                "content": {"title": "T", "buttons": [{"type": "imBack", "title": "Yes", "value": "yes"}]},
            }
        ],
        "channelData": {"a": [1, None]},
        "value": {},
        "extra": True,
    }
