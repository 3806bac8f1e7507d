"""Reads the files under ``content/`` and applies every rule that content must keep to be loaded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from faq.draft import Draft, Written
from faq.files import LANGUAGE_FILE, REQUIRED, names, served_languages, unserved_languages
from faq.library import DEFAULT_LANGUAGE
from faq.model import Entry, Kind
from faq.parity import differences
from faq.references import broken_references, untranslated_titles
from faq.schema import EntryBlock, FaqFile, LanguageFile, OutOfScopeFile, SynonymsFile, TopicBlock
from program.document import LANGUAGE, ContentError, ContentErrors, Document
from program.facts import Program
from program.load import load_program
from program.shape import check_shape
from program.yaml_source import parse_yaml, read_bytes
from wording.dates import FORMS
from wording.schema import MessagesFile

_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Content:
    """What was found in the folder: as much as could be read, and every error."""

    program: Program | None
    drafts: Mapping[str, Draft]
    """By language, the default language first; without the languages that could not be read."""
    errors: tuple[ContentError, ...]
    version: str
    """First 12 hexadecimal digits of the SHA-256 of the files."""


def read_content(folder: Path) -> Content:
    """Read and check everything; never raises for what is written in the files."""
    reading = _Reading(folder)
    document = reading.document(folder / "program.yaml")
    program = reading.program(document)
    languages, unserved = served_languages(folder), unserved_languages(folder)
    found = {language: reading.draft(language) for language in languages}
    drafts = {language: draft for language, draft in found.items() if draft}
    errors = [*reading.errors, *_broken_rules(document, program, languages, unserved, drafts)]
    return Content(program, drafts, tuple(errors), reading.digest.hexdigest()[:12])


def read_unserved(folder: Path, language: str) -> tuple[Draft | None, tuple[ContentError, ...]]:
    """The content of a language that is being written, as far as it can be read, and what is wrong with it."""
    reading = _Reading(folder)
    draft = reading.draft(language)
    return draft, tuple(reading.errors)


def _broken_rules(
    document: Document | None,
    program: Program | None,
    languages: list[str],
    unserved: list[str],
    drafts: Mapping[str, Draft],
) -> list[ContentError]:
    errors: list[ContentError] = []
    if document and program:
        errors += untranslated_titles(document, program, languages, unserved)
        for draft in drafts.values():
            errors += broken_references(draft, program)
    model = drafts.get(DEFAULT_LANGUAGE)
    for draft in drafts.values():
        if model and draft is not model:
            errors += differences(draft, model)
    return errors


class _Reading:
    """Collects errors and the digest while files are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder.resolve().name
        self.errors: list[ContentError] = []
        self.digest = hashlib.sha256()

    def document(self, path: Path) -> Document | None:
        name = path.relative_to(self.folder).as_posix()
        file = f"{self.root}/{name}"
        try:
            data = read_bytes(path, file)
            self.digest.update(f"{name}\0{len(data)}\0".encode() + data)
            return parse_yaml(data, file)
        except ContentErrors as error:
            self.errors += error.errors
            return None

    def program(self, document: Document | None) -> Program | None:
        try:
            return load_program(document) if document else None
        except ContentErrors as error:
            self.errors += error.errors
            return None

    def draft(self, language: str) -> Draft | None:
        """The language's content; None when anything in it could not be read."""
        self._check_language(language)
        known = len(self.errors)
        documents: dict[str, Document] = {}
        for name in names(self.folder / language):
            if document := self.document(self.folder / language / name):
                documents[name] = document
        faq = self._shaped(documents.get("faq.yaml"), FaqFile)
        topics = self._shaped(documents.get("out_of_scope.yaml"), OutOfScopeFile)
        messages = self._shaped(documents.get("messages.yaml"), MessagesFile)
        synonyms = self._shaped(documents.get("synonyms.yaml"), SynonymsFile)
        console = self._shaped(documents.get("console.yaml"), MessagesFile)
        self._shaped(documents.get(LANGUAGE_FILE), LanguageFile)
        if len(self.errors) > known or faq is None or messages is None:
            return None
        entries = [_entry(block, language) for block in faq.entries]
        written = _written(entries, documents["faq.yaml"])
        if topics:
            entries = [_topic(block, language) for block in topics.entries]
            written += _written(entries, documents["out_of_scope.yaml"])
        groups = tuple(tuple(group) for group in synonyms.groups) if synonyms else ()
        sentences = {"messages.yaml": messages.messages, "console.yaml": console.messages if console else {}}
        return Draft(language, f"{self.root}/{language}", tuple(written), sentences, groups, documents)

    def _check_language(self, language: str) -> None:
        message = ""
        if not re.search(LANGUAGE, language):
            message = f"the folder `{language}` is not named like a language: rename it, as in `en` or `zh-CN`"
        elif language not in FORMS:
            message = f"dates and numbers have no form in `{language}`: add one to FORMS in wording/dates.py"
        if message:
            self.errors.append(ContentError(f"{self.root}/{language}/{REQUIRED[0]}", 1, 1, message))

    def _shaped(self, document: Document | None, model: type[_M]) -> _M | None:
        try:
            return check_shape(document, model) if document else None
        except ContentErrors as error:
            self.errors += error.errors
            return None


def _written(entries: list[Entry], document: Document) -> list[Written]:
    paths = [("entries", index) for index in range(len(entries))]
    return [
        Written(replace(entry, line=document.place(path).line), document, path)
        for entry, path in zip(entries, paths, strict=True)
    ]


def _entry(block: EntryBlock, language: str) -> Entry:
    return Entry(
        id=block.id,
        kind=Kind(block.kind),
        language=language,
        title=block.title,
        answer=block.answer,
        phrasings=tuple(block.phrasings),
        expect=tuple(block.expect),
        steps=tuple(block.steps),
        source=block.source,
        as_of=block.as_of,
        valid_from=block.valid_from,
        valid_until=block.valid_until,
        erratum=block.erratum,
        related=tuple(block.related),
        starts=block.starts,
        threshold=block.threshold,
    )


def _topic(block: TopicBlock, language: str) -> Entry:
    return Entry(
        id=block.id,
        kind=Kind.OUT_OF_SCOPE,
        language=language,
        title=block.title,
        answer=block.answer,
        phrasings=tuple(block.phrasings),
        expect=tuple(block.expect),
    )
