"""The in-memory twin: no file, no server, the same contract (``tests/storage``).

Every method works without awaiting, so nothing comes in between; everything is kept as the JSON text that a database
would keep, so nobody shares an object and the same values are refused.
"""

from __future__ import annotations

import secrets
from collections import ChainMap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, takewhile

from cases.model import Case, CaseChange, Event, Owner
from cases.ports import PAGE, CaseFilter, CasePage
from desk.channel import Card, Channel
from dialogs.reply import JsonObject
from storage.codec import from_json, storable, to_json, to_micros
from storage.errors import PostExists
from storage.memory_cases import MemoryCases
from storage.outbox import BEFORE_CHANGES, SPOKEN
from storage.request_cards import card_post
from storage.turns import carried, outcome_from_json, outcome_to_json
from turn.errors import DuplicateActivity, ReusedActivityId, StateConflict, UnknownConversation
from turn.model import (
    PATIENCE,
    REPLY,
    UPDATE,
    Address,
    Commit,
    Exchange,
    Feedback,
    Incoming,
    Missed,
    Opened,
    Outcome,
    Post,
    Record,
)
from turn.ports import Conversation, LogSlice

Key = tuple[str, str, str]


@dataclass(slots=True)
class _Stored:
    post: Post
    """Without its payload and reference."""
    payload: str
    reference: str
    lease_until: datetime | None
    reason: str = ""
    sent_as: str = ""

    def to_post(self) -> Post:
        reference = from_json(self.reference)
        return replace(
            self.post, payload=from_json(self.payload), address=replace(self.post.address, reference=reference)
        )


@dataclass(slots=True)
class _Line:
    conversation: Conversation
    ids: set[str] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)
    """An erased one is empty: numbers are never given twice."""

    def append(self, activities: Sequence[JsonObject]) -> int:
        new = [(str(activity["id"]), to_json(activity)) for activity in activities]
        for key, body in new:
            if key not in self.ids:
                self.ids.add(key)
                self.bodies.append(body)
        return len(self.bodies)

    def erase(self) -> None:
        self.ids, self.bodies = set(), [""] * len(self.bodies)


class Memory:
    """What a database would hold, for as long as the process runs."""

    def __init__(self) -> None:
        self.inbox: dict[Key, tuple[str, str]] = {}
        """Fingerprint and outcome."""
        self.received: dict[Key, tuple[str, datetime]] = {}
        """By the inbox's keys: from whom, and when."""
        self.state: dict[Key, tuple[int, str]] = {}
        """Version and value."""
        self.changed: dict[Key, datetime] = {}
        """By the states' keys."""
        self.posts: dict[str, _Stored] = {}
        """Those that wait, in order of insertion."""
        self.sent: dict[str, _Stored] = {}
        self.parked: dict[str, _Stored] = {}
        self.lines: dict[str, _Line] = {}
        self.records: list[Record] = []
        self.cases = MemoryCases()
        self.channel: Channel | None = None
        """The operators'."""
        self.request_cards: dict[str, Card] = {}
        self._secrets: dict[str, bytes] = {}

    async def secret(self, name: str) -> bytes:
        """32 random bytes, the same for ``name`` until the process ends."""
        return self._secrets.setdefault(name, secrets.token_bytes(32))

    def knows(self, post: Post) -> bool:
        """Whether a post with this id was ever inserted."""
        return post.id in self.posts or post.id in self.sent or post.id in self.parked

    def new_posts(self, posts: Sequence[Post], lease_until: datetime | None) -> list[_Stored]:
        """The posts as they are kept, not yet inserted. Raises `PostExists`."""
        if any(map(self.knows, posts)) or len({post.id for post in posts}) < len(posts):
            raise PostExists
        return [_store(post, lease_until if post.kind == REPLY else None) for post in posts]

    def outcome(self, activity: Key) -> Outcome | None:
        """What the turn of an activity did; None when there was none."""
        if activity not in self.inbox:
            return None
        stored, kept = from_json(self.inbox[activity][1]), ChainMap(self.posts, self.sent, self.parked)
        return outcome_from_json(
            stored, {name: from_json(kept[name].payload) for name in carried(stored) if name in kept}
        )

    def held_up(self, posts: Sequence[Post]) -> frozenset[str]:
        """The replies among these new posts that wait behind posts that are there already."""
        unsent = (kept.post for kept in self.posts.values())
        full = {_conversation(post) for post in unsent if post.kind in SPOKEN and post.attempts < PATIENCE}
        return frozenset(post.id for post in posts if post.kind == REPLY and _conversation(post) in full)

    def insert(self, posts: Sequence[Post]) -> None:
        """Insert those whose ids are new."""
        for stored in [_store(post, None) for post in posts if not self.knows(post)]:
            self.posts.setdefault(stored.post.id, stored)

    def announce(self, cases: Sequence[Case]) -> None:
        """Have the cards of these requests shown anew, if there is a channel to show them in."""
        if self.channel is not None:
            self.insert([card_post(case, self.channel) for case in cases])

    def line(self, conversation_id: str) -> _Line:
        """A conversation and its log. Raises `UnknownConversation`."""
        try:
            return self.lines[conversation_id]
        except KeyError:
            raise UnknownConversation from None


