"""Every host of the internet on this machine: whatever the bot asks for arrives here, over TLS, and is written down."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.keys import METADATA_URL
from tests.bot.fakes import Issuer

BOT_TOKEN = "the-token-of-the-bot"
IDENTITY_HOSTS = ("login.botframework.com", "login.microsoftonline.com")
"""Asked for keys and for the bot's own token; nothing of a user goes there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that left the bot."""

    method: str
    url: str
    host: str
    token: str | None


@dataclass
class Wire:
    """The internet."""

    issuer: Issuer
    sent: list[Sent] = field(default_factory=list)
    asleep: float = 0.0
    """Seconds until the identity service answers."""
    onward: str = ""
    """Where channels send on to, when they do."""

    @property
    def to_channels(self) -> list[Sent]:
        """All but the questions to identity services."""
        return [one for one in self.sent if one.host not in IDENTITY_HOSTS]

    async def began(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, asked: object) -> None:
        """A trace: every request that the session begins, wherever it goes."""
        assert isinstance(asked, aiohttp.TraceRequestStartParams)
        token = asked.headers.get("Authorization")
        self.sent.append(Sent(asked.method, str(asked.url), asked.url.host or "", token))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        if host in IDENTITY_HOSTS:
            await asyncio.sleep(self.asleep)
        if host == "login.microsoftonline.com":
            return web.json_response({"access_token": BOT_TOKEN, "expires_in": 3600})
        if str(request.url.with_scheme("https").with_port(None)) == METADATA_URL:
            return web.json_response({"jwks_uri": f"https://{host}/keys"})
        if host in IDENTITY_HOSTS:
            return web.json_response(self.issuer.answer("/keys"))
        if self.onward:
            raise web.HTTPTemporaryRedirect(self.onward)
        return web.json_response({"id": "given"}, status=201)


class EveryHost(AbstractResolver):
    """Knows every name, and that it is here."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        here = ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        return [here]

    async def close(self) -> None:
        """Nothing is held."""


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "everywhere")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    file = folder / "everywhere.pem"
    file.write_bytes(pem + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return file


@contextlib.asynccontextmanager
async def wired(issuer: Issuer, folder: Path) -> AsyncIterator[tuple[Wire, aiohttp.ClientSession]]:
    """The internet, and a session whose requests all arrive there."""
    wire = Wire(issuer)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", wire.answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(wire.began)
    connector = aiohttp.TCPConnector(resolver=EveryHost(runner.addresses[0][1]), ssl=False)
    try:
        async with aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session:
            yield wire, session
    finally:
        await runner.cleanup()
