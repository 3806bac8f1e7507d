"""Activity → what happened."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import BadActivity, ServiceUrlRefused
from bot.incoming import fingerprint_of, to_incoming
from bot.intake import parse_activity
from bot.service_urls import ServiceUrls
from tests.bot.fakes import (
    NOW,
    TEAMS_URL,
    emulator_joined,
    emulator_message,
    teams_channel_message,
    teams_message,
)
from turn.model import Attachment, Happening, Incoming, Scope

LOCAL = "http://localhost:56150"


def _all(activity: dict[str, Any], later: float = 0) -> list[Incoming]:
    urls = ServiceUrls.loopback() if activity["serviceUrl"] == LOCAL else ServiceUrls.channels()
    return to_incoming(parse_activity(json.dumps(activity).encode()), NOW + timedelta(seconds=later), urls)


def _one(activity: dict[str, Any], later: float = 0) -> Incoming:
    (incoming,) = _all(activity, later)
    return incoming


def test_a_personal_message_in_teams() -> None:
    said = _one(teams_message(" When is the window? "))
    assert said.happening is Happening.MESSAGE
    assert said.text == "When is the window?"
    assert (said.user, said.scope, said.locale, said.received_at) == ("29:ana", Scope.PERSONAL, "en-US", NOW)
    assert said.inbox_key == "msteams|a:1_personal|1700000000001"
    assert said.attachments == (), "the copy of the text that Teams attaches is no file"
    assert not said.address.local


def test_the_address_is_a_conversation_reference() -> None:
    reference = _one(teams_message()).address.reference
    assert json.loads(json.dumps(reference)) == {
        "serviceUrl": TEAMS_URL,
        "channelId": "msteams",
        "bot": {"id": "28:bot", "name": "Learning Partner"},
        "user": {"id": "29:ana", "name": "Ana", "aadObjectId": "11111111-2222-3333-4444-555555555555"},
        "conversation": {"id": "a:1_personal", "conversationType": "personal", "tenantId": "t-1"},
        "activityId": "1700000000001",
        "locale": "en-US",
        "tenant": "t-1",
    }


def test_a_message_in_a_channel() -> None:
    said = _one(teams_channel_message("when is the window?"))
    assert said.text == "when is the window?"
    assert said.scope is Scope.CHANNEL
    assert said.locale == "zh-CN", "the Teams client's, when the activity names none"


def test_a_message_in_the_emulator() -> None:
    said = _one(emulator_message(LOCAL))
    assert (said.text, said.scope, said.address.channel) == ("hello", Scope.PERSONAL, "emulator")
    assert said.address.reference.get("tenant") is None


@pytest.mark.parametrize(
    ("conversation", "scope"),
    [
        ({"id": "c"}, Scope.PERSONAL),
        ({"id": "c", "isGroup": True}, Scope.GROUP),
        ({"id": "c", "conversationType": "groupChat"}, Scope.GROUP),
        ({"id": "c", "conversationType": "channel", "isGroup": True}, Scope.CHANNEL),
        ({"id": "c", "conversationType": "personal", "isGroup": False}, Scope.PERSONAL),
        ({"id": "c", "conversationType": "something new", "isGroup": True}, Scope.GROUP),
    ],
)
def test_scope(conversation: dict[str, Any], scope: Scope) -> None:
    assert _one(teams_message(conversation=conversation)).scope is scope


BOT = {
    "type": "mention",
    "text": "<at>Learning Partner</at>",
    "mentioned": {"id": "28:bot", "name": "Learning Partner"},
}
MENTIONS: dict[str, tuple[str, Any, str]] = {
    "by entity": ("<at>Learning Partner</at> help", [BOT], "help"),
    "twice": ("<at>Learning Partner</at> a <at>Learning Partner</at> b", [BOT], "a   b"),
    "at the end": ("help <at>Learning Partner</at>", [BOT], "help"),
    "without entity": ("<at>learning partner</at> help", [], "help"),
    "tag with an id": ('<at id="0">Learning Partner</at> help', [], "help"),
    "renamed bot": ("<at>LP</at> help", [{**BOT, "text": "<at>LP</at>"}], "help"),
    "somebody else": (
        "ask <at>Ana</at>",
        [{"type": "mention", "text": "<at>Ana</at>", "mentioned": {"id": "29:ana"}}],
        "ask Ana",
    ),
    "not a tag": ("all is well", [{**BOT, "text": "a"}], "all is well"),
    "empty text": ("hello", [{**BOT, "text": ""}], "hello"),
    "text is a list": ("hello", [{**BOT, "text": ["<at>"]}], "hello"),
    "mentioned is a text": ("hello", [{**BOT, "mentioned": "28:bot"}], "hello"),
    "no mentioned": ("hello", [{"type": "mention", "text": "<at>Learning Partner</at>"}], "hello"),
    "type is a number": ("hello", [{**BOT, "type": 5}], "hello"),
    "pattern in the text": ("(.*) hello", [{**BOT, "text": "<at>(.*)</at>"}], "(.*) hello"),
    "unclosed": ("<at>Learning Partner hello", [BOT], "<at>Learning Partner hello"),
    "only the mention": ("<at>Learning Partner</at>", [BOT], ""),
}


@pytest.mark.parametrize("case", MENTIONS)
def test_mentions(case: str) -> None:
    text, entities, expected = MENTIONS[case]
    assert _one(teams_message(text, entities=entities)).text == expected


@pytest.mark.parametrize("text", ["<at>" * 1000, "<at " * 1000, "<at>a" * 800, "</at>" * 800, "<" * 4000])
def test_hostile_tags_cost_nothing(text: str) -> None:
    message = teams_message(text, entities=[{**BOT, "text": f"<at>{'x' * 500}</at>"}] * 60)
    assert min(_cost(message) for _ in range(3)) < 0.1


def _cost(message: dict[str, Any]) -> float:
    """Seconds of CPU to read it: the least of several is without what the interpreter does beside."""
    before = time.thread_time()
    _one(message)
    return time.thread_time() - before


def test_a_message_without_recipient_is_read() -> None:
    assert _one(teams_message("<at>x</at> hello", recipient=None)).text == "<at>x</at> hello"


@pytest.mark.parametrize(
    ("value", "happening", "text"),
    [
        ({"do": "helpful", "entry": "dates", "yes": True}, Happening.PRESS, ""),
        ({"do": "say", "text": "Dates"}, Happening.MESSAGE, "Dates"),
        ({"do": "say"}, Happening.PRESS, ""),
        ({"do": 5}, Happening.MESSAGE, "typed"),
        ({"other": "card"}, Happening.MESSAGE, "typed"),
        ("do", Happening.MESSAGE, "typed"),
        (["do"], Happening.MESSAGE, "typed"),
    ],
)
def test_buttons(value: Any, happening: Happening, text: str) -> None:
    did = _one(teams_message("typed", value=value))
    assert (did.happening, did.text) == (happening, text)
    assert did.value == (value if happening is Happening.PRESS else None)


def test_an_execute_action_is_a_press() -> None:
    data = {"do": "helpful", "entry": "dates"}
    invoke = teams_message(
        type="invoke", name="adaptiveCard/action", value={"action": {"type": "Action.Execute", "data": data}}
    )
    assert _one(invoke).value == data


@pytest.mark.parametrize("value", [None, 5, [], {}, {"action": None}, {"action": []}, {"action": {"data": "x"}}])
def test_an_execute_action_of_somebody_else_is_nothing(value: Any) -> None:
    assert _all(teams_message(type="invoke", name="adaptiveCard/action", value=value)) == []


def test_everyone_who_joins_is_greeted_but_never_the_bot() -> None:
    joined = _one(emulator_joined(LOCAL))
    assert (joined.happening, joined.user) == (Happening.JOINED, "7d0a6a0e-user")
    assert joined.activity_id == "4a1d0b70-be7c-11f0:7d0a6a0e-user"
    assert joined.address.reference["user"] == {"id": "7d0a6a0e-user", "name": "User"}
    assert "activityId" not in joined.address.reference, "nobody replies to an update"


def test_each_new_member_is_one_happening() -> None:
    members = [{"id": "28:bot"}, {"id": "29:ana"}, {"id": "29:bo"}, {"id": "29:ana"}]
    joined = _all(teams_message(type="conversationUpdate", membersAdded=members))
    assert [one.user for one in joined] == ["29:ana", "29:bo"]
    assert len({one.inbox_key for one in joined}) == 2


GROUP = {"id": "19:g@thread.v2", "conversationType": "groupChat", "isGroup": True}
BOT_ONLY = [{"id": "28:bot"}]


@pytest.mark.parametrize(
    ("changes", "greeted"),
    [
        ({"conversation": GROUP}, ["29:ana"]),
        ({"conversation": GROUP, "from": {"id": "28:bot"}}, []),
        ({"conversation": GROUP, "from": None}, []),
        ({}, []),  # in a personal chat the user is named as a member too
    ],
)
def test_whoever_brings_the_bot_to_a_group_is_greeted(changes: dict[str, Any], greeted: list[str]) -> None:
    joined = _all(teams_message(type="conversationUpdate", text=None, membersAdded=BOT_ONLY, **changes))
    assert [one.user for one in joined] == greeted


def test_reactions() -> None:
    reacted = _one(teams_message(type="messageReaction", text=None, reactionsAdded=[{"type": "like"}], replyToId="1"))
    assert (reacted.happening, reacted.text) == (Happening.REACTED, "like")
    assert _all(teams_message(type="messageReaction", reactionsRemoved=[{"type": "like"}])) == []


@pytest.mark.parametrize(
    "kind",
    ["typing", "event", "invoke", "installationUpdate", "messageUpdate", "messageDelete", "endOfConversation", "ping",
     "contactRelationUpdate", "deleteUserData", "trace", "handoff", "somethingNew"],
)  # fmt: skip
def test_other_activities_are_nothing(kind: str) -> None:
    assert _all(teams_message(type=kind)) == []


def test_files() -> None:
    files = [
        {"contentType": "application/pdf", "name": "invoice.pdf", "contentUrl": "data:application/pdf;base64,AAAAAAA="},
        {"contentType": "image/png", "contentUrl": "https://smba.trafficmanager.net/v3/attachments/1"},
        {"contentType": "messageReference", "content": "{}"},
    ]
    assert _one(teams_message("", attachments=files)).attachments == (
        Attachment("invoice.pdf", "application/pdf", 5, bytes(5)),
        Attachment("", "image/png", None),
    )


def test_redeliveries_have_one_fingerprint_and_other_content_another() -> None:
    first = _one(teams_message("a"))
    again = _one(teams_message("a", timestamp="2026-11-22T09:30:15Z", localTimestamp=None))
    assert first.fingerprint == again.fingerprint
    others = [
        teams_message("b"),
        teams_message("a", value={"do": "x"}),
        teams_message("a", **{"from": {"id": "29:bo"}}),
        teams_message("a", attachments=[{"contentUrl": "https://x/1", "contentType": "a/b"}]),
    ]
    assert len({first.fingerprint, *(_one(other).fingerprint for other in others)}) == 5


def test_an_activity_without_id_gets_one_that_a_redelivery_repeats() -> None:
    first, again = _one(teams_message(id=None)), _one(teams_message(id=None), later=15)
    assert first.activity_id == again.activity_id
    assert _one(teams_message(id=None, timestamp="2026-11-22T09:30:01Z")).activity_id != first.activity_id


def test_without_id_and_timestamp_two_equal_messages_stay_two() -> None:
    bare = teams_message("yes", id=None, timestamp=None)
    assert _one(bare).activity_id != _one(bare, later=1).activity_id


def test_a_message_from_nobody_is_refused() -> None:
    with pytest.raises(BadActivity):
        _all({**teams_message(), "from": None})


def test_an_address_off_the_list_is_never_built() -> None:
    with pytest.raises(ServiceUrlRefused):
        _all(teams_message(serviceUrl="https://evil.example/"))


FULL = teams_message(
    "学 \U0001f600 \ud83d",
    name="x",
    value={"b": [1, 2.5, True, None, 10**20, "é"], "a": {"do": "say"}},
    attachments=[{"contentType": "a/b", "name": "n", "contentUrl": "https://x/1", "content": "left out"}, {}],
    membersAdded=[{"id": "29:bo", "name": "Bo", "aadObjectId": "1"}, {"id": "28:bot"}],
    reactionsAdded=[{"type": "like"}],
)


@pytest.mark.parametrize(
    ("activity", "stored"),
    [
        (teams_message(), "3a9c0e0ea71559de4c1d8e6011ae2cd8fa74271e8d84bd1cbade424b44741c2e"),
        (FULL, "e066eea8b1a4cad62c81bc5d61db40e9dd46779ff3c88da490b1faf46adef4ed"),
        ({**FULL, "from": None}, "5848934c957901e797e4f459fa6e23926d9403d6bb482f716a1601be33ce242f"),
    ],
)
def test_what_was_stored_by_an_older_version_is_known_again(activity: dict[str, Any], stored: str) -> None:
    assert fingerprint_of(parse_activity(json.dumps(activity).encode())) == stored
