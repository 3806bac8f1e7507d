"""Bytes → activity: what is cut, what is tolerated, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadActivity, BotError
from bot.incoming import to_incoming
from bot.intake import DEEPEST, LONGEST_ID, LONGEST_TEXT, MOST_ATTACHMENTS, parse_activity
from bot.service_urls import ServiceUrls
from tests.bot.fakes import NOW, emulator_joined, emulator_message, teams_channel_message, teams_message

LOCAL = "http://localhost:56150"


def _parse(activity: Any) -> Any:
    return parse_activity(json.dumps(activity).encode())


def _nested(levels: int) -> dict[str, Any]:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return {"do": "x", "data": value}


@pytest.mark.parametrize(
    "activity",
    [teams_message(), teams_channel_message("hello"), emulator_message(LOCAL), emulator_joined(LOCAL)],
    ids=["teams", "teams channel", "emulator", "emulator joined"],
)
def test_what_clients_send_is_read(activity: dict[str, Any]) -> None:
    read = _parse(activity)
    assert (read.type, read.id, read.channel_id) == (activity["type"], activity["id"], activity["channelId"])
    assert read.sender.id == activity["from"]["id"]
    assert read.conversation.id == activity["conversation"]["id"]
    assert len(read.members_added) == len(activity.get("membersAdded", []))


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_activity(b"\xef\xbb\xbf" + json.dumps(teams_message()).encode()).text == "hello"


def test_long_texts_and_lists_are_cut() -> None:
    read = _parse(
        teams_message(
            "学" * 5000, attachments=[{"contentType": "a/b", "name": "n" * 300, "contentUrl": "https://x"}] * 30
        )
    )
    assert read.text == "学" * LONGEST_TEXT
    assert len(read.attachments) == MOST_ATTACHMENTS
    assert len(read.attachments[0].name) == 256


@pytest.mark.parametrize(
    "changes",
    [
        {"text": None, "attachments": None, "entities": None, "locale": None, "id": "", "value": None},
        {"entities": "x"},
        {"entities": {"type": "mention"}},
        {"entities": [None, 1, "x", [], {}, {"type": None}, {"type": "mention"}]},
        {"channelData": "x"},
        {"channelData": [1]},
        {"locale": 5},
        {"locale": "../../etc"},
        {"timestamp": "yesterday"},
        {"somethingNew": {"a": [1, 2, 3]}},
        {"value": 5},
        {"value": "text"},
        {"value": _nested(DEEPEST - 2)},
        {"replyToId": None},
    ],
)
def test_what_does_not_matter_is_tolerated(changes: dict[str, Any]) -> None:
    assert _parse(teams_message(**changes)).channel_id == "msteams"


def test_an_odd_locale_is_no_locale() -> None:
    assert _parse(teams_message(locale="x" * 100)).locale is None
    assert _parse(teams_message(locale="zh-Hans-CN")).locale == "zh-Hans-CN"


@pytest.mark.parametrize(
    ("sent", "stored"), [("a\0b", "a\ufffdb"), ("\ud83d", "\ufffd"), ("\ud83d\ude00", "😀"), ("a\u202eb", "a\u202eb")]
)
def test_texts_can_be_stored_in_any_database(sent: str, stored: str) -> None:
    read = _parse(teams_message(sent, value={"do": sent, sent: [sent]}))
    assert read.text == stored
    assert read.value == {"do": stored, stored: [stored]}


@pytest.mark.parametrize(
    "odd", ["", "a\0b", "a b", "a\nb", "..", ".", "\ud800", "x" * (LONGEST_ID + 1), 5, None, [], {}]
)
def test_odd_ids_are_refused(odd: Any) -> None:
    with pytest.raises(BadActivity):
        _parse(teams_message(conversation={"id": odd}))


def test_nesting_has_a_limit() -> None:
    assert _parse(teams_message(value=_nested(DEEPEST - 2)))
    with pytest.raises(BadActivity, match="nested"):
        _parse(teams_message(value=_nested(DEEPEST + 1)))


def test_the_reason_names_the_field_and_nothing_that_was_sent() -> None:
    with pytest.raises(BadActivity) as caught:
        _parse(teams_message(conversation={"id": ["a secret"]}))
    assert "conversation.id" in caught.value.reason
    assert "secret" not in str(caught.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["mention", "28:bot", "<at>x</at>"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["id", "type", "do"]), inner)
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(["message", "invoke", "conversationUpdate", "messageReaction"])


@settings(max_examples=300, deadline=None)
@given(KINDS, st.dictionaries(st.sampled_from(sorted(teams_message(value=1, membersAdded=1, reactionsAdded=1))), JSON))
def test_any_activity_is_understood_or_refused(kind: str, changes: dict[str, Any]) -> None:
    try:
        happened = to_incoming(_parse({**teams_message(type=kind), **changes}), NOW, ServiceUrls.channels())
    except BotError:
        return
    for incoming in happened:
        assert incoming.user
        assert len(incoming.text) <= LONGEST_TEXT
        json.dumps([incoming.value, dict(incoming.address.reference)], allow_nan=False).encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(BadActivity):
        parse_activity(body)
