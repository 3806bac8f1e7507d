"""Users who talk to bots that die, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text

from storage.engine import Database
from storage.turns import carried
from tests.bot.fakes import emulator_message
from tests.waiting import PATIENCE

DOUBLE = 0.15
"""Share of messages that the channel delivers again although they were taken."""
ENTRY = "lap-requirements"
SCRIPT = ("question", "helpful", "nonsense", "two questions")
TEXTS = {
    "question": "What do we need for the Learning Action Pack?",
    "nonsense": "xyzzy plugh quux",
    "two questions": "How does a company get into the directory? How often are the KPI reports updated?",
}
PRESS = {"do": "feedback", "entry": ENTRY, "version": "v", "helpful": True}
SETTLE_SECONDS = 30.0


@dataclass
class Connector:
    """A channel: remembers in which order what arrived."""

    url: str = ""
    arrived: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By conversation: activity replied to, time stamp of the reply."""
    bodies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """All messages by conversation, as they came."""

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["type"] == "message":
            self.bodies.setdefault(body["conversation"]["id"], []).append(body)
            if "replyToId" in body:
                replies = self.arrived.setdefault(body["conversation"]["id"], [])
                replies.append((body["replyToId"], body["timestamp"]))
        await asyncio.sleep(0.002)
        return web.json_response({"id": "given"}, status=201)


@asynccontextmanager
async def connector() -> AsyncIterator[Connector]:
    channel = Connector()
    app = web.Application()
    app.router.add_post("/{rest:.*}", channel._take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    channel.url = f"http://127.0.0.1:{server.port}"
    try:
        yield channel
    finally:
        await server.close()


@dataclass
class Talk:
    """One user in one conversation."""

    conversation: str
    acknowledged: list[str] = field(default_factory=list)
    """Ids of the activities that the bot took, in order."""
    kinds: list[str] = field(default_factory=list)
    token: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)
    """On Direct Line: the log as the client gets it in the end."""


