"""What the pieces are given when the bot is wired: settings reach the limits, the doors and the registration."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

import wiring
from doors import web_application
from ops.clock import SystemClock
from parts import Parts
from settings import Settings
from tests.bot.fakes import APP_ID
from tests.crash.databases import new_postgres
from tests.process import serving
from tests.waiting import PATIENCE
from turn.model import Address, Post

REGISTRATION: dict[str, Any] = {
    "MicrosoftAppId": APP_ID,
    "MicrosoftAppPassword": "p4ss",
    "MicrosoftAppTenantId": "tenant-1",
}
LINE = "/v3/directline"
TOO_LATE = 10.0
"""Seconds; a log is read again without a wake after 30."""


@contextlib.asynccontextmanager
async def served(url: str, **settings: Any) -> AsyncIterator[tuple[Parts, TestClient[Any, Any]]]:
    """A bot as it is wired, and its doors."""
    async with (
        wiring.running(Settings(DATABASE_URL=url, **settings)) as parts,
        TestClient(TestServer(await web_application(parts), host="127.0.0.1")) as client,
    ):
        yield parts, client


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bot.db"


@pytest.fixture
def postgres() -> Iterator[str]:
    with new_postgres() as made:
        yield made


@pytest.mark.parametrize(("most", "opened", "kept"), [("2", 4, 2), ("0", 201, 201)])
async def test_an_address_has_the_connections_of_the_settings(
    tmp_path: Path, most: str, opened: int, kept: int
) -> None:
    async with serving(tmp_path, CONNECTIONS_PER_ADDRESS=most) as bot:
        answered = await asyncio.to_thread(_connect, urlsplit(bot.url).port or 0, opened)
        assert answered == [True] * kept + [False] * (opened - kept)


def _connect(port: int, number: int) -> list[bool]:
    """Whether new connections, which stay open, are answered on."""
    with contextlib.ExitStack() as stack:
        return [_answered(stack.enter_context(socket.create_connection(("127.0.0.1", port)))) for _ in range(number)]


def _answered(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(12) == b"HTTP/1.1 200"
    return False


async def test_strangers_at_the_channels_door_wait(url: str) -> None:
    async with served(url, RATE_ADDRESS=3, PROXIES=1, **REGISTRATION) as (_, client):

        async def ask(visitor: str) -> int:
            headers = {"X-Forwarded-For": visitor}
            async with client.post("/api/messages", json={}, headers=headers) as answer:
                assert ("Retry-After" in answer.headers) == (answer.status == HTTPStatus.TOO_MANY_REQUESTS)
                return answer.status

        assert [await ask("198.51.100.7") for _ in range(5)] == [401] * 3 + [429] * 2
        assert await ask("198.51.100.8") == 401


async def test_a_message_to_one_process_reaches_a_socket_of_another_at_once(postgres: str) -> None:
    async with served(postgres) as (_, here), served(postgres) as (_, there):
        async with here.post(f"{LINE}/session", json={}) as answer:
            session = await answer.json()
        headers = {"Authorization": f"Bearer {session['token']}"}
        path = f"{LINE}/conversations/{session['conversationId']}"
        async with here.get(path, headers=headers) as answer:
            stream = URL((await answer.json())["streamUrl"]).relative()
        async with there.ws_connect(stream) as listening:
            await listening.receive_json(timeout=PATIENCE)  # the welcome
            for words in ("hello", "thanks", "help", "hello again", "thank you"):
                said = {"type": "message", "text": words}
                async with here.post(f"{path}/activities", json=said, headers=headers) as answer:
                    assert answer.status == HTTPStatus.OK
                async with asyncio.timeout(TOO_LATE):
                    while words not in await _texts(listening):
                        pass


async def _texts(listening: aiohttp.ClientWebSocketResponse) -> list[str]:
    """Of the next frame."""
    return [one.get("text", "") for one in (await listening.receive_json())["activities"]]


async def test_posts_that_were_given_up_are_told(url: str) -> None:
    async with served(url) as (parts, client):

        async def told() -> tuple[str, str, str]:
            """The probe's word, what it says of the outbox, and the gauge."""
            async with client.get("/readyz") as answer:
                assert answer.status == HTTPStatus.OK
                found = await answer.json()
            async with client.get("/metrics") as answer:
                (gauge,) = (line for line in (await answer.text()).splitlines() if line.startswith("bot_outbox_parked"))
            return found["status"], found["checks"]["outbox"]["detail"], gauge

        assert await told() == ("ok", "0 waiting, 0 parked", "bot_outbox_parked 0.0")
        now, address = SystemClock().now(), Address("msteams", "c")
        await parts.outbox.add([Post(f"p{number}", "of no kind", address, {}, now) for number in range(2)])
        async with asyncio.timeout(PATIENCE):
            while "parked 2" not in (await told())[2]:  # noqa: ASYNC110 - the dispatcher looks once a second
                await asyncio.sleep(0.05)
        assert await told() == ("degraded", "0 waiting, 2 parked", "bot_outbox_parked 2.0")


