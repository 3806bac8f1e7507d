"""What a visitor with a browser's tools may try: refused, or overwritten with what the token says."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import pytest
from aiohttp import WSServerHandshakeError, web

from channels.directline import DirectLineSettings
from channels.directline.origins import Origins
from channels.directline.service import Service
from channels.directline.tokens import Claims, Kind, Tokens
from tests.channels.door import BASE, SERVER_SECRET, SETTINGS, SIGNED_WITH, SITE, Door, Line, opened
from turn.ports import Conversation

Attack = Callable[[Door, Line, Line], Awaitable[int]]
"""Tries something with one's own line against another's; returns the answer's status."""

ATTACKS: dict[str, tuple[Attack, int]] = {}


def attack(status: int) -> Callable[[Attack], Attack]:
    """Register an attack and the status that refuses it."""

    def register(function: Attack) -> Attack:
        ATTACKS[function.__name__.replace("_", " ")] = (function, status)
        return function

    return register


def simple(name: str, status: int, method: str, path: str, *, token: str = "{mine}", body: Any = None) -> None:
    """An attack of one request. Braces are filled with the tokens and conversations of both lines."""

    async def run(door: Door, mine: Line, theirs: Line) -> int:
        known = {"mine": mine.token, "resume": mine.resume, "me": mine.id, "them": theirs.id, "secret": SERVER_SECRET}
        answer = await door.call(method, path.format(**known), body, token.format(**known) or None)
        return answer.status

    ATTACKS[name] = (run, status)


SAY = {"type": "message", "text": "as somebody else"}
ABSENT = "0" * 32

simple("post into another conversation", 403, "POST", "/conversations/{them}/activities", body=SAY)
simple("read another conversation", 403, "GET", "/conversations/{them}/activities")
simple("reconnect to another conversation", 403, "GET", "/conversations/{them}?watermark=0")
simple("upload into another conversation", 403, "POST", "/conversations/{them}/upload", body=SAY)
simple("post into an absent conversation", 403, "POST", f"/conversations/{ABSENT}/activities", body=SAY)
simple("read an absent conversation", 403, "GET", f"/conversations/{ABSENT}/activities")
simple("reconnect to an absent conversation", 403, "GET", f"/conversations/{ABSENT}")
simple("no token", 401, "GET", "/conversations/{me}/activities", token="")
simple("the undefined token of a careless page", 401, "POST", "/conversations", token="undefined")
simple("an empty token", 401, "POST", "/conversations", token=" ")
simple("a resume token as a token", 401, "GET", "/conversations/{me}/activities", token="{resume}")
simple("a resume token to refresh", 401, "POST", "/tokens/refresh", token="{resume}")
simple("a token in the path", 401, "GET", "/conversations/{me}/activities?token={mine}&t={mine}", token="")
simple("the secret in the path", 401, "POST", "/tokens/generate?secret={secret}", token="")
simple("the secret as a token", 401, "POST", "/conversations", token="{secret}")
simple("the secret to read", 401, "GET", "/conversations/{them}/activities", token="{secret}")
simple("a token as the secret", 401, "POST", "/tokens/generate", token="{mine}")
simple("a wrong secret", 401, "POST", "/tokens/generate", token="{secret}x")
simple("a user id without dl_", 400, "POST", "/tokens/generate", token="{secret}", body={"user": {"id": "admin"}})
simple("a user id that is no text", 400, "POST", "/tokens/generate", token="{secret}", body={"user": {"id": ["dl_"]}})
simple("a user id of dl_ alone", 400, "POST", "/tokens/generate", token="{secret}", body={"user": {"id": "dl_"}})
simple(
    "a user id of odd letters", 400, "POST", "/tokens/generate", token="{secret}", body={"user": {"id": "dl_\u202e|"}}
)
for place, watermark in enumerate(
    ("-1", str(2**53 + 1), str(2**63), "text", "1.0", "1e3", "0x1", "%201", "+1", "١", "1;drop", "9" * 5_000)
):
    simple(f"watermark {place} to poll", 400, "GET", "/conversations/{me}/activities?watermark=" + watermark)
    simple(f"watermark {place} to reconnect", 400, "GET", "/conversations/{me}?watermark=" + watermark)


