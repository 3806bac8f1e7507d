"""A content file as data, with the place of every value, so that every complaint names file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"]
"""Null is not among them: a key without a value is refused."""
LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"
"""How a language, and the folder with its files, is named: ``en``, ``zh-CN``."""
KeyPath = tuple[str | int, ...]
"""Where a value lies in its document: ``("entries", 3, "title")``."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a content file; lines and columns count from 1. ``file`` is relative: ``content/en/faq.yaml``."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ContentError(Exception):
    """Something in a content file has to be corrected; ``message`` says what to do."""

    def __init__(self, file: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self.message = message

    @classmethod
    def at(cls, place: Place, message: str) -> ContentError:
        """An error at ``place``."""
        return cls(place.file, place.line, place.column, message)


class ContentErrors(Exception):
    """Content files have to be corrected: one line for each error, in file order."""

    def __init__(self, errors: Iterable[ContentError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.file, error.line, error.column)))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value begins (counted from 1) and how its text maps to the file."""

    line: int
    column: int
    first_line: int = 0
    """Line of the file that holds the text's first character; 0 when its characters cannot be placed one by one."""
    indent: int = 0
    """Columns before the text on that line and, for block texts, on every following one."""
    text: str = ""
    """The text whose characters can be placed."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file: ``value`` as plain data, and where everything is."""

    file: str
    value: Plain
    values: Mapping[KeyPath, Mark]
    keys: Mapping[KeyPath, Mark] = field(default_factory=dict)

    def place(self, path: KeyPath, offset: int | None = None) -> Place:
        """Place of the value at ``path``, or of its nearest parent; with ``offset``, of that character of its text."""
        known = path
        while known not in self.values and known:
            known = known[:-1]
        mark = self.values.get(known, Mark(1, 1))
        if offset is None or not mark.first_line:
            return Place(self.file, mark.line, mark.column)
        before = mark.text[:offset]
        line = before.count("\n")
        return Place(self.file, mark.first_line + line, mark.indent + len(before) - (before.rfind("\n") + 1) + 1)

    def key_place(self, path: KeyPath) -> Place:
        """Place of the key at ``path``; of the value when it has none (list items)."""
        mark = self.keys.get(path)
        return Place(self.file, mark.line, mark.column) if mark else self.place(path)
