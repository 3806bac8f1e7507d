"""Words that mean the same, as evidence beside the words themselves: nothing is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from faq.everyday import EVERYDAY
from faq.normalize import normalize
from faq.stems import stem

CONCEPT_MARK = "§"
"""Starts the token of a concept; no normalized word starts with it."""


class Concepts:
    """Finds groups of synonyms in a text: those of the content, and everyday words of the language."""

    def __init__(self, concepts: Mapping[tuple[str, ...], Sequence[str]]) -> None:
        """``concepts``: their tokens by the stems of the phrases that name them."""
        self._concepts = concepts
        self._lengths: dict[str, list[int]] = {}
        """Of the phrases, shortest first, by their first stem."""
        for first, length in sorted({(stems[0], len(stems)) for stems in self._concepts if stems}):
            self._lengths.setdefault(first, []).append(length)

    @classmethod
    def of(cls, groups: Sequence[Sequence[str]], language: str) -> Concepts:
        """Of these groups and the everyday ones of the language."""
        concepts: dict[tuple[str, ...], list[str]] = {}
        for number, phrase in chain(_numbered(groups, ""), _numbered(EVERYDAY.get(language, ()), CONCEPT_MARK)):
            named = concepts.setdefault(_stems(normalize(phrase, language).tokens), [])
            if f"{CONCEPT_MARK}{number}" not in named:
                named.append(f"{CONCEPT_MARK}{number}")
        return cls(concepts)

    def plain(self) -> list[tuple[tuple[str, ...], Sequence[str]]]:
        """What `of_plain` makes the same from, also out of JSON."""
        return list(self._concepts.items())

    @classmethod
    def of_plain(cls, plain: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Concepts:
        """The concepts that gave this `plain` form."""
        return cls({tuple(stems): named for stems, named in plain})

    def add_to(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """``tokens`` followed by the concepts that they name, each once."""
        return (*tokens, *dict.fromkeys(self._named(_stems(tokens))))

    def _named(self, stems: Sequence[str]) -> Iterable[str]:
        for start, first in enumerate(stems):
            for length in self._lengths.get(first, ()):
                yield from self._concepts.get(tuple(stems[start : start + length]), ())


def _numbered(groups: Sequence[Sequence[str]], mark: str) -> Iterable[tuple[str, str]]:
    return ((f"{mark}{number}", phrase) for number, phrases in enumerate(groups) for phrase in phrases)


def _stems(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(stem, tokens))
