"""The talk before a request, for whoever takes over: what was typed, what came of it, which answers were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialogs.decision import Knowledge
from turn.model import Exchange

READ = 100
"""Exchanges that are looked through."""
SHOWN = 20
"""Turns, and answers, that are shown."""
_ANSWERED = frozenset({"answer", "chosen", "topic"})
_PRIVATE = frozenset({"status", "privacy"})


class Words(Protocol):
    """The operators' words in one language."""

    @property
    def language(self) -> str:
        """Which one."""
        ...

    def text(self, key: str, **values: object) -> str:
        """A sentence of ``console.yaml``."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that the partner saw."""

    anchor: str
    at: datetime
    title: str
    text: str
    """As it stands today, in the partner's language; empty when there is no such entry any more."""
    version: str
    changed: bool
    """Whether the content is another one today."""
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What the partner did, and what came of it."""

    at: datetime
    typed: str
    """Empty for a button, and for what is nobody else's business."""
    said: str
    """In place of what was not typed."""
    did: str
    anchor: str = ""
    """Of the answer that was shown."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Newest last."""

    turns: tuple[Turn, ...] = ()
    answers: tuple[Answered, ...] = ()


def talk_of(exchanges: Sequence[Exchange], knowledge: Knowledge, words: Words) -> Talk:
    """What to show of them; they are in order of time."""
    seen = [one for one in exchanges if one.kind in _ANSWERED and one.entry][-SHOWN:]
    anchors = {id(one): f"answer-{place}" for place, one in enumerate(seen, 1)}
    turns = tuple(_turn(one, anchors.get(id(one), ""), knowledge, words) for one in exchanges[-SHOWN:])
    return Talk(turns, tuple(_answered(one, anchors[id(one)], knowledge, words) for one in seen))


def _turn(one: Exchange, anchor: str, knowledge: Knowledge, words: Words) -> Turn:
    said = words.text("talk.private" if one.kind in _PRIVATE else "talk.pressed") if not one.text else ""
    return Turn(one.at, one.text, said, _did(one, knowledge, words), anchor)


def _did(one: Exchange, knowledge: Knowledge, words: Words) -> str:
    title = _title(one.entry, knowledge, words.language)
    if one.kind in _ANSWERED and one.entry:
        return words.text("talk.answered", title=title)
    if one.kind == "suggestions":
        return words.text("talk.offered", title=title)
    if one.kind == "no-match":
        return words.text("talk.no-match")
    if one.form:
        return words.text("talk.form", form=_form(one.form, knowledge, words.language))
    return words.text("talk.other")


def _answered(one: Exchange, anchor: str, knowledge: Knowledge, words: Words) -> Answered:
    pack = knowledge.library.languages.get(one.language)
    entry = pack.knowledge.entries.get(one.entry) if pack else None
    text = "\n".join([entry.answer, *entry.steps]) if entry else ""
    title = _title(one.entry, knowledge, words.language)
    changed = one.knowledge_version != knowledge.library.version
    return Answered(anchor, one.at, title, text, one.knowledge_version, changed, one.score)


def _title(entry: str, knowledge: Knowledge, language: str) -> str:
    found = knowledge.library.languages[language].knowledge.entries.get(entry)
    return found.title if found else entry


def _form(form: str, knowledge: Knowledge, language: str) -> str:
    catalog, key = knowledge.library.languages[language].catalog, f"{form}.title"
    return catalog.text(key) if key in catalog.messages else form
