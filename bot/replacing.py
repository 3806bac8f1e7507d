"""What a client shows in the place of the card that was pressed, and what a word on an answer is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.executing import REFRESH
from bot.intake import ActivityDTO
from bot.render import CARD
from dialogs.reply import JsonObject
from turn.model import REPLACING, Happening, Incoming, Outcome, Scope
from turn.ports import SentPosts
from turn.views import CardViews, Viewer

TAKEN: Final[JsonObject] = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": ""}
"""The card stays as it is; the answer comes as a message."""
_LONGEST = 64
"""Characters of the name of a card."""


class CardAnswers:
    """Answers the invokes of cards."""

    def __init__(self, views: CardViews, sent: SentPosts) -> None:
        self._views, self._sent = views, sent

    async def pressed(self, outcomes: Sequence[tuple[Incoming, Outcome]], activity: ActivityDTO) -> JsonObject:
        """The card that was pressed, as it is after the turn."""
        card = _card_of(activity)
        if not card or not outcomes:
            return TAKEN
        incoming, _ = outcomes[0]
        return _body(await self._views.pressed(card, replace(incoming, value=_data_of(activity))))

    async def refreshed(self, activity: ActivityDTO, scope: Scope) -> JsonObject:
        """The card as it is now for whoever looks at it. Reads only."""
        card, user = _card_of(activity), activity.sender
        if not card or user is None:
            return TAKEN
        alone = scope is Scope.PERSONAL
        return _body(
            await self._views.shown(card, Viewer(activity.channel_id, activity.conversation.id, user.id, alone))
        )

    async def about(self, incoming: Incoming, activity: ActivityDTO) -> Incoming:
        """A word on a message, with the entry that the message answered, as far as that is known."""
        if incoming.happening is not Happening.REACTED or activity.reply_to_id is None:
            return incoming
        if activity.channel_id not in REPLACING:
            return incoming
        sent = await self._sent.sent_as(activity.channel_id, activity.conversation.id, activity.reply_to_id)
        payload = sent.post.payload if sent else {}
        value: JsonObject = dict(incoming.value or {})
        value.update((name, payload[name]) for name in ("entry", "version") if name in payload)
        return replace(incoming, value=value)


def is_refresh(activity: ActivityDTO) -> bool:
    """Whether a client asks for a card as it is now."""
    return _data_of(activity).get("do") == REFRESH


def _body(shown: JsonObject | None) -> JsonObject:
    attachments = shown.get("attachments") if shown else None
    card = attachments[0] if isinstance(attachments, list) and attachments else None
    content = card.get("content") if isinstance(card, dict) else None
    return TAKEN if content is None else {"statusCode": 200, "type": CARD, "value": content}


def _card_of(activity: ActivityDTO) -> str:
    card = _data_of(activity).get("card")
    return card if isinstance(card, str) and len(card) <= _LONGEST else ""


def _data_of(activity: ActivityDTO) -> dict[str, Any]:
    value = activity.value
    action = value.get("action") if isinstance(value, dict) else None
    data = action.get("data") if isinstance(action, dict) else None
    return data if isinstance(data, dict) else {}
