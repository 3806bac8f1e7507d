"""Which language a message is to be answered in: by its own words, or because it asks for one."""

from __future__ import annotations

import re

from dialogs.decision import Knowledge, Said
from dialogs.happening import Happening
from dialogs.state import ConversationState
from faq.language import choose_language

_CODES = re.compile(r"\bLP\b\S*|\b[A-Z0-9]{4}[- ]?[A-Z0-9]{4}\b|(?<![A-Za-z0-9-])[A-Za-z-]*\d[A-Za-z0-9-]*")
"""References, access codes and figures are of no language."""
_SOME_CODE = re.compile(r"\d|LP|[A-Z]{4}")
"""What each of them holds: a third of the time of looking for them in a text that has none."""


def language_of(said: Said, state: ConversationState, knowledge: Knowledge) -> str:
    """The language to answer in, one that there is content for."""
    spoken = said.text if said.happening is Happening.MESSAGE else ""
    wished = language_wished(spoken, knowledge)
    if wished is not None:
        return wished
    if state.dialog is not None and spoken.isascii() and len(spoken.split()) == 1:
        spoken = ""  # "yes", "skip" or "Japan" is an answer in any language, and no wish for another one
    switched = said.locale is not None and said.locale != state.locale
    if _SOME_CODE.search(spoken):
        spoken = _CODES.sub(" ", spoken)
    language = choose_language(spoken, said.locale, None if switched else state.language)
    return language if language in knowledge.library.languages else knowledge.library.default_language


def language_wished(text: str, knowledge: Knowledge) -> str | None:
    """The language that a message asks for and nothing else ("in English please", 请用中文)."""
    if knowledge.guiding is None:
        return None
    any_vocabulary = next(iter(knowledge.guiding.vocabularies.values()))  # each has the wishes for all languages
    return any_vocabulary.wish(text)
