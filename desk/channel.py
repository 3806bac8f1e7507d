"""The operators' channel in Teams: where it is, and the card of each request that stands there.

A card is posted once and rewritten in place from then on, always to how the request stands when it is written: changes
may be told twice, late, or in any order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cases.model import Case, JsonObject

SHOW_CARD = "operators-card"
"""Kind of the outbox post that a change of a request leaves. Its payload names the request by ``reference``."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the cards go."""

    conversation: str
    """Its id: ``19:…@thread.tacv2``."""
    learned: JsonObject = field(default_factory=dict)
    """``serviceUrl``, ``bot`` and ``tenant``, as the channel itself told them; empty before it did."""


@dataclass(frozen=True, slots=True)
class Card:
    """The card of a request, in the hands of whoever took it."""

    reference: str
    taken_until: datetime
    conversation: str = ""
    """The channel in which it stands; empty while there is none."""
    activity: str = ""
    """Its message there."""
    shown: int = 0
    """The version of the request that it shows."""


def card_post_id(case: Case) -> str:
    """The same for the same change, so that a repeat can be dropped."""
    return hashlib.sha256(f"card|{case.reference}|{case.version}".encode()).hexdigest()[:32]


class ChannelStore(Protocol):
    """Keeps which channel is the operators'. While there is none, changes of requests leave no posts."""

    async def configure(self, conversation: str) -> None:
        """It is this one; empty for none. What was learned of another one is forgotten."""
        ...

    async def find(self) -> Channel | None:
        """The channel, if there is one."""
        ...

    async def learn(self, channel: Channel) -> None:
        """Keep what it told of itself, if it is still the operators'."""
        ...


class CardStore(Protocol):
    """Keeps the cards. Of several processes one at a time has a card, until it lets go or its time is over."""

    async def take(self, reference: str, now: datetime, until: datetime) -> Card | None:
        """The card of a request, for the caller alone until ``until``; None while somebody else has it."""
        ...

    async def put_back(self, card: Card) -> None:
        """Keep what became of it, and let go. Nothing happens when the caller's time was over."""
        ...
