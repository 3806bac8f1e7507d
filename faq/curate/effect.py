"""What a change of the knowledge does to questions whose entries are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq.curate.trial import Outcome, Question
from faq.model import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Effect:
    """The questions that end otherwise, each before and after."""

    asked: int
    changed: tuple[tuple[Outcome, Outcome], ...] = ()

    @property
    def worse(self) -> tuple[tuple[Outcome, Outcome], ...]:
        """Those whose verdict is a worse one."""
        return tuple((old, new) for old, new in self.changed if old.is_better_than(new))


def effect_of(before: Sequence[Outcome], after: Sequence[Outcome]) -> Effect:
    """Of the same questions, asked twice."""
    pairs = zip(before, after, strict=True)
    return Effect(len(before), tuple((old, new) for old, new in pairs if old.verdict != new.verdict))


def with_phrasing(base: KnowledgeBase, entry: str, phrase: str) -> KnowledgeBase:
    """The knowledge with one phrasing more. Raises `KeyError` when there is no such entry."""
    old = base.entries[entry]
    return replace(base, entries={**base.entries, entry: replace(old, phrasings=(*old.phrasings, phrase))})


def expected_questions(base: KnowledgeBase) -> list[Question]:
    """The ``expect`` lines as questions."""
    lines = [(entry.id, line) for entry in base.entries.values() for line in entry.expect]
    return [Question(name, base.language, line, (name,)) for name, line in lines]
