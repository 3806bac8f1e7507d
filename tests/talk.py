"""A conversation with the whole engine over the in-memory twins: what a test says and what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.render import ActivityRenderer
from dialogs.decision import Decision, Knowledge
from dialogs.reply import JsonObject
from ops.clock import FixedClock
from storage.memory import Memory, MemoryConversationLog, MemoryOutbox, MemoryTurnStore
from storage.memory_sent import MemorySentPosts
from turn.delivery import Delivery
from turn.engine import TurnEngine
from turn.errors import DeliveryFailed
from turn.model import Address, Attachment, Commit, Happening, Incoming, Outcome, Scope
from turn.probe import Probe, unobserved

START = datetime(2026, 3, 10, 9, tzinfo=UTC)


@dataclass
class RecordingCourier:
    """A channel that remembers what it got, and fails as told."""

    sent: list[tuple[str, JsonObject]] = field(default_factory=list)
    failures: list[DeliveryFailed] = field(default_factory=list)
    typed: int = 0
    changed: list[tuple[str, JsonObject]] = field(default_factory=list)
    """The channel's id of a message, and what it was changed to."""

    async def deliver(self, address: Address, activities: Sequence[JsonObject]) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.extend((address.conversation, activity) for activity in activities)
        return f"given-{len(self.sent)}"

    async def change(self, address: Address, sent_as: str, activity: JsonObject) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.changed.append((sent_as, activity))

    async def typing(self, address: Address) -> None:
        self.typed += 1


@dataclass
class RecordingWaker:
    """Remembers which conversations were woken."""

    woken: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def wake(self, conversation_id: str) -> None:
        self.woken.append(conversation_id)

    def typing(self, conversation_id: str) -> None:
        self.typed.append(conversation_id)


@dataclass
class RecordingObserver:
    """Remembers the traces of turns and the failures."""

    traces: list[dict[str, str | float]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def turn(self, incoming: Incoming, outcome: Outcome, decision: Decision | None, seconds: float) -> None:
        self.traces.append(dict(decision.trace) if decision else {"kind": "replayed"})

    def outbox(self, waiting: int, parked: int) -> None:
        pass

    def failure(self, where: str, error: Exception) -> None:
        self.failures.append((where, type(error).__name__))


class OrderlyStore(MemoryTurnStore):
    """Refuses a turn whose first posts are not its replies: a redelivery would be answered with something else."""

    async def commit(self, commit: Commit) -> frozenset[str]:
        outcome, payloads = commit.outcome, {post.id: post.payload for post in commit.posts}
        first = outcome.posts[: len(outcome.activities)]
        if outcome.posts and [payloads[name].get("activity") for name in first] != [*outcome.activities]:
            raise AssertionError("the replies of this turn are not with its first posts")
        return await super().commit(commit)


class Talk:
    """One bot, any number of users and conversations."""

    def __init__(
        self,
        knowledge: Knowledge,
        *,
        channel: str = "msteams",
        scope: Scope = Scope.PERSONAL,
        probe: Probe = unobserved,
    ) -> None:
        self.memory = Memory()
        self.clock = FixedClock(START)
        self.courier, self.waker, self.observer = RecordingCourier(), RecordingWaker(), RecordingObserver()
        self.store, self.outbox = OrderlyStore(self.memory), MemoryOutbox(self.memory)
        self.log = MemoryConversationLog(self.memory)
        self.delivery = Delivery(
            outbox=self.outbox, courier=self.courier, log=self.log, waker=self.waker, clock=self.clock
        )
        self.engine = TurnEngine(
            store=self.store,
            delivery=self.delivery,
            renderer=ActivityRenderer(lambda: knowledge.library),
            knowledge=lambda: knowledge,
            observer=self.observer,
            probe=probe,
            sent=MemorySentPosts(self.memory),
        )
        self.knowledge, self.channel, self.scope = knowledge, channel, scope
        self.last: Incoming | None = None
        """The activity that came in last."""
        self._count = 0

    def incoming(
        self, happening: Happening, *, user: str = "ann", conversation: str = "c1", **more: object
    ) -> Incoming:
        """An activity as an edge would hand it over."""
        self._count += 1
        address = Address(self.channel, conversation, reference={"serviceUrl": "https://smba.trafficmanager.net/x/"})
        values: dict[str, object] = {"activity_id": f"a{self._count}", "scope": self.scope, **more}
        self.last = Incoming(
            address=address,
            user=user,
            happening=happening,
            received_at=self.clock.now(),
            **values,  # type: ignore[arg-type]
        )
        return self.last

    async def say(self, text: str, **more: object) -> list[JsonObject]:
        """What the bot answers to ``text``."""
        return await self._turn(self.incoming(Happening.MESSAGE, text=text, **more))

    async def press(self, data: JsonObject, **more: object) -> list[JsonObject]:
        """What the bot answers to a button."""
        return await self._turn(self.incoming(Happening.PRESS, value=data, **more))

    async def join(self, **more: object) -> list[JsonObject]:
        """What the bot says to someone who has just come in."""
        return await self._turn(self.incoming(Happening.JOINED, **more))

    async def send_file(self, name: str, **more: object) -> list[JsonObject]:
        """What the bot answers to a file without a word."""
        file = Attachment(name, "application/octet-stream", 10)
        return await self.say("", attachments=(file,), **more)

    async def _turn(self, incoming: Incoming) -> list[JsonObject]:
        """One turn, to the last note that is made of it."""
        outcome = await self.engine.run(incoming)
        await self.engine.settled()
        return list(outcome.activities)


def shown(activity: JsonObject) -> str:
    """All the words of an activity, as a reader sees them: text, card texts, button titles."""
    words: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, dict):
            words.extend(
                str(value[key]) for key in ("label", "text", "title", "value") if isinstance(value.get(key), str)
            )
            for key, item in value.items():
                if key not in ("data", "msteams", "fallbackText", "speak", "fallback"):
                    collect(item)

    collect(activity)
    return "\n".join(words)


def buttons(activity: JsonObject) -> dict[str, JsonObject]:
    """All buttons of an activity by their title: suggested actions and card actions."""
    found: dict[str, JsonObject] = {}

    def collect(value: object) -> None:
        if isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, dict):
            kind = str(value.get("type", ""))
            if kind.startswith("Action.") or kind in ("imBack", "messageBack", "postBack"):
                found[str(value["title"])] = value
            for key, item in value.items():
                if key not in ("data", "msteams", "refresh", "fallback"):
                    collect(item)

    collect(activity)
    return found
