"""Messages that were sent, in memory: the twin of `storage.sent`."""

from __future__ import annotations

from collections.abc import Sequence

from storage.codec import from_json
from storage.memory import Memory
from storage.sent import RECENT
from storage.turns import outcome_from_json
from turn.ports import Sent


class MemorySentPosts:
    """`turn.ports.SentPosts` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, post_ids: Sequence[str]) -> dict[str, Sent]:
        """See the port."""
        memory = self._memory
        kept = {**memory.sent, **memory.parked, **memory.posts}
        return {
            name: Sent(kept[name].to_post(), kept[name].sent_as, name in memory.posts)
            for name in post_ids
            if name in kept
        }

    async def of_turn(self, channel: str, conversation: str, activity_id: str) -> list[Sent]:
        """See the port."""
        _, outcome = self._memory.inbox.get((channel, conversation, activity_id), ("", ""))
        names = outcome_from_json(from_json(outcome)).posts if outcome else ()
        return list((await self.find(names)).values())

    async def sent_as(self, channel: str, conversation: str, sent_as: str) -> Sent | None:
        """See the port."""
        here = [key for key in self._memory.inbox if key[:2] == (channel, conversation)]
        here.sort(key=lambda key: self._memory.received[key][1], reverse=True)
        for key in here[:RECENT]:
            found = [sent for sent in await self.of_turn(*key) if sent.sent_as == sent_as]
            if found:
                return found[0]
        return None
