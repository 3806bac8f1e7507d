"""What a turn needs from the outside. Each port has a real implementation and a shipped in-memory twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cases.model import Actor, Case, CaseChange, Contact, Event, Owner
from cases.ports import CaseReader
from dialogs.decision import Decision
from dialogs.reply import JsonObject, Reply
from program.months import Month
from turn.model import Address, Commit, Deleted, Exchange, Incoming, Opened, Outcome, Post


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Now, timezone-aware, in UTC."""
        ...


class TurnStore(Protocol):
    """The transaction around a turn."""

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        """Look the activity up in the inbox, load the state, the user's requests and the named ones, in one read.

        Raises `ReusedActivityId` when the id is known with another fingerprint.
        """
        ...

    async def commit(self, commit: Commit) -> frozenset[str]:
        """Store everything of the turn, or nothing. Returns which of its replies older posts hold up.

        Held up is a reply behind an unsent ``reply`` or ``notify`` of an earlier turn in its conversation
        (`turn.model.PATIENCE`). It is no longer its turn's own: the dispatcher sends it after them.

        Raises `StateConflict` or `DuplicateActivity`; then nothing was stored. A new request whose dialog instance has
        one already is a `StateConflict`; one whose reference belongs to another is `ReferenceTaken`.
        """
        ...


class CaseStore(CaseReader, Protocol):
    """Requests, outside turns."""

    async def apply(self, change: CaseChange, posts: Sequence[Post] = ()) -> None:
        """Store the change and insert the posts, or nothing.

        Raises `StateConflict` when the request is not at the expected version any more, and as `TurnStore.commit` does.
        """
        ...


class Outbox(Protocol):
    """Messages and effects waiting to be sent."""

    async def add(self, posts: Sequence[Post]) -> None:
        """Insert outside a turn; ids that exist already are left as they are."""
        ...

    async def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[Post]:
        """Take up to ``limit`` due posts for this process until ``lease_until``.

        Of one conversation only its oldest unsent ``reply`` or ``notify`` is handed out, so that they keep their order.
        """
        ...

    async def waits_behind(self, post_id: str) -> bool:
        """Whether older ``reply`` or ``notify`` posts of its conversation hold it up (`turn.model.PATIENCE`).

        Then the post is no longer its turn's own: the dispatcher sends it after them.
        """
        ...

    async def done(self, post_id: str, sent_as: str = "") -> None:
        """Sent; ``sent_as`` is the channel's own id of the message, empty where messages cannot be changed.

        May take a few milliseconds longer than the writing, to be written together with something else.
        """
        ...

    def hurry(self) -> None:
        """Somebody waits for what is being written down: write it now."""
        ...

    async def retry(self, post_id: str, due_at: datetime, reason: str) -> None:
        """Not sent; due again at ``due_at``. Counts as an attempt."""
        ...

    async def park(self, post_id: str, reason: str) -> None:
        """Given up; kept, visible to operators."""
        ...

    async def waiting(self) -> tuple[int, int]:
        """How many posts wait, and how many are parked."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A post, and what became of it."""

    post: Post
    sent_as: str = ""
    """The channel's own id of the message; empty when there is none."""
    waiting: bool = False
    """Whether it is still to be sent."""


class SentPosts(Protocol):
    """Looks up messages of the last days, to change them or to know what is said about them."""

    async def find(self, post_ids: Sequence[str]) -> dict[str, Sent]:
        """Posts by their ids; those that are not kept any more are left out."""
        ...

    async def of_turn(self, channel: str, conversation: str, activity_id: str) -> list[Sent]:
        """What was posted, in order, when the activity was answered; nothing when the activity is not known."""
        ...

    async def sent_as(self, channel: str, conversation: str, sent_as: str) -> Sent | None:
        """The newest post that was sent as this message, if it answered one of the last activities there."""
        ...


class Deletions(Protocol):
    """Forgets single messages."""

    async def forget(self, deleted: Deleted) -> None:
        """Forget the words of a message of this user in this conversation, edits included.

        Counts, requests and what an open form was told stay. A message that is not known is nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Erasure:
    """A wish to be forgotten."""

    owner: Owner
    actor: Actor
    """Who carries it out, for the history of requests."""
    asked_at: datetime
    """Requests that are made later stay."""
    until: datetime
    """Anything else goes that was received up to then."""
    post: str = ""
    """Id of the post that is carried out; empty when there is none."""
    conversation: str = ""
    """The conversation of our own log that goes on: it is emptied, its user's others are closed."""


class Eraser(Protocol):
    """Erases a user of a channel: states, requests' contents, log, posts, inbox, feedback, missed questions."""

    async def erase(self, erasure: Erasure, then: Sequence[Post]) -> bool:
        """Erase everything, its own post included, and insert ``then``: all of it or nothing.

        False, and nothing is changed, while somebody is sending a message to the user: try again in a moment. When
        the post is gone already, another process was faster: nothing is done.
        """
        ...

    async def erase_late(self, erasure: Erasure) -> bool:
        """Erase once more, for what turns stored that were at work meanwhile, and last of all its own post.

        False while a message to the user waits to be sent, the one that says it is done: try again later.
        """
        ...


