"""A further language: its folder is made here, and tried while it is not served yet."""

from __future__ import annotations

from dataclasses import dataclass

from faq.curate.translation import is_translated
from faq.draft import Draft
from faq.model import Entry, KnowledgeBase

_SCHEMA_LINE = "# yaml-language-server:"
_COPIED = '# Copied from {default}. What is still as it is there is listed by "python -m faq check".'


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a language is written."""

    knowledge: KnowledgeBase
    """The entries that are."""
    entries: int
    """How many there will be."""


def language_file(name: str) -> str:
    """The text of ``language.yaml`` for a language that begins; ``name`` is what it is called in itself."""
    return (
        f"{_SCHEMA_LINE} $schema=../schema/language.schema.json\n"
        f'name: "{name}"\n'
        "# Nothing of this language is said to users while this is false. Set it to true when nothing is left to do.\n"
        "served: false\n"
    )


def copied(text: str, default: str) -> str:
    """A content file of the default language as it begins in another one: with a line that says so."""
    first, newline, rest = text.partition("\n")
    told = _COPIED.format(default=default)
    return f"{first}\n{told}{newline}{rest}" if first.startswith(_SCHEMA_LINE) else f"{told}\n{text}"


def translated(draft: Draft, model: Draft) -> list[Entry]:
    """The entries of ``draft`` that are written, as they are: what can be tried."""
    theirs = model.by_id()
    ours = (written.entry for written in draft.entries if written.entry.id in theirs)
    return [entry for entry in ours if is_translated(_texts(entry), _texts(theirs[entry.id].entry))]


def _texts(entry: Entry) -> dict[str, object]:
    return {"id": entry.id, "title": entry.title, "answer": entry.answer, "phrasings": list(entry.phrasings)}
