"""A console that serves, and browsers that use it: through real HTTP, over a real database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from console import Console, ConsoleSettings
from console.console import Stores
from console.cookies import csrf_token, hash_of, new_session_id
from console.naming import Naming
from console.pages.accounts import Accounts
from console.pages.audit import Audit
from console.pages.requests import Requests
from console.passwords import Passwords
from console.routing import Section
from desk.access import Role
from desk.accounts import Account, Session, new_local, with_password
from desk.audit import AuditFilter, Deed, Record
from desk.ports import Workbench
from faq.library import Library
from ops.clock import FixedClock
from ops.guard import guarded
from ops.metrics import Metrics
from storage.cases import SqlCaseStore
from storage.console import SqlAccounts, SqlAuditLog, SqlSessions, SqlTries
from storage.desk import SqlCaseFinder
from storage.engine import Database, open_database
from storage.migrate import migrate
from storage.workbench import SqlWorkbench
from tests.migrated import put_tables
from turn.desk import Desk

Form = Mapping[str, str | Sequence[str]]
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
PASSWORD = "seven quiet rivers run"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Answer:
    """What a browser got."""

    status: int
    text: str
    headers: Any

    @property
    def goal(self) -> str:
        """Where it is sent on to."""
        return str(self.headers.get("Location", ""))


class Browser:
    """Keeps cookies, sends what a browser sends, follows nothing by itself."""

    def __init__(self, http: aiohttp.ClientSession, url: str, origin: str = "") -> None:
        self.http, self.url, self.origin = http, url, origin or url
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.language = "en"

    async def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, form: Form | None = None, **headers: str) -> Answer:
        """A form, with the session's token."""
        token = {"csrf": csrf_token(self.session)} if self.session else {}
        return await self._ask("POST", path, {**token, **(form or {})}, {"Origin": self.origin, **headers})

    @property
    def session(self) -> str:
        """The id in the session's cookie."""
        return next((value for name, value in self.cookies.items() if name in ("console", "__Host-console")), "")

    async def sign_in(self, name: str, password: str = PASSWORD, **headers: str) -> Answer:
        """As somebody types it."""
        return await self.post("/sign-in", {"name": name, "password": password, "next": ""}, **headers)

    async def _ask(self, method: str, path: str, form: Form | None, headers: dict[str, str]) -> Answer:
        sent = {"Accept-Language": self.language, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        where = path if path.startswith("http") else f"{self.url}/console{path}"
        async with self.http.request(method, where, data=form, headers=sent, allow_redirects=False) as response:
            self.set_cookies = response.headers.getall("Set-Cookie", [])
            for line in self.set_cookies:
                for name, morsel in SimpleCookie(line).items():
                    if morsel["max-age"] == "0" or not morsel.value:
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            return Answer(response.status, await response.text(), response.headers)


@dataclass
class Place:
    """A console that serves."""

    url: str
    http: aiohttp.ClientSession
    stores: Stores
    clock: FixedClock
    passwords: Passwords
    settings: ConsoleSettings
    database: Database
    desk: Desk
    console: Console
    _made: int = field(default=0)

    def browser(self) -> Browser:
        """Nobody yet."""
        return Browser(self.http, self.url, self.settings.origin)

    async def account(self, name: str, *roles: Role, password: str = PASSWORD) -> Account:
        """Somebody with a password of their own."""
        hashed = await self.passwords.hash(password)
        made = new_local(name, frozenset(roles), hashed, "", self.clock.now())
        await self.stores.accounts.apply(made)
        own = with_password(made.account, hashed, self.clock.now())
        await self.stores.accounts.apply(own)
        return own.account

    async def signed_in(self, *roles: Role, name: str = "") -> Browser:
        """A browser of somebody with these roles."""
        self._made += 1
        account = await self.account(name or f"person{self._made}", *roles)
        browser, session_id, now = self.browser(), new_session_id(), self.clock.now()
        record = Record(now, account.name, Deed.SIGNED_IN, account.name)
        await self.stores.sessions.begin(Session(hash_of(session_id), account.name, now, now), record)
        browser.cookies["__Host-console" if self.settings.secure else "console"] = session_id
        return browser

    async def deeds(self, actor: str = "") -> list[str]:
        """What the audit log holds, oldest first."""
        page = await self.stores.audit.list(AuditFilter(actor), limit=500)
        return [str(record.deed) for record in reversed(page.records)]

    def later(self, **by: float) -> None:
        """Time goes by."""
        self.clock.advance(timedelta(**by))


@asynccontextmanager
async def opened(
    folder: Path,
    library: Library,
    settings: ConsoleSettings | None = None,
    sections: Sequence[Section] | Callable[[Workbench], Sequence[Section]] | None = None,
    address: str = "",
) -> AsyncIterator[Place]:
    """A console with the given sections, or the list of requests; ``address``: from where everybody seems to come."""
    settings, clock, passwords = settings or ConsoleSettings(), FixedClock(NOW), Passwords(FAST)
    await put_tables(folder / "desk.db")
    database = await open_database(f"sqlite:///{folder}/desk.db")
    await migrate(database)
    stores = Stores(SqlAccounts(database), SqlSessions(database), SqlTries(database), SqlAuditLog(database))
    desk, bench = Desk(SqlCaseStore(database), clock), SqlWorkbench(database, clock)
    app = guarded(Metrics())
    if callable(sections):
        sections = sections(bench)
    console = Console(
        settings=settings,
        stores=stores,
        passwords=passwords,
        library=lambda: library,
        clock=clock,
        sections=[
            Requests(bench, SqlCaseFinder(database), stores.accounts, Naming(lambda: library, lambda: None)),
            Accounts(stores.accounts, passwords, by_provider=bool(settings.provider)),
            Audit(),
        ]
        if sections is None
        else sections,
        address_of=lambda request: request.headers.get("X-Address", address),
    )
    console.register(app)
    async with TestServer(app) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        url = str(server.make_url("")).rstrip("/")
        yield Place(url, http, stores, clock, passwords, settings, database, desk, console)
    await database.close()


def stored_bytes(folder: Path) -> bytes:
    """All that the database's files hold."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def visible(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())
