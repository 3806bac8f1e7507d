"""The two services a bot talks to, in the load generator's process: who issues tokens, and the channel's connector."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from benchmarks.turns.wire import listen

APP_ID = "00000000-0000-0000-0000-00000000b071"
ISSUER = "https://api.botframework.com"
LIFETIME = 12 * 3600
CHANNEL = "msteams"


@dataclass(slots=True)
class Heard:
    """A reply as the connector got it."""

    at: float
    """When it arrived, by `time.perf_counter`."""
    held: float
    """Seconds that the connector took to answer the bot."""
    body: bytes


@dataclass
class Services:
    """Both, on one port. ``delay`` is what the connector takes for each reply, in seconds."""

    port: int = 0
    delay: float = 0.0
    replies: int = 0
    _waiting: dict[str, asyncio.Future[Heard]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    async def start(self) -> None:
        """Serve."""
        self._server, self.port = await listen(self._respond)

    def stop(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()

    @property
    def url(self) -> str:
        """The service URL of the channel, and the address of the issuer."""
        return f"http://127.0.0.1:{self.port}"

    def token(self) -> str:
        """What the channel shows with every activity: signed with RS256, for the bot, this channel and service URL."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + LIFETIME, "serviceurl": self.url}
        return jwt.encode(claims, self._key, "RS256", {"kid": "k1"})

    def expect(self, activity_id: str) -> asyncio.Future[Heard]:
        """The first reply to that activity, once it is here."""
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting[activity_id] = future
        return future

    def forget(self, activity_id: str) -> None:
        """Nobody waits for it any more."""
        self._waiting.pop(activity_id, None)

    def _respond(self, _method: str, path: str, body: bytes) -> asyncio.Future[bytes] | bytes:
        if path.startswith("/v3/conversations/"):
            return self._reply(path, body)
        return json.dumps(self._issued(path)).encode()

    def _reply(self, path: str, body: bytes) -> asyncio.Future[bytes] | bytes:
        self.replies += 1
        heard = Heard(time.perf_counter(), 0.0, body)
        waiting = self._waiting.pop(unquote(path.rpartition("/")[2]), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(heard)
        if not self.delay:
            return b'{"id":"given"}'
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bytes] = loop.create_future()

        def take() -> None:
            heard.held = time.perf_counter() - heard.at  # more than the delay: timers are late
            taken.set_result(b'{"id":"given"}')

        loop.call_later(self.delay, take)
        return taken

    def _issued(self, path: str) -> dict[str, Any]:
        if path == "/openid":
            return {
                "issuer": ISSUER,
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        if path == "/keys":
            key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
            return {"keys": [{**key, "kid": "k1", "use": "sig", "endorsements": [CHANNEL]}]}
        return {"token_type": "Bearer", "expires_in": LIFETIME, "access_token": "t" * 1200}
