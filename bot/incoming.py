"""A checked activity → what the turn engine understands."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from pydantic.alias_generators import to_camel

from bot.errors import BadActivity
from bot.intake import (
    LONGEST_TEXT,
    AccountDTO,
    ActivityDTO,
    AttachmentDTO,
    ConversationDTO,
    ReactionDTO,
    locale_of,
    mappings,
)
from bot.mentions import without_mentions
from bot.service_urls import ServiceUrls
from turn.editing import edits_of
from turn.model import Address, Attachment, Deleted, Happening, Incoming, Scope

CARD_ACTION: Final = "adaptiveCard/action"
"""Name of the invoke that ``Action.Execute`` sends."""
FEEDBACK: Final = "message/submitAction"
"""Name of the invoke of the feedback buttons that Teams itself puts under a message."""
FEEDBACK_FORM: Final = "message/fetchTask"
"""Name of the invoke that asks for a bot's own form behind those buttons; ours have Teams' own."""
EDIT: Final = "editMessage"
"""``channelData.eventType`` of a message that its sender changed."""
DELETE: Final = "softDeleteMessage"
"""The same of one that its sender deleted. (Taking that back, ``undeleteMessage``, tells nothing new.)"""
TURNS: Final = frozenset({CARD_ACTION, FEEDBACK})
"""Invokes that are something said to the bot."""

_SCOPES: Final = {"groupchat": Scope.GROUP, "channel": Scope.CHANNEL, "personal": Scope.PERSONAL}
_UNANSWERABLE: Final = frozenset({"conversationUpdate"})
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_FLAT: Final = frozenset({"directline", "webchat"})
"""Channels without replies to one activity."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all happenings of one activity share."""

    activity: ActivityDTO
    address: Address
    id: str
    fingerprint: str
    now: datetime


def to_incoming(activity: ActivityDTO, now: datetime, service_urls: ServiceUrls) -> list[Incoming]:
    """What happened: one item, one for each new member or reaction, or nothing the bot reacts to.

    Raises `BadActivity` for a message from nobody, `ServiceUrlRefused` for an address the bot must not store.
    """
    read = _READERS.get(activity.type)
    if read is None:
        return []
    fingerprint = fingerprint_of(activity)
    address = Address(activity.channel_id, activity.conversation.id, reference=reference_of(activity, service_urls))
    return read(_Seen(activity, address, activity.id or _made_id(activity, fingerprint, now), fingerprint, now))


def expects_replies(activity: ActivityDTO) -> bool:
    """The replies go into the response. An invoke's response is its own answer; its replies are posted."""
    return activity.delivery_mode == "expectReplies" and activity.type != "invoke"


def deleted_of(activity: ActivityDTO) -> Deleted | None:
    """The message that was deleted, if one was and it is told by whom."""
    data, user = activity.channel_data, activity.sender
    if activity.type != "messageDelete" or not isinstance(data, dict) or data.get("eventType") != DELETE:
        return None
    if activity.id is None or user is None:
        return None
    return Deleted(activity.channel_id, activity.conversation.id, user.id, activity.id)


def fingerprint_of(activity: ActivityDTO) -> str:
    """SHA-256 of what was said and by whom: equal for a redelivery, whatever time and envelope it comes with."""
    content = {
        "type": activity.type,
        "name": activity.name,
        "text": activity.text,
        "value": activity.value,
        "attachments": [_named(item) for item in activity.attachments],
        "members_added": [_named(member) for member in activity.members_added],
        "reactions_added": [_named(reaction) for reaction in activity.reactions_added],
        "from": activity.sender.id if activity.sender else None,
    }
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()


def _named(part: AttachmentDTO | AccountDTO | ReactionDTO) -> dict[str, object]:
    """Values by field. (`dataclasses.asdict` copies each of them, and takes nine times as long.)"""
    return {name: getattr(part, name) for name in part.__dataclass_fields__}


