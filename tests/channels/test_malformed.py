"""Malformed bodies: refused with 4xx, and the next visitor is served."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from channels.directline.wire import parse_object
from tests.channels.door import SERVER_SECRET, Door, Line

SAY: dict[str, Any] = {"type": "message", "text": "hi"}


def activity(**changed: Any) -> bytes:
    return json.dumps({**SAY, **changed}).encode()


NO_OBJECTS: list[bytes] = [
    b"x", b"{", b"}", b"[", b"]", b"[]", b"[{}]", b"null", b"true", b"1", b'"text"', b"{,}", b'{"a"}', b'{"a":}',
    b'{"a":1,}', b"{'type':'message'}", b"{type:1}", b'{"type":"message"', b'{"type":"message"}x',
    b'{"type":"message"}{}', b"\0", b"\xff", b"\xfe\xff\0{\0}", b"\xef\xbb\xbf{}", b'{"text":"\xc3"}',
    b'{"text":"\xed\xa0\x80"}', b'{"text":"\n"}', b'{"text":"\\x"}', b'{"text":"\\ud800"}',
    b'{"text":"\\udc00\\ud800"}', b'{"text":"\\u0000"}', b'{"\\u0000":1}', b'{"\\ud800":1}', b'{"a":NaN}',
    b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":' + b"9" * 5_000 + b"}", b'{"a":9007199254740993}',
    b'{"a":01}', b'{"a":+1}', b'{"a":0x1}', b'{"a":1.}', b"[" * 60_000, b'{"a":' * 9_000,
    b'{"a":' * 50 + b"1" + b"}" * 50, b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", b"<xml/>", b"a=b&c=d",
    b"--b\r\n\r\n--b--", b"type: message", gzip.compress(b"{}", mtime=0), b"\x80\x04N.", b"%7B%7D", b"{}" * 2, b" x",
    b"/*c*/{}", b"{}//",
]  # fmt: skip

NO_ACTIVITIES: list[bytes] = [
    b"{}", b"", b"  ", b'{"text":"hi"}', activity(type=None), activity(type=""), activity(type="MESSAGE"),
    activity(type=1), activity(type=["message"]), activity(type="invoke"), activity(type="conversationUpdate"),
    activity(type="endOfConversation"), activity(type="messageReaction"), activity(type="message\n"),
    activity(text=1), activity(text=True), activity(text=["hi"]), activity(text={"a": 1}), activity(text=""),
    activity(text=None), b'{"type":"message","attachments":[]}', activity(value="x"), activity(value=1),
    activity(value=[1]), activity(value=True), activity(text="", value={}), activity(text="", value={"do": "say"}),
    activity(text="", value={"do": "say", "text": ""}), activity(attachments={}), activity(attachments="x"),
    activity(attachments=[1]), activity(attachments=[None]), activity(attachments=[[]]),
    activity(attachments=[{}] * 11), activity(attachments=[{"name": 1}]),
    activity(attachments=[{"contentType": None}]), activity(attachments=[{"contentType": 1}]),
    activity(attachments=[{"name": "x" * 201}]), activity(locale=1), activity(locale={}), activity(locale=["en"]),
    activity(channelData=1), activity(channelData="x"), activity(channelData=[]),
    activity(channelData={"clientActivityID": 1}), activity(channelData={"clientActivityID": {}}),
    activity(channelData={"clientActivityID": "x" * 201}), activity(name=1), activity(name="x" * 201),
    activity(type="event", name=[]), activity(type="event", value="x"), activity(type="typing", text=5),
    activity(value={"a": "\0"}), activity(text="\ud800"), activity(locale="\0"), activity(x=float("nan")),
]  # fmt: skip

ODD_BUT_GOOD: list[bytes] = [
    activity(entities=[{"type": "x"}], extra={"a": [1, None, 1.5, True, "二"]}), activity(locale="no such language"),
    activity(locale=""), activity(value=None), activity(attachments=None), activity(channelData=None),
    activity(**{"from": 1}), activity(text="\\u0000 as typed"), activity(text="\u202e\u200b🙂"), activity(text=" "),
    b" \n" + activity() + b"\n", activity(channelData={"clientActivityID": ""}), activity(attachments=[{}]),
    activity(value={"do": 5}), activity(value={"do": ["say"]}), activity(text="x" * 60_000),
    activity(id=["x"], conversation=[], recipient=7),
]  # fmt: skip


async def control(door: Door) -> None:
    line = await door.visitor()
    assert (await line.say("hello")).status == 200
    assert await line.texts() == ["hello", "You said: hello"]


def paths(line: Line) -> dict[str, tuple[str, str]]:
    """Every address that takes JSON, with its token."""
    return {
        "activities": (line.path("/activities"), line.token),
        "conversations": ("/conversations", line.token),
        "generate": ("/tokens/generate", SERVER_SECRET),
        "session": ("/session", ""),
    }


@pytest.mark.parametrize("address", ["activities", "conversations", "generate", "session"])
async def test_bodies_that_are_no_objects(door: Door, line: Line, address: str) -> None:
    path, token = paths(line)[address]
    for place, body in enumerate(NO_OBJECTS):
        answer = await door.call("POST", path, token=token, data=body)
        assert answer.status == 400, body[:40]
        told = await answer.json()
        assert set(told["error"]) == {"code", "message"}
        assert "Traceback" not in str(told)
        if place % 20 == 0:
            await control(door)
    assert door.bot.fails is None
    assert not [heard for heard in door.bot.heard if heard.user == line.user]


async def test_objects_that_are_no_activities(door: Door, line: Line) -> None:
    assert len(NO_OBJECTS) + len(NO_ACTIVITIES) >= 100
    for place, body in enumerate(NO_ACTIVITIES):
        answer = await door.call("POST", line.path("/activities"), token=line.token, data=body)
        assert answer.status == 400, body[:80]
        if place % 10 == 0:
            await control(door)
    assert await line.texts() == []


async def test_odd_activities_that_are_good(door: Door, line: Line) -> None:
    for place, body in enumerate(ODD_BUT_GOOD):
        answer = await door.call("POST", line.path("/activities"), token=line.token, data=body)
        assert answer.status == 200, body[:80]
        assert len(await line.texts()) == 2 * place + 2


async def test_refusals_do_not_repeat_what_was_sent(door: Door, line: Line) -> None:
    canary = "canary-4711"
    for body in (activity(type=canary), activity(text={canary: canary}), activity(channelData=canary), canary.encode()):
        answer = await door.call("POST", line.path("/activities"), token=line.token, data=body)
        assert answer.status == 400
        assert canary not in await answer.text()


@pytest.mark.parametrize("resume", [1, True, [], {}, 1.5])
async def test_resume_is_a_text(door: Door, resume: Any) -> None:
    assert (await door.call("POST", "/session", {"resume": resume})).status == 400


@pytest.mark.parametrize("user", ["dl_x", 1, [], True, {}, {"id": None}, {"id": "dl_" + "x" * 101}])
async def test_a_user_is_an_object_with_an_id(door: Door, user: Any) -> None:
    assert (await door.call("POST", "/tokens/generate", {"user": user}, SERVER_SECRET)).status == 400


@pytest.mark.parametrize("address", ["activities", "conversations", "generate", "session"])
async def test_large_bodies_are_not_read_to_the_end(door: Door, line: Line, address: str) -> None:
    path, token = paths(line)[address]
    body = json.dumps({"type": "message", "text": "x" * 70_000}).encode()
    assert (await door.call("POST", path, token=token, data=body)).status == 413
    bomb = gzip.compress(b'{"type":"message","text":"' + b"x" * 20_000_000 + b'"}')
    packed = {"Content-Encoding": "gzip"}
    assert (await door.call("POST", path, token=token, data=bomb, headers=packed)).status in {400, 413}
    unpacked = {**packed, "Connection": "close"}
    assert (await door.call("POST", path, token=token, data=b"not packed", headers=unpacked)).status == 400
    await control(door)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/conversations", 405), ("DELETE", "/conversations/x", 405),
        ("PUT", "/conversations/x/activities", 405), ("HEAD", "/conversations/x", 405), ("PATCH", "/session", 405),
        ("GET", "", 404), ("GET", "/", 404), ("POST", "/conversations/x/members", 404),
        ("GET", "/conversations/x/activities/", 404), ("GET", "/../session", 404), ("GET", "/tokens", 404),
        ("POST", "/conversations//activities", 404), ("GET", "/conversations/%00", 403),
        ("GET", "/conversations/%ff%fe", 403), ("GET", "/conversations/" + "x" * 5_000, 403),
        ("GET", "/conversations/..%2f", 403),
    ],
)  # fmt: skip
async def test_unknown_addresses(door: Door, line: Line, method: str, path: str, status: int) -> None:
    assert (await door.call(method, path, token=line.token)).status == status


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "bearer x", "Basic eA==", "Bearer a b", "Bearer é", "x" * 5_000, "Bearer \t", "Bearer ,"],
)
async def test_odd_authorization_headers(door: Door, line: Line, header: str) -> None:
    answer = await door.call("GET", line.path("/activities"), headers={"Authorization": header})
    assert answer.status == 401


def test_depth_is_counted_from_the_top() -> None:
    fits = b'{"a":' * 16 + b"1" + b"}" * 16
    assert parse_object(fits)
