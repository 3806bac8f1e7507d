"""Direct Line on a real port, over a log in memory and a bot that repeats what it hears."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer

from channels.directline import DirectLine, DirectLineSettings, StreamHub
from dialogs.reply import JsonObject
from storage.memory import Memory, MemoryConversationLog
from storage.tickets import MemoryTickets
from tests.ports import own_port
from turn.errors import ReusedActivityId
from turn.model import Happening, Incoming, Outcome
from turn.ports import ConversationLog

BASE = "/v3/directline"
SITE = "https://www.example.com"
SIGNED_WITH = b"s" * 32
SERVER_SECRET = "a secret between two servers, of some length"


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Parrot:
    """Stands for the turn: commits the echo and one reply, once per activity."""

    def __init__(self, log: ConversationLog, hub: StreamHub) -> None:
        self._log, self._hub = log, hub
        self._inbox: dict[str, str] = {}
        self.heard: list[Incoming] = []
        self.fails: Exception | None = None

    async def run(self, incoming: Incoming) -> Outcome:
        if self.fails:
            raise self.fails
        if incoming.inbox_key in self._inbox:
            if self._inbox[incoming.inbox_key] != incoming.fingerprint:
                raise ReusedActivityId
            return Outcome((), replayed=True)
        self._inbox[incoming.inbox_key] = incoming.fingerprint
        self.heard.append(incoming)
        self._hub.typing(incoming.address.conversation)
        words = "Welcome" if incoming.happening is Happening.JOINED else f"You said: {incoming.text}"
        reply: JsonObject = {"type": "message", "id": f"{incoming.activity_id}-r", "text": words}
        rows = [reply] if incoming.echo is None else [incoming.echo, reply]
        await self._log.append(incoming.address.conversation, rows)
        self._hub.wake(incoming.address.conversation)
        return Outcome((reply,))


@dataclass
class Line:
    """A client's side of one conversation."""

    door: Door
    id: str
    user: str
    token: str
    resume: str = ""

    def path(self, rest: str = "") -> str:
        return f"/conversations/{self.id}{rest}"

    async def say(self, text: str, **more: Any) -> ClientResponse:
        activity = {"type": "message", "text": text, "from": {"id": "whoever"}, **more}
        return await self.door.call("POST", self.path("/activities"), activity, self.token)

    async def log(self, watermark: str = "") -> dict[str, Any]:
        answer = await self.door.call("GET", self.path(f"/activities?watermark={watermark}"), token=self.token)
        assert answer.status == 200
        got: dict[str, Any] = await answer.json()
        return got

    async def texts(self) -> list[str]:
        return [activity["text"] for activity in (await self.log())["activities"]]

    async def stream_url(self, watermark: int = 0) -> str:
        answer = await self.door.call("GET", self.path(f"?watermark={watermark}"), token=self.token)
        return str((await answer.json())["streamUrl"])

    async def socket(self, watermark: int = 0, **options: Any) -> ClientWebSocketResponse:
        opened: ClientWebSocketResponse = await self.door.http.ws_connect(await self.stream_url(watermark), **options)
        return opened


@dataclass
class Door:
    """A server with Direct Line, and a client of it."""

    url: str
    http: ClientSession
    clock: HandClock
    memory: Memory
    log: MemoryConversationLog
    hub: StreamHub
    bot: Parrot
    server: TestServer
    base: str = field(init=False)

    def __post_init__(self) -> None:
        self.base = self.url + BASE

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
    ) -> ClientResponse:
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        answer = await self.http.request(method, self.base + path, json=body, headers=sent, data=data)
        await answer.read()
        return answer

    async def visitor(self, origin: str | None = None) -> Line:
        """A new visitor of our own page, whose conversation has been started."""
        answer = await self.call("POST", "/session", {}, headers={"Origin": origin} if origin else None)
        assert answer.status == 200
        got = await answer.json()
        return Line(self, got["conversationId"], got["user"]["id"], got["token"], got["resume"])


def _listening(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    """As servers listen: at once again where one has just stopped."""
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


SETTINGS = DirectLineSettings(secret=SERVER_SECRET, origins=frozenset({SITE}))


@asynccontextmanager
async def opened(
    settings: DirectLineSettings = SETTINGS, *, after: Door | None = None, **hub_options: Any
) -> AsyncIterator[Door]:
    """A `Door`, open as long as the block runs; ``after`` another one was closed: at its address, with its memory."""
    clock = HandClock()
    memory, port = (after.memory, int(after.url.rsplit(":", 1)[1])) if after else (Memory(), own_port())
    log = MemoryConversationLog(memory)
    hub = StreamHub(log, clock, **hub_options)
    bot = Parrot(log, hub)
    channel = DirectLine(
        run=bot.run, log=log, hub=hub, tickets=MemoryTickets(), clock=clock, secret=SIGNED_WITH, settings=settings
    )
    app = web.Application(client_max_size=64 * 1024)
    channel.register(app)
    server = TestServer(app, port=port, socket_factory=_listening)
    await server.start_server(shutdown_timeout=1)
    try:
        async with ClientSession() as http:
            yield Door(str(server.make_url("")).rstrip("/"), http, clock, memory, log, hub, bot, server)
    finally:
        await server.close()
