"""Reads a YAML 1.2 file into plain data with places: strict, so that what is written is what is meant.

Only ruamel's parser is used, not its constructors: dates stay text (YAML 1.2 has none), ``no`` is a word, and 100
entries with 20 phrasings each take about 0.2 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from program.document import ContentError, ContentErrors, Document, KeyPath, Mark, Place, Plain

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 12

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\uffff]"
)
"""Control, bidirectional and invisible characters: what a reader cannot see, an editor cannot check."""
_SWALLOWED = re.compile(r"\s+#(?:\S|\s*$)")
"""After a plain text: a number sign that YAML takes for a comment and its writer did not ("Invoice #5")."""
_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,15}|0o[0-7]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,3})?")

_ADVICE = (
    (r"'\\t'", "there is a tab here: indent with spaces"),
    (r"cannot start any token", "a text cannot begin with this character: put the text in quotes"),
    (r"mapping values are not allowed", "a text with ': ' in it must be put in quotes (or the indentation is off)"),
    (r"expected ',' or '[\]}]'", "a list in [ ] or a block in { } lacks a comma or its closing bracket: add it"),
    (r"could not find expected ':'", "a key needs a colon and a space after it: write `key: value`"),
    (r"unexpected end of stream", "a quote is opened and never closed: close it"),
    (r"expected <block end>", "this does not fit the lines above: align it with them, or put the whole text in quotes"),
    (r"sequence entries are not allowed", "put every list item on a line of its own, or the text in quotes"),
    (r"<document start>", "this does not fit the first lines: begin every top-level key at the left edge"),
    (r"escape", "a backslash in double quotes starts an escape: use single quotes, or write the backslash twice"),
)


def read_bytes(path: Path, file: str) -> bytes:
    """The content of a file, at most 2 MiB. Raises `ContentErrors`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ContentErrors([ContentError(file, 1, 1, "the file is missing: create it")]) from None
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror}): check its permissions"
        raise ContentErrors([ContentError(file, 1, 1, reason)]) from None
    if len(data) > MAX_BYTES:
        raise ContentErrors([ContentError(file, 1, 1, "the file is larger than 2 MiB: split or shorten it")])
    return data


def parse_yaml(data: bytes, file: str) -> Document:
    """Parse one document. Raises `ContentErrors` with everything found up to the first error of syntax."""
    text = _decode(data, file)
    composer = _Composer(file, text)
    try:
        return composer.document()
    except ContentError as error:
        raise ContentErrors([*composer.errors, error]) from None
    except MarkedYAMLError as error:
        raise ContentErrors([*composer.errors, _syntax_error(file, error)]) from None
    except (YAMLError, ValueError, OverflowError):  # the last two: escapes of characters that do not exist
        message = "this is not YAML, perhaps for a character escape: compare the file with its last good version"
        raise ContentErrors([*composer.errors, ContentError(file, 1, 1, message)]) from None


