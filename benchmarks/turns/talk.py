"""What is said to the bots: activities as Teams sends them, from many conversations, a tenant each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.turns.processes import ROOT
from benchmarks.turns.services import CHANNEL
from faq.load import load_library
from faq.model import Kind

CONVERSATIONS: Final = 2_000
"""That take turns: Teams takes at most 60 messages in 30 s for one conversation, and a bot that knows that waits."""
LISTING: Final = (
    "list Contoso in Brazil, https://contoso.com/microsoft",
    "yes",
    "yes",
    "yes",
    "looks good",
)
"""A guided dialog from the first message to the stored request."""
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Message:
    """One activity."""

    id: str
    conversation: str
    body: bytes


@dataclass
class Talk:
    """Messages of one kind for one side; ids are never used twice in a run."""

    service_url: str
    run: str
    """Part of every id."""
    questions: tuple[str, ...]
    conversations: int = CONVERSATIONS
    chance: random.Random = field(default_factory=lambda: random.Random(20210205))
    _count: int = 0

    def questions_asked(self) -> Iterator[list[Message]]:
        """Single questions, each from the next conversation; every third has a typo that nobody made before."""
        while True:
            text = self.chance.choice(self.questions)
            if self._count % 3 == 0:
                text = misspelt(text, self.chance)
            yield [self._message(text, f"{self.run}-{self._count % self.conversations}")]

    def forms_filled(self) -> Iterator[list[Message]]:
        """A whole guided dialog at a time, each in a new conversation."""
        while True:
            conversation = f"{self.run}-form-{self._count}"
            yield [self._message(text, conversation) for text in LISTING]

    def _message(self, text: str, conversation: str) -> Message:
        self._count += 1
        number = f"{self.run}-{self._count}"
        return Message(number, conversation, json.dumps(self._activity(text, number, conversation)).encode())

    def _activity(self, text: str, number: str, conversation: str) -> dict[str, object]:
        tenant = f"t-{conversation}"
        return {
            "type": "message",
            "id": number,
            "timestamp": "2026-11-22T09:30:00.123Z",
            "localTimestamp": "2026-11-22T10:30:00.123+01:00",
            "localTimezone": "Europe/Berlin",
            "channelId": CHANNEL,
            "serviceUrl": self.service_url,
            "from": {"id": f"29:{conversation}", "name": "Ana", "aadObjectId": "11111111-2222-3333-4444-555555555555"},
            "conversation": {"conversationType": "personal", "tenantId": tenant, "id": conversation},
            "recipient": {"id": "28:bot", "name": "Learning Partner"},
            "textFormat": "plain",
            "text": text,
            "locale": "en-US",
            "attachments": [{"contentType": "text/html", "content": f"<p>{text}</p>"}],
            "entities": [{"locale": "en-US", "country": "US", "platform": "Web", "type": "clientInfo"}],
            "channelData": {"tenant": {"id": tenant}},
        }


def real_questions(content: Path = ROOT / "content") -> tuple[str, ...]:
    """The test questions of the knowledge file: they have an answer, and are no phrasings."""
    entries = load_library(content).languages["en"].knowledge.entries.values()
    return tuple(text for entry in entries if entry.kind is Kind.ANSWER for text in entry.expect)


def misspelt(text: str, chance: random.Random) -> str:
    """With one letter replaced."""
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(_ALPHABET) + text[place + 1 :]
