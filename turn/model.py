"""A turn as data: what comes in, what is committed, what goes out.

All of it is plain and serializable; edges translate to and from wire formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cases.model import Case, CaseChange
from dialogs.happening import Happening as Happening  # noqa: PLC0414 - part of a turn's vocabulary
from dialogs.reply import JsonObject


class Scope(StrEnum):
    """Who reads the conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the user sent. ``content`` is present when the channel delivers the bytes with the message."""

    name: str
    content_type: str
    size: int | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where replies go: a conversation reference as plain JSON, or a conversation of our own log.

    ``local`` conversations (Direct Line, terminal) are answered by appending to the log in the turn's transaction;
    others by posting through the outbox.
    """

    channel: str
    """Channel id: ``msteams``, ``emulator``, ``webchat``, ``directline``, ``terminal`` …"""
    conversation: str
    local: bool = False
    reference: Mapping[str, object] = field(default_factory=dict)
    """``serviceUrl``, ``bot``, ``user``, ``conversation``, ``activityId`` as in the Bot Framework protocol."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One activity, checked and reduced to what a turn needs."""

    address: Address
    activity_id: str
    user: str
    happening: Happening
    received_at: datetime
    """Timezone-aware."""
    text: str = ""
    """At most 4,000 characters; mentions of the bot already removed."""
    value: JsonObject | None = None
    locale: str | None = None
    scope: Scope = Scope.PERSONAL
    attachments: tuple[Attachment, ...] = ()
    echo: JsonObject | None = None
    """On local channels: the user's own activity as it goes into the log."""
    fingerprint: str = ""
    """Hash of the activity's content: tells a redelivery from a reused id."""
    edits: str = ""
    """Id of the activity whose words these are now: its sender changed it."""
    in_response: bool = False
    """The replies travel in the answer to the request that brought it: they pass those that wait to be sent."""

    @property
    def inbox_key(self) -> str:
        """What makes two deliveries the same."""
        return f"{self.address.channel}|{self.address.conversation}|{self.activity_id}"

    @property
    def state_key(self) -> str:
        """Each user has an own state in each conversation."""
        return f"{self.address.channel}|{self.address.conversation}|{self.user}"

    @property
    def own_address(self) -> Address:
        """Where the user reads alone: this conversation, or, in a group or channel, the user's own chat with us."""
        if self.scope is Scope.PERSONAL:
            return self.address
        reference = dict(self.address.reference)
        reference["personal"] = {"user": self.user}
        for name in ("conversation", "activityId"):
            reference.pop(name, None)
        return Address(self.address.channel, f"personal:{self.user}", reference=reference)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message that its sender deleted."""

    channel: str
    conversation: str
    user: str
    activity: str
    """Its id."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the store knows when a turn opens."""

    outcome: Outcome | None
    """Set when this activity was handled before."""
    state: JsonObject | None
    state_version: int
    """0 when there is no state yet."""
    cases: tuple[Case, ...] = ()
    """The user's own requests, newest first, at most 20; then those that were asked for by reference, whoever owns
    them."""


REPLY = "reply"
"""Kind of the posts that are activities for a conversation."""
UPDATE = "update"
"""Kind of the posts that change a message that was sent (`turn.cards`)."""
REPLACING = frozenset({"msteams"})
"""Channels in which messages can be changed, and cards that are pressed are replaced by what comes of it."""
PATIENCE = 3
"""A reply that was refused so often, about 15 seconds after the first time, no longer holds up those after it."""


@dataclass(frozen=True, slots=True)
class Post:
    """Something to be sent after the commit.

    ``id`` is unique and made by the turn, so that inserting it twice is refused. ``kind`` names the handler of the
    dispatcher: ``reply`` (``payload["activity"]`` goes to ``address``), ``notify`` (see `cases.notify`) or an effect
    such as ``check-page``.
    """

    id: str
    kind: str
    address: Address
    payload: JsonObject
    due_at: datetime
    attempts: int = 0
    first_due_at: datetime | None = field(default=None, compare=False)
    """When it was due before any retry; None for a post that is still to be inserted."""
    user: str = ""
    """Whom it is for, so that it can be erased with them."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """*Was this helpful?*"""

    user: str
    channel: str
    language: str
    entry: str
    knowledge_version: str
    helpful: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that was not answered, or answered by a choice: for curators. Kept for a set time, never logged."""

    text: str
    language: str
    channel: str
    reason: str
    """``no-match``, ``suggestions`` or ``none-of-these``."""
    candidates: tuple[str, ...]
    at: datetime
    knowledge_version: str = ""
    user: str = ""
    """Who asked. For erasing it on request only: curators are not told."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message or press and what came of it: for the person who takes over, and for counting. Never logged."""

    user: str
    channel: str
    conversation: str
    language: str
    text: str
    """What was typed; empty for presses, and for what is nobody else's business (codes, wishes about one's data)."""
    kind: str
    """How it was decided: ``answer``, ``suggestions``, ``no-match``, ``topic``, ``chosen``, ``form``, ``status`` …"""
    entry: str
    """The entry that was answered or came first; of forms their name."""
    score: float
    """Of the first entry, 0 to 1."""
    knowledge_version: str
    at: datetime
    form: str = ""
    """The form that was open after it."""
    step: str = ""
    """What that form then waited for: a field, or a phase such as ``summary``; ``done`` when a request was made."""
    reference: str = ""
    """The request that it made or changed."""
    activity: str = ""
    """Id of the message in the channel, where messages are deleted: in Teams, by `Deleted`."""


Record = Feedback | Missed | Exchange


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn did, as its inbox row and its posts tell."""

    activities: tuple[JsonObject, ...]
    """Rendered replies, in order, each with its ``id``."""
    posts: tuple[str, ...] = ()
    """Ids of the outbox rows of this turn. Where there are any, the first ones carry ``activities``, in their order: a
    redelivery is answered from them, and must never be with what was told to one user alone."""
    replayed: bool = False
    """True when the activity had been handled before."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything a turn changes: stored in one transaction or not at all."""

    incoming: Incoming
    outcome: Outcome
    state: JsonObject
    expected_version: int
    """The state's version when the turn opened; another one now is a conflict."""
    log: tuple[JsonObject, ...] = ()
    """Activities to append to the conversation's log, in order (local channels)."""
    posts: tuple[Post, ...] = ()
    lease_until: datetime | None = None
    """Until when the replies among the posts belong to the turn itself; the dispatcher takes them after that."""
    records: tuple[Record, ...] = ()
    cases: tuple[CaseChange, ...] = ()
    """Changes of requests, in order."""
