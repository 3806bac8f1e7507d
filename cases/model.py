"""A request ("case") as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from program.months import Month

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]


class CaseType(StrEnum):
    """What is asked for."""

    LISTING = "directory-listing"
    KPI = "kpi-discrepancy"
    MESSAGE = "message"
    """A question left for a person."""


class State(StrEnum):
    """Where a request stands. Which states a type knows is in `cases.transitions`."""

    RECEIVED = "received"
    IN_REVIEW = "in-review"
    READY = "ready"
    SUBMITTED = "submitted"
    LISTED = "listed"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    ANSWERED = "answered"
    WAITING = "waiting-on-partner"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


CLOSED = frozenset({State.LISTED, State.RESOLVED, State.ANSWERED, State.DECLINED, State.WITHDRAWN})
"""Nobody works on these."""


class Role(StrEnum):
    """Who may do something."""

    PARTNER = "partner"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. Written ``partner``, ``operator:ann`` or ``system``."""

    role: Role
    name: str = ""
    """Of an operator."""

    def __str__(self) -> str:
        return f"{self.role}:{self.name}" if self.name else str(self.role)

    @classmethod
    def from_text(cls, text: str) -> Actor:
        """What `str` wrote."""
        role, _, name = text.partition(":")
        return cls(Role(role), name)


PARTNER = Actor(Role.PARTNER)
SYSTEM = Actor(Role.SYSTEM)


def operator(name: str) -> Actor:
    """The operator of this name."""
    return Actor(Role.OPERATOR, name)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose request it is: a user of a channel. Nobody else sees it without the access code."""

    channel: str
    user: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the owner is told about changes: a conversation of a channel."""

    channel: str
    conversation: str
    local: bool = False
    """True for conversations of our own log."""
    reference: Mapping[str, object] = field(default_factory=dict)
    """The conversation reference of other people's channels, as plain JSON."""


NOBODY = Owner("", "")
"""The owner of a request that was emptied (`cases.erasing`): no channel has such a user."""
NOWHERE = Contact("", "")


@dataclass(frozen=True, slots=True)
class WrongCodes:
    """Wrong access codes of the last hour."""

    count: int = 0
    since: datetime | None = None
    """When the first of them was given."""


class Seen(StrEnum):
    """What the owner says about a listing that should be there by now."""

    THERE = "there"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The owner was asked whether the listing is there."""

    at: datetime
    answer: Seen | None = None
    """None while there is none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a confirmed dialog asks for."""

    type: CaseType
    instance: str
    """Id of the dialog instance: 128 random bits. One instance never makes two requests."""
    fields: JsonObject
    """By field name; a field that was skipped is there with None."""
    owner: Owner
    contact: Contact
    language: str


@dataclass(frozen=True, slots=True)
class Case:
    """A request as it stands."""

    reference: str
    """``LP-XXXXX-C``; unique."""
    type: CaseType
    instance: str
    """Unique: see `Draft`."""
    fields: JsonObject
    owner: Owner
    contact: Contact
    language: str
    state: State
    version: int
    """Number of its newest event, counted from 1."""
    created_at: datetime
    updated_at: datetime
    access_code_hash: str
    batch: Month | None = None
    """Month of the directory batch in which it goes, or went, out."""
    due: date | None = None
    """The program's day by which an operator must have moved it; None while nothing is due."""
    assignee: str | None = None
    waiting_field: str | None = None
    """The field that the partner is to give."""
    returns_to: State | None = None
    """While it waits on the partner: the state that it had."""
    muted: bool = False
    """The owner does not want to be told."""
    wrong_codes: WrongCodes = WrongCodes()
    inquiry: Inquiry | None = None
    """The newest "is your listing there?"."""

    @property
    def empty(self) -> bool:
        """Whether its owner is forgotten, and with them all that was personal."""
        return self.owner == NOBODY


class EventKind(StrEnum):
    """What happened to a request."""

    OPENED = "opened"
    MOVED = "moved"
    """``from``, ``to`` and perhaps ``words`` for the partner."""
    ASKED = "asked"
    """Like `MOVED`, with the ``field`` that the partner is to give."""
    EDITED = "edited"
    """``before`` and ``after`` hold the changed fields; ``from`` and ``to`` when it moved by that."""
    INQUIRED = "inquired"
    """The owner is asked whether the listing is there."""
    CONFIRMED = "confirmed"
    """The owner has seen the listing, which was marked as listed before."""
    MISSING = "missing"
    """The owner does not see the listing: ``from`` and ``to``."""
    SLIPPED = "slipped"
    """It was ready and did not go with its batch; ``batch`` is the later one."""
    REMINDED = "reminded"
    """The owner is reminded that it waits for them, before the cut-off of a batch."""
    ASSIGNED = "assigned"
    NOTED = "noted"
    MUTED = "muted"
    WRONG_CODE = "wrong-code"
    RIGHT_CODE = "right-code"
    ERASED = "erased"
    """Everything personal was taken out, also of the events before."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a request. Never changed afterwards, but emptied when its owner is forgotten."""

    reference: str
    number: int
    """Counts from 1 within the request."""
    at: datetime
    actor: Actor
    kind: EventKind
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A request after a change: stored if it still has the expected version, or not at all."""

    case: Case
    expected_version: int
    """0 for a new request."""
    events: tuple[Event, ...]
