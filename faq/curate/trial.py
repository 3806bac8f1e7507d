"""Questions with the entries that should answer them, and how the matcher did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from faq.model import Answers, MatchResult, NoMatch, Suggestions


class Asked(Protocol):
    """A matcher, as far as a trial needs one."""

    def match(self, utterance: str, language: str) -> MatchResult:
        """Answers, suggestions or nothing."""
        ...


class Verdict(StrEnum):
    """What became of a question, best first."""

    RIGHT = "right"
    """Answered by an expected entry; out of scope: nothing said."""
    OFFERED = "offered"
    """An expected entry is among those to choose from; out of scope: something to choose from."""
    MISSED = "missed"
    """Nothing, or nothing expected to choose from."""
    WRONG = "wrong"
    """Answered by another entry, or answered at all."""


_ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a regression set; its form is in ``tests/regression/README.md``."""

    id: str
    language: str
    text: str
    expect: tuple[str, ...]
    """Acceptable entries, best first; empty for out of scope."""
    all: bool = False
    """Each expected entry must be answered."""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what it got and what that is worth."""

    question: Question
    verdict: Verdict
    first: str | None
    """The entry that came first, if any."""
    score: float

    @property
    def ranked_right(self) -> bool:
        """Whether the first candidate is an expected entry."""
        return self.first in self.question.expect

    def is_better_than(self, other: Outcome) -> bool:
        """Whether the verdict is a better one."""
        return _ORDER.index(self.verdict) < _ORDER.index(other.verdict)


def ask_all(questions: Iterable[Question], matcher: Asked) -> list[Outcome]:
    """Ask every question. Raises `KeyError` for a language that the matcher does not have."""
    outcomes = []
    for question in questions:
        result = matcher.match(question.text, question.language)
        first = result.candidates[0] if result.candidates else None
        name, score = (first.entry, first.score) if first else (None, 0.0)
        outcomes.append(Outcome(question, _verdict(question, result), name, score))
    return outcomes


def _verdict(question: Question, result: MatchResult) -> Verdict:
    expected = set(question.expect)
    match result:
        case Answers(parts):
            told = [part.candidate.entry for part in parts]
            good = expected <= set(told) if question.all else told[0] in expected
            return Verdict.RIGHT if expected and good else Verdict.WRONG
        case Suggestions(candidates):
            good = not expected or any(candidate.entry in expected for candidate in candidates)
            return Verdict.OFFERED if good else Verdict.MISSED
        case NoMatch(topic=topic):
            return Verdict.RIGHT if not expected or topic in expected else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over some outcomes."""

    questions: int
    ranked_right: int
    verdicts: Mapping[Verdict, int]
    strangers: int
    """Questions out of scope; they are in no other count."""
    strangers_answered: int
    strangers_offered: int
    confusions: tuple[tuple[str, str, int], ...]
    """Expected entry, entry that came first instead, how often; most frequent first."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Summary:
        """Count."""
        outcomes = list(outcomes)
        inside = [o for o in outcomes if o.question.expect]
        outside = Counter(o.verdict for o in outcomes if not o.question.expect)
        wrong = Counter((o.question.expect[0], o.first or "nothing") for o in inside if not o.ranked_right)
        return cls(
            questions=len(inside),
            ranked_right=sum(o.ranked_right for o in inside),
            verdicts={verdict: sum(o.verdict is verdict for o in inside) for verdict in Verdict},
            strangers=outside.total(),
            strangers_answered=outside[Verdict.WRONG],
            strangers_offered=outside[Verdict.OFFERED],
            confusions=tuple((expected, got, count) for (expected, got), count in wrong.most_common()),
        )
