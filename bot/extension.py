"""Teams' message extension: answers to insert into any chat, and one's own requests. Reads only; nothing is remembered.

Protocol: the invoke ``composeExtension/query`` and its result, as Teams documents them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cards import card
from bot.errors import BadQuery
from bot.intake import ActivityDTO, mappings
from bot.plain import markdown_text
from bot.render import CARD, speaker_text, summary
from cases.model import CLOSED, Case, Owner
from cases.ports import CaseFilter, CaseReader
from dialogs.answering import STARTERS
from dialogs.decision import Knowledge, Said
from dialogs.happening import Happening
from dialogs.reply import EntryAnswer, JsonObject, JsonValue, Reply
from dialogs.speaking import Speaker
from dialogs.status import reply_about
from faq.language import choose_language
from faq.model import Kind

QUERY = "composeExtension/query"
PREVIEW = "application/vnd.microsoft.card.thumbnail"
LONGEST_QUERY = 500
MOST = 25
"""Results at once; Teams asks for 25."""
_SEARCHED = 200
"""Of a user's requests this many are looked at."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as it was read."""

    command: str
    text: str
    skip: int
    count: int


class MessageExtension:
    """Answers the message extension's searches."""

    def __init__(self, knowledge: Callable[[], Knowledge], cases: CaseReader, now: Callable[[], datetime]) -> None:
        """``knowledge`` gives what the bot knows right now."""
        self._knowledge = knowledge
        self._cases = cases
        self._now = now

    async def query(self, activity: ActivityDTO) -> JsonObject:
        """The body that answers the invoke. Raises `BadQuery`."""
        asked = _read(activity.value)
        knowledge, now = self._knowledge(), self._now()
        language = choose_language(asked.text, activity.locale, None)
        if language not in knowledge.library.languages:
            language = knowledge.library.default_language
        speaker = Speaker(knowledge.library, language, now.date())
        if asked.command == "answers":
            found = [_answer(entry, speaker) for entry in _entries(asked.text, language, knowledge)]
        else:
            cases = await self._own(activity, asked)
            said = Said(Happening.MESSAGE, now)
            found = [_shown(reply_about(case, knowledge, said), speaker, _title(case, speaker)) for case in cases]
        shown = found[asked.skip : asked.skip + asked.count]
        if not shown:
            return _result({"type": "message", "text": speaker.label_of(f"teams.{asked.command}.none")})
        return _result({"type": "result", "attachmentLayout": "list", "attachments": [*shown]})

    async def _own(self, activity: ActivityDTO, asked: _Asked) -> list[Case]:
        if activity.sender is None:
            raise BadQuery
        which = CaseFilter(owner=Owner(activity.channel_id, activity.sender.id), text=asked.text)
        page = await self._cases.list(which, limit=_SEARCHED)
        closed = asked.command == "closed"
        return [case for case in page.cases if (case.state in CLOSED) is closed]


def _entries(text: str, language: str, knowledge: Knowledge) -> Iterable[str]:
    """Questions that the text may mean, best first; those to start with when there is none."""
    entries = knowledge.library.languages[language].knowledge.entries
    if not text:
        return [entry for entry in STARTERS if entry in entries and entries[entry].kind is Kind.ANSWER]
    found = knowledge.matcher.match(text, language)
    likely = dict.fromkeys(candidate.entry for candidate in found.candidates)
    return [entry for entry in likely if entry in entries and entries[entry].kind is Kind.ANSWER]


def _answer(entry: str, speaker: Speaker) -> JsonObject:
    return _shown(Reply((EntryAnswer(entry),)), speaker, speaker.pack.knowledge.entries[entry].title)


def _title(case: Case, speaker: Speaker) -> str:
    return f"{case.reference} · {speaker.label_of(f'{case.type}.title')}"


def _shown(reply: Reply, speaker: Speaker, title: str) -> JsonObject:
    """What is inserted, and its line in the list of results."""
    text = markdown_text(reply, speaker)
    content = {**card(reply, speaker, "msteams"), "fallbackText": text, "speak": speaker_text(text)}
    preview: JsonObject = {"title": title, "text": summary(text)}
    return {"contentType": CARD, "content": content, "preview": {"contentType": PREVIEW, "content": preview}}


def _result(inner: JsonObject) -> JsonObject:
    return {"composeExtension": inner}


def _read(value: Any) -> _Asked:
    if not isinstance(value, dict) or value.get("commandId") not in ("answers", "requests", "closed"):
        raise BadQuery
    named = {str(part.get("name")): part.get("value") for part in mappings(value.get("parameters"))}
    text = named.get("query", "")
    options = value.get("queryOptions")
    options = options if isinstance(options, dict) else {}
    return _Asked(
        str(value["commandId"]),
        text.strip()[:LONGEST_QUERY] if isinstance(text, str) else "",
        _number(options.get("skip"), 0, _SEARCHED),
        _number(options.get("count"), MOST, MOST) or MOST,
    )


def _number(value: JsonValue, otherwise: int, most: int) -> int:
    number = value if isinstance(value, int) and not isinstance(value, bool) else otherwise
    return min(max(number, 0), most)
