"""A match as plain data, as the command line's contract has it."""

from __future__ import annotations

from typing import TypedDict

from faq.model import Answers, Candidate, MatchResult, NoMatch, Suggestions


class Ranked(TypedDict):
    """An entry and its probability."""

    entry: str
    score: float


class Part(TypedDict):
    """An answered piece of the message."""

    entry: str
    text: str


class Report(TypedDict):
    """One line of ``match``, without id and time."""

    kind: str
    entry: str | None
    score: float
    candidates: list[Ranked]
    parts: list[Part]


def report(result: MatchResult) -> Report:
    """``result`` as plain data; the ``entry`` of a no-match is its recognized topic."""
    match result:
        case Answers(parts):
            answered: list[Part] = [{"entry": part.candidate.entry, "text": part.part} for part in parts]
            return _report("answer", parts[0].candidate.entry, result.candidates, answered)
        case Suggestions(candidates):
            return _report("suggestions", None, candidates)
        case NoMatch(candidates, topic):
            return _report("no_match", topic, candidates)


def _report(kind: str, entry: str | None, candidates: tuple[Candidate, ...], parts: list[Part] | None = None) -> Report:
    return {
        "kind": kind,
        "entry": entry,
        "score": candidates[0].score if candidates else 0.0,
        "candidates": [{"entry": candidate.entry, "score": candidate.score} for candidate in candidates],
        "parts": parts or [],
    }
