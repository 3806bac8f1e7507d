"""From what a client posts to what a turn takes."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.directline.errors import BadArgument, TooLarge
from channels.directline.posted import PostedActivity, known_locale
from channels.directline.tokens import Tokens
from dialogs.reply import JsonObject, JsonValue
from turn.model import Address, Attachment, Happening, Incoming
from turn.ports import Conversation

TEXT_KEPT = 4_000
"""Characters of a message that are read; the rest is cut off, visibly in the echo."""
VALUE_LIMIT = 24 * 1024
"""Bytes of a message's value as it is stored: what a card with a dozen filled fields sends, and as much as a long text.

Numbers grow fourfold when they are written again (``1e15``), and a page that is opened again asks for 100 messages at
once: with values as long as a body may be, these would hold the event loop for a third of a second.
"""
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # control and direction-changing characters


@dataclass(frozen=True, slots=True)
class _Heard:
    happening: Happening
    text: str
    value: JsonObject | None
    attachments: tuple[Attachment, ...]


class Intake:
    """Makes turns' input of posted activities."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def message(
        self, conversation: Conversation, posted: PostedActivity, now: datetime, files: Sequence[Attachment] = ()
    ) -> Incoming:
        """A message or a press of a button. Raises `BadArgument` for one that says nothing, `TooLarge` for a value
        that is longer than any of ours.

        The same ``clientActivityID`` gives the same activity id, so that a client may safely send again.
        """
        heard = _hear(posted, files)
        client_id = posted.channel_data.client_activity_id
        if client_id:
            activity_id = self._tokens.derived_id("activity", conversation.id, client_id)
        else:
            activity_id = secrets.token_hex(16)
        return Incoming(
            address=_address(conversation),
            activity_id=activity_id,
            user=conversation.user,
            happening=heard.happening,
            received_at=now,
            text=heard.text,
            value=heard.value,
            locale=known_locale(posted.locale),
            attachments=heard.attachments,
            echo={
                "type": "message",
                "id": activity_id,
                "timestamp": now.isoformat(timespec="milliseconds"),
                "channelId": conversation.channel,
                "from": {"id": conversation.user, "role": "user"},
                "conversation": {"id": conversation.id},
                **_shown(posted, heard),
            },
            fingerprint=_fingerprint(heard),
        )

    def joined(self, conversation: Conversation, now: datetime, locale: str | None) -> Incoming:
        """The user's arrival: always the same activity, so that there is one welcome however often it is told."""
        return Incoming(
            address=_address(conversation),
            activity_id=self._tokens.derived_id("joined", conversation.id),
            user=conversation.user,
            happening=Happening.JOINED,
            received_at=now,
            locale=locale,
        )


def file_name(name: str | None) -> str:
    """A name to show: no folders, no control characters, at most 120 characters."""
    last = re.split(r"[/\\]", name or "")[-1]
    return _UNSHOWN.sub("", last).strip()[:120] or "file"


def _address(conversation: Conversation) -> Address:
    return Address(channel=conversation.channel, conversation=conversation.id, local=True)


def _hear(posted: PostedActivity, files: Sequence[Attachment]) -> _Heard:
    """A button with ``{"do": "say", "text": …}`` says its words for the user; any other ``do`` is a press."""
    named = (Attachment(file_name(file.name), file.content_type) for file in posted.attachments)
    attachments = tuple(files) or tuple(named)
    do, text = posted.value.get("do"), posted.text
    if do == "say":
        words = posted.value.get("text")
        heard = _Heard(Happening.MESSAGE, words if isinstance(words, str) else text, None, attachments)
    elif isinstance(do, str):
        heard = _Heard(Happening.PRESS, text, posted.value, attachments)
    else:
        heard = _Heard(Happening.MESSAGE, text, posted.value or None, attachments)
    if not (heard.text or heard.value or heard.attachments):
        raise BadArgument("The message is empty.")
    if heard.value and len(json.dumps(heard.value, ensure_ascii=False).encode()) > VALUE_LIMIT:
        raise TooLarge("The value is too large.")
    return _Heard(heard.happening, heard.text[:TEXT_KEPT], heard.value, heard.attachments)


def _shown(posted: PostedActivity, heard: _Heard) -> JsonObject:
    """What the user sees of the own message: never as Markdown, files by name and type only."""
    data = posted.channel_data
    channel_data: JsonObject = {}
    if data.client_activity_id:
        channel_data["clientActivityID"] = data.client_activity_id
    if heard.happening is Happening.PRESS or not (heard.text or heard.attachments):
        channel_data["postBack"] = True  # Web Chat shows no bubble for it
    shown: JsonObject = {"text": heard.text, "textFormat": "plain", "channelData": channel_data}
    if posted.locale:
        shown["locale"] = known_locale(posted.locale)
    if heard.value:
        shown["value"] = heard.value
    if heard.attachments:
        files: list[JsonValue] = [{"name": f.name, "contentType": f.content_type} for f in heard.attachments]
        sizes: list[JsonValue] = [file.size for file in heard.attachments]
        shown["attachments"] = files
        channel_data["attachmentSizes"] = sizes
    return shown


def _fingerprint(heard: _Heard) -> str:
    files = [(f.name, f.content_type, hashlib.sha256(f.content or b"").hexdigest()) for f in heard.attachments]
    content = json.dumps([heard.happening, heard.text, heard.value, files], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
