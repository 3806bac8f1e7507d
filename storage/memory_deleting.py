"""Forgetting one message in memory: the twin of `storage.deleting`."""

from __future__ import annotations

from dataclasses import replace

from storage.codec import from_json, to_json
from storage.deleting import QUOTING, Said, emptied, is_gone, without_words
from storage.memory import Memory
from storage.turns import outcome_from_json
from turn.editing import edits_of
from turn.model import Deleted, Exchange, Missed, Record


class MemoryDeletions:
    """`turn.ports.Deletions` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def forget(self, deleted: Deleted) -> None:
        """See the port."""
        _forget(self._memory, deleted)


def _forget(memory: Memory, deleted: Deleted) -> None:
    talks = [one for one in memory.records if isinstance(one, Exchange) and _is_here(one, deleted)]
    gone = [one for one in talks if one.activity == deleted.activity]
    said = [Said(one.text, one.at, one.activity == deleted.activity) for one in sorted(talks, key=lambda one: one.at)]
    _empty_replies(memory, deleted, quoting=any(one.kind == QUOTING for one in gone))
    if not gone:
        return
    key = (deleted.channel, deleted.conversation, deleted.user)
    version, value = memory.state.get(key, (0, "{}"))
    left = without_words(from_json(value), said)
    if left is not None:
        memory.state[key] = (version + 1, to_json(left))
    kept: list[Record] = []
    for one in memory.records:
        if isinstance(one, Missed) and _is_noted(one, deleted, said):
            continue
        kept.append(replace(one, text="") if isinstance(one, Exchange) and one in gone else one)
    memory.records = kept


def _is_here(one: Exchange, deleted: Deleted) -> bool:
    return (one.channel, one.conversation, one.user) == (deleted.channel, deleted.conversation, deleted.user)


def _is_noted(one: Missed, deleted: Deleted, said: list[Said]) -> bool:
    mine = (one.channel, one.user) == (deleted.channel, deleted.user)
    return mine and any(one.at == each.at for each in said) and is_gone(one.text, one.at, said)


def _empty_replies(memory: Memory, deleted: Deleted, *, quoting: bool) -> None:
    for key, (fingerprint, outcome) in list(memory.inbox.items()):
        channel, conversation, activity = key
        said = activity == deleted.activity or activity.startswith(edits_of(deleted.activity))
        mine = (channel, conversation, memory.received[key][0]) == (deleted.channel, deleted.conversation, deleted.user)
        if not (said and mine):
            continue
        stored = from_json(outcome)
        memory.inbox[key] = (fingerprint, to_json(emptied(stored)))
        for post in outcome_from_json(stored).posts if quoting else ():
            for posts in (memory.posts, memory.sent, memory.parked):
                if kept := posts.get(post):
                    payload = from_json(kept.payload)
                    payload.pop("activity", None)
                    kept.payload = to_json(payload)
