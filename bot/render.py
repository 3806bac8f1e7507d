"""Replies as activities: a card where the channel shows cards, text where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from bot.cards import WEB_CHAT, paragraphs
from bot.cards import card as card_of
from bot.executing import SOME_CARD, Places, is_changing, named, places_of, refresh
from bot.plain import markdown_text
from dialogs.reply import Ask, Button, JsonObject, JsonValue, Paragraph, Plain, Reply, Text
from dialogs.speaking import Speaker
from faq.library import Library
from turn.model import REPLACING, Happening, Incoming, Scope

CARD = "application/vnd.microsoft.card.adaptive"
WITHOUT_CARDS = frozenset({"terminal", "sms", "email"})
FEEDBACK_BUTTONS: JsonObject = {"feedbackLoop": {"type": "default"}}
"""Makes Teams put its own thumbs under a message. (Teams' ``channelData.feedbackLoop``.)"""
SUGGESTIONS_SHOWN = 6
"""More suggested actions than this are cut by clients."""
MOST_KEPT = 1_000
"""Answers whose cards are kept, about 6 kB each."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer's card for everybody, and where the name of each one's own goes."""

    library: Library
    reply: Reply
    activity: JsonObject
    places: Places


class ActivityRenderer:
    """The `turn.ports.Renderer` for every channel that speaks the Bot Framework protocol."""

    def __init__(self, library: Callable[[], Library]) -> None:
        """``library`` gives the content that is live right now."""
        self._library = library
        self._answers: dict[tuple[str, str, str, str, date], _Kept] = {}

    def render(self, reply: Reply, language: str, incoming: Incoming, card: str = "") -> JsonObject:
        """See the port. What the activity holds is shared: copy what you change."""
        if reply.helpful is None or is_changing(reply) or _addressee(incoming):
            return self._rendered(reply, language, incoming, card)
        # An answer is the same for everybody, and 0.3 ms of CPU, a tenth of its turn's.
        some = SOME_CARD if card and incoming.address.channel in REPLACING else ""
        place = (reply.helpful, language, incoming.address.channel, some, incoming.received_at.date())
        kept, library = self._answers.get(place), self._library()
        if kept is None or kept.library is not library or kept.reply != reply:  # new, or led by dates of the question
            activity = self._rendered(reply, language, incoming, some)
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()  # yesterday's
            kept = self._answers[place] = _Kept(library, reply, activity, places_of(activity) or ())
        return named(kept.activity, card, kept.places) if kept.places else dict(kept.activity)

    def _rendered(self, reply: Reply, language: str, incoming: Incoming, card: str) -> JsonObject:
        speaker = Speaker(self._library(), language, incoming.received_at.date())
        channel = incoming.address.channel
        activity: JsonObject = {"type": "message", "locale": language, "inputHint": "acceptingInput"}
        to, text = _addressee(incoming), markdown_text(reply, speaker)
        if channel in WITHOUT_CARDS:
            return {**activity, "text": markdown_text(_addressed(reply, to), speaker), "textFormat": "markdown"}
        if _is_talk(reply, channel):
            return {**activity, **_talk(_addressed(reply, to), speaker, incoming)}
        name = card if channel in REPLACING else ""
        shown = card_of(_addressed(reply, to, "subtle"), speaker, channel, name)
        content: JsonObject = {**shown, "fallbackText": text, "speak": speaker_text(text)}
        if name and is_changing(reply):
            content["refresh"] = refresh(name, incoming.user)
        if name and reply.helpful:
            activity["channelData"] = {**FEEDBACK_BUTTONS}
        return {**activity, "summary": summary(text), "attachments": [{"contentType": CARD, "content": content}]}


def _addressee(incoming: Incoming) -> str:
    """Whom a reply is for, where several people talk: each of them has an own dialog. Empty where that is clear."""
    if incoming.scope is Scope.PERSONAL or incoming.happening is Happening.JOINED:
        return ""
    user = incoming.address.reference.get("user")
    name = user.get("name") if isinstance(user, dict) else None
    return name if isinstance(name, str) else ""


def _addressed(reply: Reply, name: str, emphasis: str = "normal") -> Reply:
    if not name:
        return reply
    return replace(reply, blocks=(Paragraph(Text("reply.for", {"name": Plain(name)}), emphasis), *reply.blocks))


def _is_talk(reply: Reply, channel: str) -> bool:
    """Paragraphs with questions to ask read better as a message with chips than as a card, where chips show in full."""
    if reply.buttons and channel not in WEB_CHAT:
        return False
    plain = all(isinstance(block, Paragraph) and block.emphasis == "normal" for block in reply.blocks)
    return plain and not reply.helpful and all(isinstance(shown.action, Ask) for shown in reply.buttons)


def _talk(reply: Reply, speaker: Speaker, incoming: Incoming) -> JsonObject:
    said = [speaker.markdown(block.words) for block in reply.blocks if isinstance(block, Paragraph)]
    activity: JsonObject = {"text": "\n\n".join(said), "textFormat": "markdown"}
    if reply.buttons:
        actions: list[JsonValue] = [_suggested(shown, speaker) for shown in reply.buttons[:SUGGESTIONS_SHOWN]]
        activity["suggestedActions"] = {"actions": actions, "to": [incoming.user]}
    return activity


def _suggested(shown: Button, speaker: Speaker) -> JsonObject:
    title = speaker.label(shown.label)
    return {"type": "imBack", "title": title, "value": title}


def summary(text: str) -> str:
    """The first words of a reply, for notifications."""
    first = paragraphs(text)[0] if text else ""
    plain = speaker_text(first)
    return plain if len(plain) <= 120 else plain[:119] + "…"


def speaker_text(markdown: str) -> str:
    """Markdown without its marks, for screen readers and notifications."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"\\(.)", r"\1", re.sub(r"(?m)^\s*(?:-|\d+\.)\s+|\*\*", "", text))
    return text.strip()
