"""Text to tokens, for matching only: what is shown to a user never passes through here.

Everything is linear in the text, and the text is capped first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from faq.han import simplify
from faq.wrappers import strip_wrappers

MAX_CHARACTERS = 500

ACRONYM_MARK = "ǃ"
"""Letter at the end of an acronym that would otherwise be a word: "AD" is the date, "ad" the advertisement."""

_AMBIGUOUS = frozenset({"AD", "AM", "IT", "MAPS", "OR", "PM", "US"})
_SHOUTING = 0.7
"""Share of capital words from which capitals mean nothing."""
_TWO_CAPITALS = re.compile(r"[A-Z]{2}")
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_THREE_ALIKE = re.compile(r"(.)\1\1")
"""Is looked for first: few texts have any, and to look is much faster than to replace."""
_APOSTROPHES = str.maketrans("’‘`´＇", "'''''")
_BEFORE_NOT = "do|does|did|is|are|was|were|has|have|had|could|would|should"
_BEFORE_IS = "what|where|when|who|how|that|there|here"
_CONTRACTIONS = (
    (re.compile(r"\b(?:can'?t|cannot)\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(rf"\b({_BEFORE_NOT})n'?t\b"), r"\1 not"),
    (re.compile(rf"\b({_BEFORE_IS})'?s\b"), r"\1 is"),
    (re.compile(r"\b(it|he|she)'s\b"), r"\1 is"),
    (re.compile(r"\b(?:i'm|im)\b"), "i am"),
    (re.compile(r"\b(i|you|we|they)'(?:ve)\b"), r"\1 have"),
    (re.compile(r"\b(you|we|they|what)'re\b"), r"\1 are"),
    (re.compile(r"\b(i|you|we|they|he|she|it|that|there)'ll\b"), r"\1 will"),
    (re.compile(r"\b(i|you|we|they|he|she)'d\b"), r"\1 would"),
    (re.compile(r"\b(\w+)'s\b"), r"\1"),
    (re.compile(r"'"), ""),
)
_WITHOUT_APOSTROPHE = tuple(one for one in _CONTRACTIONS if one[0].search("cant wont dont whats im"))
"""Those that are also written so."""
_ANY_WITHOUT_APOSTROPHE = re.compile(rf"\b(?:cannot|(?:ca|wo|{_BEFORE_NOT})nt|(?:{_BEFORE_IS})s|im)\b")
"""Is looked for first, as `_THREE_ALIKE` is."""


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text as tokens: words, and single Chinese characters."""

    tokens: tuple[str, ...]
    """Without greeting and politeness around the question."""
    whole: str
    """All tokens, joined by spaces: two texts that agree here are the same text."""

    @property
    def text(self) -> str:
        """The tokens, joined by spaces."""
        return " ".join(self.tokens)


def normalize(text: str, language: str) -> Normalized:
    """Fold the first 500 characters: width, case, script, contractions, emoji, repeated letters, wrappers."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS].translate(_APOSTROPHES)
    tokens = tuple(_TOKEN.findall(_fold_words(_fold_case(simplify(folded)))))
    return Normalized(strip_wrappers(tokens, language), " ".join(tokens))


def _fold_case(text: str) -> str:
    """Lower case, with a mark on acronyms that are also words, unless the whole text is in capitals."""
    if not _TWO_CAPITALS.search(text):
        return text.casefold()
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) > 2 and sum(word.isupper() for word in words) >= _SHOUTING * len(words):
        return text.casefold()
    return re.sub(r"\b[A-Z]{2,4}\b", _mark, text).casefold()


def _mark(match: re.Match[str]) -> str:
    word = match.group()
    return word + ACRONYM_MARK if word in _AMBIGUOUS else word


def _fold_words(text: str) -> str:
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if _THREE_ALIKE.search(text):
        text = _REPEATED.sub(r"\1\1", text)
    if "'" in text or _ANY_WITHOUT_APOSTROPHE.search(text):
        for pattern, replacement in _CONTRACTIONS if "'" in text else _WITHOUT_APOSTROPHE:
            text = pattern.sub(replacement, text)
    return text