class MemoryTurnStore:
    """`turn.ports.TurnStore` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def open(self, incoming: Incoming, references: Sequence[str] = ()) -> Opened:
        """See the port."""
        fingerprint, _ = self._memory.inbox.get(_activity(incoming), (incoming.fingerprint, ""))
        if fingerprint != incoming.fingerprint:
            raise ReusedActivityId
        version, state = self._memory.state.get(_user(incoming), (0, None))
        return Opened(
            self._memory.outcome(_activity(incoming)),
            None if state is None else from_json(state),
            version,
            self._memory.cases.for_turn(Owner(incoming.address.channel, incoming.user), references),
        )

    async def commit(self, commit: Commit) -> frozenset[str]:
        """See the port. Also raises `UnknownConversation` when there is a log for a conversation that is not."""
        memory, incoming = self._memory, commit.incoming
        if _activity(incoming) in memory.inbox:
            raise DuplicateActivity
        if memory.state.get(_user(incoming), (0, ""))[0] != commit.expected_version:
            raise StateConflict
        cases = memory.cases.checked(commit.cases)
        outcome, state = to_json(outcome_to_json(commit.outcome)), to_json(commit.state)
        to_micros(incoming.received_at)
        posts, held = memory.new_posts(commit.posts, commit.lease_until), memory.held_up(commit.posts)
        for stored in posts:
            stored.lease_until = None if stored.post.id in held else stored.lease_until
        records = [_copy(record) for record in commit.records]
        if commit.log:  # the last that can fail: from here on everything is stored
            memory.line(incoming.address.conversation).append(commit.log)
        memory.inbox[_activity(incoming)] = (incoming.fingerprint, outcome)
        memory.received[_activity(incoming)] = (incoming.user, incoming.received_at)
        memory.state[_user(incoming)] = (commit.expected_version + 1, state)
        memory.changed[_user(incoming)] = incoming.received_at
        memory.cases.store(*cases)
        memory.announce(cases[0])
        memory.posts.update({stored.post.id: stored for stored in posts})
        memory.records.extend(records)
        return held


class MemoryCaseStore:
    """`turn.ports.CaseStore` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, reference: str) -> Case | None:
        """See the port."""
        return self._memory.cases.find(reference)

    async def list(self, which: CaseFilter, limit: int = PAGE, after: str | None = None) -> CasePage:
        """See the port."""
        return self._memory.cases.page(which, limit, after)

    async def events(self, reference: str) -> tuple[Event, ...]:
        """See the port."""
        return self._memory.cases.events(reference)

    async def apply(self, change: CaseChange, posts: Sequence[Post] = ()) -> None:
        """See the port."""
        cases = self._memory.cases.checked([change])
        stored = self._memory.new_posts(posts, None)
        self._memory.cases.store(*cases)
        self._memory.announce(cases[0])
        self._memory.posts.update({kept.post.id: kept for kept in stored})


