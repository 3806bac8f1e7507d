"""Placeholders ``{name}`` and links ``[words](link:name)`` in a text: find them, fill them.

There is no escape for a brace: our texts need none, and a stray one is always a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wording.errors import BadPlaceholder, MissingValue

_PIECE = re.compile(r"\{([a-z0-9_]+)\}|[{}]")
_LINK = re.compile(r"(\]\()link:([^)\s]*)(\))")


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a text, and the index where its braces or its ``link:`` begin."""

    name: str
    offset: int


def placeholders(text: str) -> tuple[Reference, ...]:
    """Every ``{name}`` in order. Raises `BadPlaceholder` at the first stray brace."""
    found = []
    for piece in _PIECE.finditer(text):
        if piece[1] is None:
            raise BadPlaceholder(piece.start())
        found.append(Reference(piece[1], piece.start()))
    return tuple(found)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every ``{name}`` replaced. Raises `MissingValue` or `BadPlaceholder`.

    Values are inserted as they are; a brace in a value is never read as a placeholder.
    """
    if "{" not in text and "}" not in text:  # most labels of a page, some thousand times
        return text
    for reference in placeholders(text):
        if reference.name not in values:
            raise MissingValue(reference.name)
    return _PIECE.sub(lambda piece: values[piece[1]], text)


def fill_known(text: str, values: Mapping[str, str]) -> str:
    """Like `fill`, but names without a value stay for later."""
    return _PIECE.sub(lambda piece: values.get(piece[1], piece[0]), text)


def link_names(text: str) -> tuple[Reference, ...]:
    """Every ``link:name`` that is the target of a Markdown link, in order."""
    return tuple(Reference(link[2], link.start(2) - len("link:")) for link in _LINK.finditer(text))


def resolve_links(text: str, addresses: Mapping[str, str]) -> str:
    """The text with every link name replaced by its address. Raises `MissingValue`."""
    for reference in link_names(text):
        if reference.name not in addresses:
            raise MissingValue(f"link:{reference.name}")
    return _LINK.sub(lambda link: link[1] + addresses[link[2]] + link[3], text)