def reference_of(activity: ActivityDTO, service_urls: ServiceUrls) -> dict[str, object]:
    """The conversation reference: all that is needed to send a message here later. Raises `ServiceUrlRefused`."""
    service_urls.check(activity.service_url)
    conversation = _fields(activity.conversation)
    tenant = activity.conversation.tenant_id or _tenant(activity.channel_data)
    answerable = activity.type not in _UNANSWERABLE and activity.channel_id not in _FLAT
    reference = {
        "serviceUrl": activity.service_url,
        "channelId": activity.channel_id,
        "bot": _fields(activity.recipient),
        "user": _fields(activity.sender),
        "conversation": conversation,
        "activityId": activity.id if answerable else None,
        "locale": _locale(activity),
        "tenant": tenant,
    }
    return {key: value for key, value in reference.items() if value is not None}


def _message(seen: _Seen) -> list[Incoming]:
    pressed = _pressed(seen, seen.activity.value)
    if pressed:
        return pressed
    files = tuple(_attachment(item) for item in seen.activity.attachments if item.content_url)
    return [_incoming(seen, Happening.MESSAGE, text=without_mentions(seen.activity), attachments=files)]


def _updated(seen: _Seen) -> list[Incoming]:
    """A message that its sender changed, with the words that it has now. Each change is one happening."""
    data, edited = seen.activity.channel_data, seen.activity.id
    if not isinstance(data, dict) or data.get("eventType") != EDIT or edited is None or seen.activity.text is None:
        return []
    moment = seen.activity.local_timestamp or seen.activity.timestamp
    mark = hashlib.sha256(f"{seen.fingerprint} {moment}".encode()).hexdigest()[:16]
    change = replace(seen, id=f"{edits_of(edited)}{mark}")
    return [_incoming(change, Happening.MESSAGE, text=without_mentions(seen.activity), edits=edited)]


def _invoked(seen: _Seen) -> list[Incoming]:
    value = seen.activity.value
    if seen.activity.name == FEEDBACK:
        return _judged(seen, value)
    action = value.get("action") if seen.activity.name == CARD_ACTION and isinstance(value, dict) else None
    return _pressed(seen, action.get("data")) if isinstance(action, dict) else []


def _pressed(seen: _Seen, value: Any) -> list[Incoming]:
    """A button of ours: an object that says what to do. ``say`` stands for typing its text."""
    if not isinstance(value, dict) or not isinstance(value.get("do"), str):
        return []
    text = value.get("text")
    if value["do"] == "say" and isinstance(text, str):
        return [_incoming(seen, Happening.MESSAGE, text=text[:LONGEST_TEXT])]
    return [_incoming(seen, Happening.PRESS, value=value)]


def _judged(seen: _Seen, value: Any) -> list[Incoming]:
    """Thumbs up or down from Teams' own buttons."""
    judged = value.get("actionValue") if isinstance(value, dict) and value.get("actionName") == "feedback" else None
    reaction = judged.get("reaction") if isinstance(judged, dict) else None
    if reaction not in ("like", "dislike"):
        return []
    words = judged.get("feedback") if isinstance(judged, dict) else None
    return [_incoming(seen, Happening.REACTED, text=reaction, value={"words": _feedback_text(words)})]


def _feedback_text(words: Any) -> str:
    """What was written beside the thumb: Teams sends its form as JSON in a text."""
    try:
        form = json.loads(words) if isinstance(words, str) else words
    except (ValueError, RecursionError):
        return ""
    text = form.get("feedbackText") if isinstance(form, dict) else None
    return text.strip()[:LONGEST_TEXT] if isinstance(text, str) else ""


def _joined(seen: _Seen) -> list[Incoming]:
    added, bot, sender = seen.activity.members_added, seen.activity.recipient, seen.activity.sender
    newcomers = {member.id: member for member in added if bot is None or member.id != bot.id}
    brought_alone = added and not newcomers and scope_of(seen.activity) is not Scope.PERSONAL
    if brought_alone and sender is not None and sender.id != added[0].id:
        newcomers = {sender.id: sender}  # whoever brought the bot to the group is told what it can do
    return [_welcomed(seen, member) for member in newcomers.values()]