def _decode(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ContentErrors([ContentError(file, line, column, "this is not UTF-8: save the file as UTF-8")]) from None
    errors = []
    for found in _UNSEEN.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        errors.append(ContentError(file, line, column, _unseen(found[0])))
    if errors:
        raise ContentErrors(errors[:20])
    return text


def _unseen(character: str) -> str:
    return f"there is an invisible character (U+{ord(character):04X}) here: delete it"


def _syntax_error(file: str, error: MarkedYAMLError) -> ContentError:
    mark = error.problem_mark or error.context_mark
    problem = f"{error.context or ''} {error.problem or ''}"
    if "quoted scalar" in problem and "end of stream" in problem and error.context_mark:
        mark = error.context_mark  # where the quote was opened tells more than the end of the file
    advice = next((words for pattern, words in _ADVICE if re.search(pattern, problem)), None)
    message = advice or f"this is not YAML ({' '.join(problem.split())}): compare it with its neighbours"
    return ContentError(file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, message)


class _Composer:
    """Builds plain data from the parser's events."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.errors: list[ContentError] = []
        self.values: dict[KeyPath, Mark] = {}
        self.keys: dict[KeyPath, Mark] = {}
        self.events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> Document:
        value: Plain = ""
        seen = False
        for event in self.events:
            if isinstance(event, (StreamStartEvent, StreamEndEvent, DocumentEndEvent)):
                continue
            if isinstance(event, DocumentStartEvent):
                if seen:
                    raise self._error(event, "a second document starts here: keep one document in a file (remove ---)")
                if event.version or event.tags:
                    raise self._error(event, "directives (%YAML, %TAG) are not supported: remove the line")
                seen = True
                continue
            value = self._node(event, ())
        if not seen:
            raise ContentError(self.file, 1, 1, "the file is empty: write its content")
        if self.errors:
            raise self.errors.pop()
        return Document(self.file, value, self.values, self.keys)

    def _node(self, event: Event, path: KeyPath, key: Event | None = None) -> Plain:
        if len(path) > MAX_DEPTH:
            raise self._error(event, f"this is nested more than {MAX_DEPTH} levels deep: check the indentation")
        if isinstance(event, AliasEvent):
            self._note(event, "references (*name) are not supported: write the value out; put a text with * in quotes")
            return ""
        self._refuse_properties(event)
        self.values[path] = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, ScalarEvent):
            self.values[path] = self._text_mark(event)
            return self._scalar(event, key or event)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _refuse_properties(self, event: Event) -> None:
        if getattr(event, "anchor", None) is not None:
            self._note(event, "anchors (&name) are not supported: remove it; put a text that begins with & in quotes")
        if getattr(event, "tag", None) is not None:
            self._note(event, "tags (!name) are not supported: remove it; put a text that begins with ! in quotes")

    def _sequence(self, path: KeyPath) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Plain]:
        mapping: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._error(event, "a key must be a word: put a text that begins with *, [ or { in quotes")
            self._refuse_properties(event)
            key, here = event.value, (*path, event.value)
            if key in mapping:
                line = self.keys[here].line
                self._note(event, f"the key `{key}` is here twice (first in line {line}): remove one")
                self._node(next(self.events), (*path, f"{key} (again)"))
                continue
            self.keys[here] = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            mapping[key] = self._node(next(self.events), here, event)
        return mapping

    def _scalar(self, event: ScalarEvent, owner: Event) -> Plain:
        text: str = event.value
        if event.style is not None:
            if unseen := _UNSEEN.search(text):
                self._note(event, _unseen(unseen[0]))
            return text
        end: StreamMark = event.end_mark
        if text and end.line < len(self.lines) and _SWALLOWED.match(self.lines[end.line], end.column):
            self._note(event, "the text after # is lost as a comment: put the text in quotes, or a space after the #")
        if _NULL.fullmatch(text):
            self._note(
                owner, "there is no value here: write it, or remove the key (a text beginning with { needs quotes)"
            )
            return ""
        if _BOOL.fullmatch(text):
            return text.lower() == "true"
        if _INT.fullmatch(text):
            return int(text, 0 if text[:2] in {"0x", "0o"} else 10)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _text_mark(self, event: ScalarEvent) -> Mark:
        line, column = event.start_mark.line, event.start_mark.column
        if event.style == "|":
            body = next((text for text in self.lines[line + 1 :] if text.strip()), "")
            return Mark(line + 1, column + 1, line + 2, len(body) - len(body.lstrip(" ")), event.value)
        if event.style != ">" and event.end_mark.line == line:
            return Mark(line + 1, column + 1, line + 1, column + (1 if event.style else 0), event.value)
        return Mark(line + 1, column + 1)

    def _note(self, event: Event, message: str) -> None:
        self.errors.append(self._error(event, message))

    def _error(self, event: Event, message: str) -> ContentError:
        mark: StreamMark = event.start_mark
        return ContentError.at(Place(self.file, mark.line + 1, mark.column + 1), message)
