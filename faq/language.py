"""Which language a message is in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from faq.han import is_han

DEFAULT = "en"
CHINESE = "zh-CN"

_HAN_SHARE = 0.2
"""Above this share of Chinese characters among all letters a text is Chinese; a Chinese sentence about an "Action Pack
subscription in Partner Center" stays above it because a Latin word counts as one letter."""
_WORDS_FOR_SENTENCE = 2
"""More Latin words in small letters than this make a sentence; fewer ("MCT?", "gold KPI"), and names ("Contoso Learning
Center Ltd"), are said in every language."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}\b(?:/\S*)?")
"""A link says nothing about the language of whoever sends it."""
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?")
_ENGLISH = """
a an and are can could did do does for from have how i in is it me my no not of on our please that the their there this
to was we what when where which who why will with you your yes hi hello hey thanks thank
"""
SENTENCE_WORDS: Mapping[str, frozenset[str]] = {DEFAULT: frozenset(_ENGLISH.split())}
"""Words that mark a sentence, for each language in Latin letters. A further language is one more set of them."""
RECOGNIZED = (*SENTENCE_WORDS, CHINESE)
"""The languages that a message can be found to be in."""


def choose_language(text: str, locale: str | None = None, last: str | None = None) -> str:
    """The language of ``text``: by its letters, then the channel's ``locale``, then the conversation's ``last``.

    Letters decide when they can: Chinese characters, or a Latin sentence. A bare name or acronym ("MCT?") is said in
    every language and keeps the conversation's last language. Returns one of `RECOGNIZED`; English when nothing helps.
    """
    text = text[:500]
    if "." in text or "://" in text:
        text = _ADDRESS.sub(" ", text)
    han = 0 if text.isascii() else sum(is_han(character) for character in text)
    words = _LATIN_WORD.findall(text)
    if han and han / (han + len(words)) >= _HAN_SHARE:
        return CHINESE
    before = last or _of_locale(locale) or DEFAULT
    latin = before if before in SENTENCE_WORDS else DEFAULT
    lower = [word.lower() for word in words if word != "IT"]
    said = {name: sum(word in known for word in lower) for name, known in SENTENCE_WORDS.items()}
    most = max(said.values())
    if most:
        return latin if said[latin] == most else max(said, key=lambda name: said[name])
    if sum(word.islower() for word in words) > _WORDS_FOR_SENTENCE:
        return latin
    return before


def _of_locale(locale: str | None) -> str | None:
    if not locale:
        return None
    spoken = locale.lower().replace("_", "-").split("-")[0]
    return next((name for name in RECOGNIZED if name.split("-")[0] == spoken), DEFAULT)
