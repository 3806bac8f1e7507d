"""Due days: overdue first, by the program's calendar and in its time zone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cases.model import CaseType, State
from cases.usecases import assign
from console.naming import Naming
from console.pages.due import DueDates, next_days
from desk.access import Role
from faq.library import Library
from storage.desk import SqlCaseFinder
from storage.engine import open_database
from tests.cases.samples import CALENDAR
from tests.console.place import NOW, Browser, opened, visible
from tests.console.requesting import CLERK, Office, elements
from tests.webchat.payloads import PAYLOADS


@pytest.fixture
async def office(tmp_path: Path, library: Library) -> AsyncIterator[Office]:
    database = await open_database(f"sqlite:///{tmp_path}/desk.db")
    section = DueDates(SqlCaseFinder(database), Naming(lambda: library, lambda: None))
    async with opened(tmp_path, library, sections=[section]) as running:
        yield Office(running, library)
    await database.close()


@pytest.fixture
async def viewer(office: Office) -> Browser:
    return await office.place.signed_in(Role.VIEWER, name="viv")


def shown(html: str) -> list[str]:
    return re.findall(r"<code>(LP-[^<]+)</code>", html)


async def test_overdue_first(office: Office, viewer: Browser) -> None:
    ready = await office.asked(State.READY)
    sent = await office.asked(State.SUBMITTED)
    late = await office.asked(at=NOW - timedelta(days=60))
    kpi = await office.asked(type_=CaseType.KPI, invoices=[])
    for state in (State.WAITING, State.LISTED, State.WITHDRAWN):
        await office.asked(state)
    await office.asked(type_=CaseType.MESSAGE, text="?")
    page = (await viewer.get("/due")).text
    by_day = sorted([late, ready, sent, kpi], key=lambda case: case.due or date.max)
    assert shown(page) == [case.reference for case in by_day]
    said = visible(page)
    assert "48 d late" in said  # 21 January to 10 March
    for words in ("batch cut-off in 11 d", "visible in the directory in 28 d", "KPI report in"):
        assert words in said
    assert shown((await viewer.get("/due?who=me")).text) == []
    await office.place.desk.apply(assign(await office.now(kpi), "viv", CLERK, NOW))
    assert shown((await viewer.get("/due?who=me")).text) == [kpi.reference]


async def test_the_day_is_the_programs(office: Office, viewer: Browser) -> None:
    await office.asked(State.READY)  # by 21 March, in Los Angeles
    office.place.clock.advance(datetime(2026, 3, 22, 6, 59, tzinfo=UTC) - NOW)
    browser = await office.place.signed_in(Role.VIEWER)
    assert "batch cut-off today" in visible((await browser.get("/due")).text)
    office.place.clock.advance(timedelta(minutes=2))
    assert "batch cut-off 1 d late" in visible((await browser.get("/due")).text)


async def test_pages(office: Office, viewer: Browser) -> None:
    made = [await office.asked(at=NOW - timedelta(days=number)) for number in range(0, 120, 2)]
    seen, address = [], "/due"
    while address:
        page = (await viewer.get(address)).text
        seen += shown(page)
        onward = re.search(r'rel="next" href="/console([^"]+)"', page)
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert sorted(seen) == sorted(case.reference for case in made)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 3, 1), ["visible-by 2026-03-07", "report 2026-03-", "cut-off 2026-03-21"]),
        (date(2026, 3, 21), ["cut-off 2026-03-21"]),
        (date(2026, 12, 22), ["cut-off 2027-01-21", "visible-by 2027-01-07"]),
        (date(2026, 3, 7), ["visible-by 2026-03-07"]),
        (date(2026, 3, 8), ["visible-by 2026-04-07"]),
    ],
)
def test_the_next_days(today: date, expected: list[str]) -> None:
    found = next_days(today, CALENDAR)
    assert [day for _, day, _ in found] == sorted(day for _, day, _ in found)
    assert all(left == (day - today).days >= 0 for _, day, left in found)
    said = [f"{kind} {day}" for kind, day, _ in found]
    assert all(any(each.startswith(wanted) for each in said) for wanted in expected)


@pytest.mark.parametrize("payload", PAYLOADS[:20])
async def test_what_partners_write_is_only_text(office: Office, viewer: Browser, payload: str) -> None:
    plain = await office.asked()
    before = elements((await viewer.get("/due")).text)
    await office.edited(plain, display_name=payload)
    page = (await viewer.get("/due")).text
    assert (elements(page).names, elements(page).handlers) == (before.names, [])
    assert payload not in page
