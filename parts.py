"""A running bot without its doors, as one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.connector import Connector
from bot.identity import Identity
from bot.operators.writing import CardWriter
from bot.pace import PacedCourier
from channels.directline import StreamHub
from dialogs.decision import Knowledge
from faq.matcher import Matcher
from faq.model import KnowledgeBase
from faq.reload import LibraryWatcher
from ops.metrics import Metrics
from ops.observer import TurnObserver
from settings import Settings
from storage.engine import Database
from storage.log import SqlConversationLog
from storage.outbox import SqlOutbox
from turn.delivery import Delivery
from turn.engine import TurnEngine
from turn.ports import Clock


@dataclass(frozen=True, slots=True)
class Parts:
    """A running bot without its doors."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    observer: TurnObserver
    database: Database
    forget: Callable[[str, str], None]
    """Drops what is kept in memory of a channel's user."""
    log: SqlConversationLog
    hub: StreamHub
    outbox: SqlOutbox
    watcher: LibraryWatcher
    knowledge: Callable[[], Knowledge]
    trial_matcher: Callable[[Mapping[str, KnowledgeBase]], Matcher]
    """Of content that is not live; it is not kept."""
    delivery: Delivery
    engine: TurnEngine
    connector: Connector
    courier: PacedCourier
    identity: Identity
    writer: CardWriter
    """Of the cards in the operators' channel."""
