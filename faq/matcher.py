"""The answer engine: which entry a question means, or that none does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from faq.embedding import Embedder
from faq.engine import REMEMBERED, Engine
from faq.fitting import FitCache, NoCache
from faq.model import (
    Answer,
    Answers,
    Candidate,
    Kind,
    KnowledgeBase,
    MatchContext,
    MatchResult,
    NoMatch,
    Suggestions,
)
from faq.nearness import points, weighed
from faq.normalize import MAX_CHARACTERS
from faq.parts import clauses, leaning_part, sentences

_OFFERED = 3
_BESIDE = 0.2
"""Share of the first candidate's least probability from which another is offered beside it."""
_SURE_ALONE = 0.97
"""Probability from which a question was asked word for word."""
_REMEMBERED_TURNS = 3
_NO_CONTEXT = MatchContext()
_NO_CACHE = NoCache()


class Matcher:
    """Finds entries in any of the languages.

    Built once per version of the content (half a second for 1,000 phrasings: build it in a thread), then only read.
    The same text, context and version of the content give the same result.
    """

    def __init__(
        self,
        knowledge_bases: Mapping[str, KnowledgeBase],
        cache: FitCache = _NO_CACHE,
        embedders: Mapping[str, Embedder] = MappingProxyType({}),
    ) -> None:
        """``cache`` keeps what is fitted, for the next matcher of the same content; ``embedders`` are by language."""
        self._engines = {
            language: Engine(base, cache, embedders.get(language)) for language, base in knowledge_bases.items()
        }
        self._matched = lru_cache(maxsize=REMEMBERED)(self._match)

    def match(self, utterance: str, language: str, context: MatchContext | None = None) -> MatchResult:
        """The entry that answers ``utterance`` (or one for each of its questions), up to three to choose from, or none.

        Raises `KeyError` for a language without a knowledge base.
        """
        text = utterance[:MAX_CHARACTERS]
        return self._matched(text, language, _leant_on(text, context or _NO_CONTEXT))

    def _match(self, text: str, language: str, context: MatchContext) -> MatchResult:
        engine = self._engines[language]
        ranked = engine.rank(text, context.refused)
        if ranked and ranked[0].score == 1.0:
            return _decide(engine, ranked, text)
        ranked = weighed(ranked, context.near)
        return (
            _follow_up(engine, text, ranked, context)
            or _several(engine, text, ranked, context)
            or _pointing(engine, text, ranked, context)
            or _small_talk(engine, text, ranked, context)
            or _decide(engine, ranked, text)
        )

    def threshold(self, candidate: Candidate, language: str) -> float:
        """Probability from which the candidate's entry is the answer, for ``--why``."""
        return self._engines[language].threshold(candidate)


def _leant_on(text: str, context: MatchContext) -> MatchContext:
    """The context without a last entry that ``text`` does not lean on: one result serves all who say the same."""
    last = context.last_entry
    if last is not None and (context.turns_ago > _REMEMBERED_TURNS or leaning_part(text) is None):
        last = None
    return MatchContext(last, refused=context.refused, about=context.about, near=context.near)


def _decide(engine: Engine, ranked: tuple[Candidate, ...], text: str) -> MatchResult:
    """Answer, offer or pass for one question."""
    if not ranked or ranked[0].score < min(engine.suggest, engine.threshold(ranked[0])):
        return NoMatch(ranked)
    if engine.answers(ranked[0]):
        if engine.is_kind(ranked[0], Kind.OUT_OF_SCOPE):
            return NoMatch(ranked, topic=ranked[0].entry)
        return Answers((Answer(ranked[0], text),), ranked)
    worth = _offers(engine, ranked)
    return Suggestions(worth) if worth else NoMatch(ranked)


