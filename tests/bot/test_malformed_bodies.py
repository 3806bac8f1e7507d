"""Any body gets a 2xx or a 4xx, and the next good one is answered."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

import bot.adapter
from bot.adapter import LARGEST_BODY
from tests.bot.door import Door, local
from tests.bot.fakes import Channel, emulator_message

URL = "http://127.0.0.1:1"  # nobody listens, nothing is sent
WRONG: list[Any] = [
    5,
    -1,
    1.5,
    True,
    "x",
    [],
    {},
    [1],
    [None],
    {"a": 1},
    [[]],
    "\0",
    "x" * 5000,
    [{"id": 5}],
    {"id": None},
]
FIELDS = [
    "type", "channelId", "serviceUrl", "conversation", "from", "recipient", "id", "text", "value", "locale", "name",
    "timestamp", "attachments", "membersAdded", "reactionsAdded", "entities", "channelData", "deliveryMode",
    "replyToId",
]  # fmt: skip
REQUIRED = ["type", "channelId", "serviceUrl", "conversation", "from"]


def _raw() -> dict[str, bytes]:
    good = json.dumps(emulator_message(URL)).encode()
    return {
        "empty": b"",
        "blank": b"   ",
        "null": b"null",
        "true": b"true",
        "number": b"5",
        "text": b'"hello"',
        "list": b"[]",
        "list of activities": b"[" + good + b"]",
        "empty object": b"{}",
        "not JSON": b"hello",
        "HTML": b"<html></html>",
        "cut off": good[:-5],
        "two documents": good + good,
        "trailing comma": good[:-1] + b",}",
        "single quotes": good.replace(b'"', b"'"),
        "comment": b"/* */" + good,
        "NaN": good[:-1] + b', "value": NaN}',
        "infinity": good[:-1] + b', "value": -Infinity}',
        "overflow": good[:-1] + b', "value": 1e999}',
        "huge integer": good[:-1] + b', "value": ' + b"9" * 5000 + b"}",
        "invalid UTF-8": good.replace(b"hello", b"\xff\xfe"),
        "overlong UTF-8": good.replace(b"hello", b"\xc0\xaf"),
        "Latin-1": good.replace(b"hello", "é".encode("latin-1")),
        "UTF-16": good.decode().encode("utf-16"),
        "control character": good.replace(b"hello", b"he\x01llo"),
        "deep list": b"[" * 20000,
        "deep object": b'{"a":' * 10000 + b"1" + b"}" * 10000,
        "deep value": good[:-1] + b', "value": ' + b"[" * 900 + b"]" * 900 + b"}",
        "deep unknown field": good[:-1] + b', "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        "duplicate keys": good[:-1] + b', "type": 5, "type": "message", "conversation": []}',
        "many keys": json.dumps({f"k{i}": i for i in range(4000)}).encode(),
        "many entities": json.dumps(emulator_message(URL, entities=[{}] * 15000)).encode(),
        "form": b"type=message&text=hello",
        "random": bytes(range(256)) * 8,
    }


def _cases() -> dict[str, bytes]:
    cases = _raw()
    for name in FIELDS:
        for number, wrong in enumerate(WRONG):
            cases[f"{name} {number}"] = json.dumps(emulator_message(URL, **{name: wrong})).encode()
    for name in REQUIRED:
        cases[f"no {name}"] = json.dumps({**emulator_message(URL), name: None}).encode()
    for kind in ("conversationUpdate", "messageReaction", "invoke", "event", "messageUpdate", "installationUpdate"):
        for number, wrong in enumerate(WRONG):
            odd = {"membersAdded": wrong, "reactionsAdded": wrong, "value": wrong, "channelData": wrong}
            name = "adaptiveCard/action" if kind == "invoke" else "application/vnd.microsoft.meetingStart"
            cases[f"{kind} {number}"] = json.dumps(emulator_message(URL, type=kind, name=name, **odd)).encode()
    return cases


@pytest.fixture
async def door(session: aiohttp.ClientSession) -> AsyncIterator[Door]:
    async with local(session) as opened:
        opened.engine.courier = None
        yield opened


async def _control(door: Door) -> None:
    door.engine.seen.clear()
    status, _ = await door.post(emulator_message(URL, "control"))
    assert (status, [one.text for one in door.engine.seen]) == (200, ["control"])


async def _outcomes(door: Door) -> dict[str, int]:
    outcomes = {}
    for number, (case, body) in enumerate(_cases().items()):
        status, answer = await door.post(body)
        assert "Traceback" not in str(answer)
        outcomes[case] = status
        if number % 20 == 0:
            await _control(door)
    return outcomes


async def test_no_body_breaks_the_bot(door: Door) -> None:
    outcomes = await _outcomes(door)
    assert len(outcomes) > 400
    assert {case: status for case, status in outcomes.items() if status not in (200, 400, 403)} == {}
    assert [case for case in _raw() if outcomes[case] == 200] == ["many entities"]
    assert all(outcomes[f"no {name}"] == 400 for name in REQUIRED)
    await _control(door)


async def test_teeth(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a parser that trusts its input, the test above would fail."""
    monkeypatch.setattr(bot.adapter, "parse_activity", json.loads)
    status, problem = await door.post(b"[]")
    assert status == 500
    assert set(problem["error"]) == {"code", "message", "id"}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "nonsense",
        "application/json-patch+json",
    ],
)
async def test_other_types_are_415(door: Door, content_type: str) -> None:
    status, _ = await door.post(emulator_message(URL), **{"Content-Type": content_type})
    assert status == 415
    assert door.engine.seen == []


