"""The contract of a field type: reading an answer, finding a value inside a longer message, saying it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from dialogs.fields.around import asking_spans, yes_or_no
from dialogs.fields.data import FieldData, FieldWords
from dialogs.fields.phrases import fold
from dialogs.reply import JsonValue, Text, Words

MAX_CHARACTERS = 4_000
"""What follows is not read. Types whose values are short read less."""
SEARCHED_CHARACTERS = 500
"""Of a message, where questions, yes, no and values among other words are looked for: that costs more than reading."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the conversation's language, the day it is there, and the words to read with."""

    language: str
    today: date
    data: FieldData

    @property
    def words(self) -> FieldWords:
        """Words of the reader's language, with those of all others underneath."""
        return self.data.words[self.language]

    def is_question(self, text: str) -> bool:
        """Whether a message asks something, by its words or its mark."""
        folded = fold(text[:SEARCHED_CHARACTERS]).text.strip()
        return bool(folded) and len(asking_spans(folded, self.words)) > 0

    def yes_or_no(self, text: str) -> str:
        """``yes`` or ``no`` when the message says nothing else, ``unknown`` or ``unsure``, or empty."""
        return yes_or_no(fold(text[:SEARCHED_CHARACTERS]).text.strip(), self.words)


reader_of = lru_cache(maxsize=8)(Reader)
"""The reader of a language, all day the same object: what is kept for it is found by that."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A value. ``whole``: nothing but the value was said, so the text is an answer and no question for the FAQ."""

    value: JsonValue
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It may mean several things, or was only half said: to be asked back, with choices when there are some."""

    question: Text
    options: tuple[tuple[Words, JsonValue], ...] = ()
    """What to write on the button, and the value that it stands for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It was understood and cannot be: ``reason`` is a sentence ``field.<type>.<reason>``."""

    reason: Text


Reading = Understood | Doubtful | Refused | None
"""None: this is no value of the type (a question, another topic)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value inside a longer message: ``text[start:end]`` says it."""

    value: JsonValue
    start: int
    end: int


class FieldType(Protocol):
    """A kind of value, such as a month."""

    def read(self, text: str, reader: Reader) -> Reading:
        """``text`` as the answer to the field's question."""
        ...

    def find(self, text: str, reader: Reader) -> Found | None:
        """The value in a longer message that may be about something else: only when it is safe."""
        ...

    def show(self, value: JsonValue, reader: Reader) -> Words:
        """The value in the reader's language, as the bot says it back."""
        ...