def _welcomed(seen: _Seen, member: AccountDTO) -> Incoming:
    address = replace(seen.address, reference={**seen.address.reference, "user": _fields(member)})
    return _incoming(replace(seen, address=address, id=f"{seen.id}:{member.id}"), Happening.JOINED, member)


def _reacted(seen: _Seen) -> list[Incoming]:
    names = dict.fromkeys(reaction.type for reaction in seen.activity.reactions_added)
    return [_incoming(replace(seen, id=f"{seen.id}:{name}"), Happening.REACTED, text=name) for name in names]


_READERS: Final = {
    "message": _message,
    "invoke": _invoked,
    "conversationUpdate": _joined,
    "messageReaction": _reacted,
    "messageUpdate": _updated,
}
UNDERSTOOD: Final = frozenset({*_READERS, "messageDelete"})
"""Types of activities in which something can happen for the bot."""


def _incoming(seen: _Seen, happening: Happening, who: AccountDTO | None = None, **more: Any) -> Incoming:
    """``more`` are fields of `Incoming`."""
    user = who or seen.activity.sender
    if user is None:
        raise BadActivity("from: missing")
    return Incoming(
        address=seen.address,
        activity_id=seen.id,
        user=user.id,
        happening=happening,
        received_at=seen.now,
        locale=_locale(seen.activity),
        scope=scope_of(seen.activity),
        fingerprint=seen.fingerprint,
        in_response=expects_replies(seen.activity),
        **more,
    )


def scope_of(activity: ActivityDTO) -> Scope:
    """Who reads the conversation."""
    kind = (activity.conversation.conversation_type or "").lower()
    return _SCOPES.get(kind, Scope.GROUP if activity.conversation.is_group else Scope.PERSONAL)


def _locale(activity: ActivityDTO) -> str | None:
    """The activity's locale, or the one of the Teams client."""
    if activity.locale:
        return activity.locale
    hints = (entity.get("locale") for entity in mappings(activity.entities) if entity.get("type") == "clientInfo")
    return next(filter(None, map(locale_of, hints)), None)


def _attachment(item: AttachmentDTO) -> Attachment:
    content = _content(item.content_url or "")
    size = None if content is None else len(content)
    return Attachment(item.name or "", item.content_type or "application/octet-stream", size, content)


def _content(url: str) -> bytes | None:
    """The bytes in a ``data:`` URL. Other addresses are not followed."""
    head, comma, payload = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return b64decode(payload, validate=True)
    except ValueError:
        return None


def _made_id(activity: ActivityDTO, fingerprint: str, now: datetime) -> str:
    """For channels that give no id: a redelivery repeats content and timestamp, so it gets the same id again."""
    moment = activity.timestamp or now.isoformat()
    return "made-" + hashlib.sha256(f"{fingerprint} {moment}".encode()).hexdigest()[:32]


def _tenant(channel_data: Any) -> str | None:
    tenant = channel_data.get("tenant") if isinstance(channel_data, dict) else None
    given = tenant.get("id") if isinstance(tenant, dict) else None
    return given[:64] if isinstance(given, str) else None


_ALIASES: Final = {
    part: (tuple(map(to_camel, names)), attrgetter(*names))
    for part in (AccountDTO, ConversationDTO)
    for names in [[field.name for field in fields(part)]]
}
"""How the protocol calls their fields, and what gives the values in the same order."""


def _fields(part: AccountDTO | ConversationDTO | None) -> dict[str, object] | None:
    """An account or a conversation as the protocol writes it, without empty fields."""
    if part is None:
        return None
    aliases, values = _ALIASES[type(part)]
    return {alias: value for alias, value in zip(aliases, values(part), strict=True) if value is not None}
