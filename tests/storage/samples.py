"""Sample values, and a set of stores over one backend, for the contract suite."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from cases.ports import Likeness
from desk.ports import AuditLog, Workbench
from storage.cases import SqlCaseStore
from storage.console import SqlAuditLog
from storage.engine import Database
from storage.inquiries import SqlInquiries
from storage.likeness import SqlLikeness
from storage.log import SqlConversationLog
from storage.memory import Memory, MemoryCaseStore, MemoryConversationLog, MemoryOutbox, MemoryRecords, MemoryTurnStore
from storage.memory_following import MemoryInquiries, MemoryLikeness, MemoryNews, MemoryTalks, MemoryUnfinished
from storage.memory_workbench import MemoryAuditLog, MemoryWorkbench
from storage.news import SqlNews
from storage.outbox import SqlOutbox
from storage.records import SqlRecords
from storage.talks import SqlTalks
from storage.turns import SqlTurnStore
from storage.unfinished import SqlUnfinished
from storage.workbench import SqlWorkbench
from turn.model import Address, Commit, Happening, Incoming, Outcome, Post
from turn.ports import CaseStore, Conversation, ConversationLog, Inquiries, News, Outbox, Talks, TurnStore, Unfinished

NOW = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
TEAMS = Address(
    "msteams", "19:a@thread.tacv2", reference={"serviceUrl": "https://smba.example/", "bot": {"id": "28:b"}}
)
OURS = Address("directline", "conv-1", local=True)
_numbers = count(1)


class FixedClock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Stores:
    """Everything over one backend."""

    turns: TurnStore
    outbox: Outbox
    log: ConversationLog
    records: Any
    cases: CaseStore
    inquiries: Inquiries
    likeness: Likeness
    talks: Talks
    unfinished: Unfinished
    news: News
    audit: AuditLog
    bench: Workbench
    secret: Callable[[str], Awaitable[bytes]]


def sql_stores(database: Database, clock: FixedClock) -> Stores:
    return Stores(
        SqlTurnStore(database),
        SqlOutbox(database, clock),
        SqlConversationLog(database, clock),
        SqlRecords(database),
        SqlCaseStore(database),
        SqlInquiries(database),
        SqlLikeness(database),
        SqlTalks(database),
        SqlUnfinished(database),
        SqlNews(database),
        SqlAuditLog(database),
        SqlWorkbench(database, clock),
        database.secret,
    )


def memory_stores(memory: Memory | None = None) -> Stores:
    memory, audit = memory or Memory(), MemoryAuditLog()
    return Stores(
        MemoryTurnStore(memory),
        MemoryOutbox(memory),
        MemoryConversationLog(memory),
        MemoryRecords(memory),
        MemoryCaseStore(memory),
        MemoryInquiries(memory),
        MemoryLikeness(memory),
        MemoryTalks(memory),
        MemoryUnfinished(memory),
        MemoryNews(memory),
        audit,
        MemoryWorkbench(memory, audit, FixedClock()),
        memory.secret,
    )


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def incoming(activity: str = "", user: str = "u1", address: Address = TEAMS, fingerprint: str = "f") -> Incoming:
    activity = activity or f"activity-{next(_numbers)}"
    return Incoming(address, activity, user, Happening.MESSAGE, NOW, "hi", fingerprint=fingerprint)


def commit(message: Incoming | None = None, version: int = 0, **changes: Any) -> Commit:
    return replace(Commit(message or incoming(), Outcome(({"id": "r1"},)), {"n": 1}, version), **changes)


def post(name: str, due: float = 0, address: Address = TEAMS, kind: str = "reply") -> Post:
    return Post(name, kind, address, {"text": name}, later(due))


def conversation(name: str = OURS.conversation) -> Conversation:
    return Conversation(name, "u1", "directline", NOW)


def said(*names: str) -> tuple[dict[str, Any], ...]:
    return tuple({"id": name, "text": f"text of {name}"} for name in names)


async def texts(log: ConversationLog, name: str = OURS.conversation, watermark: int = 0) -> list[Any]:
    return [activity["id"] for activity in (await log.since(name, watermark)).activities]
