"""From words as data to words as written: sentences, titles and values in one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dialogs.reply import EntryTitle, Plain, Text, Value, Words
from faq.library import LanguagePack, Library
from program.months import Month
from wording.dates import day_text, month_text, number_text

_MARKS = re.compile(r"([\\`*_\[\]|<>~&])")
_FIRST = re.compile(r"(?m)^(\s*)(\d{0,9})([#+\-=.)])(?=[\s#=-]|$)")


def escaped(text: str) -> str:
    """``text`` such that a Markdown renderer shows exactly these characters.

    Only what is a mark where it stands gets a backslash: some clients show the others.
    """
    return _FIRST.sub(r"\1\2\\\3", _MARKS.sub(r"\\\1", text))


def literal(text: str) -> str:
    """``text`` as it is: for places that do not read Markdown, such as button labels."""
    return text


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says words in one language."""

    library: Library
    language: str
    today: date
    """The day on which it is said: an answer may be past."""

    @property
    def pack(self) -> LanguagePack:
        """Entries and sentences of this language."""
        return self.library.languages[self.language]

    def markdown(self, words: Words) -> str:
        """For a place that reads Markdown: our sentences keep their marks, other people's words are escaped."""
        return self._say(words, escaped)

    def label(self, words: Words) -> str:
        """For a button or heading: plain text."""
        return self._say(words, literal)

    def sentence(self, key: str, **params: Value) -> str:
        """A sentence of ``messages.yaml``, as Markdown."""
        return self.markdown(Text(key, params))

    def label_of(self, key: str, **params: Value) -> str:
        """A sentence of ``messages.yaml`` as plain text."""
        return self.label(Text(key, params))

    def _say(self, words: Words, quote: Callable[[str], str]) -> str:
        match words:
            case Text(key, params):
                values = {name: self._value(value, quote) for name, value in params.items()}
                return self.pack.catalog.text(key, values).strip()
            case Plain(text):
                return quote(text)
            case EntryTitle(entry):
                return self.pack.knowledge.entries[entry].title

    def _value(self, value: Value, quote: Callable[[str], str]) -> str:
        match value:
            case str():
                return quote(value)
            case datetime():
                return day_text(value.date(), self.language)
            case date():
                return day_text(value, self.language)
            case Month():
                return month_text(value, self.language)
            case int() | Decimal():
                return number_text(value, self.language)
            case _:
                return self._say(value, quote)
