"""What the knowledge base holds and what a match returns.

Everything here is immutable data. Loaders build it, the matcher reads it, renderers show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What an entry is for."""

    ANSWER = "answer"
    """A question about the program with a curated answer."""
    COMMAND = "command"
    """Something the bot does: start a dialog, tell a status."""
    SMALL_TALK = "small-talk"
    """Greeting, thanks, who are you."""
    OUT_OF_SCOPE = "out-of-scope"
    """A recognized topic that the bot does not know; its answer names who does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One block of ``faq.yaml`` (or ``out_of_scope.yaml``) in one language.

    ``answer`` and ``steps`` are Markdown (paragraphs, bold, ``-`` lists, links) with facts filled in and link names
    resolved to addresses. ``expect`` lines are test questions: never indexed.
    """

    id: str
    kind: Kind
    language: str
    title: str
    """The question in a few words: card heading and button label; also matched as a phrasing."""
    answer: str
    phrasings: tuple[str, ...]
    expect: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    source: str | None = None
    """Name of the page section in ``program.yaml`` (``sources``); None for small talk and commands."""
    as_of: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    """Last day on which the answer may be given as current."""
    erratum: str | None = None
    """Where and how the page is wrong, in the reader's words."""
    related: tuple[str, ...] = ()
    starts: str | None = None
    """Name of the dialog that this entry starts (commands) or offers (answers)."""
    threshold: float | None = None
    """Own answer threshold (probability, 0 to 1); None for the knowledge base's."""
    line: int = 0
    """Line of the entry in its file, for messages to curators."""

    def is_past(self, today: date) -> bool:
        """Whether ``today`` lies after the entry's validity."""
        return self.valid_until is not None and today > self.valid_until


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """All entries of one language, in file order, by id."""

    language: str
    entries: Mapping[str, Entry]
    version: str
    """First 12 hexadecimal digits of the SHA-256 of the content: same version, same answers."""
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of words and phrases that mean the same to a partner."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry and how well it matches."""

    entry: str
    score: float
    """Probability (0 to 1) that this entry is what was asked."""
    phrasing: str = ""
    """The phrasing that matched best."""
    evidence: Mapping[str, float] = field(default_factory=dict)
    """Score of each part of the engine, for ``--why``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the message and the entry that answers it."""

    candidate: Candidate
    part: str
    """The piece of the utterance that it answers; the whole text when there is one question."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Sure enough: one answer, or one for each question in the message."""

    parts: tuple[Answer, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Unsure: up to three candidates to choose from, best first."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Not known. ``topic`` is set when it is a recognized out-of-scope topic."""

    candidates: tuple[Candidate, ...]
    topic: str | None = None


MatchResult = Answers | Suggestions | NoMatch


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What the conversation was about, for follow-ups such as "and for gold?"."""

    last_entry: str | None = None
    turns_ago: int = 0
    refused: tuple[str, ...] = ()
    """Entries that the user has just turned down ("none of these"): not offered again."""
    about: str | None = None
    """The entry that asks for the dialog that is open: what "it" means in a question."""
    near: frozenset[str] = frozenset()
    """Entries about the subject of that dialog."""
