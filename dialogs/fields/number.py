"""Whole numbers of things: "3", "three trainers", 两位, "none"."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dialogs.fields.amounts import Amount, amounts
from dialogs.fields.around import Rest, asking_spans, denied, rest_of
from dialogs.fields.base import Doubtful, Found, Reader, Reading, Refused
from dialogs.fields.data import FieldWords, Part
from dialogs.fields.phrases import Folded, PhraseTable, fold
from dialogs.fields.settling import ask_back, settle
from dialogs.reply import JsonValue, Text, Words

_LONGEST_ANSWER = 200
_ADJECTIVES = 24
"""Characters of other unit words that may stand between a number and its noun."""


@dataclass(frozen=True, slots=True)
class Count:
    """A count of ``unit`` (a name in ``units`` of fields.yaml), 0 to ``most``. Its values are whole numbers."""

    unit: str
    most: int = 1_000_000

    def read(self, text: str, reader: Reader) -> Reading:
        """A number of things; "none" is 0, a rough number is asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        words = reader.words
        found = amounts(folded, words)
        units = (words.units[self.unit], words.units["any"])
        if not found:
            return self._nothing(folded, units, reader)
        rest = rest_of(folded, [(one.start, one.end) for one in found], words, units)
        return self._judge(found, rest, reader)

    def find(self, text: str, reader: Reader) -> Found | None:
        """A sure number right before or after the noun that is counted."""
        folded = fold(text)
        words = reader.words
        asking = asking_spans(folded.text, words)
        found = [*self._counted(folded, words), *self._none(folded, words)]
        if len(found) != 1 or any(start <= found[0].start < end for start, end in asking):
            return None
        start, end = folded.span(found[0].start, found[0].end)
        return Found(found[0].value, start, end)

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - figures are the same everywhere
        """The number with its thousands grouped."""
        return Text("field.number.shown", {"number": value if isinstance(value, int) else str(value)})

    def _judge(self, found: list[Amount], rest: Rest, reader: Reader) -> Reading:
        values = [int(value) for one in found for value in one.values if value == int(value)]
        values = list(dict.fromkeys(value for value in values if value <= self.most))
        if rest.question or any(one.percent for one in found) or (rest.asked and rest.unknown):
            return None
        if rest.unknown and len(found) == 1 and found[0].spelled:
            return None
        refused = next(filter(None, map(self._refusal, found)), None)
        if refused and not rest.unknown:
            return refused
        if not (len(values) == 1 and all(one.exact for one in found)) or rest.unknown:
            return ask_back(values, self, reader) if values else Doubtful(Text("field.number.exactly"))
        return settle(values, rest, self, reader)

    def _refusal(self, amount: Amount) -> Refused | None:
        if amount.negative:
            return Refused(Text("field.number.negative"))
        if amount.fraction or (len(amount.values) == 1 and amount.values[0] != int(amount.values[0])):
            return Refused(Text("field.number.fraction"))
        if amount.values and min(amount.values) > self.most:
            return Refused(Text("field.number.too-large", {"most": Decimal(self.most)}))
        return None

    def _nothing(self, folded: str, units: tuple[PhraseTable[bool], ...], reader: Reader) -> Reading:
        spans = _zeros(folded, reader.words)
        rest = rest_of(folded, spans, reader.words, units)
        return settle([0], rest, self, reader) if spans and not rest.unknown else None

    def _counted(self, folded: Folded, words: FieldWords) -> list[Found]:
        text = folded.text
        found = []
        for one in amounts(text, words):
            noun = self._noun_after(text, one.end, words) or self._noun_before(text, one.start, words)
            if noun and one.exact and one.values[0] == int(one.values[0]) and not _is_hedged(text, one.start, words):
                found.append(Found(int(one.values[0]), min(one.start, noun[0]), max(one.end, noun[1])))
            elif noun:
                return []
        return found

    def _none(self, folded: Folded, words: FieldWords) -> list[Found]:
        text, found = folded.text, []
        for start, end in _zeros(text, words):
            noun = self._noun_after(text, end, words)
            if noun:
                found.append(Found(0, start, noun[1]))
        return found

    def _noun_after(self, text: str, index: int, words: FieldWords) -> tuple[int, int] | None:
        """Where the noun stands, with units and spaces before it."""
        start = index
        while index < len(text) and index - start < _ADJECTIVES:
            noun = words.units[self.unit].at(text, index)
            if noun:
                return index, noun[0]
            other = words.units["any"].at(text, index)
            if not other and text[index] != " ":
                return None
            index = other[0] if other else index + 1
        return None

    def _noun_before(self, text: str, index: int, words: FieldWords) -> tuple[int, int] | None:
        """ "MCTs: 3", 讲师两位."""
        before = text[:index].rstrip(" :=")
        for start in range(max(len(before) - _ADJECTIVES, 0), len(before)):
            noun = words.units[self.unit].at(before, start)
            if noun and noun[0] == len(before):
                return start, len(before)
        return None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure of 0 or more with any decimal places, such as a KPI value. Values: ``"1234.5"``."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A figure; a rough one is asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        found = amounts(folded, reader.words)
        units = [reader.words.units["any"]]
        rest = rest_of(folded, [(one.start, one.end) for one in found], reader.words, units)
        if not found or rest.question or rest.unknown or any(one.percent for one in found):
            return None
        if len(found) == 1 and found[0].negative:
            return Refused(Text("field.number.negative"))
        values: list[JsonValue] = [_plain(value) for one in found for value in one.values]
        if not values:
            return Doubtful(Text("field.number.exactly"))
        rest.hedged |= not all(one.exact for one in found)
        return settle(values, rest, self, reader)

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - a figure may be anything
        """Never: a figure in a message may be anything."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """The figure with its thousands grouped."""
        return Text("field.number.shown", {"number": Decimal(str(value))})


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _zeros(text: str, words: FieldWords) -> list[tuple[int, int]]:
    return [(start, end) for start, end, word in words.numbers.each(text) if word.part is Part.NOTHING]


def _is_hedged(text: str, start: int, words: FieldWords) -> bool:
    before = text[max(start - _ADJECTIVES, 0) : start]
    return denied(text, start, words) or rest_of(before.strip(), (), words).hedged


KPI_VALUE = Quantity()
