"""The vocabulary of replies: what to say, as data.

The engine names sentences (keys of ``messages.yaml``), entries and values; a renderer turns them into words, cards and
buttons in the user's language. Nothing here knows a channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from program.months import Month

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence of ``messages.yaml`` by key, with values for its placeholders."""

    key: str
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plain:
    """Words that are not ours (a display name, an invoice number): shown literally, never as Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class EntryTitle:
    """The title of a FAQ entry."""

    entry: str


Value = str | int | Decimal | date | datetime | Month | Text | Plain | EntryTitle
"""A bare ``str`` is treated like ``Plain``: escaped."""
Words = Text | Plain | EntryTitle


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    words: Words
    emphasis: str = "normal"
    """``normal``, ``heading``, ``strong``, ``subtle``, ``good``, ``warning`` or ``attention``."""


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """The curated answer of an entry: its title, text, steps, erratum, source and date."""

    entry: str


@dataclass(frozen=True, slots=True)
class Row:
    """A label and a value of a table."""

    label: Words
    value: Words
    state: str = ""
    """Empty, or ``met``, ``not-met``, ``unknown``: shown as a mark with its word."""


@dataclass(frozen=True, slots=True)
class Table:
    """Labels and values: a summary, a verdict, a status."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A numbered list."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where this comes from and as of when (a section name of ``program.yaml``)."""

    source: str


@dataclass(frozen=True, slots=True)
class Input:
    """Something to fill in: a line of text, or one of a few choices."""

    name: str
    """Under which it comes back with the data of the button."""
    label: Words
    value: Words | None = None
    """What is known already; of a choice its value, as `Plain`."""
    hint: Words | None = None
    choices: tuple[tuple[Words, str], ...] = ()
    """What to read, and the value that it stands for."""
    required: bool = True
    error: Words | None = None
    """Why what was filled in could not be taken."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Fields to fill in at once. The button that sends them is a `Press` with ``with_inputs``."""

    inputs: tuple[Input, ...]


Block = Paragraph | EntryAnswer | Table | Steps | SourceLine | Inputs


@dataclass(frozen=True, slots=True)
class Ask:
    """Button action: says the words on the button, as if typed."""


@dataclass(frozen=True, slots=True)
class Press:
    """Button action: sends ``data`` back, unseen. ``data["do"]`` names the action (`dialogs.actions`)."""

    data: JsonObject
    with_inputs: bool = False
    """Whether what was filled in goes with it, beside ``shown``: what was filled in when it was shown."""


@dataclass(frozen=True, slots=True)
class Open:
    """Button action: opens a link of ``program.yaml`` by name."""

    link: str


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a reply. Style: ``default``, ``positive`` or ``destructive``."""

    label: Words
    action: Ask | Press | Open
    style: str = "default"
    needs_card: bool = False
    """Of no use where cards are not shown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the user.

    Without blocks' help a renderer must still produce readable text: every block and button has a plain-text form.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    helpful: str | None = None
    """Entry id for *was this helpful?* buttons."""
    private: bool = False
    """Never to be shown in a group or channel."""
    about: str = ""
    """Reference of the request whose standing this is, to be shown anew when that changes."""


def say(key: str, /, **params: Value) -> Reply:
    """A reply of one sentence."""
    return Reply((Paragraph(Text(key, params)),))
