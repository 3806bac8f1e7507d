"""Bytes → activity: what is cut, what is tolerated, what is refused."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import intake
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


@pytest.mark.parametrize("place", ["{}", "{}a", "a{}", "a{}b", ".{}.", "..{}"])
def test_no_blank_of_any_script_is_part_of_an_id(place: str) -> None:
    blanks = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
    assert len(blanks) > 20
    for odd in (*blanks, *map(chr, range(32)), "\x7f", "\ufffd"):
        with pytest.raises(BadActivity):
            _parse(teams_message(conversation={"id": place.format(odd)}))


@pytest.mark.parametrize("id", ["a", "19:abc@thread.tacv2;messageid=1", "..a", "a..", ".a.", "学", "a|b/c"])
def test_ids_that_programs_make_are_taken(id: str) -> None:  # noqa: A002 - it is one
    assert _parse(teams_message(conversation={"id": id})).conversation.id == id


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


UNPLAIN = st.sampled_from(
    ["a\0b", "\ud83d", "\ude00\ud83d", "\ud83d\ude00", "学 \U0001f600", "\\ud800", "[{", "\\u0000"]
)
NESTED = st.integers(DEEPEST - 3, DEEPEST + 1).map(_nested)


def _either_way(body: bytes, monkeypatch: pytest.MonkeyPatch, *, looked_at: bool) -> Any:
    with monkeypatch.context() as patch:
        if not looked_at:
            patch.setattr(intake, "_is_storable", lambda _: False)
        try:
            return parse_activity(body)
        except BadActivity as refused:
            return refused.reason


def _same_either_way(activity: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, ascii_only: bool) -> bool:
    body = json.dumps(activity, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    quick, thorough = (_either_way(body, monkeypatch, looked_at=way) for way in (True, False))
    return bool(quick == thorough)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.dictionaries(UNPLAIN, UNPLAIN | JSON | NESTED, max_size=2) | NESTED, text=UNPLAIN, ascii_only=st.booleans()
)
def test_a_look_at_the_bytes_tells_what_going_through_them_would(
    value: Any, text: str, ascii_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    activity = teams_message(text, value=value, unknown=value)
    assert _same_either_way(activity, monkeypatch, ascii_only=ascii_only)


@pytest.mark.parametrize("text", ["\0", "\ud83d", _nested(DEEPEST)])
def test_the_look_has_teeth(text: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = teams_message(value={"do": "x", "data": text})
    assert _same_either_way(activity, monkeypatch, ascii_only=True)
    looked = intake._is_storable
    monkeypatch.setattr(intake, "_is_storable", lambda _: True)
    blind = parse_activity(json.dumps(activity).encode())
    monkeypatch.setattr(intake, "_is_storable", looked)
    assert blind != _either_way(json.dumps(activity).encode(), monkeypatch, looked_at=False)


def test_what_clients_send_needs_no_more_than_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(intake, "_storable")
    for activity in (teams_message("什么是学习合作伙伴？"), teams_channel_message("hello"), emulator_message(LOCAL)):
        assert _parse(activity).id


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400 + ".0", "[1.5e400]", "NaN", "Infinity"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    body = json.dumps(teams_message(unknown="here")).replace('"here"', number)
    with pytest.raises(BadActivity):
        parse_activity(body.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(BadActivity):
        parse_activity(body)