class Asked(NamedTuple):
    """A request for the bot's own token."""

    method: str
    address: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


@pytest.fixture
async def asked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Asked]]:
    """What the bot asks for tokens, wherever it asks: all of it arrives at a server here."""
    found: list[Asked] = []

    async def answer(request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in ("Metadata", "X-IDENTITY-HEADER") if name in request.headers}
        form = {name: str(value) for name, value in (await request.post()).items()}
        found.append(Asked(request.method, addresses.pop(0), dict(request.query), form, headers))
        return web.json_response({"access_token": "granted", "expires_in": 3600})

    addresses: list[str] = []
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:

        async def here(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            addresses.append(str(request.url.with_query(None)))
            request.url = server.make_url("/").with_query(request.url.query)
            return await handler(request)

        session = aiohttp.ClientSession(middlewares=[here])
        monkeypatch.setattr(wiring, "open_session", lambda: session)
        yield found


FORM = {
    "grant_type": "client_credentials",
    "client_id": APP_ID,
    "client_secret": "p4ss",
    "scope": "https://api.botframework.com/.default",
}
QUERY = {"resource": "https://api.botframework.com", "client_id": APP_ID}
LOGIN = "https://login.microsoftonline.com/{}/oauth2/v2.0/token"
MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token"
SERVICE = "http://127.0.0.1:41/msi/token"
OF_THE_MACHINE = Asked("GET", MACHINE, {**QUERY, "api-version": "2018-02-01"}, {}, {"Metadata": "true"})
OF_THE_SERVICE = Asked("GET", SERVICE, {**QUERY, "api-version": "2019-08-01"}, {}, {"X-IDENTITY-HEADER": "h3ader"})


@pytest.mark.parametrize(
    ("kind", "environment", "wanted"),
    [
        ("SingleTenant", {}, Asked("POST", LOGIN.format("tenant-1"), {}, FORM, {})),
        ("MultiTenant", {}, Asked("POST", LOGIN.format("botframework.com"), {}, FORM, {})),
        ("UserAssignedMSI", {}, OF_THE_MACHINE),
        ("UserAssignedMSI", {"IDENTITY_ENDPOINT": SERVICE}, OF_THE_MACHINE),
        ("UserAssignedMSI", {"IDENTITY_ENDPOINT": SERVICE, "IDENTITY_HEADER": "h3ader"}, OF_THE_SERVICE),
    ],
)
async def test_the_bots_token_is_asked_for_as_it_is_registered(
    asked: list[Asked],
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    environment: dict[str, str],
    wanted: Asked,
) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with served(url, MicrosoftAppType=kind, **REGISTRATION) as (parts, _):
        assert await parts.identity.credentials.token() == "granted"
    assert asked == [wanted]
