"""The stream: what a socket receives, and what it may send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from channels.directline import DirectLineSettings
from channels.directline.pace import Pace
from dialogs.reply import JsonObject
from tests.channels.door import SETTINGS, SITE, Door, Line, opened
from tests.waiting import until


async def texts(socket: ClientWebSocketResponse, count: int) -> list[str]:
    """The next ``count`` messages, typing left out."""
    found: list[str] = []
    while len(found) < count:
        frame = await socket.receive_json(timeout=60)
        found += [activity["text"] for activity in frame["activities"] if activity["type"] == "message"]
    return found


def cut(socket: ClientWebSocketResponse) -> None:
    """Drop the connection without a goodbye."""
    connection = socket._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()


async def closing(socket: ClientWebSocketResponse) -> int | None:
    """The code with which the server closes."""
    async with asyncio.timeout(60):
        while True:
            message = await socket.receive()
            if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return socket.close_code


async def test_a_socket_hears_the_conversation(line: Line) -> None:
    async with await line.socket() as socket:
        assert await texts(socket, 1) == ["Welcome"]
        await line.say("Hello")
        await line.say("你好")
        assert await texts(socket, 4) == ["Hello", "You said: Hello", "你好", "You said: 你好"]


async def test_frames_are_activity_sets(line: Line) -> None:
    async with await line.socket() as socket:
        await line.say("Hello", channelData={"clientActivityID": "c1"})
        frames: list[dict[str, Any]] = []
        while not frames or frames[-1]["watermark"] != "3":
            frames.append(await socket.receive_json(timeout=60))
    echo = next(a for frame in frames for a in frame["activities"] if a.get("text") == "Hello")
    assert (echo["channelData"], echo["from"]["id"]) == ({"clientActivityID": "c1"}, line.user)
    assert all(activity["from"] and activity["conversation"] for frame in frames for activity in frame["activities"])


async def test_typing_is_seen_before_the_answer(door: Door, line: Line) -> None:
    async with await line.socket() as socket:
        await texts(socket, 1)
        door.hub.typing(line.id)
        frame = await socket.receive_json(timeout=60)
    assert (frame["activities"][0]["type"], frame["watermark"]) == ("typing", "1")


async def test_a_dropped_socket_resumes_where_it_was(door: Door, line: Line) -> None:
    said = [f"message {number}" for number in range(30)]
    seen: list[dict[str, Any]] = []
    watermark = 0

    async def listen(until_seen: int) -> None:
        nonlocal watermark
        socket = await line.socket(watermark)
        while len(seen) < until_seen:
            frame = await socket.receive_json(timeout=60)
            seen.extend(activity for activity in frame["activities"] if activity["type"] == "message")
            watermark = int(frame["watermark"])
        cut(socket)

    async def talk() -> None:
        for text in said:
            await line.say(text)

    talking = asyncio.create_task(talk())
    for part in (5, 17, 18, 40, 61):
        await listen(part)
    await talking
    expected = ["Welcome", *(words for text in said for words in (text, f"You said: {text}"))]
    assert [activity["text"] for activity in seen] == expected
    assert len({activity["id"] for activity in seen}) == len(seen)
    await until(lambda: door.hub.listening == 0)


async def test_empty_frames_are_ignored(line: Line) -> None:
    async with await line.socket() as socket:
        for _ in range(5):
            await socket.send_str("")
        assert await texts(socket, 1) == ["Welcome"]
        await line.say("still here")
        assert await texts(socket, 2) == ["still here", "You said: still here"]


FRAMES: list[str | bytes] = [
    *("x", " ", "{}", "[]", "null", "0", '"', "\0", "ping", "你好", "{" * 999),
    *(json.dumps({"type": kind}) for kind in ("message", "event", "close", "subscribe", "__proto__", "run", "")),
    *(json.dumps({"action": name, "data": {}}) for name in ("send", "join", "leave", "auth", "constructor", "eval")),
    *(json.dumps({"activities": [{"type": "message"}], "watermark": mark}) for mark in ("-1", 0, "9", None)),
    *(json.dumps([1, name]) for name in ("42", "connect", "emit", "broadcast", "../..", "' or 1=1")),
    *("42[\"message\"]", "2probe", "CONNECT\n\n\0", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n", "<x/>"),
    *(b"x", b"\0", b"\xff\xfe", b"{}", b"\x1f\x8b\x08", b"\x80\x04N.", b"x" * 60_000),
    *("x" * 60_000, "\u202e", "\ufeff", "a\r\nb"),
]  # fmt: skip


async def test_clients_have_nothing_to_say(door: Door, line: Line) -> None:
    assert len(FRAMES) >= 50
    other = await door.visitor()
    async with await other.socket() as bystander:
        for frame in FRAMES:
            async with await line.socket() as socket:
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
                assert await closing(socket) == 1008, frame[:20]
        await other.say("Hello")
        assert await texts(bystander, 3) == ["Welcome", "Hello", "You said: Hello"]
    assert await line.texts() == ["Welcome"], "nothing of it was taken for a message"


@pytest.mark.parametrize("binary", [False, True])
async def test_large_frames_are_refused(door: Door, line: Line, binary: bool) -> None:
    async with await line.socket() as socket:
        await (socket.send_bytes(b"x" * 2**20) if binary else socket.send_str("x" * 2**20))
        assert await closing(socket) == 1009
    assert (await line.say("still here")).status == 200


async def test_teeth_a_stream_without_its_limit_is_noticed() -> None:
    async with opened(replace(SETTINGS, frame_limit=2**22)) as door:
        line = await door.visitor()
        async with await line.socket() as socket:
            await socket.send_str("x" * 2**20)
            assert await closing(socket) != 1009


async def test_broken_utf8_is_refused(line: Line) -> None:
    async with await line.socket() as socket:
        await socket._writer.send_frame(b"\xff\xff", WSMsgType.TEXT)
        assert await closing(socket) == 1007


async def test_floods_are_cut_off(door: Door, line: Line) -> None:
    other = await door.visitor()
    async with await line.socket() as flooding, await other.socket() as calm:
        for _ in range(200):
            await flooding.send_str("")
        assert await closing(flooding) == 1008
        await other.say("Hello")
        assert await texts(calm, 3) == ["Welcome", "Hello", "You said: Hello"]


def test_the_pace_is_kept_on_average() -> None:
    pace = Pace(10, now=0)
    assert [pace.allows(0) for _ in range(21)] == [True] * 20 + [False]
    assert [pace.allows(0.1), pace.allows(0.1)] == [True, False]
    assert all(pace.allows(1 + second / 10) for second in range(1_000))


async def test_five_sockets_at_once(door: Door, line: Line) -> None:
    sockets = [await line.socket() for _ in range(5)]
    async with await line.socket() as sixth:
        assert await closing(sixth) == 1008
    await line.say("Hello")
    assert all([await texts(socket, 3) == ["Welcome", "Hello", "You said: Hello"] for socket in sockets])
    await sockets[0].close()
    await until(lambda: door.hub.listening == 4)
    async with await line.socket() as again:
        assert await texts(again, 3) == ["Welcome", "Hello", "You said: Hello"]
    for socket in sockets:
        await socket.close()


async def test_a_reader_that_never_reads_is_dropped() -> None:
    async with opened(send_timeout=0.1) as door:
        line, other = await door.visitor(), await door.visitor()
        async with await line.socket() as socket, await other.socket() as calm:
            await texts(socket, 1)
            connection = socket._response.connection
            assert connection is not None
            assert connection.transport is not None
            connection.transport.pause_reading()
            big: list[JsonObject] = [
                {"type": "message", "id": str(number), "text": "x" * 100_000} for number in range(300)
            ]
            await door.log.append(line.id, big)
            door.hub.wake(line.id)
            await other.say("Hello")
            assert await texts(calm, 3) == ["Welcome", "Hello", "You said: Hello"]
            await until(lambda: door.hub.listening == 1)
            cut(socket)


async def test_silent_connections_are_closed() -> None:
    async with opened(DirectLineSettings(heartbeat=0.1)) as door:
        line = await door.visitor()
        async with await line.socket(autoping=False) as silent, await line.socket(autoping=True) as alive:
            await until(lambda: door.hub.listening == 2)
            reading = asyncio.create_task(texts(alive, 3))
            await until(lambda: door.hub.listening == 1)
            await line.say("Hello")
            assert (await reading)[-1] == "You said: Hello"
            assert not silent.closed


async def test_shutdown_says_when_to_come_back(door: Door, line: Line) -> None:
    async with await line.socket() as socket:
        await texts(socket, 1)
        stopping = asyncio.create_task(door.server.close())
        assert await closing(socket) == 1012
        async with asyncio.timeout(1):
            await stopping
    assert door.hub.listening == 0


async def test_a_failing_log_ends_the_socket_and_not_the_server(
    door: Door, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await line.socket() as socket:
        await texts(socket, 1)
        since = door.log.since

        async def fail(*_: object) -> None:
            raise OSError("disk")

        monkeypatch.setattr(door.log, "since", fail)
        door.hub.wake(line.id)
        assert await closing(socket) == 1011
        monkeypatch.setattr(door.log, "since", since)
    async with await line.socket() as socket:
        assert await texts(socket, 1) == ["Welcome"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (SITE, 101),
        (SITE.upper(), 101),
        *((origin, 403) for origin in (
            "https://example.com", "http://www.example.com", "https://www.example.com:444", "https://www.example.com.x",
            "https://x.example/https://www.example.com", "https://www.example.com@x.example", "null", "", "*", "file://",
            "https://", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost", "http://[::1", "http://127.0.0.1.x",
            "https://xn--exmple-cua.com", "chrome-extension://abc", "https://www.example.com/", "https://www.example.com,",
        )),
    ],
)  # fmt: skip
async def test_pages_of_other_origins_get_no_socket(line: Line, origin: str, status: int) -> None:
    url = await line.stream_url()
    if status == 101:
        async with line.door.http.ws_connect(url, headers={"Origin": origin}) as socket:
            assert await texts(socket, 1) == ["Welcome"]
        return
    with pytest.raises(WSServerHandshakeError) as refused:
        await line.door.http.ws_connect(url, headers={"Origin": origin})
    assert refused.value.status == status
    async with line.door.http.ws_connect(url) as socket:
        assert await texts(socket, 1) == ["Welcome"], "the ticket was not spent by the refusal"
