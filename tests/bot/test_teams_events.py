"""What Teams tells about messages and teams without anybody having said something: taken, and nothing is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.incoming import to_incoming
from bot.intake import parse_activity
from bot.service_urls import ServiceUrls
from tests.bot.fakes import emulator_message

TEAM = {"id": "19:team@thread.tacv2", "name": "Partners"}
CHANNEL = {"id": "19:channel@thread.tacv2", "name": "Directory"}
EVENTS: list[dict[str, Any]] = [
    {"type": "messageUpdate", "text": None, "channelData": {"eventType": "editMessage"}},
    {"type": "messageUpdate", "text": "hello again", "id": None, "channelData": {"eventType": "editMessage"}},
    {"type": "messageUpdate", "text": "hello again", "channelData": {"eventType": "undeleteMessage"}},
    {"type": "messageUpdate", "text": None, "channelData": {"eventType": "undeleteMessage"}},
    {"type": "messageDelete", "text": None, "channelData": {"eventType": "softDeleteMessage"}},
    *(
        {
            "type": "conversationUpdate",
            "text": None,
            "channelData": {"eventType": name, "team": TEAM, "channel": CHANNEL},
        }
        for name in (
            *("teamRenamed", "teamArchived", "teamUnarchived", "teamDeleted", "teamRestored"),
            *("channelCreated", "channelRenamed", "channelDeleted", "channelRestored"),
        )
    ),
    *({"type": "installationUpdate", "text": None, "action": name} for name in ("add", "add-upgrade", "remove")),
]
ODD: list[Any] = [None, 5, "x", [], [[]], {}, {"eventType": 5}, {"eventType": None, "team": []}]


def heard(**changed: Any) -> list[Any]:
    message = emulator_message("http://127.0.0.1:1", **changed)
    return to_incoming(parse_activity(json.dumps(message).encode()), datetime.now(UTC), ServiceUrls.loopback())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event['type']} {event.get('channelData', event)}")
def test_nothing_is_said(event: dict[str, Any]) -> None:
    assert heard(**event) == []


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["messageUpdate", "messageDelete", "conversationUpdate"])
def test_odd_details_do_no_harm(kind: str, odd: object) -> None:
    assert heard(type=kind, text=None, channelData=odd) == []


def test_an_edited_message_is_said_once_for_each_edit() -> None:
    edit = {"type": "messageUpdate", "channelData": {"eventType": "editMessage"}}
    (first,) = heard(**edit, text="When is the window?", localTimestamp="2026-11-22T10:31:00+01:00")
    assert (first.text, first.edits) == ("When is the window?", "4a1d0b70-be7c-11f0")
    (again,) = heard(
        **edit,
        text="When is the window?",
        localTimestamp="2026-11-22T10:31:00+01:00",
        timestamp="2026-11-22T09:31:15.000Z",
    )
    assert again.inbox_key == first.inbox_key
    (other,) = heard(**edit, text="When does the window open?", localTimestamp="2026-11-22T10:32:00+01:00")
    (back,) = heard(**edit, text="When is the window?", localTimestamp="2026-11-22T10:33:00+01:00")
    assert len({first.inbox_key, other.inbox_key, back.inbox_key}) == 3
