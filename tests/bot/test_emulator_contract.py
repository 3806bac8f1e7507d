"""The contract with the Bot Framework Emulator: a whole conversation with a running bot, activity by activity."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

from bot.render import CARD
from tests.bot.fakes import Call, Channel, emulator_joined, emulator_message
from tests.process import Bot, serving
from tests.talk import buttons, shown

CONVERSATION = "3f2c6d10-be7c-11f0|livechat"
QUIET = ("typing", "ping", "contactRelationUpdate", "deleteUserData")


class Emulator:
    """Sends what the Emulator sends, and keeps what its connector gets."""

    def __init__(self, bot: Bot, channel: Channel, http: aiohttp.ClientSession) -> None:
        self._bot, self._channel, self._http = bot, channel, http
        self._count = 0

    async def sends(self, activity: dict[str, Any]) -> list[Call]:
        """What the bot posts before it answers 200 with nothing."""
        before = len(self._channel.calls)
        async with self._http.post(f"{self._bot.url}/api/messages", json=activity) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        return self._channel.calls[before:]

    async def says(self, text: str | None, **more: Any) -> Call:
        self._count += 1
        (call,) = await self.sends(emulator_message(self._channel.url, text, id=f"m{self._count}", **more))
        assert unquote(call.path) == f"/v3/conversations/{CONVERSATION}/activities/m{self._count}"
        assert call.body["replyToId"] == f"m{self._count}"
        return call


@pytest.mark.parametrize("token", ["", "Bearer "])
async def test_a_conversation(tmp_path: Path, channel: Channel, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    async with serving(tmp_path) as bot, aiohttp.ClientSession(headers=headers) as http:
        emulator = Emulator(bot, channel, http)
        (welcome,) = await emulator.sends(emulator_joined(channel.url))
        assert unquote(welcome.path) == f"/v3/conversations/{CONVERSATION}/activities"
        assert "Hello! I answer questions" in shown(welcome.body)
        assert await emulator.sends({**emulator_joined(channel.url), "id": "again"}) == []
        await _talk(emulator, welcome)
        for kind in QUIET:
            assert await emulator.sends(emulator_message(channel.url, None, type=kind, id=kind)) == []
        question = emulator_message(channel.url, "help", id="twice")
        assert len(await emulator.sends(question)) == 1
        assert await emulator.sends(question) == []
    assert {call.authorization for call in channel.calls} == {None}


async def _talk(emulator: Emulator, welcome: Call) -> None:
    starter = next(iter(buttons(welcome.body).values()))
    answer = await emulator.says(None, value=starter["data"])
    _addressed(answer.body)
    assert "As of" in shown(answer.body)
    thanks = await emulator.says(None, value=buttons(answer.body)["Yes"]["data"])
    assert thanks.body["text"] == "Thank you, good to know."
    chinese = await emulator.says("怎样登上学习合作伙伴目录？", locale="zh-CN")
    assert "截至" in shown(chinese.body)
    assert chinese.body["attachments"][0]["contentType"] == CARD
    file = {"contentType": "image/png", "contentUrl": "data:image/png;base64,AAAA", "name": "kpi.png"}
    assert "invoices only" in (await emulator.says(None, attachments=[file], locale="en-US")).body["text"]


def _addressed(body: dict[str, Any]) -> None:
    assert body["type"] == "message"
    assert body["from"] == {"id": "5d3a-bot", "name": "Bot"}
    assert body["recipient"] == {"id": "7d0a6a0e-user", "name": "User"}
    assert body["conversation"] == {"id": CONVERSATION}
    assert body["channelId"] == "emulator"
