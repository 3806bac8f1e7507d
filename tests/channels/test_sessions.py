"""Sessions, tokens and conversations: what each call answers."""

from __future__ import annotations

import re
from typing import Any

import jwt
import pytest

from channels.directline import DirectLineSettings
from tests.channels.door import SERVER_SECRET, SITE, Door, Line, opened


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def test_a_visitor_gets_ids_made_here(door: Door) -> None:
    answer = await door.call("POST", "/session", {})
    got = await answer.json()
    assert answer.status == 200
    assert re.fullmatch("[0-9a-f]{32}", got["conversationId"])
    assert re.fullmatch("dl_[0-9a-f]{32}", got["user"]["id"])
    assert got["expires_in"] == 1800
    assert claims_of(got["token"])["user"] == got["user"]["id"], "DirectLineJS reads the user from the token"
    found = await door.log.find(got["conversationId"])
    assert found is not None
    assert found.channel == "webchat"
    other = await (await door.call("POST", "/session", {})).json()
    assert {other["conversationId"], other["user"]["id"]}.isdisjoint({got["conversationId"], got["user"]["id"]})


async def test_an_empty_body_will_do(door: Door) -> None:
    assert (await door.call("POST", "/session")).status == 200


async def test_a_returning_visitor_gets_the_conversation_back(door: Door, line: Line) -> None:
    await line.say("Hello")
    door.clock.pass_by(29 * 24 * 3600)
    back = await (await door.call("POST", "/session", {"resume": line.resume})).json()
    assert (back["conversationId"], back["user"]["id"]) == (line.id, line.user)
    door.clock.pass_by(2 * 24 * 3600)
    again = await (await door.call("POST", "/session", {"resume": back["resume"]})).json()
    assert again["conversationId"] == line.id, "each visit extends the time"
    line.token = again["token"]
    assert await line.texts() == ["Hello", "You said: Hello"]


@pytest.mark.parametrize("spoil", ["expired", "tampered", "other kind", "erased", "other site"])
async def test_a_useless_resume_token_starts_afresh(door: Door, line: Line, spoil: str) -> None:
    resume, headers = line.resume, {}
    if spoil == "expired":
        door.clock.pass_by(31 * 24 * 3600)
    elif spoil == "tampered":
        resume = resume[:-4] + "AAAA"
    elif spoil == "other kind":
        resume = line.token
    elif spoil == "erased":
        del door.memory.lines[line.id]
    else:
        line = await door.visitor(SITE)
        resume, headers = line.resume, {"Origin": door.url.replace("127.0.0.1", "localhost")}
        headers["Host"] = headers["Origin"].removeprefix("http://")
    answer = await door.call("POST", "/session", {"resume": resume}, headers=headers)
    assert answer.status == 200
    got = await answer.json()
    assert got["conversationId"] != line.id
    assert got["user"]["id"] != line.user


async def test_a_new_conversation_of_the_same_visitor(door: Door, line: Line) -> None:
    await line.say("Hello")
    new = await (await door.call("POST", "/session", {"resume": line.resume, "fresh": True})).json()
    assert (new["conversationId"] != line.id, new["user"]["id"]) == (True, line.user)
    again = await (await door.call("POST", "/session", {"resume": new["resume"], "fresh": False})).json()
    assert again["conversationId"] == new["conversationId"]
    spoilt = await (await door.call("POST", "/session", {"resume": line.resume + "x", "fresh": True})).json()
    assert spoilt["user"]["id"] != line.user
    assert (await door.call("POST", "/session", {"fresh": "yes"})).status == 400


async def test_start_welcomes_once_and_again_goes_on(door: Door, line: Line) -> None:
    first = await door.call("POST", "/conversations", {"user": {"id": "dl_me"}, "locale": "zh-CN"}, line.token)
    again = await door.call("POST", "/conversations", {}, line.token)
    assert [first.status, again.status] == [200, 200]
    assert (await first.json())["conversationId"] == line.id
    assert await line.texts() == ["Welcome"]
    (joined,) = door.bot.heard
    assert (joined.happening, joined.user, joined.locale) == ("joined", line.user, "zh-CN")
    assert (joined.address.channel, joined.address.conversation, joined.address.local) == ("webchat", line.id, True)


