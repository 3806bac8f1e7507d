"""XML as a flat list of elements, read without ever following what it points to."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from turn.errors import SheetUnreadable


@dataclass(slots=True)
class Element:
    """An element without the prefix of its name."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def get(self, attribute: str) -> str:
        """Empty when it is not there."""
        return self.attributes.get(attribute, "")

    def text_of(self, name: str) -> str:
        """The texts of all elements of this name inside, phonetic hints (``rPh``) left out."""
        pieces = [*self.text] if self.name == name else []
        pieces += [child.text_of(name) for child in self.children if child.name != "rPh"]
        return "".join(pieces)


def elements_of(content: bytes) -> list[Element]:
    """Every element of a document, in order. Raises `SheetUnreadable`, `xml.parsers.expat.ExpatError`."""
    found: list[Element] = []
    inside: list[Element] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def opened(name: str, attributes: dict[str, str]) -> None:
        if len(inside) == _DEEPEST or len(found) == _MOST:
            raise SheetUnreadable
        one = Element(_bare(name), {_bare(key): value for key, value in attributes.items()})
        if inside:
            inside[-1].children.append(one)
        inside.append(one)
        found.append(one)

    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda _: inside.pop()
    parser.CharacterDataHandler = lambda text: inside[-1].text.append(text) if inside else None
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(content, True)
    return found


_DEEPEST = 30
_MOST = 50_000


def _refuse(*_: object) -> None:
    """A spreadsheet declares no document type: with one come entities."""
    raise SheetUnreadable


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
