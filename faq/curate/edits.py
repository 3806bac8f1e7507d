"""Changes of content files line by line, so that comments, order and everything else stay as a curator wrote them.

Each returns the new text and the data that it must be read as: whoever writes the file parses the text and compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from program.document import Document, Plain

FAQ, TOPICS = "faq.yaml", "out_of_scope.yaml"
_PLAIN = re.compile(r"[A-Za-z\u3400-\u9fff][^:#\\\"`\x00-\x1f]*")
_WORDS_OF_YAML = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_FIRST_INDENT = 2


class NotEditable(ValueError):
    """This file cannot be changed from here; change it by hand: keep every phrasing on a line of its own."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A file after a change."""

    text: str
    value: Plain
    """What it must be read as."""


@dataclass(frozen=True, slots=True)
class Block:
    """A new entry or topic in one language."""

    id: str
    title: str
    answer: str
    phrasings: tuple[str, ...]
    settings: Mapping[str, str | date] = field(default_factory=dict)
    """``kind``, ``source``, ``as_of``."""


def add_phrasings(text: str, document: Document, entry: str, phrasings: Sequence[str]) -> Edited:
    """The file with further phrasings at the end of an entry's. Raises `NotEditable`."""
    entries = _entries(document)
    place = next((n for n, each in enumerate(entries) if isinstance(each, dict) and each.get("id") == entry), None)
    known = entries[place].get("phrasings") if place is not None else None  # type: ignore[union-attr]  # a block
    if place is None or not isinstance(known, list) or not known:
        raise NotEditable
    ending = _ending(text)
    lines = text.split(ending)
    row = document.place(("entries", place, "phrasings", len(known) - 1)).line - 1
    indent = _indent(lines[row])
    if not lines[row].lstrip().startswith("- "):
        raise NotEditable
    end = row + 1
    while end < len(lines) and _indent(lines[end]) > indent and not lines[end].lstrip().startswith("#"):
        end += 1
    lines[end:end] = [f"{' ' * indent}- {scalar(phrase)}" for phrase in phrasings]
    changed = [*entries]
    changed[place] = {**cast("dict[str, Plain]", entries[place]), "phrasings": [*known, *phrasings]}
    return Edited(ending.join(lines), _with_entries(document, changed))


def add_block(text: str, document: Document | None, block: Block) -> Edited:
    """The file with a new entry at its end; a file that is not there yet begins with it. Raises `NotEditable`."""
    entries = _entries(document) if document else []
    indent = document.place(("entries", 0)).column - 3 if document and entries else _FIRST_INDENT
    if indent < 0:
        raise NotEditable
    ending = _ending(text)
    written = text if document else "entries:\n"
    if not written.endswith("\n"):
        written += ending
    value: dict[str, Plain] = {"id": block.id}
    value |= {name: str(setting) for name, setting in block.settings.items() if name == "kind"}
    value |= {"title": block.title, "answer": f"{block.answer}\n"}
    value |= {name: str(setting) for name, setting in block.settings.items() if name != "kind"}
    value["phrasings"] = [*block.phrasings]
    added = "".join(f"{' ' * indent if line else ''}{line}{ending}" for line in _lines(value))
    whole: Plain = {"entries": [value]}
    if document:
        whole = _with_entries(document, [*entries, value])
    return Edited(written + added, whole)


def scalar(text: str) -> str:
    """A line of text as YAML: in quotes where it would be read as something else."""
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML and text == text.strip()
    return text if plain else json.dumps(text, ensure_ascii=False)


def _lines(value: Mapping[str, Plain]) -> list[str]:
    found: list[str] = []
    for name, each in value.items():
        if isinstance(each, list):
            found += [f"{name}:", *(f"  - {scalar(str(item))}" for item in each)]
        elif name == "answer":
            found += [f"{name}: |", *(f"  {line}" if line else "" for line in str(each).rstrip("\n").split("\n"))]
        else:
            found.append(f"{name}: {each if name == 'as_of' else scalar(str(each))}")
    return [f"- {found[0]}", *(f"  {line}" if line else "" for line in found[1:])]


def _entries(document: Document) -> list[Plain]:
    entries = document.value.get("entries") if isinstance(document.value, dict) else None
    if not isinstance(entries, list):
        raise NotEditable
    return entries


def _with_entries(document: Document, entries: list[Plain]) -> Plain:
    return {**cast("dict[str, Plain]", document.value), "entries": entries}


def _ending(text: str) -> str:
    """How lines end. Raises `NotEditable` when some end otherwise."""
    windows = text.count("\r\n")
    if windows not in (0, text.count("\n")):
        raise NotEditable
    return "\r\n" if windows else "\n"


def _indent(line: str) -> int:
    """Blanks before a line's text; none of an empty line."""
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0