async def test_a_charset_is_no_other_type(door: Door) -> None:
    assert (await door.post(emulator_message(URL), **{"Content-Type": "application/json; charset=utf-8"}))[0] == 200


async def test_compressed_bodies_are_not_read(door: Door) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    for body in (bomb, b"not gzip"):
        status, _ = await door.post(body, **{"Content-Encoding": "gzip", "Connection": "close"})
        assert status in (400, 415)
    await _control(door)


async def test_the_largest_body_is_read_and_one_byte_more_is_not(door: Door) -> None:
    good = json.dumps(emulator_message(URL)).encode()
    assert (await door.post(good + b" " * (LARGEST_BODY - len(good))))[0] == 200
    assert (await door.post(good + b" " * (LARGEST_BODY + 1 - len(good))))[0] == 413


async def test_an_endless_body_is_cut_off(door: Door) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 4096
            yield b" " * 4096
            await asyncio.sleep(0)

    headers = {"Content-Type": "application/json"}
    async with door.client.post("/api/messages", data=endless(), headers=headers) as response:
        assert response.status == 413
    assert sent < 10_000_000


@pytest.mark.parametrize(
    ("framing", "body"),
    [(b"Content-Length: 500", b'{"type": "mess'), (b"Transfer-Encoding: chunked", b'5\r\n{"typ\r\nzz\r\n')],
)
async def test_a_body_that_breaks_off_is_nobodys_fault(
    door: Door, caplog: pytest.LogCaptureFixture, framing: bytes, body: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.client.port)
    head = b"POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(head + framing + b"\r\n\r\n" + body)
    await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    await _control(door)
    assert [record for record in caplog.records if record.name == "bot.adapter" and record.levelname == "ERROR"] == []


async def test_only_posts_are_served(door: Door) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        async with door.client.request(method, "/api/messages") as response:
            assert response.status == 405


async def test_replies_go_nowhere_when_nothing_was_understood(session: aiohttp.ClientSession, channel: Channel) -> None:
    async with local(session) as door:
        for case, body in _raw().items():
            if case not in {"many entities"}:
                await door.post(body.replace(URL.encode(), channel.url.encode()))
    assert channel.calls == []
