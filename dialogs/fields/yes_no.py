"""Yes and no, in many words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from dialogs.fields.around import rest_of, yes_no_said
from dialogs.fields.base import MAX_CHARACTERS, Found, Reader, Reading, Understood
from dialogs.fields.data import Around, FieldWords
from dialogs.fields.phrases import PhraseTable, fold
from dialogs.fields.settling import ask_back
from dialogs.reply import JsonValue, Text, Words
from faq.han import is_han

_LONGEST_ANSWER = 200
_LONG_IN_CHINESE = 3
_SILENT = frozenset({Around.FILLER, Around.ASKS_FIRST})
_PARTICLES = "的了呢啊呀哦啦嘛吧哈喔噢"
"""Said at the end of a Chinese sentence; they change no fact."""
_CLAUSE = re.compile(r"[^,，;；。.、!！\n]+")
_AROUND = " .!。！,，~～…"


@dataclass(frozen=True, slots=True)
class YesNo:
    """Values: ``yes`` and ``no``; ``unsure`` as well where not knowing is an answer.

    ``about`` names a question in ``answers`` of fields.yaml: what people say to it without saying yes or no.
    """

    unsure: bool = False
    about: str = ""

    def read(self, text: str, reader: Reader) -> Reading:
        """What an answer begins with and does not take back. What is neither ("sort of", "2") is asked back."""
        folded = fold(text).text.strip()
        if not folded or len(folded) > _LONGEST_ANSWER:
            return None
        told = self._told(folded, reader)
        if told:
            return Understood(told) if told in {"yes", "no"} else self._neither(reader)
        return self._read(folded, reader)

    def _read(self, folded: str, reader: Reader) -> Reading:
        spans, said = yes_no_said(folded, reader.words)
        rest = rest_of(folded, spans, reader.words)
        if rest.question or (rest.asked and rest.unknown):
            return None
        if not spans:
            return self._neither(reader) if _is_number(folded, reader) else None
        only_alone = all(reader.words.only_alone.get(folded[start:end]) for start, end in spans)
        if rest.unknown and (only_alone or rest_of(folded[: spans[0][0]], (), reader.words).unknown):
            return None  # "done with this topic" is no yes
        if self.unsure and said == {"unknown"}:
            return Understood("unsure", whole=not rest.unknown)
        if len(said) > 1 or said & {"unsure", "unknown"} or rest.asked:
            return self._neither(reader)
        if rest.unknown and _runs_on(folded, spans[-1][1], reader):
            return self._neither(reader)
        return Understood(said.pop(), whole=not rest.unknown)

    def find(self, text: str, reader: Reader) -> Found | None:
        """A clause of words that are said to this question and to no other: "no competitors", 还没考试."""
        answers = reader.words.answers.get(self.about)
        if answers is None:
            return None
        for clause in _clauses(text[:MAX_CHARACTERS], reader.words):
            told = _meaning(clause.cores, answers)
            if told in {"yes", "no"} and not reader.yes_or_no(clause.folded):
                return Found(told, clause.start, clause.end)
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """Yes, no, or not sure."""
        return Text(f"field.yes-no.{value}")

    def _told(self, folded: str, reader: Reader) -> str:
        """What the whole text means as an answer to this question; ``ask`` when it may mean both."""
        answers = reader.words.answers.get(self.about)
        if answers is None:
            return ""
        return _meaning(_cores(folded.strip(_AROUND), reader.words), answers)

    def _neither(self, reader: Reader) -> Reading:
        return ask_back(("yes", "no", "unsure") if self.unsure else ("yes", "no"), self, reader)


@dataclass(frozen=True, slots=True)
class _Clause:
    """What may be said to a question among other things: more than a word."""

    folded: str
    cores: tuple[str, ...]
    start: int
    end: int
    """In the text as typed."""


@lru_cache(maxsize=16)  # every question of a form looks for its answer in the same text
def _clauses(text: str, words: FieldWords) -> tuple[_Clause, ...]:
    found = []
    for clause in _CLAUSE.finditer(text):
        folded = fold(clause[0][:_LONGEST_ANSWER]).text.strip(_AROUND)
        if " " in folded or (is_han(folded[:1] or " ") and len(folded) >= _LONG_IN_CHINESE):
            found.append(_Clause(folded, tuple(_cores(folded, words)), clause.start(), clause.end()))
    return tuple(found)


def _cores(plain: str, words: FieldWords) -> Iterator[str]:
    """The text, then without the words at its beginning or end that say nothing: "the page is only about us"."""
    index = 0
    while index < len(plain):
        yield plain[index:]
        found = words.around.at(plain, index)
        if not (found and found[1] in _SILENT and plain[index].isascii()):
            break
        index = found[0] + (plain[found[0] : found[0] + 1] == " ")
    yield plain.rstrip(_PARTICLES)


def _meaning(cores: Iterable[str], answers: PhraseTable[str]) -> str:
    """What the first of the texts means that means something; empty when none does."""
    return next(filter(None, map(answers.get, cores)), "")


def _runs_on(folded: str, end: int, reader: Reader) -> bool:
    """Whether an unknown word follows at once ("no rush", 不一定): then it may mean something else altogether."""
    after = folded[end:].lstrip(" ")
    return after[:1].isalnum() and not reader.words.around.at(folded, len(folded) - len(after))


def _is_number(folded: str, reader: Reader) -> bool:
    """ "2" may be a count, or the place of a button: it is no yes and no no."""
    bare = folded.strip(" .!。！)")
    return bare.isdigit() or reader.words.numbers.get(bare) is not None


YES_NO = YesNo()
YES_NO_UNSURE = YesNo(unsure=True)
