"""Forgetting a user in memory, and reading what is kept: the twins of `storage.erasing` and `storage.archive`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.erasing import emptied
from cases.model import Owner
from cases.ports import CaseFilter
from dialogs.privacy import ERASE
from dialogs.reply import JsonObject
from storage.archive import asked, moment, request, spoken, waits
from storage.codec import from_json
from storage.memory import Memory
from turn.erasing import ERASE_LATE
from turn.model import Exchange, Feedback, Missed, Post
from turn.ports import Clock, Erasure


class MemoryEraser:
    """`turn.ports.Eraser` in memory."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    async def erase(self, erasure: Erasure, then: Sequence[Post]) -> bool:
        """See the port."""
        memory = self._memory
        if erasure.post and erasure.post not in memory.posts:
            return True
        if any(self._is_taken(post_id) for post_id in self._posts(erasure)):
            return False
        self._erase_rows(erasure)
        self._erase_lines(erasure)
        for post_id in self._posts(erasure):
            for posts in (memory.posts, memory.sent, memory.parked):
                posts.pop(post_id, None)
        memory.insert(then)
        return True

    async def erase_late(self, erasure: Erasure) -> bool:
        """See the port. Of the log nothing is late: it was emptied as a whole."""
        memory = self._memory
        self._erase_rows(erasure)
        for post_id in self._posts(erasure):
            for closed in (memory.sent, memory.parked):
                if post_id in closed and _first_due(closed[post_id].post) <= erasure.until:
                    del closed[post_id]
        if any(self._is_due(post_id, erasure) for post_id in self._posts(erasure)):
            return False
        memory.posts.pop(erasure.post, None)
        return True

    def _erase_rows(self, erasure: Erasure) -> None:
        memory, owner, until = self._memory, erasure.owner, erasure.until
        for key, at in list(memory.changed.items()):
            if (key[0], key[2]) == (owner.channel, owner.user) and at <= until:
                del memory.state[key], memory.changed[key]
        for key, (user, at) in list(memory.received.items()):
            if (key[0], user) == (owner.channel, owner.user) and at <= until:
                del memory.inbox[key], memory.received[key]
        mine = [one for one in memory.records if (one.channel, one.user) == (owner.channel, owner.user)]
        memory.records = [one for one in memory.records if one not in mine or one.at > until]
        for case in memory.cases.page(CaseFilter(owner=owner), len(memory.cases), None).cases:
            if case.created_at <= erasure.asked_at:
                bare = emptied(case, memory.cases.events(case.reference), erasure.actor, until)
                memory.cases.put(bare)
                memory.announce([bare.case])

    def _erase_lines(self, erasure: Erasure) -> None:
        owner, lines = erasure.owner, self._memory.lines
        for name, line in list(lines.items()):
            if (line.conversation.channel, line.conversation.user) == (owner.channel, owner.user):
                line.erase()
                if name != erasure.conversation:
                    del lines[name]

    def _posts(self, erasure: Erasure) -> list[str]:
        memory, owner = self._memory, erasure.owner
        everything = {**memory.posts, **memory.sent, **memory.parked}
        whose = {name: (kept.post.address.channel, kept.post.user) for name, kept in everything.items()}
        return [name for name, one in whose.items() if one == (owner.channel, owner.user)]

    def _is_taken(self, post_id: str) -> bool:
        stored = self._memory.posts.get(post_id)
        if stored is None or stored.post.kind in (ERASE, ERASE_LATE):
            return False
        return stored.lease_until is not None and stored.lease_until > self._clock.now()

    def _is_due(self, post_id: str, erasure: Erasure) -> bool:
        stored = self._memory.posts.get(post_id)
        return stored is not None and _first_due(stored.post) <= erasure.until


def _first_due(post: Post) -> datetime:
    return post.first_due_at or post.due_at


class MemoryArchive:
    """`turn.ports.Archive` in memory: the twin of `storage.archive`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def read(self, owner: Owner) -> JsonObject:
        """See the port."""
        cases, events = self._memory.cases, self._memory.cases.events
        own = cases.page(CaseFilter(owner=owner), len(cases), None).cases
        return {
            "channel": owner.channel,
            "user": owner.user,
            **self._talks(owner),
            **self._records(owner),
            "requests": [request(case, events(case.reference)) for case in reversed(own)],
        }

    def _talks(self, owner: Owner) -> JsonObject:
        memory, mine = self._memory, (owner.channel, owner.user)
        return {
            "conversations": [
                {"id": key[1], "at": moment(memory.changed[key]), "remembered": from_json(value)}
                for key, (_, value) in memory.state.items()
                if (key[0], key[2]) == mine
            ],
            "messages": [
                spoken(activity, datetime.fromisoformat(str(activity["timestamp"])))
                for line in memory.lines.values()
                if (line.conversation.channel, line.conversation.user) == mine
                for activity in map(from_json, filter(None, line.bodies))
            ],
            "answers": [
                spoken(activity, memory.received[key][1])
                for key in memory.inbox
                if (key[0], memory.received[key][0]) == mine and key[1] not in memory.lines
                if (outcome := memory.outcome(key))
                for activity in outcome.activities
            ],
        }

    def _records(self, owner: Owner) -> JsonObject:
        mine = (owner.channel, owner.user)
        own = [one for one in self._memory.records if (one.channel, one.user) == mine]
        return {
            "waiting": [
                waits(kept.post.kind, kept.post.due_at, kept.to_post().payload)
                for kept in self._memory.posts.values()
                if (kept.post.address.channel, kept.post.user) == mine
            ],
            "feedback": [
                {"at": moment(one.at), "entry": one.entry, "helpful": one.helpful}
                for one in own
                if isinstance(one, Feedback)
            ],
            "asked": [asked(one.at, one.text, one.kind, one.entry) for one in own if isinstance(one, Exchange)],
            "unanswered": [{"at": moment(one.at), "text": one.text} for one in own if isinstance(one, Missed)],
        }