class Inquiries(Protocol):
    """Finds owners who are to be asked whether their listing is there."""

    async def waiting(self, batch: Month, since: datetime, limit: int) -> tuple[Case, ...]:
        """Listings of this batch, oldest first, whose owners want news and were not asked at ``since`` or later."""
        ...


class Unfinished(Protocol):
    """Finds what waits for its owner."""

    async def waiting(self, rested: datetime, since: datetime, limit: int) -> tuple[Case, ...]:
        """Listing requests that wait for their owners, oldest first: at rest since ``rested`` or longer, not muted.

        Without those whose owners were reminded at ``since`` or later.
        """
        ...

    async def remembered(self, address: Address, user: str) -> JsonObject | None:
        """What a conversation remembers of a user (`dialogs.state`); None when that is nothing, or no more."""
        ...


class News(Protocol):
    """What happened to a user's requests while they were away."""

    async def unseen(self, owner: Owner, at: datetime) -> tuple[tuple[Case, Event], ...]:
        """Requests with what their owner, who said nothing since, may not have seen at ``at``, in that order.

        See `cases.notify.news_of`.
        """
        ...

    async def follow(self, owner: Owner, contact: Contact) -> None:
        """From now on the owner is told about all their requests here."""
        ...


class Talks(Protocol):
    """What users said and heard."""

    async def before(self, owner: Owner, at: datetime, limit: int) -> tuple[Exchange, ...]:
        """The last exchanges with a user that were not later than ``at``, in order."""
        ...


class Archive(Protocol):
    """Reads what is kept about a user."""

    async def read(self, owner: Owner) -> JsonObject:
        """Everything, as plain JSON (`storage.archive`)."""
        ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of our own Direct Line."""

    id: str
    user: str
    channel: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Activities after a watermark, and the watermark after them."""

    activities: tuple[JsonObject, ...]
    watermark: int


class ConversationLog(Protocol):
    """The activities of local conversations, numbered from 1 without gaps within each conversation."""

    async def create(self, conversation: Conversation) -> None:
        """Register a new conversation; an existing id is left as it is."""
        ...

    async def find(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None."""
        ...

    async def append(self, conversation_id: str, activities: Sequence[JsonObject]) -> int:
        """Append outside a turn; an activity whose ``id`` is in the log already is skipped. Returns the watermark.

        Raises `UnknownConversation`.
        """
        ...

    async def since(self, conversation_id: str, watermark: int, limit: int = 500) -> LogSlice:
        """Activities numbered above ``watermark``, in order; never raises for an unknown conversation."""
        ...


class Courier(Protocol):
    """Carries rendered activities to a channel that is not ours."""

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str | None:
        """Send in order; returns the channel's own id of the last, if it gave one. Raises `DeliveryFailed`."""
        ...

    async def typing(self, address: Address) -> None:
        """Show that an answer is being prepared. Never raises."""
        ...


class Changer(Protocol):
    """Changes messages that were sent, on channels that let bots do that."""

    async def change(self, address: Address, sent_as: str, activity: JsonObject) -> None:
        """Put ``activity`` in the place of the message. Raises `DeliveryFailed`."""
        ...


class Waker(Protocol):
    """Tells whoever holds a socket that a local conversation has grown."""

    def wake(self, conversation_id: str) -> None:
        """There is something new; never blocks, never raises."""
        ...

    def typing(self, conversation_id: str) -> None:
        """Show that an answer is being prepared; never stored."""
        ...


class Renderer(Protocol):
    """Turns a reply into an activity."""

    def render(self, reply: Reply, language: str, incoming: Incoming, card: str = "") -> JsonObject:
        """An activity for the channel and scope of ``incoming``, without ids and addresses.

        ``card`` is the id of the post that carries it, by which its buttons tell which card they are on.
        """
        ...


class Settler(Protocol):
    """Turns an activity with a live card into what is left of it."""

    def settled(self, activity: JsonObject, settlement: JsonObject) -> JsonObject:
        """The activity with what was pressed or filled in as words; ``settlement`` is of `turn.cards`."""
        ...


class Observer(Protocol):
    """Counts and logs, without the users' words."""

    def turn(self, incoming: Incoming, outcome: Outcome, decision: Decision | None, seconds: float) -> None:
        """A turn ended; ``decision`` is None for a redelivery."""
        ...

    def outbox(self, waiting: int, parked: int) -> None:
        """The state of the outbox."""
        ...

    def failure(self, where: str, error: Exception) -> None:
        """Something went wrong in the background."""
        ...
