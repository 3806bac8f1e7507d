"""Values in a message that says several things at once: found by their kind, or named in so many words.

"list Contoso in Brazil, contoso.com/ms" says two by their kind; "name Contoso Ltd, KPI 5" names two. What is left
when they are taken out may be the answer to the question that was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dialogs import asking
from dialogs.fields.base import SEARCHED_CHARACTERS, Found, Reader, Understood
from dialogs.fields.phrases import fold
from dialogs.fields.yes_no import YesNo
from dialogs.form import Field, Form
from dialogs.reply import JsonValue
from dialogs.vocabulary import Labelled, Vocabulary

UNSURE = "unsure"
"""A value that answers the question that was asked, and no other."""
_ENDS = re.compile(r"[;；。、\n]|[,，](?!\d)|\.(?=\s|$)")
"""Where the words for one value end; a comma between figures groups them."""
_TRIM_VALUE = " ,，、;；:：=\n\t"
"""Around a value, whose full stop may belong to it: "Inc."."""
_TRIM = " ,，、;；。.!！:：=\n\t"


@dataclass(frozen=True, slots=True)
class Finder:
    """A form and the words to find its values with."""

    form: Form
    reader: Reader
    vocabulary: Vocabulary

    def find(self, text: str) -> dict[str, JsonValue]:
        """All values that a longer message safely says."""
        return {name: found.value for name, found in self._found(text)}

    def spans(self, text: str) -> list[Found]:
        """Where they stand, last first."""
        return sorted((found for _, found in self._found(text)), key=lambda found: -found.start)

    def is_all(self, text: str) -> bool:
        """Whether the message is one value and nothing else."""
        found = self._found(text)
        return len(found) == 1 and not (text[: found[0][1].start] + text[found[0][1].end :]).strip(_TRIM)

    def names_each_once(self, text: str) -> bool:
        """Whether a line names several values, and none twice: it is no table of rows."""
        labels = self.vocabulary.labelled(self.form.name, text) if "\n" not in text else []
        named = [label.field for label in labels if self._value(label, text)[1]]
        return len(set(named)) == len(named) > 1

    def opened(self, text: str) -> dict[str, JsonValue]:
        """What a first message says: values found in it, and those that it leads to in so many words."""
        found = self.find(text)
        for field in self.form.fields:
            words = None if field.name in found else self.vocabulary.opening(self.form.name, field.name, text)
            sound = words and not (words[0].islower() and self.reader.words.around.at(fold(words).text, 0))
            reading = field.type.read(words, self.reader) if words and sound else None
            if isinstance(reading, Understood):
                found = {field.name: reading.value, **found}
        return found

    def told(self, text: str, asked: Field | None) -> dict[str, JsonValue]:
        """What a message says while ``asked`` is the question: the values in it, and what is left as its answer."""
        found = self._found(text)
        values = {name: one.value for name, one in found}
        if asked is None or not found or asked.name in values:
            return values
        left = self._left(text, [one for _, one in found])
        reading = asked.type.read(left, self.reader) if left else None
        if isinstance(reading, Understood) and reading.whole and not self._is_known_word(left):
            return {asked.name: reading.value, **values}
        return values

    def parted(self, text: str) -> tuple[str, dict[str, JsonValue]]:
        """The words before the first value that is named, and the values that are named."""
        named = dict(self._labelled(text))
        first = min((found.start for found in named.values()), default=len(text))
        head = text[:first].strip(_TRIM)
        values = {name: found.value for name, found in named.items()}
        return (self.vocabulary.without_joints(head) if named else text), values

    def _found(self, text: str) -> list[tuple[str, Found]]:
        """A piece of text speaks for one field only."""
        text = text[:SEARCHED_CHARACTERS]
        told = list(self._labelled(text))
        for field in sorted(self.form.fields, key=lambda field: not isinstance(field.type, YesNo)):
            one = field.type.find(_without(text, told), self.reader)
            apart = one is not None and all(one.end <= other.start or one.start >= other.end for _, other in told)
            new = field.name not in dict(told)
            if one is not None and apart and new and one.value != UNSURE:
                told.append((field.name, one))
        names = [field.name for field in self.form.fields]
        return sorted(told, key=lambda one: names.index(one[0]))

    def _labelled(self, text: str) -> Iterator[tuple[str, Found]]:
        """Values that are named. A label in the middle, or words that may be no value, count beside a sure one only."""
        text = text[:SEARCHED_CHARACTERS]
        read = [(label, *self._value(label, text)) for label in self.vocabulary.labelled(self.form.name, text)]
        sure = [label for label, found, certain in read if found and certain]
        told: dict[str, Found] = {}
        for label, found, certain in read:
            others = any(other.field != label.field for other in sure)
            if (
                found
                and label.field not in told
                and ((certain and label.leads) or (others and (certain or label.leads)))
            ):
                told[label.field] = found
        yield from told.items()

    def _value(self, label: Labelled, text: str) -> tuple[Found | None, bool]:
        """The value after a label (all words up to the next label, or to the first comma), and whether it is sure."""
        field = self.form.field(label.field)
        words = text[label.begin : label.end]
        if _ENDS.match(words.lstrip(" ")):
            return None, False
        end = _ENDS.search(words)
        for piece in dict.fromkeys((words, words[: end.start()] if end else words)):
            said = self.vocabulary.without_joints(piece.strip(_TRIM_VALUE))
            reading = field.type.read(said, self.reader) if field and said else None
            if isinstance(reading, Understood) and (reading.whole or asking.takes_any_text(field)):
                sure = reading.whole or label.joined
                return Found(reading.value, label.start, label.begin + len(piece)), sure
        return None, False

    def _left(self, text: str, found: list[Found]) -> str:
        """The one piece of a message that is left beside the values; empty when there are several."""
        for one in sorted(found, key=lambda found: -found.start):
            text = f"{text[: one.start]}\n{text[one.end :]}"
        pieces = [said for piece in _ENDS.split(text) if (said := self.vocabulary.without_joints(piece.strip(_TRIM)))]
        pieces = [piece for piece in pieces if not self._is_known_word(piece)]
        return pieces[0] if len(pieces) == 1 else ""

    def _is_known_word(self, text: str) -> bool:
        """Whether it is a word that says nothing, such as "hello" or "in"."""
        around = self.reader.words.around.get(fold(text).text.strip())
        return around is not None or self.vocabulary.command(text) is not None


def _without(text: str, told: list[tuple[str, Found]]) -> str:
    """The text with what speaks for other fields blanked: "we hold silver, aim at gold" aims at one level."""
    for _, found in told:
        text = text[: found.start] + ";" * (found.end - found.start) + text[found.end :]
    return text
