"""Errors of wording. The docstring is the message."""

from __future__ import annotations


class WordingError(Exception):
    """A sentence could not be made."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"{(self.__doc__ or '').strip().rstrip('.')} ({detail})")


class UnknownMessage(WordingError):
    """There is no such sentence; add its key to messages.yaml of every language."""


class MissingValue(WordingError):
    """A sentence names a value that was not given; give it, or correct the {name} in the text."""


class UnknownLanguage(WordingError):
    """The forms of this language are missing; add them to ``FORMS`` in wording/dates.py."""


class BadPlaceholder(WordingError):
    """A brace stands where no {name} is; write {name} with lower-case letters, digits and underscores."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"at character {offset + 1}")
        self.offset = offset
        """Index of the brace in the text."""
