"""What a message says by itself, whoever says it and whatever was said before: looked for once, and kept a while."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from dialogs.fields.base import SEARCHED_CHARACTERS, Reader
from dialogs.finding import Finder
from dialogs.forms import FORMS
from dialogs.vocabulary import Command, Vocabulary

_REMEMBERED = 1024


@dataclass(frozen=True)  # without slots: what was found is kept
class Utterance:
    """The beginning of a text, read in one language on one day; nothing in it is looked for further on."""

    text: str
    reader: Reader
    vocabulary: Vocabulary

    @cached_property
    def command(self) -> Command | None:
        """The steering word that it is."""
        return self.vocabulary.command(self.text)

    @cached_property
    def asks(self) -> bool:
        """Whether it is a question, by its words or its mark."""
        return self.reader.is_question(self.text)

    @cached_property
    def form(self) -> str | None:
        """The form that the facts in it belong to, when there are at least two.

        A name that the text leads to counts beside a fact that speaks for the form.
        """
        for form in (one for one in FORMS.values() if one.opened_by):
            finder = Finder(form, self.reader, self.vocabulary)
            if form.opened_by & finder.find(self.text).keys() and len(finder.opened(self.text)) > 1:
                return form.name
        return None


def utterance(text: str, reader: Reader, vocabulary: Vocabulary) -> Utterance:
    """The utterance with all that was found in it since it was first made; of the last that were made."""
    return _utterance(text[:SEARCHED_CHARACTERS], reader, vocabulary)


_utterance = lru_cache(maxsize=_REMEMBERED)(Utterance)