def _offers(engine: Engine, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Up to three to choose from: the first must be worth offering by itself, the others need not be as probable."""
    offered = [c for c in ranked if not engine.is_kind(c, Kind.OUT_OF_SCOPE, Kind.SMALL_TALK)]
    if not offered or offered[0].score < min(engine.suggest, engine.threshold(offered[0])):
        return ()
    return tuple(c for c in offered if c.score >= _BESIDE * engine.suggest)[:_OFFERED]


def _small_talk(engine: Engine, text: str, ranked: tuple[Candidate, ...], context: MatchContext) -> Answers | None:
    """A greeting or thanks whose words were taken for politeness around a question, when no question is left."""
    if ranked and engine.answers(ranked[0]):
        return None
    wrapped = engine.rank(text, context.refused, wrapped=True)
    if not wrapped or not engine.is_kind(wrapped[0], Kind.SMALL_TALK) or not engine.answers(wrapped[0]):
        return None
    return Answers((Answer(wrapped[0], text),), wrapped)


def _several(
    engine: Engine, text: str, whole: tuple[Candidate, ...], context: MatchContext
) -> Answers | Suggestions | None:
    """The answers of a message with several questions; the one that counts beside a greeting; or None."""
    for parts in (sentences(text), clauses(text)):
        answers = _all_sure(engine, parts, context.refused)
        asked = [a for a in answers if not engine.is_kind(a.candidate, Kind.SMALL_TALK)]
        if whole and engine.answers(whole[0]) and asked and whole[0].score > max(a.candidate.score for a in asked):
            continue  # one question in two clauses: together they say more than either
        if len(asked) == len(answers) > 1 and len({a.candidate.entry for a in asked}) == len(asked):
            return Answers(tuple(asked), _merged(asked, whole))
        if len(answers) > len(asked) == 1:
            return Answers(tuple(asked), _merged(asked, whole))
    return None


def _all_sure(engine: Engine, parts: tuple[str, ...], refused: tuple[str, ...]) -> list[Answer]:
    """The answer of each part; none at all when a part has none: it is not looked further then."""
    answers: list[Answer] = []
    for part in parts:
        answer = _sure(engine, part, refused)
        if answer is None:
            return []
        answers.append(answer)
    return answers


def _sure(engine: Engine, part: str, refused: tuple[str, ...]) -> Answer | None:
    ranked = engine.rank(part, refused)
    if not ranked or not engine.answers(ranked[0]) or engine.is_kind(ranked[0], Kind.OUT_OF_SCOPE):
        return None
    return Answer(ranked[0], part)


def _merged(answers: list[Answer], whole: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    first = {a.candidate.entry: a.candidate for a in answers}
    return tuple(chain(first.values(), (c for c in whole if c.entry not in first)))


def _pointing(engine: Engine, text: str, alone: tuple[Candidate, ...], context: MatchContext) -> Answers | None:
    """The answer to "when is it visible?" while a dialog is open: the dialog's title says what "it" is."""
    if context.about is None or not engine.knows(context.about) or not alone or not points(text):
        return None
    if alone[0].entry in context.near or alone[0].score >= _SURE_ALONE:
        return None
    title = engine.entry(context.about).title
    said = engine.rank(f"{text} {title}", (*context.refused, context.about))
    fits = said and said[0].entry in context.near and engine.answers(said[0])
    if not fits or said[0].entry not in {candidate.entry for candidate in alone}:
        return None
    return Answers((Answer(said[0], text),), said)


def _follow_up(
    engine: Engine, text: str, alone: tuple[Candidate, ...], context: MatchContext
) -> Answers | Suggestions | None:
    """The answer to a question that leans on the last entry: its title says what the question leaves out."""
    if context.last_entry is None or not engine.knows(context.last_entry):
        return None
    new = leaning_part(text)
    if new is None or not alone:
        return None
    last = engine.entry(context.last_entry)
    ranked = engine.rank(f"{new} {last.title}", (*context.refused, last.id))
    related = {c.entry for c in engine.rank(new, (*context.refused, last.id))}
    fitting = tuple(c for c in ranked if c.entry in related and not engine.is_kind(c, Kind.OUT_OF_SCOPE))
    if not fitting:
        return None
    if engine.answers(fitting[0]) and fitting[0] == ranked[0]:
        return Answers((Answer(fitting[0], text),), fitting)
    return Suggestions(fitting[:_OFFERED])
