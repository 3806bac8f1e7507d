"""The two ends of the router: what was said, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from cases.model import NOBODY, NOWHERE, Case, CaseChange, Contact, Owner
from dialogs.fields.data import FieldData
from dialogs.form import Cells, Effect
from dialogs.happening import Happening
from dialogs.reply import JsonObject, Reply
from dialogs.state import ConversationState
from dialogs.vocabulary import Vocabulary
from faq.library import Library
from faq.model import MatchContext, MatchResult
from program.windows import Calendar, calendar_of

QUESTION, ANSWER = "question", "answer"
"""What an edited message was before."""
EDITED = "edited"
"""Kind of the decision that an edit changes nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message, press or event, without anything of the channel that carried it."""

    happening: Happening
    at: datetime
    text: str = ""
    value: JsonObject = field(default_factory=dict)
    locale: str | None = None
    files: tuple[str, ...] = ()
    """Names of the files sent along that hold no table."""
    sheets: tuple[Cells, ...] = ()
    """What the other files hold."""
    fresh: str = ""
    """An id made for this turn, 128 random bits, for whatever the turn starts."""
    owner: Owner = NOBODY
    contact: Contact = NOWHERE
    own: tuple[Case, ...] = ()
    """The user's requests, newest first."""
    named: tuple[Case, ...] = ()
    """Requests whose references are in the text, whosever they are."""
    shared: bool = False
    """Whether others read the conversation."""
    edited: str = ""
    """Set when the sender changed a message: `QUESTION`, or `ANSWER` when it had been taken by a form."""


class FaqMatcher(Protocol):
    """Finds the entry for a question (`faq.matcher.Matcher`)."""

    def match(self, utterance: str, language: str, context: MatchContext | None = None) -> MatchResult:
        """Answers, suggestions or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Guiding:
    """What guided dialogs read with."""

    fields: FieldData
    vocabularies: Mapping[str, Vocabulary]
    """By language."""
    idle_after: timedelta = timedelta(hours=6)
    """Silence after which an open form asks whether to go on."""
    checks_pages: bool = True
    """Whether landing pages are looked at."""


@dataclass(frozen=True)  # without slots: what follows from it is made once, not once a turn
class Knowledge:
    """What the bot knows right now: the library and the matcher made from it."""

    library: Library
    matcher: FaqMatcher
    guiding: Guiding | None = None
    """What guided dialogs read with; None for a bot that only answers."""

    @cached_property
    def calendar(self) -> Calendar:
        """The program's. Raises as `calendar_of`."""
        return calendar_of(self.library.program)

    @cached_property
    def replies(self) -> dict[tuple[str, str], Reply]:
        """Answers by language and entry, as `dialogs.answering` has made them so far."""
        return {}


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """For curators: a question without a sure answer. Reason: ``no-match``, ``suggestions`` or ``none-of-these``."""

    text: str
    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The user's word on an answer."""

    entry: str
    knowledge_version: str
    helpful: bool


Note = MissedQuestion | Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn says, remembers and notes down."""

    replies: tuple[Reply, ...]
    state: ConversationState
    notes: tuple[Note, ...] = ()
    cases: tuple[CaseChange, ...] = ()
    """Requests to be created or changed with this turn."""
    effects: tuple[Effect, ...] = ()
    """Work after the commit."""
    trace: Mapping[str, str | float] = field(default_factory=dict)
    """How it was decided, without the user's words: ``kind``, ``entry``, ``score``, ``margin``, ``knowledge_version``.

    The same text and version get the same answer.
    """

    @property
    def language(self) -> str:
        """The language to answer in."""
        return self.state.language or "en"
