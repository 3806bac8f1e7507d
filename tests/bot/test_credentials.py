"""The bot's own token: asked for once, renewed in time, never shown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.credentials import (
    AHEAD,
    MULTI_TENANT,
    RETRY,
    AppType,
    CachedToken,
    ClientSecret,
    Grant,
    ManagedIdentity,
    NoCredentials,
    client_secret,
)
from bot.errors import CredentialsRefused

SECRET = SecretStr("s3cret-canary")


class Watch:
    """A clock that is moved by hand."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Mint:
    """Issues numbered tokens that live an hour."""

    def __init__(self) -> None:
        self.issued = 0
        self.broken = False

    async def __call__(self) -> Grant:
        self.issued += 1
        await asyncio.sleep(0.01)
        if self.broken:
            raise CredentialsRefused("status 401")
        return Grant(f"token-{self.issued}", 3600)


@pytest.fixture
def mint() -> Mint:
    return Mint()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def cached(mint: Mint, watch: Watch) -> CachedToken:
    return CachedToken(mint, watch)


async def _renewed() -> None:
    """What goes on in the background is done."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


async def test_many_at_once_cause_one_request(cached: CachedToken, mint: Mint) -> None:
    assert set(await asyncio.gather(*(cached.token() for _ in range(30)))) == {"token-1"}
    assert mint.issued == 1


async def test_it_is_renewed_ahead_while_the_old_one_serves(cached: CachedToken, mint: Mint, watch: Watch) -> None:
    await cached.token()
    watch.seconds += 3600 - AHEAD
    assert await cached.token() == "token-1"
    assert await cached.token() == "token-1"
    await _renewed()
    assert await cached.token() == "token-2"
    assert mint.issued == 2


async def test_an_outage_of_the_issuer_is_bridged(cached: CachedToken, mint: Mint, watch: Watch) -> None:
    await cached.token()
    mint.broken = True
    watch.seconds += 3600 - AHEAD
    for _ in range(20):
        assert await cached.token() == "token-1"
        await asyncio.sleep(0)
    await _renewed()
    assert mint.issued == 2, f"one attempt each {RETRY} s"
    watch.seconds += AHEAD
    with pytest.raises(CredentialsRefused):
        await cached.token()
    mint.broken = False
    assert await cached.token() == "token-4"


async def test_a_discarded_token_is_not_used_again(cached: CachedToken) -> None:
    await cached.token()
    cached.discard()
    assert await cached.token() == "token-2"


async def test_without_credentials_there_is_no_token() -> None:
    none = NoCredentials()
    none.discard()
    assert await none.token() is None


class Entra:
    """A token service that records what it is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Any = {"access_token": "granted", "expires_in": 3599}
        self.status = 200
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        headers = {name: request.headers[name] for name in ("Metadata", "X-IDENTITY-HEADER") if name in request.headers}
        self.asked.append({"path": request.path, "form": form, "query": dict(request.query), "headers": headers})
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    service = Entra()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", service.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        service.url = str(server.make_url("")).rstrip("/")
        yield service


async def test_client_credentials(session: aiohttp.ClientSession, entra: Entra) -> None:
    assert await ClientSecret(session, "app", SECRET, "tenant-1", entra.url)() == Grant("granted", 3599)
    assert entra.asked == [
        {
            "path": "/tenant-1/oauth2/v2.0/token",
            "form": {
                "grant_type": "client_credentials",
                "client_id": "app",
                "client_secret": "s3cret-canary",
                "scope": "https://api.botframework.com/.default",
            },
            "query": {},
            "headers": {},
        }
    ]


async def test_the_tenant_follows_the_app_type(session: aiohttp.ClientSession) -> None:
    assert client_secret(session, AppType.SINGLE_TENANT, "app", SECRET, "t-1").tenant == "t-1"
    assert client_secret(session, AppType.MULTI_TENANT, "app", SECRET, "t-1").tenant == MULTI_TENANT
    with pytest.raises(ValueError, match="MicrosoftAppTenantId"):
        client_secret(session, AppType.SINGLE_TENANT, "app", SECRET)


async def test_managed_identity_of_a_virtual_machine(session: aiohttp.ClientSession, entra: Entra) -> None:
    entra.answer = {"access_token": "granted", "expires_in": "86399", "expires_on": "1"}
    assert await ManagedIdentity(session, "app", f"{entra.url}/metadata")() == Grant("granted", 86399)
    assert entra.asked[0]["headers"] == {"Metadata": "true"}
    assert entra.asked[0]["query"]["client_id"] == "app"
    assert entra.asked[0]["query"]["resource"] == "https://api.botframework.com"


async def test_managed_identity_of_an_app_service(session: aiohttp.ClientSession, entra: Entra) -> None:
    entra.answer = {"access_token": "granted", "expires_on": str(int(time.time()) + 3600)}
    grant = await ManagedIdentity(session, "app", f"{entra.url}/msi", SecretStr("header"))()
    assert grant.lifetime == pytest.approx(3600, abs=5)
    assert entra.asked[0]["headers"] == {"X-IDENTITY-HEADER": "header"}


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (401, {"error": "invalid_client", "error_codes": [7000215]}, "status 401, invalid_client 7000215"),
        (400, {"error": "x" * 500}, "status 400, " + "x" * 40),
        (200, {}, "answer without a token"),
        (200, {"access_token": 5, "expires_in": 1}, "answer without a token"),
        (200, {"access_token": "t", "expires_in": "soon"}, "ValueError"),
        (200, {"access_token": "t"}, "ValueError"),
        (200, "<html>", "JSONDecodeError"),
        (200, "[]", "ValueError"),
        (302, {}, "status 302, None"),
    ],
)
async def test_a_refusal_says_why(
    session: aiohttp.ClientSession, entra: Entra, status: int, answer: Any, reason: str
) -> None:
    entra.status, entra.answer = status, answer
    with pytest.raises(CredentialsRefused) as caught:
        await ClientSecret(session, "app", SECRET, "t-1", entra.url)()
    assert caught.value.reason == reason


async def test_an_issuer_that_is_away(session: aiohttp.ClientSession) -> None:
    with pytest.raises(CredentialsRefused):
        await ClientSecret(session, "app", SECRET, "t-1", "http://127.0.0.1:1")()


async def test_secrets_are_never_shown(
    session: aiohttp.ClientSession, entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    entra.status, entra.answer = 401, {"error": "invalid_client", "error_description": "s3cret-canary"}
    asking = ClientSecret(session, "app", SECRET, "t-1", entra.url)
    cached = CachedToken(asking)
    with pytest.raises(CredentialsRefused) as caught:
        await cached.token()
    shown = f"{asking!r} {cached!r} {Grant('t0ken-canary', 1)!r} {caught.value!r} {caught.value} {caplog.text}"
    assert "canary" not in shown
    assert "invalid_client" in caplog.text
