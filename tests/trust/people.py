"""People with marks of their own who use everything that the whole bot offers."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, inspect, text

import doors
import wiring
from cases.model import Owner, operator
from cases.ports import CaseFilter
from cases.usecases import ask_partner, note
from settings import Settings
from storage.cases import SqlCaseStore
from storage.engine import Database
from tests.bot.fakes import emulator_message
from tests.cases.samples import CALENDAR
from tests.talk import buttons
from tests.trust.conftest import UNLIMITED
from turn.desk import Desk

KINDS = (
    *("user", "name", "directory-id", "personal-conversation", "bubble"),
    *("display-name", "page", "other-name", "other-page", "invoice"),
    *("question", "words", "group-words", "group-company", "version"),
    *("file-name", "file-content", "client-id", "operator-words", "operator-note"),
)
SECONDS = 30.0
"""To wait for what has to happen."""


class Marks(dict[str, str]):
    """A mark for each kind: twelve letters and digits, as they are stored whatever is done to case and width."""

    def __init__(self) -> None:
        super().__init__((kind, f"zq{secrets.token_hex(5)}") for kind in KINDS)

    def seen(self, stored: str) -> set[str]:
        """The kinds that ``stored`` shows."""
        return {kind for kind, mark in self.items() if mark in stored}


@dataclass
class Office:
    """The whole bot, a channel, and both of its doors."""

    parts: wiring.Parts
    client: TestClient[Any, Any]
    channel: str
    arrived: list[dict[str, Any]]
    folder: Path
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self) -> Database:
        return self.parts.database

    async def rows(self) -> dict[str, list[str]]:
        """All rows of all tables that are there, known to us or not."""

        def read(connection: Connection) -> dict[str, list[str]]:
            names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
            found = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
            return {name: [repr(tuple(row)) for row in rows] for name, rows in found.items()}

        return await self.database.snapshot(read)

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(SECONDS):
            while not await true():  # noqa: ASYNC110 - the database has no event for it
                await asyncio.sleep(0.02)

    async def still(self, *kinds: str) -> bool:
        """Whether no post of these kinds waits."""
        query = text("SELECT kind FROM outbox WHERE status = 'waiting'")
        waiting = await self.database.read(lambda connection: connection.execute(query).scalars().all())
        return not set(waiting) & set(kinds)


@dataclass
class Person:
    """Somebody who talks through the channels' door, alone and in a group."""

    office: Office
    marks: Marks
    group: str

    async def say(self, words: str | None, place: str = "", **more: Any) -> None:
        number = next(self.office.numbers)
        marks = self.marks
        sender = {"id": marks["user"], "name": marks["name"], "aadObjectId": marks["directory-id"]}
        conversation = (
            {"id": self.group, "isGroup": True, "conversationType": "groupChat"}
            if place == "group"
            else {"id": marks["personal-conversation"]}
        )
        body = emulator_message(self.office.channel, words, id=f"a{number}-{marks['bubble']}", **more)
        body |= {"from": sender, "conversation": conversation}
        async with self.office.client.post("/api/messages", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def press(self, title: str) -> None:
        """A button of what arrived last with one of this title."""
        shown = [button for one in self.office.arrived if (button := buttons(one).get(title))]
        assert shown, f"no button {title!r}"
        await self.say(None, value={name: value for name, value in shown[-1]["data"].items() if name != "msteams"})

    async def lives(self) -> None:
        """Everything that a partner can do."""
        marks = self.marks
        await self.say(f"{marks['question']} xyzzy plugh?")
        await self.say("What do we need for the Learning Action Pack?")
        like = {"do": "feedback", "entry": "lap-requirements", "version": marks["version"], "helpful": True}
        await self.say(None, value=like)
        await self._list(marks["display-name"], marks["page"])
        await self._work_on_it()
        await self._list(marks["other-name"], marks["other-page"])
        await self.say("report missing KPIs")
        await self.say(f"2020-01,MOC,seat,{marks['invoice']},3,1200 USD")
        await self.say(f"list {marks['group-company']} in Chile", "group")
        await self.say(f"{marks['group-words']} xyzzy?", "group")
        await self.say("show my data")

    async def _list(self, name: str, page: str) -> None:
        await self.say("cancel")
        await self.say("yes")
        await self.say(f"list {name} in Brazil, https://{page}.com/ms")
        for _ in range(3):
            await self.say("yes")
        await self.press("Send")

    async def _work_on_it(self) -> None:
        """An operator asks, notes something down, and the partner changes it."""
        database, marks, ann = self.office.database, self.marks, operator("ann")
        desk = Desk(SqlCaseStore(database), self.office.parts.clock)
        now = self.office.parts.clock.now()
        [case] = (await desk.list(CaseFilter(owner=Owner("emulator", marks["user"])))).cases
        noted = note(case, f"called {marks['operator-note']}", ann, now)
        await desk.apply(noted)
        words = f"Dear {marks['operator-words']}"
        await desk.apply(ask_partner(noted.case, "landing-page", ann, now, CALENDAR, words=words))
        await self.office.until(lambda: self.office.still("notify"))


@dataclass
class Visitor:
    """Somebody on the web page."""

    office: Office
    marks: Marks
    path: str = ""
    token: str = ""

    async def comes(self) -> None:
        session = await self._call("/v3/directline/session", {})
        self.path, self.token = f"/v3/directline/conversations/{session['conversationId']}", session["token"]

    async def say(self, words: str = "", **more: Any) -> None:
        data = {"clientActivityID": f"{next(self.office.numbers)}{self.marks['client-id']}"}
        body = {"type": "message", "text": words, "channelData": data, "locale": "en-US", **more}
        await self._call(f"{self.path}/activities", body)

    async def lives(self) -> None:
        marks = self.marks
        await self.comes()
        await self.say(marks["words"])
        form = FormData()
        content = f"Month,Type,Kind,Invoice,Number,Amount\n2020-01,MOC,seat,{marks['file-content']},3,1200 USD\n"
        form.add_field("file", content.encode(), filename=f"{marks['file-name']}.csv", content_type="text/csv")
        await self._call(f"{self.path}/upload", form)
        await self.say("show my data")

    async def heard(self) -> str:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.office.client.get(f"{self.path}/activities", headers=headers) as answer:
            assert answer.status == 200
            return await answer.text()

    async def _call(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given: dict[str, Any] = {"data": body} if isinstance(body, FormData) else {"json": body}
        async with self.office.client.post(path, headers=headers, **given) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@asynccontextmanager
async def _channel(arrived: list[dict[str, Any]]) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        arrived.append(await request.json())
        return web.json_response({"id": "made"}, status=201)

    app = web.Application()
    app.router.add_post("/{rest:.*}", take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def an_office(url: str, folder: Path) -> AsyncIterator[Office]:
    arrived: list[dict[str, Any]] = []
    settings = Settings(database_url=url, page_check=False, **UNLIMITED)
    async with (
        _channel(arrived) as channel,
        wiring.running(settings) as parts,
        TestClient(TestServer(await doors.web_application(parts)), timeout=aiohttp.ClientTimeout(30)) as client,
    ):
        yield Office(parts, client, channel, arrived, folder)
