"""One of a few values: by label, synonym, position ("2", 第二个), or nearly spelt so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dialogs.choices import chosen
from dialogs.fields.around import Span, asking_spans, denied, rest_of
from dialogs.fields.base import Found, Reader, Reading, Understood
from dialogs.fields.nearest import nearest
from dialogs.fields.phrases import PhraseTable, fold
from dialogs.fields.settling import ask_back, settle
from dialogs.reply import JsonValue, Plain, Words
from faq.han import is_han

_LONGEST_ANSWER = 200
_Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ChoiceType:
    """One of the values of ``choices.<name>`` in fields.yaml, in that order."""

    name: str
    covers: str = ""
    """The value that holds when it is named beside others: who trains "both" trains people outside, too."""

    def values(self, reader: Reader) -> tuple[str, ...]:
        """All values, in the order of their buttons."""
        return tuple(reader.words.choices[self.name])

    def read(self, text: str, reader: Reader) -> Reading:
        """The value that is named; several, or an unsure one, are asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        values = self.values(reader)
        position = chosen(text, len(values))
        if position is not None:
            return Understood(values[position])
        answered = reader.words.answered[self.name]
        spans, named = self._named(folded, answered, reader)
        rest = rest_of(folded, spans, reader.words)
        near, sure = nearest(folded.strip(" .!,"), _folded(tuple(answered.items())))
        if sure and rest.unknown and not (rest.question or rest.asked):
            return Understood(near[0])
        named = self._covered(named)
        if spans:
            return settle(named, rest, self, reader)
        return ask_back(near, self, reader) if near and not (rest.question or rest.asked) else None

    def find(self, text: str, reader: Reader) -> Found | None:
        """The one value that a statement names and does not turn down."""
        folded = fold(text)
        asking = asking_spans(folded.text, reader.words)
        spans, named = self._named(folded.text, reader.words.choices[self.name], reader)
        named = self._covered(named)
        if len(set(named)) != 1 or any(a <= spans[0][0] < b for a, b in asking):
            return None
        start, end = folded.span(*spans[0])
        return Found(named[0], start, end)

    def show(self, value: JsonValue, reader: Reader) -> Words:
        """The value's label."""
        words = reader.words.choices[self.name].get(str(value), ())
        return Plain(words[0] if words else str(value))

    def _covered(self, named: list[str]) -> list[str]:
        return [self.covers] if self.covers in named else named

    def _named(self, text: str, choices: _Words, reader: Reader) -> tuple[list[Span], list[str]]:
        table = _table(tuple(choices.items()))
        spans, named = [], []
        for start, end, value in table.each(text):
            if not denied(text, start, reader.words) and not _is_inside(text, start, end):
                spans.append((start, end))
                named.append(value)
        return spans, named


_Choices = tuple[tuple[str, tuple[str, ...]], ...]
"""Values, each with the ways to say it. They are content, of which there is little: the caches stay small."""


@lru_cache(maxsize=64)
def _folded(choices: _Choices) -> Mapping[str, str]:
    return {fold(word).text: value for value, words in choices for word in (value, *words)}


@lru_cache(maxsize=64)
def _table(choices: _Choices) -> PhraseTable[str]:
    return PhraseTable.of(_folded(choices))


def _is_inside(text: str, start: int, end: int) -> bool:
    """Whether a single Chinese character stands inside a longer word: 白金 is not 金."""
    if end - start > 1 or not is_han(text[start]):
        return False
    return is_han(text[start - 1 : start] or " ") or is_han(text[end : end + 1] or " ")
