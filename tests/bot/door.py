"""``/api/messages`` on an ephemeral port with a stub engine behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import Bot

from bot.adapter import LearningPartnerAdapter
from bot.connector import Connector
from bot.courier import ConnectorCourier
from bot.credentials import NoCredentials
from bot.handler import LearningPartnerBot
from bot.keys import ConnectorKeys
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens, Gate, LoopbackOnly
from tests.bot.fakes import APP_ID, FixedClock, Issuer
from turn.model import Incoming, Outcome


@dataclass
class Engine:
    """Remembers what happened and says it back; delivers as the real one does when it has a courier."""

    courier: ConnectorCourier | None = None
    seen: list[Incoming] = field(default_factory=list)
    error: Exception | None = None
    gate: asyncio.Event | None = None
    """Turns wait for it."""

    async def run(self, incoming: Incoming) -> Outcome:
        self.seen.append(incoming)
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        outcome = Outcome(({"id": f"r-{len(self.seen)}", "type": "message", "text": f"you: {incoming.text}"},))
        if self.courier:
            await self.courier.deliver(incoming.address, outcome.activities)
        return outcome


@dataclass
class Door:
    """The served endpoint."""

    client: TestClient[Any, Any]
    engine: Engine
    connector: Connector
    adapter: LearningPartnerAdapter

    async def post(self, activity: object, token: str | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON (or None) of the answer. ``activity`` may be bytes."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        sent = {"Content-Type": "application/json", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        async with self.client.post("/api/messages", data=body, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None


class Server(TestServer):
    """As in production: a client that leaves does not cancel the turn it started."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


@asynccontextmanager
async def open_door(gate: Gate, connector: Connector, urls: ServiceUrls, bot: Bot | None = None) -> AsyncIterator[Door]:
    """``bot`` takes the place of our own, which hands everything to the stub engine."""
    engine = Engine(ConnectorCourier(connector) if not urls.hosts else None)
    adapter = LearningPartnerAdapter(gate, connector, bot or LearningPartnerBot(engine.run, FixedClock(), urls))
    app = web.Application()
    app.router.add_post("/api/messages", adapter.handle)
    async with TestClient(Server(app, host="127.0.0.1"), raise_for_status=False) as client:
        yield Door(client, engine, connector, adapter)


@asynccontextmanager
async def registered(session: aiohttp.ClientSession, issuer: Issuer) -> AsyncIterator[Door]:
    """A bot with an app id: tokens of ``issuer``, the channels' own hosts."""
    urls = ServiceUrls.channels()
    gate = ConnectorTokens(APP_ID, ConnectorKeys(session, issuer.metadata_url), urls)
    async with open_door(gate, Connector(session, NoCredentials(), urls), urls) as door:
        yield door


@asynccontextmanager
async def local(
    session: aiohttp.ClientSession, *, bound_to_loopback: bool = True, bot: Bot | None = None
) -> AsyncIterator[Door]:
    """A bot without an app id, for Emulator and Agents Playground."""
    urls = ServiceUrls.loopback()
    gate = LoopbackOnly(urls, bound_to_loopback=bound_to_loopback)
    async with open_door(gate, Connector(session, NoCredentials(), urls), urls, bot) as door:
        yield door
