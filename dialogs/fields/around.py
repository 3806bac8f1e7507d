"""What is said around a value: words that change nothing, that doubt, that ask, that turn down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dialogs.fields.data import Around, FieldWords
from dialogs.fields.phrases import PhraseTable, joined, words_of

Span = tuple[int, int]
_END = re.compile(r"[!?。！？;；,，、\n]|\.(?= |\Z)")


@dataclass(slots=True)
class Rest:
    """The words outside the values."""

    question: bool = False
    """A word asks."""
    asked: bool = False
    """There is a question mark."""
    hedged: bool = False
    unknown: int = 0
    """Words that are nothing of the kind."""
    figures: bool = False
    """There are figures that no value accounts for."""


def rest_of(text: str, spans: Sequence[Span], words: FieldWords, also: Sequence[PhraseTable[Any]] = ()) -> Rest:
    """What stands in a folded text outside ``spans``; phrases of ``also`` belong to the values."""
    rest, index, first = Rest(), 0, True
    inside = dict(spans)
    tables = [table.places(text) for table in (words.around, *also)]
    while index < len(text):
        if index in inside:
            index, first = inside[index], False
            continue
        end, meaning = _longest(index, tables)
        if meaning is Around.ASKS or (meaning is Around.ASKS_FIRST and first):
            rest.question = True
        rest.hedged |= meaning is Around.HEDGE
        if end == index:
            end = _word_end(text, index)
            rest.asked |= text[index] in "?？"
            rest.figures |= text[index].isdigit()
            rest.unknown += text[index].isalnum()
        first &= not text[index].isalnum()
        index = min([end, *(start for start in inside if index < start < end)])
    return rest


@lru_cache(maxsize=256)  # every field of a form asks for the same text, and people for the same things
def asking_spans(text: str, words: FieldWords) -> tuple[Span, ...]:
    """The clauses of a folded text that ask: nothing in them is a statement."""
    return tuple(
        (start, end) for start, end in _clauses(text) if text[end - 1] in "?？" or _asks(text[start:end].strip(), words)
    )


def _asks(text: str, words: FieldWords) -> bool:
    """Whether a word of a folded clause asks, as `rest_of` would find."""
    around, first, last = words.around.places(text), True, 0
    for start in words_of(text) if around else ():
        if start < last:
            continue
        last, meaning = around.get(start, (start, None))
        if meaning is Around.ASKS or (meaning is Around.ASKS_FIRST and first):
            return True
        first &= not text[start].isalnum()
    return False


def yes_no_said(text: str, words: FieldWords) -> tuple[list[Span], set[str]]:
    """Where a folded text says yes, no, or neither, and which of them it says."""
    spans, said = [], set()
    index = 0
    answers, around = words.yes_no.places(text), words.around.places(text)
    while index < len(text) and answers:
        found, other = answers.get(index), around.get(index)
        asks = other is not None and other[1] in {Around.ASKS, Around.ASKS_FIRST}
        if found and not (asks and other and other[0] > found[0]):
            spans.append((index, found[0]))
            said.add(found[1])
        index = found[0] if found else other[0] if other else index + 1
    return spans, said


def yes_or_no(text: str, words: FieldWords) -> str:
    """What a folded text says when it says one of ``yes``, ``no``, ``unsure`` and ``unknown``, and nothing else."""
    spans, said = yes_no_said(text, words)
    rest = rest_of(text, spans, words)
    return said.pop() if len(said) == 1 and not (rest.unknown or rest.asked or rest.question) else ""


def denied(text: str, start: int, words: FieldWords) -> bool:
    """Whether what begins at ``start`` is turned down by the word before it ("no gold", 不要金牌)."""
    before = text[max(start - 24, 0) : start].rstrip()
    return any(
        found and found[0] == len(before)
        for found in (words.negations.at(before, index) for index in range(len(before)))
    )


def _longest(index: int, tables: Sequence[Mapping[int, tuple[int, Any]]]) -> tuple[int, object]:
    """End and meaning of the longest known phrase at ``index``; its own index when there is none."""
    best: tuple[int, object] = (index, None)
    for table in tables:
        found = table.get(index)
        if found and found[0] > best[0]:
            best = found
    return best


def _word_end(text: str, index: int) -> int:
    end = index + 1
    while end < len(text) and joined(text[end - 1], text[end]):
        end += 1
    return end


def _clauses(text: str) -> Iterator[Span]:
    start = 0
    for mark in _END.finditer(text):
        yield start, mark.end()
        start = mark.end()
    if start < len(text):
        yield start, len(text)
