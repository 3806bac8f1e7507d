"""Posting, polling and uploading."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from channels.directline.intake import VALUE_LIMIT
from tests.channels.door import Door, Line
from turn.errors import ReusedActivityId, StateConflict, TurnTooSlow, UnknownConversation
from turn.model import Happening


async def test_a_message_becomes_a_turn_and_comes_back(door: Door, line: Line) -> None:
    answer = await line.say(
        "什么时候可以申请？",
        locale="zh-CN",
        textFormat="markdown",
        id="mine",
        timestamp="1999-01-01T00:00:00Z",
        channelData={"clientActivityID": "c1", "other": 1},
    )
    assert answer.status == 200
    activity_id = (await answer.json())["id"]
    (heard,) = door.bot.heard
    assert (heard.happening, heard.text, heard.locale) == (Happening.MESSAGE, "什么时候可以申请？", "zh-CN")
    assert (heard.activity_id, heard.user, heard.received_at) == (activity_id, line.user, door.clock.now())
    log = await line.log()
    echo, reply = log["activities"]
    assert log["watermark"] == "2"
    assert echo == {
        "type": "message",
        "id": activity_id,
        "timestamp": "2026-03-10T09:00:00.000+00:00",
        "channelId": "webchat",
        "from": {"id": line.user, "role": "user"},
        "conversation": {"id": line.id},
        "text": "什么时候可以申请？",
        "textFormat": "plain",
        "locale": "zh-CN",
        "channelData": {"clientActivityID": "c1"},
    }
    assert (reply["from"], reply["conversation"]) == ({"id": "bot", "role": "bot"}, {"id": line.id})


async def test_polling_goes_on_at_the_watermark(line: Line) -> None:
    await line.say("one")
    first = await line.log()
    assert (await line.log(first["watermark"]))["activities"] == []
    await line.say("two")
    second = await line.log(first["watermark"])
    assert [activity["text"] for activity in second["activities"]] == ["two", "You said: two"]
    assert second["watermark"] == "4"


async def test_the_same_message_twice_is_one(door: Door, line: Line) -> None:
    data = {"clientActivityID": "again"}
    answers = [await line.say("hi", channelData=data) for _ in range(3)]
    assert len({(await answer.json())["id"] for answer in answers}) == 1
    assert await line.texts() == ["hi", "You said: hi"]
    other = await door.visitor()
    elsewhere = await other.say("hi", channelData=data)
    assert (await elsewhere.json())["id"] != (await answers[0].json())["id"]


async def test_another_message_under_the_same_id_is_a_conflict(line: Line) -> None:
    assert (await line.say("hi", channelData={"clientActivityID": "x"})).status == 200
    answer = await line.say("bye", channelData={"clientActivityID": "x"})
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "Conflict")


async def test_without_a_client_id_each_is_its_own(line: Line) -> None:
    answers = [await line.say("hi") for _ in range(2)]
    assert len({(await answer.json())["id"] for answer in answers}) == 2


async def test_long_texts_are_cut_for_all_to_see(door: Door, line: Line) -> None:
    await line.say("字" * 4_001)
    assert len(door.bot.heard[0].text) == 4_000
    assert len((await line.log())["activities"][0]["text"]) == 4_000


async def test_a_button_is_a_press(door: Door, line: Line) -> None:
    value = {"do": "entry", "entry": "tiers"}
    await line.say("", value=value, channelData={"clientActivityID": "p", "postBack": True})
    (heard,) = door.bot.heard
    assert (heard.happening, heard.value) == (Happening.PRESS, value)
    echo = (await line.log())["activities"][0]
    assert (echo["channelData"], echo["value"]) == ({"clientActivityID": "p", "postBack": True}, value)


async def test_a_button_can_speak_for_the_user(door: Door, line: Line) -> None:
    value = {"do": "say", "text": "Check eligibility"}
    await line.say("", value=value, channelData={"clientActivityID": "p", "postBack": True})
    (heard,) = door.bot.heard
    assert (heard.happening, heard.text, heard.value) == (Happening.MESSAGE, "Check eligibility", None)
    echo = (await line.log())["activities"][0]
    assert (echo["text"], echo["channelData"]) == ("Check eligibility", {"clientActivityID": "p"}), "seen as typed"


async def test_typing_and_events_leave_no_trace(door: Door, line: Line) -> None:
    for activity in ({"type": "typing"}, {"type": "event", "name": "some/thing", "value": {"a": 1}}):
        answer = await door.call("POST", line.path("/activities"), activity, line.token)
        assert (answer.status, bool((await answer.json())["id"])) == (200, True)
    assert door.bot.heard == []
    assert await line.texts() == []


async def test_joining_is_heard_once(door: Door, line: Line) -> None:
    event = {"type": "event", "name": "webchat/join", "locale": "zh-CN"}
    for _ in range(2):
        assert (await door.call("POST", line.path("/activities"), event, line.token)).status == 200
    (heard,) = door.bot.heard
    assert (heard.happening, heard.locale, heard.echo) == (Happening.JOINED, "zh-CN", None)
    assert await line.texts() == ["Welcome"]


async def test_files_named_in_an_activity_have_no_bytes(door: Door, line: Line) -> None:
    file = {"name": "a.pdf", "contentType": "application/pdf", "contentUrl": "https://evil.example/a.pdf"}
    await line.say("", attachments=[file])
    (file_heard,) = door.bot.heard[0].attachments
    assert (file_heard.name, file_heard.content_type, file_heard.content) == ("a.pdf", "application/pdf", None)
    assert (await line.log())["activities"][0]["attachments"] == [{"name": "a.pdf", "contentType": "application/pdf"}]


@pytest.mark.parametrize(
    ("failure", "status"),
    [(ReusedActivityId(), 409), (UnknownConversation(), 403), (StateConflict(), 500), (TurnTooSlow(), 503)],
)
async def test_a_turn_that_fails_is_not_hidden(door: Door, line: Line, failure: Exception, status: int) -> None:
    door.bot.fails = failure
    assert (await line.say("hi")).status == status
    door.bot.fails = None
    assert (await line.say("hi")).status == 200


async def test_values_of_other_cards_make_no_bubble(door: Door, line: Line) -> None:
    await line.say("", value={"colour": "red"}, channelData={"postBack": True})
    assert (door.bot.heard[0].happening, door.bot.heard[0].value) == (Happening.MESSAGE, {"colour": "red"})
    assert (await line.log())["activities"][0]["channelData"] == {"postBack": True}


def form(activity: Any, *files: tuple[str, bytes, str]) -> FormData:
    data = FormData(quote_fields=False)
    if activity is not None:
        content = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        data.add_field("activity", content, filename="blob", content_type="application/vnd.microsoft.activity")
    for name, content, kind in files:
        data.add_field("file", BytesIO(content), filename=name, content_type=kind)
    return data


MESSAGE = {"type": "message", "text": "看一下", "from": {"id": "dl_x"}, "channelData": {"clientActivityID": "u1"}}


async def upload(door: Door, line: Line, data: Any, **headers: str) -> Any:
    return await door.call("POST", line.path("/upload?userId=dl_other"), token=line.token, data=data, headers=headers)


async def test_uploads_bring_their_bytes(door: Door, line: Line) -> None:
    picture = bytes(range(256)) * 3 + b"\r\n--"
    data = form(MESSAGE, ("图片.png", picture, "image/png"), ("../../b.txt", b"text\r\n", "text/plain; charset=utf-8"))
    answer = await upload(door, line, data)
    assert answer.status == 200
    (heard,) = door.bot.heard
    assert heard.user == line.user
    assert [(f.name, f.content_type, f.size, f.content) for f in heard.attachments] == [
        ("图片.png", "image/png", len(picture), picture),
        ("b.txt", "text/plain", 6, b"text\r\n"),
    ]
    echo = (await line.log())["activities"][0]
    assert echo["id"] == (await answer.json())["id"]
    assert echo["attachments"] == [
        {"name": "图片.png", "contentType": "image/png"},
        {"name": "b.txt", "contentType": "text/plain"},
    ]
    assert echo["channelData"] == {"clientActivityID": "u1", "attachmentSizes": [len(picture), 6]}
    assert "content" not in json.dumps(echo).replace("contentType", "")


async def test_the_same_upload_twice_is_one(door: Door, line: Line) -> None:
    for _ in range(2):
        assert (await upload(door, line, form(MESSAGE, ("a", b"1", "text/plain")))).status == 200
    assert (await upload(door, line, form(MESSAGE, ("a", b"2", "text/plain")))).status == 409
    assert len(await line.texts()) == 2


async def test_files_without_an_activity_are_a_message(door: Door, line: Line) -> None:
    assert (await upload(door, line, form(None, ("a.txt", b"1", "text/plain")))).status == 200
    assert [file.name for file in door.bot.heard[0].attachments] == ["a.txt"]


@pytest.mark.parametrize(
    ("files", "size", "status"), [(10, 10, 200), (11, 10, 400), (2, 2_600_000, 200), (2, 2_700_000, 413), (0, 0, 400)]
)
async def test_uploads_have_limits(door: Door, line: Line, files: int, size: int, status: int) -> None:
    data = form(MESSAGE, *[(f"{number}.bin", b"x" * size, "application/pdf") for number in range(files)])
    assert (await upload(door, line, data)).status == status
    assert len(door.bot.heard) == (status == 200)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "multipart/form-data; boundary=b", 400),
        (b"--b--", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\r\nx", "multipart/form-data; boundary=b", 400),
        (b"--b\r\nno blank line\r\n--b--", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n" + b"a: b\r\n" * 9_999 + b"\r\nx\r\n--b--", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\xff\xfe: \xff\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", 200),
        (b"--b\r\ncontent-type: a/b\ncontent-length: 5\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", 200),
        (b"--b" * 99_999, "multipart/form-data; boundary=b", 400),
        (b"\r\n--b" * 99_999, "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\r\nx\r\n--b--", "multipart/form-data", 400),
        (b"--b\r\n\r\nx\r\n--b--", 'multipart/form-data; boundary=""', 400),
        (b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=" + "b" * 71, 400),
        (b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary*=utf-8''%E4%B8%AD", 400),
        (b"--b\r\n\r\nx\r\n--b--", "multipart/mixed; boundary=b", 415),
        (b"--b\r\n\r\nx\r\n--b--", "application/json", 415),
        (b"--b\r\n\r\nx\r\n--b--", "x", 415),
    ],
)
async def test_malformed_uploads(door: Door, line: Line, body: bytes, content_type: str, status: int) -> None:
    answer = await upload(door, line, body, **{"Content-Type": content_type})
    assert answer.status == status
    assert (await line.say("still there?")).status == 200


@pytest.mark.parametrize("activity", [b"", b"{", b"[]", b'{"type":"typing"}', b'{"type":5}', b"\xff", b"[" * 3_000])
async def test_uploads_of_malformed_activities(door: Door, line: Line, activity: bytes) -> None:
    assert (await upload(door, line, form(activity, ("a", b"1", "text/plain")))).status == 400


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413), (900_000, 413)])
async def test_an_uploads_activity_is_as_long_as_any_other(door: Door, line: Line, more: int, status: int) -> None:
    activity = json.dumps(MESSAGE).encode()
    activity += b" " * (64 * 1024 + more - len(activity))
    assert (await upload(door, line, form(activity, ("a", b"1", "text/plain")))).status == status
    assert len(door.bot.heard) == (status == 200)


LONGEST = VALUE_LIMIT - len(json.dumps({"do": "form", "x": ""}))


@pytest.mark.parametrize(
    ("filler", "status"),
    [("x" * LONGEST, 200), ("x" * (LONGEST + 1), 413), ("大" * (LONGEST // 3), 200), ("大" * (LONGEST // 3 + 1), 413)],
)
async def test_values_have_a_limit(door: Door, line: Line, filler: str, status: int) -> None:
    value = {"do": "form", "x": filler}
    assert (await line.say("", value=value)).status == status
    assert (await upload(door, line, form({**MESSAGE, "value": value}, ("a", b"1", "text/plain")))).status == status
    assert len(door.bot.heard) == 2 * (status == 200)


async def test_only_one_activity_in_an_upload(door: Door, line: Line) -> None:
    data = form(MESSAGE, ("a", b"1", "text/plain"), ("activity", b"{}", "application/vnd.microsoft.activity"))
    assert (await upload(door, line, data)).status == 400
