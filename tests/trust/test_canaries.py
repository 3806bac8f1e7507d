"""Marked secrets and personal data go through a running bot and its failures: no log, error or metric shows a mark."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestServer

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
BASE = "/v3/directline"
KINDS = (
    "words",
    "name",
    "mail",
    "phone",
    "user",
    "conversation",
    "pressed",
    "filename",
    "content",
    "header",
    "token",
    "query",
    "answer",  # what a channel says when it refuses
    "directline-secret",
    "app-password",
    "database-password",
)
MARKS = {kind: f"canary-{kind}-{secrets.token_hex(12)}" for kind in KINDS}


def found_in(texts: list[str]) -> list[str]:
    """Kinds of marks that any of the texts shows."""
    return [kind for kind, mark in MARKS.items() if any(mark.partition("-")[2] in text for text in texts)]


@dataclass
class Bot:
    """A running bot, and everything it shows to others than the user."""

    url: str
    http: ClientSession
    output: list[str]
    errors: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """JSON of the answer; refusals are kept to be looked through."""
        async with self.http.request(method, self.url + path, **options) as answer:
            text = await answer.text()
            self.statuses.append(answer.status)
            if answer.status >= 400:
                self.errors.append(f"{text} {dict(answer.headers)}")
            return json.loads(text) if answer.content_type == "application/json" else None

    async def shown(self) -> list[str]:
        """Logs, answers to refused requests, metrics and probes."""
        pages = []
        for path in ("/metrics", "/readyz", "/healthz"):
            async with self.http.get(self.url + path) as answer:
                pages.append(await answer.text())
        return [*self.output, *self.errors, *pages]


@asynccontextmanager
async def running(folder: Path, before: str = "", **environment: str) -> AsyncIterator[Bot]:
    """``python app.py``, logging all it can; ``before`` is run first, in the same process."""
    script = f"import sys, app\n{before}\nsys.exit(app.main([]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{folder}/bot.db", "PORT": "0", "LOG_LEVEL": "debug"}
        | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    output: list[str] = []
    serving = asyncio.Event()

    async def read(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            output.append(line.decode())
            if "http://localhost:" in output[-1]:
                serving.set()
        serving.set()

    reading = asyncio.create_task(read(process.stdout))
    try:
        async with asyncio.timeout(PATIENCE):
            await serving.wait()
        address = next((line.split()[-1].rstrip("/") for line in output if "http://localhost:" in line), "")
        async with ClientSession() as http:
            yield Bot(address, http, output)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await reading


@asynccontextmanager
async def refusing_channel() -> AsyncIterator[str]:
    """A channel that takes nothing and is talkative about it."""

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"error": {"message": MARKS["answer"]}}, status=500)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", refuse)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()


def activity(service_url: str, **changes: Any) -> dict[str, Any]:
    text = f"{MARKS['words']} I am {MARKS['name']}, {MARKS['mail']}@example.com, +49 {MARKS['phone']}"
    return {
        "type": "message",
        "id": secrets.token_hex(8),
        "channelId": "msteams",
        "serviceUrl": service_url,
        "conversation": {"id": MARKS["conversation"]},
        "from": {"id": MARKS["user"], "name": MARKS["name"], "aadObjectId": MARKS["user"]},
        "recipient": {"id": "28:bot", "name": "bot"},
        "text": text,
        **changes,
    }


async def through_the_channels_door(bot: Bot) -> None:
    """Messages, presses, files and rubbish, to a channel that refuses replies or is not there."""
    headers = {"X-Note": MARKS["header"], "User-Agent": MARKS["header"]}
    attachments = [
        {"contentType": "text/plain", "name": MARKS["filename"], "contentUrl": f"http://{MARKS['content']}/"}
    ]
    async with refusing_channel() as channel:
        bodies = [
            activity(channel),
            activity("http://127.0.0.1:9/"),
            activity(channel, value={"do": MARKS["pressed"], MARKS["pressed"]: MARKS["pressed"]}),
            activity(channel, type="invoke", name=MARKS["words"], value={"action": {"data": MARKS["pressed"]}}),
            activity(channel, attachments=attachments, locale=MARKS["words"]),
            activity(channel, deliveryMode="expectReplies"),
            activity(f"http://{MARKS['content']}/"),
            activity(channel, conversation=MARKS["conversation"]),
            activity(channel, type=None, text={"a": MARKS["words"]}),
            activity(channel, channelId=MARKS["words"] * 9),
        ]
        for body in bodies:
            await bot.call("POST", f"/api/messages?q={MARKS['query']}", json=body, headers=headers)
        rubbish = [MARKS["words"].encode(), b'{"text": "' + MARKS["words"].encode(), b"\xff" + MARKS["words"].encode()]
        for data in rubbish:
            await bot.call("POST", "/api/messages", data=data, headers={**headers, "Content-Type": "application/json"})
        known = activity(channel)
        await bot.call("POST", "/api/messages", json=known, headers=headers)
        await bot.call("POST", "/api/messages", json={**known, "text": MARKS["words"]}, headers=headers)  # reused id
        await bot.call("POST", "/api/messages", json=known, headers={"Authorization": f"Bearer {MARKS['token']}"})
    await bot.call("GET", f"/{MARKS['query']}?{MARKS['query']}", headers=headers)


async def through_direct_line(bot: Bot) -> tuple[str, dict[str, str]]:
    """A conversation of a site's user, and what is refused there; returns its path and the headers of its token."""
    secret = {"Authorization": f"Bearer {MARKS['directline-secret']}"}
    user = {"user": {"id": f"dl_{MARKS['user']}"}}
    await bot.call("POST", f"{BASE}/tokens/generate", json=user, headers={**secret, "Origin": bot.url})
    token = (await bot.call("POST", f"{BASE}/tokens/generate", json=user, headers=secret))["token"]
    headers = {"Authorization": f"Bearer {token}", "X-Note": MARKS["header"]}
    conversation = (await bot.call("POST", f"{BASE}/conversations", json={}, headers=headers))["conversationId"]
    path = f"{BASE}/conversations/{conversation}"
    said = {"type": "message", "text": MARKS["words"], "channelData": {"clientActivityID": MARKS["user"]}}
    await bot.call("POST", f"{path}/activities", json=said, headers=headers)
    await bot.call("POST", f"{path}/activities", json={**said, "text": MARKS["mail"]}, headers=headers)  # reused id
    await bot.call("POST", f"{path}/activities", json={**said, "text": [MARKS["words"]]}, headers=headers)
    await bot.call("POST", f"{path}/activities", data=MARKS["words"], headers=headers)
    form = FormData()
    form.add_field("file", MARKS["content"].encode(), filename=MARKS["filename"], content_type="text/plain")
    await bot.call("POST", f"{path}/upload", data=form(), headers=headers)
    await bot.call("GET", f"{path}/activities?watermark={MARKS['query']}", headers=headers)
    await bot.call("GET", f"{path}/stream?t={MARKS['token']}")
    await bot.call("GET", f"{BASE}/conversations/{MARKS['conversation']}/activities", headers=headers)
    await bot.call("POST", f"{BASE}/session", json={"resume": MARKS["token"]}, headers={"Origin": MARKS["query"]})
    await bot.call("POST", f"{BASE}/session", json={"resume": MARKS["token"]})
    for _ in range(12):  # more than the user may
        await bot.call("POST", f"{path}/activities", json={"type": "message", "text": MARKS["phone"]}, headers=headers)
    return path, headers


