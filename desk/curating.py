"""What a curator wants to change in the content for a missed question. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from desk.missed import Kind
from faq.curate.edits import FAQ, TOPICS, Block, Edited, NotEditable, add_block, add_phrasings
from faq.lint import MIN_PHRASINGS
from program.document import Document

MOST_PHRASINGS = 40
LONGEST_LINE = 200
LONGEST_ANSWER = 4000
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")


@dataclass(frozen=True, slots=True)
class Texts:
    """A new entry or topic in one language."""

    title: str
    answer: str
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of the content, not made yet."""

    kind: Kind
    language: str
    entry: str
    """The entry or topic that gets the phrasings, or the id of a new one."""
    phrasings: tuple[str, ...] = ()
    new: Mapping[str, Texts] = field(default_factory=dict, hash=False)
    """By language; empty when the entry is there."""
    source: str = ""
    as_of: date | None = None

    @property
    def text(self) -> str:
        """What it adds, in a few words: lines of a phrasing each, or the title."""
        return self.new[self.language].title if self.new else "\n".join(self.phrasings)

    @property
    def file(self) -> str:
        """Name of the file, in each language."""
        return TOPICS if self.kind is Kind.TOPIC else FAQ


@dataclass(frozen=True, slots=True)
class ContentFile:
    """A content file as it is."""

    text: str
    document: Document | None
    """None when there is no such file yet."""


def files_of(proposal: Proposal) -> list[str]:
    """The files that it changes: ``en/faq.yaml``."""
    return [f"{language}/{proposal.file}" for language in proposal.new or (proposal.language,)]


def edited(proposal: Proposal, files: Mapping[str, ContentFile]) -> dict[str, Edited]:
    """The files after the change. Raises `faq.curate.edits.NotEditable`."""
    return {name: _edited(proposal, name.partition("/")[0], files[name]) for name in files_of(proposal)}


def faults(proposal: Proposal, known: Mapping[str, object]) -> list[str]:
    """What has to be filled in otherwise, as last words of keys in ``console.yaml``; ``known``: entries by id."""
    found = []
    if proposal.new:
        if not _NAME.fullmatch(proposal.entry):
            found.append("id")
        elif proposal.entry in known:
            found.append("id-taken")
        if any(not texts.title or not texts.answer or not texts.phrasings for texts in proposal.new.values()):
            found.append("texts")
        if proposal.kind is Kind.ENTRY and any(len(texts.phrasings) < MIN_PHRASINGS for texts in proposal.new.values()):
            found.append("few")
        lines = [line for texts in proposal.new.values() for line in (texts.title, *texts.phrasings)]
    else:
        lines = [*proposal.phrasings]
        if not lines or proposal.entry not in known:
            found.append("phrasing")
    if len(lines) > MOST_PHRASINGS * max(len(proposal.new), 1) or any(len(line) > LONGEST_LINE for line in lines):
        found.append("long")
    if any(len(texts.answer) > LONGEST_ANSWER for texts in proposal.new.values()):
        found.append("long")
    return found


def lines_of(text: str) -> tuple[str, ...]:
    """What was typed, a line each, each once."""
    found = (" ".join(_visible(line).split()) for line in _BREAKS.sub("\n", text).split("\n"))
    return tuple(dict.fromkeys(line for line in found if line))


def prose_of(text: str) -> str:
    """What was typed, as paragraphs."""
    lines = [_visible(line).rstrip() for line in _BREAKS.sub("\n", text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _visible(line: str) -> str:
    """Without characters that nobody sees, which content files must not hold."""
    return "".join(c if c != "\t" else " " for c in line if c == "\t" or unicodedata.category(c)[0] != "C")


def _edited(proposal: Proposal, language: str, file: ContentFile) -> Edited:
    if not proposal.new:
        if file.document is None:
            raise NotEditable
        return add_phrasings(file.text, file.document, proposal.entry, proposal.phrasings)
    texts = proposal.new[language]
    settings: dict[str, str | date] = {}
    if proposal.kind is Kind.ENTRY:
        settings = {"kind": "answer"}
        if proposal.source and proposal.as_of:
            settings |= {"source": proposal.source, "as_of": proposal.as_of}
    return add_block(
        file.text, file.document, Block(proposal.entry, texts.title, texts.answer, texts.phrasings, settings)
    )
