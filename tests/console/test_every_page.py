"""Every page of the running bot's console: hostile words stay words, strangers and viewers stay out.

Pages are found by their routes, so that one that is added is covered by itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from openpyxl import load_workbook
from yarl import URL

from cases.model import Actor, Case, CaseType, Contact, Draft, Owner
from cases.model import Role as Party
from cases.usecases import assign, note, open_case
from console.cookies import csrf_token, hash_of, new_session_id
from desk.access import Role
from desk.accounts import Session, new_local, with_password
from desk.audit import Deed, Record
from dialogs.decision import Knowledge
from doors import furnish, web_application
from faq.library import Library
from parts import Parts
from program.windows import calendar_of
from settings import Settings
from storage.cases import SqlCaseStore
from storage.console import SqlAccounts, SqlAuditLog, SqlSessions
from storage.overview import roll_up
from storage.records import insert_records
from tests.console.requesting import elements
from tests.talk import START, Talk
from tests.webchat.payloads import PAYLOADS
from turn.model import Exchange, Feedback, Missed
from wiring import running

FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "＝1")
HOSTILE = (*PAYLOADS, *FORMULAS)
NOW = datetime.now(UTC)
RISKY = ("=", "+", "-", "@", "\t", "\r", "＝")
OPEN = ("/sign-in", "/static", "/language", "/sign-out")
"""Beginnings of addresses that need no account."""
FORBIDDEN = {"script", "iframe", "object", "embed", "style", "base", "applet", "frameset", "video", "audio", "math"}


@dataclass
class Served:
    """The running bot's doors."""

    parts: Parts
    url: str
    http: aiohttp.ClientSession
    routes: list[tuple[str, str]]
    """Method and address below ``/console``."""
    cases: list[Case] = field(default_factory=list)

    async def session(self, name: str, *roles: Role) -> str:
        """Somebody signed in."""
        accounts, session_id, now = SqlAccounts(self.parts.database), new_session_id(), self.parts.clock.now()
        made = new_local(name, frozenset(roles), "", "", now)
        await accounts.apply(made)
        await accounts.apply(with_password(made.account, "", now))
        record = Record(now, name, Deed.SIGNED_IN, name)
        await SqlSessions(self.parts.database).begin(Session(hash_of(session_id), name, now, now), record)
        return session_id

    async def ask(self, method: str, path: str, session: str = "") -> tuple[int, bytes, str]:
        """Status, body and type of the answer."""
        headers = {"Cookie": f"console={session}"} if session else {}
        headers["Origin"] = self.url
        form = {"csrf": csrf_token(session) if session else "x", "version": "1"} if method == "POST" else None
        where = URL(f"{self.url}/console{path}", encoded=True)
        async with self.http.request(method, where, data=form, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.content_type

    def addresses(self, method: str) -> list[str]:
        """Every route with its parts filled in; those with a reference once for a hundred requests."""
        parts = {
            "{name}": ["ann"],
            "{month}": [f"{NOW:%Y-%m}"],
            "{language}": ["en"],
            "{reference}": [case.reference for case in self.cases],
        }
        found = []
        for route_method, path in self.routes:
            if route_method != method:
                continue
            filled = [path]
            for part, values in parts.items():
                filled = [one.replace(part, value) for one in filled for value in (values if part in one else [""])]
            found += [re.sub(r"\{[a-z_]+(:[^}]*)?\}", "1", one) for one in filled]
        return found


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/bot.db", console=True, page_check=False, rate_address=0)
    async with running(settings) as parts:
        app = await web_application(parts)
        await furnish(app)
        routes = [
            (route.method, route.resource.canonical.removeprefix("/console"))
            for route in app.router.routes()
            if route.resource is not None
            and route.resource.canonical.startswith("/console/")
            and route.method in ("GET", "POST")
        ]
        async with TestServer(app) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Served(parts, str(server.make_url("")).rstrip("/"), http, routes)


def _draft(number: int, words: str, library: Library, owner: str = "u") -> tuple[Draft, datetime]:
    ours = {"country": "BR", "about-only": "yes", "no-competitors": "yes", "owned": "yes"}
    fields = {"display-name": words, "landing-page": words, **ours}
    type_ = CaseType.LISTING
    if number % 3 == 2:
        fields, type_ = {"text": words, "subject": words}, CaseType.MESSAGE
    contact = Contact("directline", words, local=True)
    return Draft(type_, f"{number:032x}", dict(fields), Owner("directline", owner), contact, "en"), NOW


async def _filled(served: Served, library: Library) -> None:
    """Every text that others write holds every payload."""
    store, calendar, clerk = SqlCaseStore(served.parts.database), calendar_of(library.program), "ann"
    for number, words in enumerate(HOSTILE):
        draft, at = _draft(number, words, library)
        change = open_case(draft, at, calendar)
        await store.apply(change)
        noted = note(change.case, words, Actor(Party.OPERATOR, clerk), at)
        await store.apply(noted)
        given = assign(noted.case, words, Actor(Party.OPERATOR, clerk), at)
        await store.apply(given)
        served.cases.append(given.case)
    records = [
        record
        for words in HOSTILE
        for day in (0, 2)
        for record in (
            Missed(words, "en", words, "no-match", (words,), NOW - timedelta(days=day), words, words),
            Feedback(words, words, "en", words, words, False, NOW - timedelta(days=day)),
            _exchange(words, "suggestions", day),
            _exchange(words, "form", day),
        )
    ]
    await served.parts.database.write(lambda connection: insert_records(connection, records))
    await roll_up(served.parts.database, NOW, calendar.zone)
    audit = SqlAuditLog(served.parts.database)
    for words in HOSTILE[:40]:
        await audit.write(Record(NOW, words, Deed.EXPORTED, words, {"what": words, "format": words}, words))


def _exchange(words: str, kind: str, day: int) -> Exchange:
    at = NOW - timedelta(days=day)
    return Exchange(words, words, words, "en", words, kind, words, 0.5, words, at, words, words, words)


async def test_hostile_words_stay_words_on_every_page_and_in_every_file(served: Served, library: Library) -> None:
    admin = await served.session("ann", *Role)
    await _filled(served, library)
    pages = files = 0
    for path in [*served.addresses("GET"), *_more()]:
        if path.startswith("/static"):
            continue
        status, body, kind = await served.ask("GET", path, admin)
        assert status < 500, path
        if kind == "text/html":
            found = elements(body.decode())
            assert set(found.names) & FORBIDDEN == set(), path
            assert found.handlers == [], path
            pages += status == 200
        elif kind == "text/csv":
            rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
            assert not [cell for row in rows for cell in row if cell.startswith(RISKY)], path
            files += 1
        elif kind.endswith(".sheet"):
            sheet = load_workbook(io.BytesIO(body)).active
            assert sheet is not None
            assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "d", "n"}, path
            files += 1
    assert pages > len(HOSTILE)
    assert files >= 9


