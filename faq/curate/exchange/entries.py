"""Entries as pairs of other tools: what has a place there, and what has none."""

from __future__ import annotations

from collections.abc import Mapping

from faq.curate.exchange.pairs import Pair, Pairs, Prompt
from faq.model import Entry, KnowledgeBase

SOURCE = "Editorial"
"""What QnA Maker calls what was written by hand."""


def to_pairs(base: KnowledgeBase) -> Pairs:
    """Every entry as a pair: its title is the first question, its related entries are prompts.

    Steps become a numbered list at the end of the answer and an erratum a quote after it; the rest are metadata.
    """
    numbers = {name: str(number) for number, name in enumerate(base.entries, start=1)}
    pairs = [_pair(entry, numbers, base.entries) for entry in base.entries.values()]
    tested = sum(len(entry.expect) for entry in base.entries.values())
    lost = []
    if tested:
        lost.append(f"{tested} test questions (`expect`)")
    if base.synonyms:
        lost.append(f"{len(base.synonyms)} groups of synonyms")
    return Pairs(tuple(pairs), tuple(lost))


def _pair(entry: Entry, numbers: Mapping[str, str], entries: Mapping[str, Entry]) -> Pair:
    related = (name for name in entry.related if name in numbers)
    return Pair(
        id=numbers[entry.id],
        questions=(entry.title, *entry.phrasings),
        answer=_answer(entry),
        line=entry.line,
        source=SOURCE,
        metadata=tuple((name, value) for name, value in _metadata(entry).items() if value),
        prompts=tuple(Prompt(entries[name].title, numbers[name]) for name in related),
    )


def _answer(entry: Entry) -> str:
    parts = [entry.answer.rstrip()]
    if entry.steps:
        parts.append("\n".join(f"{number}. {step}" for number, step in enumerate(entry.steps, start=1)))
    if entry.erratum:
        parts.append(f"> {entry.erratum}")
    return "\n\n".join(parts)


def _metadata(entry: Entry) -> dict[str, str]:
    days = {"as_of": entry.as_of, "valid_from": entry.valid_from, "valid_until": entry.valid_until}
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "source": entry.source or "",
        **{name: day.isoformat() if day else "" for name, day in days.items()},
        "starts": entry.starts or "",
        "threshold": "" if entry.threshold is None else str(entry.threshold),
    }
