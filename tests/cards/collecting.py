"""Every message that the bot says: all conversation tables, every entry, Teams' message extension, operators' cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.extension import MessageExtension
from bot.intake import parse_activity
from bot.render import CARD, ActivityRenderer
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject, Reply
from storage.memory import MemoryCaseStore
from tests.bot.fakes import emulator_message
from tests.bot.operating import messages as operators_messages
from tests.conversations.test_conversations import HERE as TABLES
from tests.conversing import hold
from tests.talk import Talk
from turn.model import Incoming

LOCALES = {"en": "en-US", "zh-CN": "zh-CN"}
TEAMS = "msteams"


@dataclass(frozen=True)
class Message:
    """A reply, where it was said, and the activity that it became."""

    name: str
    language: str
    channel: str
    reply: Reply | None
    activity: JsonObject

    @property
    def cards(self) -> list[dict[str, Any]]:
        """Its Adaptive Cards."""
        attachments: Any = self.activity.get("attachments", [])
        return [one["content"] for one in attachments if one["contentType"] == CARD]


class Listening:
    """Hears every message that is rendered, and keeps each once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.heard: dict[str, Message] = {}
        self.name = ""
        rendered = ActivityRenderer.render

        def render(
            one: ActivityRenderer, reply: Reply, language: str, incoming: Incoming, card: str = ""
        ) -> JsonObject:
            activity = rendered(one, reply, language, incoming, card)
            self.hear(Message(self.name, language, incoming.address.channel, reply, activity))
            return activity

        patch.setattr(ActivityRenderer, "render", render)

    def hear(self, message: Message) -> None:
        """Keep a message, unless the same words were said before."""
        self.heard.setdefault(json.dumps(_bare(message.activity), ensure_ascii=False, sort_keys=True), message)


def _bare(value: Any) -> Any:
    """Without what differs from one conversation to the next: ids of dialogs, what buttons carry."""
    if isinstance(value, dict):
        left_out = ("data", "speak", "fallback", "fallbackText", "refresh")
        return {name: _bare(part) for name, part in value.items() if name not in left_out}
    return [_bare(part) for part in value] if isinstance(value, list) else value


async def all_messages(knowledge: Knowledge) -> list[Message]:
    """What is said in Teams, in all the tables and in both languages."""
    with pytest.MonkeyPatch.context() as patch:
        listening = Listening(patch)
        for name, conversation in _tables():
            listening.name = name
            with suppress(AssertionError):  # whether it goes as it should is another test's business
                await hold(conversation, knowledge)
        for language, locale in LOCALES.items():
            await _every_entry(knowledge, locale, language, listening)
            for shown in await _extension(knowledge, locale):
                listening.hear(Message("message extension", language, TEAMS, None, shown))
            for name, shown in operators_messages(knowledge, language):
                listening.hear(Message(f"operators: {name}", language, TEAMS, None, shown))
        return list(listening.heard.values())


def _tables() -> Iterator[tuple[str, dict[str, Any]]]:
    for table in sorted(TABLES.glob("*.yaml")):
        for conversation in YAML(typ="safe").load(table.read_text(encoding="utf-8")):
            if not conversation.get("waits"):
                yield f"{table.stem}: {conversation['name']}", conversation


async def _every_entry(knowledge: Knowledge, locale: str, language: str, listening: Listening) -> None:
    talk = Talk(knowledge)
    listening.name = "join"
    await talk.join(locale=locale)
    for entry in knowledge.library.languages[language].knowledge.entries:
        listening.name = entry
        await talk.press({"do": "entry", "entry": entry}, conversation=entry, locale=locale)


async def _extension(knowledge: Knowledge, locale: str) -> list[JsonObject]:
    """What a search for nothing in particular inserts."""
    talk = Talk(knowledge)
    extension = MessageExtension(lambda: knowledge, MemoryCaseStore(talk.memory), talk.clock.now)
    value = {"commandId": "answers", "parameters": [{"name": "query", "value": ""}]}
    asked = emulator_message("http://127.0.0.1:1", value=value, locale=locale)
    found: Any = await extension.query(parse_activity(json.dumps(asked).encode()))
    return [
        {"attachments": [shown], "summary": shown["preview"]["content"]["text"]}
        for shown in found["composeExtension"]["attachments"]
    ]