def _more() -> list[str]:
    """Addresses with a question mark: files, filters, other pages of lists."""
    month = f"{NOW:%Y-%m}"
    tables = ("days", "top", "worst", "states", "listed", "dialogs", "places")
    return [
        *(f"/overview/export?table={table}" for table in tables),
        *(f"/batch/{month}/export?format={form}" for form in ("csv", "xlsx")),
        *(f"/requests?text={quote(words)}" for words in PAYLOADS[:20]),
        "/requests?order=due",
        "/overview?days=365",
        "/overview?channel=%3Cscript%3E",
        "/audit?actor=%22%3E%3Cscript%3E",
    ]


async def test_strangers_see_and_do_nothing(served: Served, library: Library) -> None:
    await _filled(served, library)
    before = [await SqlCaseStore(served.parts.database).find(case.reference) for case in served.cases]
    for method in ("GET", "POST"):
        for path in served.addresses(method):
            if path.startswith(OPEN):
                continue
            status, body, _ = await served.ask(method, path)
            assert status in (303, 401, 403, 404), (method, path, status)
            assert b"pwned" not in body, path
    assert [await SqlCaseStore(served.parts.database).find(case.reference) for case in served.cases] == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CURATOR])
async def test_whoever_only_looks_changes_none_of_a_hundred_requests(
    served: Served, library: Library, role: Role
) -> None:
    await _filled(served, library)
    store, session = SqlCaseStore(served.parts.database), await served.session("vic", role)
    before = [await store.find(case.reference) for case in served.cases]
    refused = 0
    for path in served.addresses("POST"):
        if path.startswith(("/requests", "/batch", "/accounts")):
            status, _, _ = await served.ask("POST", path, session)
            assert status == 403, path
            refused += 1
    assert refused > 3 * len(served.cases) - 1
    assert [await store.find(case.reference) for case in served.cases] == before


async def test_a_partner_learns_nothing_of_a_hundred_requests_of_another(knowledge: Knowledge) -> None:
    library, talk = knowledge.library, Talk(knowledge)
    references = []
    for number in range(100):
        draft, _ = _draft(number * 3, f"Secretive Partner {number}", library, owner="somebody-else")
        change = open_case(replace(draft, owner=Owner("msteams", "somebody-else")), START, calendar_of(library.program))
        talk.memory.cases.store(*talk.memory.cases.checked([change]))
        references.append(change.case.reference)
    for reference in references:
        for words in (reference, f"withdraw {reference}", f"status of {reference.lower()}"):
            said = str(await talk.say(words, user="stranger"))
            assert "Secretive" not in said
            assert "Received" not in said
    found = [talk.memory.cases.find(reference) for reference in references]
    assert all(case is not None and case.state == "received" for case in found)
