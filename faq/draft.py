"""Content as written, before facts are filled in: what the rules for content look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from faq.model import Entry
from program.document import ContentError, Document, KeyPath, Place


class Severity(StrEnum):
    """Whether a finding stops a release of content."""

    ERROR = "error"
    WARNING = "warning"
    TODO = "todo"
    """Work that is left in a language that is not served yet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a content file that a curator should look at; ``text`` says what to do."""

    severity: Severity
    file: str
    line: int
    column: int
    text: str

    @classmethod
    def error(cls, place: Place, text: str) -> Finding:
        """A finding that has to be corrected."""
        return cls(Severity.ERROR, place.file, place.line, place.column, text)

    @classmethod
    def warning(cls, place: Place, text: str) -> Finding:
        """A finding that may be left as it is."""
        return cls(Severity.WARNING, place.file, place.line, place.column, text)

    @classmethod
    def todo(cls, place: Place, text: str) -> Finding:
        """Something that is not written yet."""
        return cls(Severity.TODO, place.file, place.line, place.column, text)

    @classmethod
    def of(cls, error: ContentError, severity: Severity = Severity.ERROR) -> Finding:
        """A loading error as a finding."""
        return cls(severity, error.file, error.line, error.column, error.message)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.text}"


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as written, and where. Its ``line`` is the line of its id."""

    entry: Entry
    document: Document
    path: KeyPath

    def place(self, *steps: str | int, offset: int | None = None) -> Place:
        """Place of a value of the entry; with ``offset``, of a character in it."""
        return self.document.place((*self.path, *steps), offset)

    def key_place(self, key: str) -> Place:
        """Place of a key of the entry; of the entry when it has no such key."""
        return self.document.key_place((*self.path, key))

    def texts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What a reader is shown, each text with its path in the entry."""
        yield ("title",), self.entry.title
        yield ("answer",), self.entry.answer
        for index, step in enumerate(self.entry.steps):
            yield ("steps", index), step
        if self.entry.erratum is not None:
            yield ("erratum",), self.entry.erratum

    def questions(self, key: str) -> Iterator[tuple[Place, str]]:
        """The lines of ``phrasings`` or ``expect``."""
        lines = self.entry.phrasings if key == "phrasings" else self.entry.expect
        for index, line in enumerate(lines):
            yield self.place(key, index), line


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of one language."""

    language: str
    folder: str
    """``content/en``."""
    entries: tuple[Written, ...]
    """In file order; an id may still be there twice."""
    sentences: Mapping[str, Mapping[str, str]]
    """By file name, then by key: what the bot says, and what its console does."""
    synonyms: tuple[tuple[str, ...], ...]
    documents: Mapping[str, Document]
    """By file name."""

    def sentence_place(self, file: str, key: str, offset: int | None = None) -> Place:
        """Place of a sentence; with ``offset``, of a character in it."""
        return self.documents[file].place(("messages", key), offset)

    def synonym_place(self, group: int, phrase: int) -> Place:
        """Place of a phrase of a group of synonyms."""
        return self.documents["synonyms.yaml"].place(("groups", group, phrase))

    def file_place(self, file: str) -> Place:
        """Where something would have to be added to a file, even one that does not exist yet."""
        document = self.documents.get(file)
        return Place(f"{self.folder}/{file}", 1, 1) if document is None else document.key_place(_LIST[file])

    def by_id(self) -> dict[str, Written]:
        """The entries by id; of an id that is there twice, the first."""
        return {written.entry.id: written for written in reversed(self.entries)}


_LIST: Mapping[str, KeyPath] = {
    "faq.yaml": ("entries",),
    "out_of_scope.yaml": ("entries",),
    "messages.yaml": ("messages",),
    "console.yaml": ("messages",),
    "synonyms.yaml": ("groups",),
}
