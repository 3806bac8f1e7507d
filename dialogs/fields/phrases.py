"""Text folded for comparison, and tables of phrases looked up in it. Both remember where in the text they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from faq.han import is_han, simplify

_V = TypeVar("_V")
_LONGEST_FOLD = 4
"""A character that stands for more (a whole blessing in one sign) stays as it is: folding never lengthens much."""
_STRAIGHT = {
    "‘": "'",
    "’": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
}
_SPACED = re.compile(r"\s\s|[^\S ]")
"""White space that folding changes."""
_ASCII_WORD = re.compile(r"[A-Za-z]+|[0-9]+|[^ ]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in lower case, narrow, simplified, without accents, every run of white space one space."""

    text: str
    origin: Sequence[int]
    """For each character, and for the end: its index in the text as typed."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the text as typed."""
        return self.origin[start], (self.origin[end - 1] + 1 if end > start else self.origin[start])


@lru_cache(maxsize=8)  # the fields of a form fold the same text
def fold(typed: str) -> Folded:
    """Fold each character by itself, in time linear in the text."""
    if typed.isascii() and not _SPACED.search(typed):  # most texts; a turn folds some dozen times
        return Folded(typed.lower(), range(len(typed) + 1))
    text: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(typed):
        for folded in _fold_character(character):
            if folded == " " and text and text[-1] == " ":
                continue
            text.append(folded)
            origin.append(index)
    origin.append(len(typed))
    return Folded("".join(text), tuple(origin))


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character.isascii():
        return " " if character.isspace() else character.lower()
    character = _STRAIGHT.get(character, character)
    wide = unicodedata.normalize("NFKC", character).lower()
    if len(wide) > _LONGEST_FOLD:
        return character
    parts = (part for part in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(part))
    return simplify("".join(" " if part.isspace() else _STRAIGHT.get(part, part) for part in parts))


@dataclass(frozen=True, eq=False)
class PhraseTable(Generic[_V]):
    """What phrases mean. A phrase is found between other letters only in scripts that write no spaces."""

    meanings: Mapping[str, _V]
    """By folded phrase."""
    lengths: Mapping[str, tuple[int, ...]]
    """Of the phrases, by what they begin with."""

    @classmethod
    def of(cls, meanings: Mapping[str, _V]) -> PhraseTable[_V]:
        """A table of phrases as they are written."""
        folded = {fold(phrase).text.strip(): meaning for phrase, meaning in meanings.items()}
        return cls(folded, _lengths_by_beginning(folded))

    def get(self, phrase: str) -> _V | None:
        """The meaning of a whole folded text."""
        return self.meanings.get(phrase)

    def at(self, text: str, start: int) -> tuple[int, _V] | None:
        """End and meaning of the longest phrase that begins at ``start`` of a folded text."""
        lengths = self.lengths.get(text[start : start + 2]) or self.lengths.get(text[start])
        if not lengths or (start and joined(text[start - 1], text[start])):
            return None
        for length in lengths:
            end = start + length
            if end > len(text) or (end < len(text) and joined(text[end - 1], text[end])):
                continue
            meaning = self.meanings.get(text[start:end])
            if meaning is not None:
                return end, meaning
        return None

    def each(self, text: str) -> Iterator[tuple[int, int, _V]]:
        """Start, end and meaning of the phrases in a folded text, from left to right, none inside another."""
        last = 0
        for start, (end, meaning) in self.places(text).items():
            if start >= last:
                yield start, end, meaning
                last = end

    def places(self, text: str) -> Mapping[int, tuple[int, _V]]:
        """End and meaning of the longest phrase at each place of a folded text where one begins, in order.

        For whoever looks at every place: a text is asked some hundred times a turn, and has few words.
        """
        return _places(self, text)

    def __iter__(self) -> Iterator[tuple[str, _V]]:
        return iter(self.meanings.items())


@lru_cache(maxsize=256)
def _places(table: PhraseTable[_V], text: str) -> Mapping[int, tuple[int, _V]]:
    lengths, meanings, words = table.lengths, table.meanings, words_of(text)
    found: dict[int, tuple[int, _V]] = {}
    for start in words:
        for length in lengths.get(text[start : start + 2]) or lengths.get(text[start], ()):
            end = start + length
            meaning = meanings.get(text[start:end]) if end in words.ends else None
            if meaning is not None:
                found[start] = end, meaning
                break
    return found


class WordPlaces(tuple[int, ...]):
    """Where the words of a text begin, and the signs that are none. Blanks are neither."""

    ends: frozenset[int]
    """Where they end."""


@lru_cache(maxsize=16)  # every table looks for its phrases in the same text
def words_of(text: str) -> WordPlaces:
    """The words of a folded text: what no phrase begins or ends inside of."""
    if text.isascii():
        spans = [word.span() for word in _ASCII_WORD.finditer(text)]
    else:
        cuts = [place for place in range(1, len(text)) if not joined(text[place - 1], text[place])]
        spans = [(start, end) for start, end in pairwise((0, *cuts, len(text))) if text[start] != " "]
    words = WordPlaces(start for start, _ in spans)
    words.ends = frozenset(end for _, end in spans)
    return words


def _lengths_by_beginning(phrases: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Lengths of the phrases that begin with two characters, longest first; by one, of those that are no longer."""
    lengths: dict[str, set[int]] = {}
    for phrase in phrases:
        lengths.setdefault(phrase[:2], set()).add(len(phrase))
    for beginning, found in lengths.items():
        if beginning[0] in lengths:
            found.add(1)
    return {beginning: tuple(sorted(found, reverse=True)) for beginning, found in lengths.items()}


@lru_cache(maxsize=4096)
def joined(left: str, right: str) -> bool:
    """Whether no word can end between these two characters."""
    return (left.isdigit() and right.isdigit()) or (_is_letter(left) and _is_letter(right))


def _is_letter(character: str) -> bool:
    return character.isalpha() and not is_han(character)