@dataclass
class Campaign:
    """All users, and the bots' addresses."""

    urls: Sequence[str]
    channel: Connector
    http: aiohttp.ClientSession
    chance: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)
    talks: list[Talk] = field(default_factory=list)
    lines: list[Talk] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    """Of all answers: anything but 200 is a fault."""
    excused: frozenset[int] = frozenset()
    """Statuses that are none: the database is taken away on purpose."""

    async def channel_user(self, number: int, turns: int) -> None:
        """Say at least ``turns`` things through ``/api/messages``, one after the other, until it is over."""
        talk = Talk(f"talk-{number}")
        self.talks.append(talk)
        while len(talk.acknowledged) < turns or not self.over.is_set():
            place = len(talk.acknowledged)
            kind, activity_id = SCRIPT[place % len(SCRIPT)], f"{talk.conversation}-{place}"
            activity = emulator_message(  # to a channel whose pace nobody has to keep
                self.channel.url,
                TEXTS.get(kind),
                id=activity_id,
                value=PRESS if kind == "helpful" else None,
                conversation={"id": talk.conversation},
            )
            await self.until_taken("/api/messages", activity)
            talk.acknowledged.append(activity_id)
            talk.kinds.append(kind)

    async def web_user(self, turns: int) -> None:
        """The same on Direct Line; in the end all that was said is read again."""
        session = await self.until_taken("/v3/directline/session", {})
        talk = Talk(session["conversationId"], token=session["token"])
        self.lines.append(talk)
        path = f"/v3/directline/conversations/{talk.conversation}/activities"
        while len(talk.acknowledged) < turns or not self.over.is_set():
            place = len(talk.acknowledged)
            kind = SCRIPT[place % len(SCRIPT)]
            said = {"value": PRESS} if kind == "helpful" else {"text": TEXTS[kind]}
            data = {"channelData": {"clientActivityID": f"c{place}"}, "locale": "en-US"}
            taken = await self.until_taken(path, {"type": "message", **said, **data}, talk.token)
            talk.acknowledged.append(taken["id"])
            talk.kinds.append(kind)
        await self.over.wait()
        watermark = ""
        while page := await self._page(f"{path}?watermark={watermark}", talk.token):
            talk.shown += page["activities"]
            watermark = page["watermark"]

    async def until_taken(self, path: str, body: dict[str, Any], token: str = "") -> Any:
        """Deliver until it is acknowledged; now and then once more. Returns the answer; raises `TimeoutError`."""
        deliveries = 2 if self.chance.random() < DOUBLE else 1
        answer = None
        async with asyncio.timeout(PATIENCE):
            while deliveries:
                given = await self._post(self.chance.choice(self.urls) + path, body, token)
                if given is None:
                    await asyncio.sleep(0.01)
                else:
                    answer = answer or given
                    deliveries -= 1
        return answer

    async def _post(self, url: str, body: dict[str, Any], token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self.http.post(url, json=body, headers=headers) as response:
                answered = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        self.statuses[response.status] += 1
        if response.status != 200:
            return None
        return json.loads(answered) if answered else {}

    async def _page(self, path: str, token: str) -> Any:
        async with self.http.get(self.urls[0] + path, headers={"Authorization": f"Bearer {token}"}) as response:
            page = await response.json()
        return page if page["activities"] else None


@asynccontextmanager
async def campaign(urls: Sequence[str], seed: int) -> AsyncIterator[Campaign]:
    timeout = aiohttp.ClientTimeout(total=20)
    async with connector() as channel, aiohttp.ClientSession(timeout=timeout) as http:
        yield Campaign(urls, channel, http, random.Random(seed))


async def findings(told: Campaign, database: Database, settle: float = SETTLE_SECONDS) -> list[str]:
    """What is wrong: nothing may be lost, doubled, or out of order. Waits until the outbox is empty."""
    await _settled(database, settle)
    stored = await _stored(database)
    faults = [f"answered {status}" for status in told.statuses if status not in (200, *told.excused)]
    return [
        *faults,
        *(fault for talk in told.talks for fault in _wrong_on_the_channel(talk, stored, told.channel)),
        *(fault for talk in told.lines for fault in _wrong_on_direct_line(talk, stored)),
        *_wrong_records(told, stored),
    ]


@dataclass
class Stored:
    """What the bots left behind."""

    outcomes: dict[tuple[str, str], list[dict[str, Any]]]
    """Replies by conversation and activity."""
    turns: dict[str, int]
    log: dict[str, list[str]]
    waiting: int
    feedback: int
    missed: int


async def _settled(database: Database, seconds: float) -> None:
    waiting = text("SELECT count(*) FROM outbox WHERE status <> 'done'")
    for _ in range(int(seconds * 20)):
        if not await database.read(lambda connection: connection.execute(waiting).scalar_one()):
            return
        await asyncio.sleep(0.05)


async def _stored(database: Database) -> Stored:
    async def rows(query: str) -> Sequence[Any]:
        return await database.read(lambda connection: connection.execute(text(query)).all())

    log: dict[str, list[str]] = {}
    for conversation, activity in await rows("SELECT conversation, activity FROM log ORDER BY conversation, seq"):
        log.setdefault(conversation, []).append(activity)
    payloads = {post: json.loads(payload) for post, payload in await rows("SELECT id, payload FROM outbox")}
    return Stored(
        {(place, one): _replies(json.loads(it), payloads) for place, one, it in await rows(_INBOX)},
        {place: json.loads(it)["turn"] for place, it in await rows("SELECT conversation, value FROM state")},
        log,
        *[(await rows(f"SELECT count(*) FROM {rest}"))[0][0] for rest in _COUNTED],
    )


def _replies(outcome: Any, payloads: Mapping[str, Any]) -> list[Any]:
    """Those of a turn; one that should be with a post and is not was never sent."""
    lost = {"timestamp": "never"}
    return [*outcome["activities"], *(payloads.get(name, {}).get("activity", lost) for name in carried(outcome))]


_INBOX = "SELECT conversation, activity, outcome FROM inbox"
_COUNTED = ("outbox WHERE status <> 'done'", "feedback", "missed")


def _wrong_on_the_channel(talk: Talk, stored: Stored, channel: Connector) -> list[str]:
    said = talk.acknowledged
    faults = _wrong_turns(talk, stored)
    due = [(one, reply["timestamp"]) for one in said for reply in stored.outcomes.get((talk.conversation, one), [])]
    arrived = channel.arrived.get(talk.conversation, [])
    faults += [f"lost reply to {one}" for one, _ in set(due) - set(arrived)]
    faults += [f"reply to {one} that nobody stored" for one, _ in set(arrived) - set(due)]
    first = list(dict.fromkeys(arrived))
    if not faults and first != due:
        faults.append(f"replies of {talk.conversation} out of order")
    return faults


def _wrong_on_direct_line(talk: Talk, stored: Stored) -> list[str]:
    due = [
        row
        for one in talk.acknowledged
        for row in [one, *(reply["id"] for reply in stored.outcomes.get((talk.conversation, one), []))]
    ]
    faults = _wrong_turns(talk, stored)
    if stored.log.get(talk.conversation, []) != due:
        faults.append(f"log of {talk.conversation} is not what was said")
    if [activity["id"] for activity in talk.shown] != due:
        faults.append(f"client of {talk.conversation} sees something else")
    return faults


def _wrong_turns(talk: Talk, stored: Stored) -> list[str]:
    known = {one for place, one in stored.outcomes if place == talk.conversation}
    lost = set(talk.acknowledged) - known
    faults = [f"lost turn {one}" for one in lost]
    faults += [f"turn {one} that nobody was told of" for one in known - set(talk.acknowledged)]
    counted = stored.turns.get(talk.conversation, 0)
    if counted != len(talk.acknowledged) and not lost:
        faults.append(f"doubled turn: {counted} instead of {len(talk.acknowledged)} in {talk.conversation}")
    return faults


def _wrong_records(told: Campaign, stored: Stored) -> list[str]:
    kinds = Counter(kind for talk in (*told.talks, *told.lines) for kind in talk.kinds)
    wanted: dict[str, tuple[int, int]] = {
        "feedback": (stored.feedback, kinds["helpful"]),
        "missed questions": (stored.missed, kinds["nonsense"]),
        "posts not sent": (stored.waiting, 0),
    }
    return [f"{name}: {there} instead of {due}" for name, (there, due) in wanted.items() if there != due]
