"""Words that mean the same to a partner, as evidence beside the words themselves: nothing is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faq.normalize import normalize

CONCEPT_MARK = "§"
"""Starts the token of a concept; no normalized word starts with it."""


class Concepts:
    """Finds the groups of synonyms in a text."""

    def __init__(self, groups: Sequence[Sequence[str]], language: str) -> None:
        self._concepts = {
            normalize(phrase, language).tokens: f"{CONCEPT_MARK}{number}"
            for number, phrases in enumerate(groups)
            for phrase in phrases
        }
        self._longest = max(map(len, self._concepts), default=0)

    def add_to(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """``tokens`` followed by the concepts that they name, each once."""
        return (*tokens, *dict.fromkeys(self._named(tokens)))

    def _named(self, tokens: Sequence[str]) -> Iterable[str]:
        for start in range(len(tokens)):
            for length in range(1, self._longest + 1):
                concept = self._concepts.get(tuple(tokens[start : start + length]))
                if concept:
                    yield concept