@attack(403)
async def an_expired_token(door: Door, mine: Line, theirs: Line) -> int:
    door.clock.pass_by(1_800)
    return (await mine.say("late")).status


@attack(403)
async def refreshing_an_expired_token(door: Door, mine: Line, theirs: Line) -> int:
    door.clock.pass_by(1_800)
    return (await door.call("POST", "/tokens/refresh", token=mine.token)).status


@attack(403)
async def a_refreshed_token_elsewhere(door: Door, mine: Line, theirs: Line) -> int:
    fresh = await (await door.call("POST", "/tokens/refresh", {"conversationId": theirs.id}, mine.token)).json()
    assert fresh["conversationId"] == mine.id
    return (await door.call("GET", theirs.path("/activities"), token=fresh["token"])).status


async def tampered(door: Door, mine: Line, **claims: Any) -> int:
    head, body, signature = mine.token.split(".")
    content = {**json.loads(base64.urlsafe_b64decode(body + "==")), **claims}
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    conversation = claims.get("conv", mine.id)
    path = f"/conversations/{conversation}/activities"
    return (await door.call("GET", path, token=f"{head}.{forged}.{signature}")).status


@attack(401)
async def another_conversation_in_the_token(door: Door, mine: Line, theirs: Line) -> int:
    return await tampered(door, mine, conv=theirs.id)


@attack(401)
async def another_user_in_the_token(door: Door, mine: Line, theirs: Line) -> int:
    return await tampered(door, mine, user=theirs.user)


@attack(401)
async def a_later_expiry_in_the_token(door: Door, mine: Line, theirs: Line) -> int:
    return await tampered(door, mine, exp=2**40)


@attack(401)
async def an_unsigned_token(door: Door, mine: Line, theirs: Line) -> int:
    claims = jwt.decode(mine.token, options={"verify_signature": False})
    unsigned = jwt.encode({**claims, "conv": theirs.id}, "", algorithm="none")
    return (await door.call("GET", theirs.path("/activities"), token=unsigned)).status


@attack(401)
async def a_token_of_another_installation(door: Door, mine: Line, theirs: Line) -> int:
    elsewhere = Tokens(b"t" * 32, door.clock, SETTINGS)
    token = elsewhere.issue(Kind.CONVERSATION, theirs.id, theirs.user, "")
    return (await door.call("GET", theirs.path("/activities"), token=token)).status


@attack(403)
async def a_token_of_another_user_for_the_same_conversation(door: Door, mine: Line, theirs: Line) -> int:
    """Signed by us: one that was made before the conversation changed hands."""
    token = Tokens(SIGNED_WITH, door.clock, SETTINGS).issue(Kind.CONVERSATION, theirs.id, mine.user, "")
    own = Tokens(SIGNED_WITH, door.clock, SETTINGS).issue(Kind.CONVERSATION, theirs.id, theirs.user, "")
    assert (await door.call("GET", theirs.path("/activities"), token=own)).status == 200
    return (await door.call("GET", theirs.path("/activities"), token=token)).status


@attack(403)
async def the_secret_in_a_browser(door: Door, mine: Line, theirs: Line) -> int:
    return (await door.call("POST", "/tokens/generate", token=SERVER_SECRET, headers={"Origin": SITE})).status