async def test_a_server_makes_tokens(door: Door) -> None:
    body = {"user": {"id": "dl_partner-7", "name": "x"}}
    made = await (await door.call("POST", "/tokens/generate", body, SERVER_SECRET)).json()
    assert claims_of(made["token"])["user"] == "dl_partner-7"
    assert await door.log.find(made["conversationId"]) is None, "nothing is kept before it is used"
    started = await door.call(
        "POST", "/conversations", {}, made["token"], headers={"Accept-Language": "de-DE,de;q=0.9"}
    )
    assert started.status == 201
    conversation = await door.log.find(made["conversationId"])
    assert conversation is not None
    assert (conversation.user, conversation.channel) == ("dl_partner-7", "directline")
    assert door.bot.heard[0].locale == "de-DE"


async def test_a_generated_user_has_an_id_made_here(door: Door) -> None:
    made = await (await door.call("POST", "/tokens/generate", token=SERVER_SECRET)).json()
    assert re.fullmatch("dl_[0-9a-f]{32}", claims_of(made["token"])["user"])


async def test_refresh_gives_the_same_for_longer(door: Door, line: Line) -> None:
    door.clock.pass_by(1700)
    answer = await door.call("POST", "/tokens/refresh", token=line.token)
    fresh = await answer.json()
    assert fresh["conversationId"] == line.id
    door.clock.pass_by(200)
    assert (await line.say("old")).status == 403
    line.token = fresh["token"]
    assert (await line.say("new")).status == 200
    assert await line.texts() == ["new", "You said: new"]


async def test_reconnect_names_a_stream_from_the_watermark(door: Door, line: Line) -> None:
    answer = await door.call("GET", line.path("?watermark=3"), token=line.token)
    got = await answer.json()
    assert answer.status == 200
    assert claims_of(got["token"])["conv"] == line.id
    root = door.base.replace("http", "ws", 1)
    assert got["streamUrl"].startswith(f"{root}/conversations/{line.id}/stream?watermark=3&t=")


async def test_the_public_address_goes_into_stream_urls() -> None:
    async with opened(DirectLineSettings(public_url="https://bot.example.com/")) as door:
        line = await door.visitor()
        assert (await line.stream_url()).startswith("wss://bot.example.com/v3/directline/conversations/")


async def test_session_id(door: Door, line: Line) -> None:
    answer = await door.call("GET", "/session/getsessionid", token=line.token)
    assert re.fullmatch("[0-9a-f]{32}", (await answer.json())["sessionId"])


async def test_allowed_pages_are_let_in_by_name(door: Door) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-ms-bot-agent"}
    preflight = await door.call("OPTIONS", "/conversations", headers={"Origin": SITE, **asked})
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == SITE
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "x-ms-bot-agent", "x-requested-with"} <= set(allowed.split(", "))
    refused = await door.call("POST", "/conversations", {}, "nonsense", headers={"Origin": SITE})
    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == SITE, "the page must be able to read why"
    assert refused.headers["Access-Control-Allow-Credentials"] == "true"
    assert refused.headers["Vary"] == "Origin"
    missing = await door.call("GET", "/no/such/thing", headers={"Origin": SITE})
    assert (missing.status, missing.headers["Access-Control-Allow-Origin"]) == (404, SITE)


async def test_our_own_page_on_this_machine_needs_no_setting() -> None:
    async with opened(DirectLineSettings()) as door:
        port = door.url.rsplit(":", 1)[1]
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
            headers = {"Origin": f"http://{host}", "Host": host}
            assert (await door.call("POST", "/session", {}, headers=headers)).status == 200, host
