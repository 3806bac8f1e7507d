"""In memory: the twin of `storage.request_cards`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from desk.channel import Card, Channel
from storage.codec import from_json, to_json, to_micros
from storage.memory import Memory


class MemoryOperatorsChannel:
    """`desk.channel.ChannelStore` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def configure(self, conversation: str) -> None:
        """See the port."""
        known = self._memory.channel
        if known is None or known.conversation != conversation:
            self._memory.channel = Channel(conversation) if conversation else None

    async def find(self) -> Channel | None:
        """See the port."""
        return self._memory.channel

    async def learn(self, channel: Channel) -> None:
        """See the port."""
        known = self._memory.channel
        if known is not None and known.conversation == channel.conversation:
            self._memory.channel = replace(channel, learned=from_json(to_json(channel.learned)))


class MemoryRequestCards:
    """`desk.channel.CardStore` in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def take(self, reference: str, now: datetime, until: datetime) -> Card | None:
        """See the port."""
        known = self._memory.request_cards.get(reference)
        if known is not None and to_micros(known.taken_until) > to_micros(now):
            return None
        taken = replace(known, taken_until=until) if known else Card(reference, until)
        self._memory.request_cards[reference] = taken
        return taken

    async def put_back(self, card: Card) -> None:
        """See the port."""
        known = self._memory.request_cards.get(card.reference)
        if known is not None and known.taken_until == card.taken_until:
            self._memory.request_cards[card.reference] = replace(card, taken_until=_FREE)


_FREE = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
