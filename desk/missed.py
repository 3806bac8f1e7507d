"""Questions that were not answered well, what is decided about them, and where dialogs are left. Pure.

Nobody is told who asked: users' ids stay in the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from desk.audit import Record

PAGE = 30
MOST = 20_000
"""Questions that are looked at, the newest."""


class Reason(StrEnum):
    """Why a question is here."""

    NO_MATCH = "no-match"
    """Nothing was known about it."""
    SUGGESTIONS = "suggestions"
    """The user chose one of those that were offered."""
    NONE_OF_THESE = "none-of-these"
    """The user wanted none of those."""
    UNHELPFUL = "unhelpful"
    """It was answered, and the user said that it did not help."""


class Kind(StrEnum):
    """What was decided."""

    PHRASING = "phrasing"
    """It is another way to ask an entry."""
    ENTRY = "entry"
    """There is a new entry for it."""
    TOPIC = "topic"
    """Others know that: it is a phrasing of a topic that is out of scope."""
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that was asked once."""

    key: str
    """``m12`` for a missed question, ``f7`` for a thumb that pointed down."""
    text: str
    language: str
    channel: str
    reason: Reason
    candidates: tuple[str, ...]
    """Entries that came first; the one that was chosen or answered."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that are nearly the same."""

    questions: tuple[Question, ...]
    """Newest first; at least one."""
    texts: tuple[tuple[str, int], ...] = ()
    """How it was asked, most frequent first."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    candidates: Mapping[str, int] = field(default_factory=dict)
    """Entries by how often they were near, most frequent first."""
    days: Mapping[date, int] = field(default_factory=dict)
    """Newest first."""

    @property
    def key(self) -> str:
        """Of its oldest question: the same as long as that one is open."""
        return self.questions[-1].key

    @property
    def text(self) -> str:
        """How it is asked most."""
        return self.texts[0][0]

    @property
    def language(self) -> str:
        """Of all of them."""
        return self.questions[0].language

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.questions)

    @property
    def last(self) -> datetime:
        """When it was asked last."""
        return self.questions[0].at


@dataclass(frozen=True, slots=True)
class Decision:
    """What a curator decided about a cluster."""

    at: datetime
    actor: str
    kind: Kind
    language: str
    text: str = ""
    """What was added to the content; empty when nothing was: what users wrote is kept with their questions alone."""
    entry: str = ""
    """Entry or topic."""
    patch: str = ""
    """Of the content files, as a unified diff."""
    applied: bool = False
    """Whether the files were changed with it."""
    undone_at: datetime | None = None
    undone_by: str = ""
    number: int = 0
    """Given when it is stored; counts upwards."""
    questions: int = 0
    """How many it is about, as far as they are still kept."""
    sample: str = ""
    """One of those questions."""


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Decisions, newest first."""

    decisions: tuple[Decision, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """How often a dialog was left at a step, and not finished."""

    form: str
    step: str
    language: str
    count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which clusters; what is left empty does not matter."""

    language: str = ""
    reason: str = ""
    channel: str = ""
    text: str = ""

    def takes(self, cluster: Cluster) -> bool:
        """Whether it is one of those."""
        words = self.text.casefold().split()
        return (
            (not self.language or cluster.language == self.language)
            and (not self.reason or self.reason in cluster.reasons)
            and (not self.channel or self.channel in cluster.channels)
            and (not words or any(all(w in text.casefold() for w in words) for text, _ in cluster.texts))
        )


NONE: Mapping[str, Question] = MappingProxyType({})
"""No questions."""


class MissedStore(Protocol):
    """Keeps missed questions and decisions."""

    async def stamp(self) -> str:
        """Another one, when questions came, went or were decided."""
        ...

    async def questions(self, limit: int = MOST, known: Mapping[str, Question] = NONE) -> Sequence[Question]:
        """The newest that are open, oldest first; those that are ``known``, by key, need not be read again."""
        ...

    async def decided(self, key: str) -> Decision | None:
        """What was decided about a question, if anything was and it was not taken back."""
        ...

    async def decision(self, number: int) -> Decision | None:
        """One of them."""
        ...

    async def decisions(self, ignored: bool, limit: int = PAGE, after: int | None = None) -> DecisionPage:
        """Those that ignored questions, or the others; ``after`` is the `DecisionPage.next` of the page before."""
        ...

    async def decide(
        self, decision: Decision, keys: Collection[str], record: Record, publish: Callable[[], None]
    ) -> int:
        """Store the decision about these questions and its record, and ``publish``: all of it or nothing.

        ``publish`` may be called twice; the second time it must change nothing. Returns the decision's number. Raises
        `QuestionDecided` when somebody was faster, `QuestionGone` when none of them is kept any more, and what
        ``publish`` raises.
        """
        ...

    async def undo(self, decision: Decision, record: Record, publish: Callable[[], None]) -> None:
        """Open its questions again and ``publish``: all of it or nothing.

        Raises `QuestionDecided` when it was taken back already, and what ``publish`` raises.
        """
        ...

    async def abandoned(self, since: datetime, before: datetime) -> Sequence[Abandoned]:
        """Where dialogs stood last, of those that were left between these times; most frequent first."""
        ...


def gathered(
    questions: Iterable[Question],
    number: Callable[[Question], int],
    day: Callable[[datetime], date],
    before: Iterable[Cluster] = (),
) -> list[Cluster]:
    """The clusters, most frequent first. ``number`` tells which question belongs where, within its language.

    Those of ``before`` that are still the same are taken over.
    """
    known = {cluster.key: cluster for cluster in before}
    found: dict[tuple[str, int], list[Question]] = {}
    for question in questions:
        found.setdefault((question.language, number(question)), []).append(question)
    clusters = []
    for each in found.values():
        each.sort(key=lambda question: question.at, reverse=True)
        old = known.get(each[-1].key)
        same = old is not None and old.count == len(each) and old.questions[0].key == each[0].key
        clusters.append(old if old is not None and same else _cluster(each, day))
    return sorted(clusters, key=lambda each: (-each.count, -each.last.timestamp(), each.key))


def _cluster(questions: Sequence[Question], day: Callable[[datetime], date]) -> Cluster:
    texts = Counter(question.text.strip() for question in questions)
    return Cluster(
        tuple(questions),
        tuple(texts.most_common()),
        dict(Counter(str(question.reason) for question in questions).most_common()),
        dict(Counter(question.channel for question in questions).most_common()),
        dict(Counter(entry for question in questions for entry in question.candidates).most_common()),
        dict(Counter(day(question.at) for question in questions)),
    )
