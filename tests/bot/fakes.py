"""The two services a bot talks to, on loopback: an issuer of tokens and a channel. Activities as clients send them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP_ID = "00000000-0000-0000-0000-00000000b071"
TEAMS_URL = "https://smba.trafficmanager.net/emea/"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class FixedClock:
    """It is always `NOW`."""

    def now(self) -> datetime:
        return NOW


@dataclass
class Issuer:
    """The Bot Connector's identity service: metadata and keys, served on a thread of its own."""

    address: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    endorsements: dict[str, list[str]] = field(default_factory=dict)
    down: bool = False
    open: threading.Event = field(default_factory=threading.Event)
    """While it is cleared, nobody is answered."""
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open.set()

    def add_key(self, key_id: str, endorsements: list[str] | None = None) -> rsa.RSAPrivateKey:
        self.keys[key_id] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.endorsements[key_id] = ["msteams", "webchat"] if endorsements is None else endorsements
        return self.keys[key_id]

    @property
    def metadata_url(self) -> str:
        return f"{self.address}/openid"

    def answer(self, path: str) -> dict[str, object]:
        if path == "/openid":
            return {"issuer": "https://api.botframework.com", "jwks_uri": f"{self.address}/keys"}
        return {
            "keys": [
                {
                    **RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
                    "kid": key_id,
                    "use": "sig",
                    "endorsements": self.endorsements[key_id],
                }
                for key_id, key in self.keys.items()
            ]
        }

    def claims(self, **changed: object) -> dict[str, Any]:
        """Valid claims; a value of None takes a claim away."""
        now = int(time.time())
        valid = {"iss": "https://api.botframework.com", "aud": APP_ID, "nbf": now - 60, "exp": now + 3600}
        merged = {**valid, "serviceurl": TEAMS_URL, **changed}
        return {name: value for name, value in merged.items() if value is not None}

    def token(self, key_id: str = "k1", headers: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token signed with one of the keys; ``changed`` claims as in `claims`."""
        payload = json.dumps(self.claims(**changed)).encode()
        return jwt.PyJWS().encode(payload, self.keys[key_id], "RS256", {"kid": key_id, **(headers or {})})


@contextmanager
def serve(issuer: Issuer) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.requests.append(self.path)
            issuer.open.wait()
            if issuer.down:
                self.send_error(503)
                return
            body = json.dumps(issuer.answer(self.path)).encode()
            with suppress(ConnectionError):  # a client that waited long enough is gone
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield issuer
    finally:
        issuer.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Call:
    """One request to the channel."""

    method: str
    path: str
    """Still quoted, as it came over the wire."""
    body: Any
    authorization: str | None


@dataclass
class Channel:
    """A connector. Records what it is sent; answers as told."""

    calls: list[Call] = field(default_factory=list)
    faults: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers of the next answers; after them it takes everything."""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is cleared, nobody is answered."""
    server: TestServer | None = None

    def __post_init__(self) -> None:
        self.open.set()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server()

    async def stop(self) -> None:
        assert self.server is not None
        self.open.set()
        await self.server.close()

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def texts(self) -> list[str]:
        return [call.body.get("text", "") for call in self.calls if call.method == "POST"]

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.calls.append(Call(request.method, request.raw_path, body, request.headers.get("Authorization")))
        await self.open.wait()
        if self.faults:
            status, headers = self.faults.pop(0)
            return web.json_response({"error": {"code": "Fault"}}, status=status, headers=headers)
        if request.method == "GET":
            return web.json_response([{"id": "29:ana", "name": "Ana"}])
        return web.json_response({"id": f"given-{len(self.calls)}"}, status=201)


def anywhere() -> bool:
    """The request did not come from this machine, as far as a gate needs to know."""
    return False


def teams_message(text: str | None = "hello", **changed: Any) -> dict[str, Any]:
    """A personal message as Teams sends it."""
    return {
        "type": "message",
        "id": "1700000000001",
        "timestamp": "2026-11-22T09:30:00.123Z",
        "localTimestamp": "2026-11-22T10:30:00.123+01:00",
        "localTimezone": "Europe/Berlin",
        "channelId": "msteams",
        "serviceUrl": TEAMS_URL,
        "from": {"id": "29:ana", "name": "Ana", "aadObjectId": "11111111-2222-3333-4444-555555555555"},
        "conversation": {"conversationType": "personal", "tenantId": "t-1", "id": "a:1_personal"},
        "recipient": {"id": "28:bot", "name": "Learning Partner"},
        "textFormat": "plain",
        "text": text,
        "locale": "en-US",
        "attachments": [{"contentType": "text/html", "content": f"<p>{text}</p>"}],
        "entities": [{"locale": "en-US", "country": "US", "platform": "Web", "type": "clientInfo"}],
        "channelData": {"tenant": {"id": "t-1"}},
        **changed,
    }


def teams_channel_message(text: str) -> dict[str, Any]:
    """The same in a channel, where the bot has to be mentioned."""
    mention = {"type": "mention", "text": "<at>Learning Partner</at>", "mentioned": {"id": "28:bot"}}
    return teams_message(
        f"<at>Learning Partner</at>&nbsp;{text}\n",
        conversation={
            "isGroup": True,
            "conversationType": "channel",
            "tenantId": "t-1",
            "id": "19:abc@thread.tacv2;messageid=1700000000001",
        },
        entities=[mention, {"type": "clientInfo", "locale": "zh-CN"}],
        locale=None,
    )


def emulator_message(service_url: str, text: str | None = "hello", **changed: Any) -> dict[str, Any]:
    """A message as the Emulator sends it: a bare conversation, no tenant."""
    return {
        "channelData": {"clientActivityID": "1700000000001abc", "clientTimestamp": "2026-11-22T09:30:00.123Z"},
        "text": text,
        "textFormat": "plain",
        "type": "message",
        "channelId": "emulator",
        "from": {"id": "7d0a6a0e-user", "name": "User", "role": "user"},
        "locale": "en-US",
        "localTimestamp": "2026-11-22T10:30:00+01:00",
        "timestamp": "2026-11-22T09:30:00.123Z",
        "entities": [{"requiresBotState": True, "supportsListening": True, "type": "ClientCapabilities"}],
        "recipient": {"id": "5d3a-bot", "name": "Bot", "role": "bot"},
        "conversation": {"id": "3f2c6d10-be7c-11f0|livechat"},
        "id": "4a1d0b70-be7c-11f0",
        "serviceUrl": service_url,
        **changed,
    }


def emulator_joined(service_url: str) -> dict[str, Any]:
    """What the Emulator sends when a conversation starts: bot and user are added."""
    update = emulator_message(service_url, type="conversationUpdate", text=None)
    members = [{"id": "5d3a-bot", "name": "Bot"}, {"id": "7d0a6a0e-user", "name": "User"}]
    return {**update, "membersAdded": members, "membersRemoved": []}