@attack(403)
async def a_page_of_another_origin(door: Door, mine: Line, theirs: Line) -> int:
    headers = {"Origin": "https://evil.example"}
    answer = await door.call("POST", "/session", {}, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
    return answer.status


@attack(403)
async def a_preflight_of_another_origin(door: Door, mine: Line, theirs: Line) -> int:
    return (await door.call("OPTIONS", "/session", headers={"Origin": "https://evil.example"})).status


@attack(403)
async def a_name_that_points_at_this_machine(door: Door, mine: Line, theirs: Line) -> int:
    headers = {"Origin": "http://evil.example:3978", "Host": "evil.example:3978"}
    return (await door.call("POST", "/session", {}, headers=headers)).status


@attack(403)
async def a_token_of_another_page(door: Door, mine: Line, theirs: Line) -> int:
    line = await door.visitor(SITE)
    here = {"Origin": door.url}
    assert (await door.call("GET", line.path("/activities"), token=line.token, headers={"Origin": SITE})).status == 200
    return (await door.call("GET", line.path("/activities"), token=line.token, headers=here)).status


async def socket_status(door: Door, url: str, **headers: str) -> int:
    try:
        async with door.http.ws_connect(url, headers=headers):
            return 101
    except WSServerHandshakeError as refused:
        return refused.status


@attack(401)
async def a_ticket_used_twice(door: Door, mine: Line, theirs: Line) -> int:
    url = await mine.stream_url()
    assert await socket_status(door, url) == 101
    return await socket_status(door, url)


@attack(403)
async def a_ticket_for_another_conversation(door: Door, mine: Line, theirs: Line) -> int:
    return await socket_status(door, (await mine.stream_url()).replace(mine.id, theirs.id, 1))


@attack(403)
async def an_old_ticket(door: Door, mine: Line, theirs: Line) -> int:
    url = await mine.stream_url()
    door.clock.pass_by(60)
    return await socket_status(door, url)


@attack(401)
async def a_token_as_a_ticket(door: Door, mine: Line, theirs: Line) -> int:
    return await socket_status(door, f"{door.base}{mine.path('/stream')}?t={mine.token}")


@attack(401)
async def a_ticket_as_a_token(door: Door, mine: Line, theirs: Line) -> int:
    ticket = (await mine.stream_url()).rsplit("t=", 1)[1]
    return (await door.call("GET", mine.path("/activities"), token=ticket)).status


@attack(401)
async def a_socket_with_a_header_for_a_ticket(door: Door, mine: Line, theirs: Line) -> int:
    return await socket_status(door, door.base + mine.path("/stream"), Authorization=f"Bearer {mine.token}")


@attack(400)
async def a_stream_from_before_the_beginning(door: Door, mine: Line, theirs: Line) -> int:
    return await socket_status(door, (await mine.stream_url()).replace("watermark=0", "watermark=-1"))


@attack(426)
async def a_stream_without_a_socket(door: Door, mine: Line, theirs: Line) -> int:
    path = (await mine.stream_url()).partition(BASE)[2]
    return (await door.call("GET", path)).status


@attack(400)
async def a_host_that_is_none(door: Door, mine: Line, theirs: Line) -> int:
    return (await door.call("GET", mine.path(), token=mine.token, headers={"Host": "a b<script>"})).status


@pytest.mark.parametrize("name", ATTACKS)
async def test_attacks_are_refused(door: Door, name: str) -> None:
    mine, theirs = await door.visitor(), await door.visitor()
    await theirs.say("a private word")
    run, refusal = ATTACKS[name]
    assert await run(door, mine, theirs) == refusal
    assert [heard.user for heard in door.bot.heard if heard.text] == [theirs.user]


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 40


async def test_absent_and_foreign_conversations_look_alike(door: Door, line: Line) -> None:
    other = await door.visitor()
    for method, rest in (("GET", ""), ("GET", "/activities"), ("POST", "/activities"), ("POST", "/upload")):
        answers = [
            await door.call(
                method, f"/conversations/{conversation}{rest}", SAY if method == "POST" else None, line.token
            )
            for conversation in (other.id, ABSENT)
        ]
        seen = [(answer.status, await answer.text(), sorted(answer.headers)) for answer in answers]
        assert seen[0] == seen[1]
        assert (seen[0][0], (await answers[0].json())["error"]["code"]) == (403, "Forbidden")


async def test_an_erased_conversation_is_as_if_it_had_never_been(door: Door, line: Line) -> None:
    del door.memory.lines[line.id]
    assert (await line.say("hello?")).status == 403
    assert (await door.call("GET", line.path(), token=line.token)).status == 403


@pytest.mark.parametrize(
    "claimed",
    [{"id": "dl_admin", "name": "Admin", "role": "bot"}, {"id": ""}, {"id": None}, None, "dl_admin", 5, [], {"x": 1}],
)
async def test_the_sender_is_always_the_tokens_user(door: Door, line: Line, claimed: Any) -> None:
    activity = {
        "type": "message", "text": "hi", "from": claimed, "recipient": claimed, "conversation": {"id": ABSENT},
        "id": "chosen", "serviceUrl": "https://evil.example", "channelId": "msteams", "replyToId": ABSENT,
        "timestamp": "1970-01-01T00:00:00Z", "textFormat": "xml", "suggestedActions": {"actions": []},
    }  # fmt: skip
    answer = await door.call("POST", line.path("/activities"), activity, line.token)
    assert answer.status == 200
    (heard,) = door.bot.heard
    assert (heard.user, heard.address.conversation, heard.address.channel) == (line.user, line.id, "webchat")
    echo = (await line.log())["activities"][0]
    assert echo["from"] == {"id": line.user, "role": "user"}
    assert echo["id"] == heard.activity_id != "chosen"
    assert not {"recipient", "serviceUrl", "replyToId", "suggestedActions"} & set(echo)
    assert echo["timestamp"].startswith("2026")


async def test_a_user_id_at_the_start_is_not_looked_at(door: Door, line: Line) -> None:
    await door.call("POST", "/conversations", {"user": {"id": "dl_admin"}}, line.token)
    found = await door.log.find(line.id)
    assert found is not None
    assert found.user == line.user == door.bot.heard[0].user


async def test_without_a_configured_secret_nobody_makes_tokens() -> None:
    async with opened(DirectLineSettings()) as door:
        for token in ("", " ", "None", "secret", SERVER_SECRET):
            assert (await door.call("POST", "/tokens/generate", token=token)).status == 401


def trusts_the_path(service: Service, request: web.Request) -> Claims:
    return service.tokens.check(request.headers["Authorization"].removeprefix("Bearer "), Kind.CONVERSATION)


def trusts_the_text(_: Tokens, token: str, kind: Kind) -> Claims:
    claims = jwt.decode(token, options={"verify_signature": False})
    return Claims(claims["conv"], claims["user"], claims["origin"], kind, claims["exp"], claims["jti"])


def does_nothing(*_: object) -> None:
    return


async def spends_nothing(*_: object) -> None:
    return


async def finds_it_for_anybody(service: Service, claims: Claims) -> Conversation:
    found = await service.log.find(claims.conversation)
    assert found is not None
    return found


BREAKS: dict[str, tuple[type, str, Callable[..., Any], str]] = {
    "conversations are not compared": (Service, "claims", trusts_the_path, "read an absent conversation"),
    "signatures are not checked": (Tokens, "check", trusts_the_text, "another conversation in the token"),
    "users are not compared": (
        Service,
        "conversation",
        finds_it_for_anybody,
        "a token of another user for the same conversation",
    ),
    "tickets are not spent": (Service, "spend", spends_nothing, "a ticket used twice"),
    "pages are not compared": (Service, "check_page", does_nothing, "a token of another page"),
    "origins are not checked": (Origins, "check", lambda *_: "", "a page of another origin"),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_the_attacks_have_teeth(door: Door, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """With a guard taken out, the attack that it refuses gets through."""
    owner, name, careless, succeeding = BREAKS[broken]
    mine, theirs = await door.visitor(), await door.visitor()
    monkeypatch.setattr(owner, name, careless)
    run, refusal = ATTACKS[succeeding]
    assert await run(door, mine, theirs) != refusal
