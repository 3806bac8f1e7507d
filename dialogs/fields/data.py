"""The words that field types read with: ``content/<language>/fields.yaml``, ``countries.yaml``, ``program.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from dialogs.fields.phrases import PhraseTable
from program.pages import LandingPageRules


class Around(Enum):
    """What a word around a value does."""

    FILLER = "filler"
    """Nothing: "it is", 我们有."""
    HEDGE = "hedge"
    """Makes it unsure: "about", 大概."""
    ASKS_FIRST = "asks first"
    """Asks, at the beginning of a sentence: "does"."""
    ASKS = "asks"
    """Asks anywhere: "what", 吗."""


class Part(Enum):
    """What a word of a number is."""

    NUMBER = "number"
    SCALE = "scale"
    """Multiplies what stands before it: "hundred", 万."""
    VAGUE = "vague"
    """Some number: "a few", 几."""
    FRACTION = "fraction"
    PERCENT = "percent"
    NOTHING = "nothing"
    """Zero, beside what is counted: "no", 没有."""
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class NumberWord:
    """One meaning; ``values`` is the number, the factor, or for vague words the numbers that may be meant."""

    part: Part
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FieldWords:
    """The words of one language, and of all others where it has no word of its own. Hashed as the object it is."""

    around: PhraseTable[Around]
    negations: PhraseTable[bool]
    """Before a value, they turn it down: "not", 不要."""
    numbers: PhraseTable[NumberWord]
    units: Mapping[str, PhraseTable[bool]]
    """What is counted, by the unit's name; ``any`` holds the words that count anything (位, 个)."""
    currencies: PhraseTable[tuple[str, ...]]
    """Words and signs to the currencies (ISO 4217) that they may stand for."""
    dates: PhraseTable[tuple[str, int]]
    """Phrases to a symbol of `dialogs.fields.dates` and its number."""
    yes_no: PhraseTable[str]
    """``yes``, ``no``, ``unsure`` (neither) or ``unknown`` (does not know)."""
    only_alone: PhraseTable[bool]
    """Words of ``yes_no`` that mean it only when nothing else is said: "done", "check"."""
    answers: Mapping[str, PhraseTable[str]]
    """By question: what people say to it without saying yes or no, to ``yes``, ``no``, or ``ask`` (may mean both)."""
    choices: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By choice and value: its label, then other ways to say it."""
    answered: Mapping[str, Mapping[str, tuple[str, ...]]]
    """The same with what people say to the question itself and would say nothing in a longer message: "both", 客户."""
    name_leads: PhraseTable[bool]
    """What leads to a name: "our name is", 公司名称是."""
    name_tails: PhraseTable[bool]
    name_marks: PhraseTable[bool]
    """Words of company names: "Ltd", 有限公司."""
    columns: PhraseTable[str]
    """Headings of an invoice table to the names of its columns."""
    not_invoices: PhraseTable[bool]
    """Documents that prove nothing: "order confirmation", 订单确认."""


@dataclass(frozen=True)  # without slots: what follows from it is made once
class Countries:
    """Countries and regions as the directory lists them, by ISO 3166 code. Keys of tables are `country_key` texts."""

    names: Mapping[str, Mapping[str, str]]
    """Name to show, by code and language."""
    known: PhraseTable[tuple[str, ...]]
    """Every way to say a country, to its code; to several, or none, when it has to be asked back."""
    sure: frozenset[str]
    """The keys of ``known`` that mean one country for sure."""
    codes: Mapping[str, str]
    """Codes of two and three letters in capitals to codes of two."""
    careful: frozenset[str]
    """Keys that are also names of people or everyday words."""

    @cached_property
    def certain(self) -> tuple[tuple[str, str], ...]:
        """The keys that mean one country for sure, with its code."""
        return tuple([(key, codes[0]) for key, codes in self.known if key in self.sure])


@dataclass(frozen=True, slots=True, eq=False)
class FieldData:
    """All of it. Hashed as the object it is."""

    words: Mapping[str, FieldWords]
    """By language."""
    countries: Countries
    landing_page: LandingPageRules
