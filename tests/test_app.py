"""The whole bot as a process: bad input, faults, and its end."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode
from sqlalchemy.exc import TimeoutError as NoneLeft

import app
from dialogs.decision import Knowledge
from settings import Settings, SettingsError
from storage.errors import DatabaseUnreachable
from tests.bot.fakes import Channel, emulator_message
from tests.channels.test_malformed import NO_ACTIVITIES, NO_OBJECTS
from tests.process import Bot, serving
from wiring import refuse_language

LINE = "/v3/directline"
UNLIMITED = {"RATE_USER": "0", "RATE_ADDRESS": "0", "RATE_SESSIONS": "0"}
FAILING = """
import asyncio, app, sys
from ops import logs
from settings import load_settings
failures = 2
def probe(point):
    global failures
    if point == "decided" and failures:
        failures -= 1
        raise RuntimeError("canary-of-an-error")
logs.configure("info")
app.run(app.serve(load_settings(), probe))
"""


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """200 of them: no JSON, no object, no activity, activities with bytes flipped or cut off."""
    chance = random.Random(4)
    made = [*NO_OBJECTS, *NO_ACTIVITIES]
    good = json.dumps(emulator_message("http://127.0.0.1:1", "hello")).encode()
    while len(made) < 200:
        broken = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        made.append(bytes(broken if chance.random() < 0.7 else broken[: chance.randrange(len(broken))]))
    return made[:200]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with serving(tmp_path, **UNLIMITED) as running:
        yield running


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    fake = Channel()
    await fake.start()
    yield fake
    await fake.stop()


class Visitor:
    """Somebody on the web page."""

    def __init__(self, http: aiohttp.ClientSession, bot: Bot, session: dict[str, Any]) -> None:
        self._http, self._bot = http, bot
        self.token = session["token"]
        self.path = f"{LINE}/conversations/{session['conversationId']}"

    async def call(self, method: str, rest: str = "", **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.request(method, self._bot.url + self.path + rest, headers=headers, **options) as answer:
            return answer.status, await answer.json()

    async def say(self, text: str, number: str = "") -> tuple[int, Any]:
        data = {"clientActivityID": number} if number else {}
        return await self.call("POST", "/activities", json={"type": "message", "text": text, "channelData": data})


async def visit(http: aiohttp.ClientSession, bot: Bot) -> Visitor:
    async with http.post(f"{bot.url}{LINE}/session", json={}) as answer:
        assert answer.status == 200
        return Visitor(http, bot, await answer.json())


async def tell(http: aiohttp.ClientSession, bot: Bot, activity: dict[str, Any]) -> tuple[int, str]:
    async with http.post(f"{bot.url}/api/messages", json=activity) as answer:
        return answer.status, await answer.text()


async def control(http: aiohttp.ClientSession, bot: Bot, channel: Channel, number: int) -> None:
    """Somebody with good manners is answered at both doors."""
    before = len(channel.calls)
    assert (await tell(http, bot, _control(channel, number)))[0] == 200
    assert len(channel.calls) == before + 1
    visitor = await visit(http, bot)
    assert (await visitor.say("help"))[0] == 200
    assert len((await visitor.call("GET", "/activities"))[1]["activities"]) == 2


def _control(channel: Channel, number: int) -> dict[str, Any]:
    return emulator_message(channel.url, "help", id=f"control-{number}", conversation={"id": "control"})


def endpoints(visitor: Visitor) -> list[tuple[str, str]]:
    return [
        ("POST", "/api/messages"),
        ("POST", f"{LINE}/session"),
        ("GET", f"{LINE}/session/getsessionid"),
        ("POST", f"{LINE}/tokens/generate"),
        ("POST", f"{LINE}/tokens/refresh"),
        ("POST", f"{LINE}/conversations"),
        ("GET", visitor.path),
        ("GET", f"{visitor.path}/activities"),
        ("POST", f"{visitor.path}/activities"),
        ("POST", f"{visitor.path}/upload"),
        ("GET", f"{visitor.path}/stream"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    ]


async def test_malformed_bodies_at_every_endpoint(
    bot: Bot, http: aiohttp.ClientSession, channel: Channel, bodies: list[bytes]
) -> None:
    visitor = await visit(http, bot)
    headers = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "application/json"}
    wrong = []
    for place, (method, path) in enumerate(endpoints(visitor)):
        for number, body in enumerate(bodies):
            async with http.request(method, bot.url + path, data=body, headers=headers) as answer:
                text = await answer.text()
            if answer.status >= 500 or "Traceback" in text:
                wrong.append((method, path, body[:80], answer.status))
            if number % 50 == 49:
                await control(http, bot, channel, 1000 * place + number)
    assert wrong == []
    assert "Traceback" not in bot.log
    assert await bot.stop() == 0


async def test_a_fault_is_a_500_with_an_id_and_the_next_delivery_is_answered(
    tmp_path: Path, http: aiohttp.ClientSession, channel: Channel
) -> None:
    secret = "words-of-a-user"
    async with serving(tmp_path, ("-c", FAILING)) as bot:
        activity = emulator_message(channel.url, secret)
        visitor = await visit(http, bot)
        answers = [await tell(http, bot, activity), await visitor.say(secret, "c1")]
        for status, answer in answers:
            assert status == 500
            error = (json.loads(answer) if isinstance(answer, str) else answer)["error"]
            assert re.fullmatch("[0-9a-f]{12,}", error["id"])
            assert error["id"] in bot.log
            assert "canary" not in str(answer)
        assert "canary" not in bot.log
        assert secret not in bot.log
        assert (await tell(http, bot, activity))[0] == 200
        assert (await visitor.say(secret, "c1"))[0] == 200
        assert await bot.stop() == 0
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        assert database.execute("SELECT count(*) FROM inbox").fetchall() == [(2,)]


async def test_told_to_stop_it_finishes_the_turn_and_closes_the_sockets(
    bot: Bot, http: aiohttp.ClientSession, channel: Channel
) -> None:
    visitor = await visit(http, bot)
    _, connection = await visitor.call("GET", "?watermark=0")
    async with http.ws_connect(connection["streamUrl"]) as socket_:
        listening = asyncio.create_task(_last_word(socket_))
        channel.delay = 1.0
        telling = asyncio.create_task(tell(http, bot, emulator_message(channel.url, "help")))
        async with asyncio.timeout(5):
            while not channel.calls:  # noqa: ASYNC110 - the turn is at work when the channel is called
                await asyncio.sleep(0.01)
        code = await bot.stop()
        assert (await telling)[0] == 200
        assert await listening == WSCloseCode.SERVICE_RESTART
    assert code == 0
    assert "Traceback" not in bot.log
    with closing(sqlite3.connect(bot.logged.parent / "bot.db")) as database:
        assert database.execute("SELECT status FROM outbox").fetchall() == [("done",)]


async def _last_word(socket_: aiohttp.ClientWebSocketResponse) -> int | None:
    async for _ in socket_:
        pass
    return socket_.close_code


async def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RuntimeError):
            async with serving(tmp_path, PORT=str(taken.getsockname()[1])):
                pass
    *_, last = (tmp_path / "bot.log").read_text(encoding="utf-8").splitlines()
    assert last == "cannot serve: Address already in use; choose another port with PORT"
    assert "Traceback" not in (tmp_path / "bot.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("wanted", ["", "zh-CN", "fr"])
def test_operators_speak_a_language_of_the_content(knowledge: Knowledge, wanted: str) -> None:
    settings = Settings(OPERATORS_LANGUAGE=wanted)
    if wanted != "fr":
        refuse_language(settings, knowledge.library)
        return
    with pytest.raises(SettingsError, match=r"OPERATORS_LANGUAGE: .*; use en or zh-CN"):
        refuse_language(settings, knowledge.library)


async def test_a_database_that_is_away_while_the_first_operator_is_made_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[Exception | str] = [ConnectionRefusedError(), DatabaseUnreachable(), NoneLeft(), "a password"]

    async def first_operator(_: object) -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(app, "first_operator", first_operator)
    monkeypatch.setattr(app, "FIRST_OPERATOR_AGAIN", 0.0)
    assert await asyncio.wait_for(app._first_operator(None), 5) == "a password"  # type: ignore[arg-type]