class MemoryOutbox:
    """`turn.ports.Outbox` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, posts: Sequence[Post]) -> None:
        """See the port."""
        self._memory.insert(posts)

    async def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[Post]:
        """See the port."""
        due: list[_Stored] = []
        before: list[Post] = []
        for stored in self._memory.posts.values():
            waits = _waits_behind(stored.post, before)
            before.append(stored.post)
            if waits:
                continue
            if stored.post.due_at <= now and (stored.lease_until is None or stored.lease_until <= now):
                due.append(stored)
        due.sort(key=lambda stored: stored.post.due_at)
        for stored in due[:limit]:
            stored.lease_until = lease_until
        return [stored.to_post() for stored in due[:limit]]

    async def waits_behind(self, post_id: str) -> bool:
        """See the port."""
        mine = self._memory.posts.get(post_id)
        if mine is None:
            return False
        older = [kept.post for kept in takewhile(lambda kept: kept is not mine, self._memory.posts.values())]
        behind = _waits_behind(mine.post, older)
        if behind:
            mine.lease_until = None
        return behind

    async def done(self, post_id: str, sent_as: str = "") -> None:
        """See the port."""
        if stored := self._memory.posts.pop(post_id, None):
            stored.sent_as = sent_as
            self._memory.sent[post_id] = stored

    def hurry(self) -> None:
        """See the port."""

    async def retry(self, post_id: str, due_at: datetime, reason: str) -> None:
        """See the port."""
        if stored := self._memory.posts.get(post_id):
            stored.post = replace(stored.post, due_at=due_at, attempts=stored.post.attempts + 1)
            stored.lease_until, stored.reason = None, reason

    async def park(self, post_id: str, reason: str) -> None:
        """See the port."""
        if stored := self._memory.posts.pop(post_id, None):
            stored.reason = reason
            self._memory.parked[post_id] = stored

    async def waiting(self) -> tuple[int, int]:
        """See the port."""
        return len(self._memory.posts), len(self._memory.parked)


class MemoryConversationLog:
    """`turn.ports.ConversationLog` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def create(self, conversation: Conversation) -> None:
        """See the port."""
        to_micros(conversation.created_at)
        self._memory.lines.setdefault(conversation.id, _Line(conversation))

    async def find(self, conversation_id: str) -> Conversation | None:
        """See the port."""
        line = self._memory.lines.get(conversation_id)
        return line.conversation if line else None

    async def append(self, conversation_id: str, activities: Sequence[JsonObject]) -> int:
        """See the port."""
        return self._memory.line(conversation_id).append(activities)

    async def since(self, conversation_id: str, watermark: int, limit: int = 500) -> LogSlice:
        """See the port."""
        line = self._memory.lines.get(conversation_id)
        start = max(watermark, 0)
        numbered = enumerate(line.bodies[start:] if line else [], start + 1)
        found = list(islice(((number, body) for number, body in numbered if body), limit))
        return LogSlice(tuple(from_json(body) for _, body in found), found[-1][0] if found else watermark)


class MemoryRecords:
    """Reads the records back, oldest first, as `storage.records.SqlRecords` does."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def feedback(self, since: datetime) -> list[Feedback]:
        """Feedback given at ``since`` or later."""
        found = [record for record in self._memory.records if isinstance(record, Feedback) and record.at >= since]
        return sorted(found, key=lambda record: record.at)

    async def missed(self, since: datetime) -> list[Missed]:
        """Questions missed at ``since`` or later."""
        found = [record for record in self._memory.records if isinstance(record, Missed) and record.at >= since]
        return sorted(found, key=lambda record: record.at)

    async def exchanges(self, since: datetime) -> list[Exchange]:
        """Exchanges at ``since`` or later."""
        found = [record for record in self._memory.records if isinstance(record, Exchange) and record.at >= since]
        return sorted(found, key=lambda record: record.at)


def _activity(incoming: Incoming) -> Key:
    return incoming.address.channel, incoming.address.conversation, incoming.activity_id


def _user(incoming: Incoming) -> Key:
    return incoming.address.channel, incoming.address.conversation, incoming.user


def _waits_behind(post: Post, older: Iterable[Post]) -> bool:
    """Whether one of those that came before holds it up."""
    kinds = BEFORE_CHANGES if post.kind == UPDATE else SPOKEN if post.kind in SPOKEN else ()
    return any(
        one.kind in kinds and one.attempts < PATIENCE and _conversation(one) == _conversation(post) for one in older
    )


def _conversation(post: Post) -> tuple[str, str]:
    return post.address.channel, post.address.conversation


def _store(post: Post, lease_until: datetime | None) -> _Stored:
    to_micros(post.due_at)
    bare = replace(
        post,
        payload={},
        first_due_at=post.first_due_at or post.due_at,
        address=Address(post.address.channel, post.address.conversation, post.address.local),
    )
    return _Stored(bare, to_json(post.payload), to_json(dict(post.address.reference)), lease_until)


def _copy(record: Record) -> Record:
    to_micros(record.at)
    return replace(record, text=storable(record.text)) if isinstance(record, Missed | Exchange) else record
