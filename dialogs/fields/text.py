"""Names: a company's name, as it is to be shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from dialogs.fields.base import MAX_CHARACTERS, Doubtful, Found, Reader, Reading, Refused, Understood
from dialogs.fields.data import Around, FieldWords
from dialogs.fields.phrases import fold
from dialogs.fields.settling import ask_back
from dialogs.reply import JsonValue, Plain, Text, Words
from faq.han import is_han

_PAIRS = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "「": "」", "『": "』", "《": "》", "„": "“", "【": "】"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_WORDS_OF_TALK = 3
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF21, 0xFF5B)} | {0x3000: 0x20}
"""Full-width Latin letters and space; brackets and commas of Chinese names stay."""


@dataclass(frozen=True, slots=True)
class Name:
    """A display name of ``least`` to ``most`` characters. Values: the name as typed, without quotes and lead-in."""

    least: int = 2
    most: int = 120
    unknown: str = ""
    """The value that "I don't know" stands for, where that is an answer."""

    def read(self, text: str, reader: Reader) -> Reading:
        """A name. What looks like a question is none, unless it is quoted or ends like a company's name."""
        if is_hidden(text[:MAX_CHARACTERS]):
            return Refused(Text("field.text.invisible"))
        typed = " ".join(text[:MAX_CHARACTERS].translate(_FULL_WIDTH).split())
        if not typed:
            return None
        if any(table.get(fold(typed).text.strip(" .!。！")) for table in reader.words.answers.values()):
            return None  # said to another question: 还没考 is no competency
        if said := reader.yes_or_no(typed):
            return Understood(self.unknown) if self.unknown and said == "unknown" else None
        bare, led = _without_lead(_first_clause(typed, reader.words), reader.words)
        bare = _without_tail(bare, reader.words)
        name, quoted = _unquoted(bare)
        marked = _is_marked(name, reader.words)
        if not (led or quoted or marked) and _asks(name, reader.words):
            return None
        if "?" in name[-1:] + typed[-1:] or "？" in typed[-1:]:
            return None
        if led or any(map(is_han, name)):
            name = _without_stop(name, reader.words)
        named = led or quoted or marked
        reading = self._checked(name, whole=quoted or marked or (led and not name[:1].islower()) or name.istitle())
        if isinstance(reading, Understood) and not named and _is_talk(name, reader.words):
            return ask_back([reading.value], self, reader)
        return reading

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - any word may be a name
        """Never: any word may be a name."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - a name is the same everywhere
        """The name."""
        return Text("field.text.unknown") if self.unknown and value == self.unknown else Plain(str(value))

    def _checked(self, name: str, *, whole: bool) -> Reading:
        if not any(map(str.isalnum, name)):
            return Refused(Text("field.text.no-letters"))
        if len(name) < self.least:
            return Refused(Text("field.text.too-short", {"least": self.least}))
        if len(name) > self.most:
            return Refused(Text("field.text.too-long", {"most": self.most}))
        return Understood(name, whole=whole)


@dataclass(frozen=True, slots=True)
class InvoiceNumber:
    """The number on an invoice. Values: as typed. Order confirmations and partner reports are refused."""

    name: Name = field(default_factory=lambda: Name(least=1, most=60))

    def read(self, text: str, reader: Reader) -> Reading:
        """A number in any form of letters, digits and marks."""
        reading = self.name.read(text, reader)
        if isinstance(reading, Understood | Doubtful) and names_no_invoice(text, reader.words):
            return Refused(Text("field.invoices.not-an-invoice"))
        if isinstance(reading, Understood):
            number = str(reading.value)
            return Understood(number, whole=" " not in number and any(map(str.isdigit, number)))
        return reading

    def find(self, text: str, reader: Reader) -> Found | None:
        """Never, as for names."""
        return self.name.find(text, reader)

    def show(self, value: JsonValue, reader: Reader) -> Words:
        """The number."""
        return self.name.show(value, reader)


def names_no_invoice(text: str, words: FieldWords) -> bool:
    """Whether a document is named that proves nothing: an order confirmation, a partner report."""
    folded = fold(text[:MAX_CHARACTERS]).text
    return any(words.not_invoices.at(folded, index) for index in range(len(folded)))


def is_hidden(text: str) -> bool:
    """Whether there are characters that nobody sees, or that turn the direction of writing."""
    return any(unicodedata.category(character) in _HIDDEN for character in text if character not in "\r\n\t")


def _first_clause(typed: str, words: FieldWords) -> str:
    """A company's name without what is said after it: "Contoso Ltd, in Brazil". "Contoso, Inc." stays."""
    first, mark, rest = typed.partition("，")
    if not mark:
        first, mark, rest = typed.partition(", ")
        said = words.around.at(fold(rest).text, 0) if rest and rest[:1].islower() else None
        if said is None:
            return typed
    return first if _is_marked(_without_tail(first, words), words) else typed


def _without_lead(typed: str, words: FieldWords) -> tuple[str, bool]:
    folded = fold(typed)
    found = words.name_leads.at(folded.text, 0)
    if not found or found[0] >= len(folded.text):
        return typed, False
    rest = typed[folded.origin[found[0]] :].lstrip(" :：=,，")
    return (rest, True) if rest else (typed, False)


def _without_tail(typed: str, words: FieldWords) -> str:
    """Without "please" and "thanks" at the end."""
    folded = fold(typed)
    end = len(folded.text.rstrip(" .!。！"))
    for start in range(max(end - 12, 1), end):
        found = words.name_tails.at(folded.text, start)
        if found and found[0] == end:
            return typed[: folded.origin[start]].rstrip(" ,，、")
    return typed


def _unquoted(typed: str) -> tuple[str, bool]:
    bare = typed.rstrip("。.") if typed[:1] in _PAIRS else typed
    if len(bare) > 1 and _PAIRS.get(bare[0]) == bare[-1]:
        return bare[1:-1].strip(), True
    return typed, False


def _without_stop(name: str, words: FieldWords) -> str:
    """Without the full stop of the sentence; that of "Inc." stays."""
    last = name.rstrip(".").rpartition(" ")[2]
    if name.endswith(".") and (words.name_marks.get(fold(last).text) or "." in last):
        return name
    bare = name.rstrip(".。!！")
    return bare or name


def _is_marked(name: str, words: FieldWords) -> bool:
    """Whether it is written like a company's name: "… Training Ltd", ……有限公司."""
    folded = fold(name)
    text = folded.text.rstrip(". ")
    for start in range(max(len(text) - 16, 1), len(text)):
        found = words.name_marks.at(text, start)
        if found and found[0] == len(text):
            return not name[folded.origin[start]].islower()
    return False


def _is_talk(name: str, words: FieldWords) -> bool:
    """Whether it reads like part of a sentence: "same as before", 和以前一样."""
    folded = fold(name).text
    if is_han(folded[0]):
        return words.around.at(folded, 0) is not None
    return name.islower() and len(name.split()) >= _WORDS_OF_TALK


def _asks(name: str, words: FieldWords) -> bool:
    text = fold(name).text
    first = words.around.at(text, 0)
    if first and first[1] in {Around.ASKS, Around.ASKS_FIRST}:
        return True
    index = 0
    while index < len(text):
        found = words.around.at(text, index)
        if found and found[1] is Around.ASKS and is_han(text[index]):
            return True
        index = found[0] if found else index + 1
    return bool(re.search(r"[?？]", text))


NAME = Name()
COMPETENCY = Name(unknown="unknown")
DETAIL = Name(least=1, most=80)
INVOICE_NUMBER = InvoiceNumber()
