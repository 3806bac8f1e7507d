"""What a guided dialog is: a form of fields, and what happens when it is complete.

A form is data and a few pure functions; `dialogs.filling` holds the conversation, the same for every form. To add a
dialog, write one file under ``dialogs/forms/`` and name it in ``dialogs.forms.FORMS``; its sentences are
``<form>.<field>.label``, ``.ask``, ``.why`` and ``.example`` of ``messages.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cases.model import Case
from dialogs.fields.base import FieldType, Reader, Refused
from dialogs.reply import JsonObject, JsonValue, Reply, Text, Words
from program.facts import Program

Values = Mapping[str, JsonValue]
"""What is known so far, by field name, as plain JSON."""


Cells = tuple[tuple[str, ...], ...]
"""Rows of a spreadsheet as texts."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form may look at besides its values."""

    now: datetime
    """Timezone-aware."""
    reader: Reader
    program: Program
    own: tuple[Case, ...] = ()
    """The user's requests, newest first."""
    about: Case | None = None
    """The request that is being changed."""
    kept: Kept | None = None
    """What the form was told the last time, if it keeps that."""
    checks_pages: bool = True
    """Whether landing pages are looked at."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The values of a finished form that only answers."""

    values: Values
    day: date
    """In the program's time zone."""


def no_words(_: Case, __: Setting) -> tuple[Reply, ...]:
    """A form that makes no request has nothing to say about one."""
    return ()


def always(_: Values, __: Setting) -> bool:
    """A field that is needed whatever the others say."""
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to know."""

    name: str
    type: FieldType
    needed: Callable[[Values, Setting], bool] = always
    """Whether it is asked at all, given the other values."""
    buttons: tuple[tuple[str, JsonValue], ...] = ()
    """Choices under the question: sentence key and value."""
    optional: bool = False
    """May be skipped at once; any field may be skipped after it was not understood several times."""
    about: str = ""
    """The field whose value this one is an answer about: when that changes, this is asked again."""
    left_open: JsonValue = None
    """The value that skipping stands for, where "I don't know" is an answer."""
    verbatim: bool = False
    """Whether whatever is said is the answer, questions and references included; steering words still steer."""


def sentence(form: str, field: str, part: str) -> str:
    """Key of a sentence about a field: ``part`` is ``label``, ``ask``, ``why`` or ``example``."""
    return f"{form}.{field.replace('_', '-')}.{part}"


@dataclass(frozen=True, slots=True)
class Option:
    """A way to go on from a question that the form itself raises."""

    label: Words
    name: str
    """What `Form.chosen` is told."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to settle before the form can go on, such as an invoice that is not yet due."""

    name: str
    text: Text
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Work after the commit; its result comes in a later message. ``kind`` names its handler."""

    kind: str
    payload: JsonObject
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a complete form says and does."""

    replies: tuple[Reply, ...] = ()
    case: JsonObject | None = None
    """Fields of the request to be created; None when the form ends in an answer."""
    into: str = ""
    """Reference of the user's own request that takes these fields, instead of a new one."""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What picking an `Option` does: set values, and possibly end the form."""

    values: Values
    ending: Completion | None = None
    effects: tuple[Effect, ...] = ()
    said: Reply | None = None
    """Said before the form goes on."""


def no_question(_: Values, __: Setting) -> Question | None:
    """A form that never raises questions of its own."""
    return None


def no_choice(_: str, __: str, values: Values, ___: Setting) -> Choice:
    """A form without questions of its own has no choices either."""
    return Choice(values)


def filled_in(case: Case) -> Values:
    """The fields of a request as the form's values."""
    return {name: value for name, value in case.fields.items() if value is not None}


def no_parts(_: Values, __: Setting) -> tuple[Option, ...]:
    """A form whose values are all fields."""
    return ()


def no_part(values: Values, _: str) -> Values:
    """A form without parts."""
    return values


def as_they_are(values: Values, _: Setting) -> Values:
    """A form whose values never change by themselves."""
    return values


def never_early(_: Values, __: Setting) -> bool:
    """A form that needs all its fields."""
    return False


@dataclass(frozen=True, slots=True)
class Taken:
    """A pasted table: the values with it, and what to say about cells that could not be taken."""

    values: Values
    said: Reply


def no_rows(_: str | Cells, __: Values, ___: Setting) -> Taken | Refused | None:
    """A form that takes no pasted tables."""
    return None


@dataclass(frozen=True, slots=True)
class Form:
    """A guided dialog."""

    name: str
    version: int
    """Raised when stored values lose their meaning; a conversation in an older version starts again politely."""
    fields: tuple[Field, ...]
    complete: Callable[[Values, Setting], Completion]
    summary: Callable[[Values, Setting], Reply]
    """What was understood, before the one confirmation."""
    recorded: Callable[[Case, Setting], tuple[Reply, ...]] = no_words
    """What is said when the request was created or changed."""
    confirms: bool = True
    """Whether the user confirms before `complete`; a form that only answers needs no confirmation."""
    question: Callable[[Values, Setting], Question | None] = no_question
    chosen: Callable[[str, str, Values, Setting], Choice] = no_choice
    """Question name, option name, values, setting."""
    settle: Callable[[Values, Setting], Values] = as_they_are
    """Runs after every change, for values that follow from others."""
    enough: Callable[[Values, Setting], bool] = never_early
    """Whether the result is known already, so that asking can stop."""
    reopened: Callable[[Case], Values] = filled_in
    """The values of a request that its owner changes."""
    parts: Callable[[Values, Setting], tuple[Option, ...]] = no_parts
    """Pieces of the values that can be laid open for changes, such as one invoice of several."""
    part: Callable[[Values, str], Values] = no_part
    """The values with the piece of this name laid open."""
    keeps: bool = False
    """Whether what it was told is kept, to show the next time what has changed."""
    rows: Callable[[str | Cells, Values, Setting], Taken | Refused | None] = no_rows
    """Takes a table, pasted or from a file; None when the text is not one."""
    card: frozenset[str] = frozenset()
    """Fields that can be filled in on one card."""
    private: bool = False
    """Whether it is nobody else's business: never held in a group or channel."""
    reminds: bool = False
    """Whether it is for the monthly batch: who leaves it open is reminded before the cut-off."""
    opened_by: frozenset[str] = field(default_factory=frozenset)
    """Fields whose values in a first message speak for this form even when nobody asked for it."""

    def field(self, name: str) -> Field | None:
        """The field with this name."""
        return next((one for one in self.fields if one.name == name), None)

    def missing(self, values: Values, skipped: tuple[str, ...], setting: Setting) -> Field | None:
        """The next field to ask for."""
        for one in self.fields:
            if one.name not in values and one.name not in skipped and one.needed(values, setting):
                return one
        return None