@pytest.fixture
def secret_settings() -> dict[str, str]:
    return {"DIRECTLINE_SECRET": MARKS["directline-secret"]}


async def test_a_running_bot_shows_no_mark(tmp_path: Path, secret_settings: dict[str, str]) -> None:
    async with running(tmp_path, **secret_settings) as bot:
        await through_the_channels_door(bot)
        await through_direct_line(bot)
        assert {200, 400, 401, 403, 404, 409, 429} <= set(bot.statuses)
        assert 500 not in bot.statuses
        assert found_in(await bot.shown()) == []
        assert any('"event": "turn"' in line for line in bot.output), "it logs"


SPOILED = "ALTER TABLE {0} RENAME TO spoiled_{0}"
BROKEN = {
    "decide": "import turn.engine\n"
    "def fail(said, *_): raise ValueError(said.text, said.value, said)\n"
    "turn.engine.decide = fail",
    "render": "import bot.render\n"
    "def fail(self, *words): raise KeyError(words)\n"
    "bot.render.ActivityRenderer.render = fail",
    "courier": "import bot.courier\n"
    "async def fail(self, *words): raise RuntimeError(words)\n"
    "bot.courier.ConnectorCourier.deliver = fail",
    "commit": "import storage.turns\n"
    "async def fail(self, commit): raise OSError(repr(commit))\n"
    "storage.turns.SqlTurnStore.commit = fail",
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_bot_with_a_fault_shows_no_mark(broken: str, tmp_path: Path, secret_settings: dict[str, str]) -> None:
    """The fault's own words are full of marks."""
    async with running(tmp_path, BROKEN[broken], **secret_settings) as bot:
        await through_the_channels_door(bot)
        assert 500 in bot.statuses or broken == "courier"
        assert any('"level": "error"' in line for line in bot.output)
        assert found_in(await bot.shown()) == []


@pytest.mark.parametrize("table", ["state", "inbox", "outbox", "log"])
async def test_a_bot_without_a_table_shows_no_mark(table: str, tmp_path: Path, secret_settings: dict[str, str]) -> None:
    """The database's errors quote statements and values."""
    async with running(tmp_path, **secret_settings) as bot:
        path, headers = await through_direct_line(bot)
        with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
            connection.execute(SPOILED.format(table))
        await through_the_channels_door(bot)
        said = {"type": "message", "text": MARKS["words"]}
        await bot.call("POST", f"{path}/activities", json=said, headers=headers)
        await bot.call("GET", f"{path}/activities", headers=headers)
        assert found_in(await bot.shown()) == []
        assert 500 in bot.statuses
        assert any('"level": "error"' in line for line in bot.output)


STARTS: dict[str, dict[str, str]] = {
    "no such database server": {"DATABASE_URL": f"postgresql://bot:{MARKS['database-password']}@127.0.0.1:1/bot"},
    "an address that is none": {"DATABASE_URL": f"postgresql://bot:{MARKS['database-password']}@[1/bot"},
    "another kind of database": {"DATABASE_URL": f"mysql://bot:{MARKS['database-password']}@127.0.0.1/bot"},
    "a password without an id": {"MicrosoftAppPassword": MARKS["app-password"]},
    "a password without a tenant": {"MicrosoftAppId": "id", "MicrosoftAppPassword": MARKS["app-password"]},
    "a port that is none": {"PORT": MARKS["token"], "DIRECTLINE_SECRET": MARKS["directline-secret"]},
}


@pytest.mark.parametrize("start", STARTS)
async def test_a_bot_that_cannot_start_shows_no_mark(start: str, tmp_path: Path) -> None:
    async with running(tmp_path, **STARTS[start]) as bot:
        assert bot.url == ""
        assert 1 <= len(bot.output) <= 2, bot.output
        assert found_in(bot.output) == []


async def test_a_registered_bot_shows_no_mark(tmp_path: Path) -> None:
    """Its signing keys cannot be fetched: nobody is let in, and nothing of the tokens is told."""
    registered = {
        "MicrosoftAppId": "00000000-0000-0000-0000-00000000b071",
        "MicrosoftAppTenantId": "tenant",
        "MicrosoftAppPassword": MARKS["app-password"],
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    async with running(tmp_path, **registered) as bot:
        for token in (MARKS["token"], f"a.{MARKS['token']}.c", "x" * 9000 + MARKS["token"]):
            headers = {"Authorization": f"Bearer {token}"}
            await bot.call("POST", "/api/messages", json=activity("https://smba.trafficmanager.net/"), headers=headers)
        assert set(bot.statuses) <= {400, 401, 403, 503}
        assert found_in(await bot.shown()) == []


LEAKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "a word in a known field": (
        "import ops.observer, structlog\n"
        "def turn(self, incoming, *_): structlog.get_logger('x').info('turn', reason=incoming.text)\n"
        "ops.observer.TurnObserver.turn = turn",
        lambda kind: kind == "words",
    ),
    "an answer with the error's words": (
        "import bot.adapter, turn.engine\n"
        "from aiohttp import web\n"
        f"{BROKEN['decide']}\n"
        "bot.adapter._fault = lambda error: web.json_response({'error': str(error)}, status=500)",
        lambda kind: kind == "words",
    ),
    "a metric by user": (
        "import ops.observer\n"
        "turn = ops.observer.TurnObserver.turn\n"
        "def leak(self, incoming, *rest): self._metrics.turn('x', incoming.user, 'y', 1.0)\n"
        "ops.observer.TurnObserver.turn = leak",
        lambda kind: kind == "user",
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
async def test_a_leak_is_noticed(leak: str, tmp_path: Path, secret_settings: dict[str, str]) -> None:
    before, expected = LEAKS[leak]
    async with running(tmp_path, before, **secret_settings) as bot:
        await through_the_channels_door(bot)
        assert any(map(expected, found_in(await bot.shown())))
