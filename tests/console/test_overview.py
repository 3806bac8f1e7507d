"""The overview's page: what it says agrees with what happened; charts name themselves; tables leave as files."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from cases.model import State
from console import charts
from console.charts import Column
from console.naming import Naming
from console.pages.overview import TABLES, OverviewPage
from desk.access import Role
from desk.audit import AuditFilter, Deed
from dialogs.decision import Knowledge
from faq.library import Library
from storage.engine import open_database
from storage.overview import SqlOverview, roll_up
from storage.records import insert_records
from tests.console.place import NOW, opened, visible
from tests.console.requesting import Office, elements
from tests.console.test_browser import ARGUMENTS, CHROMIUM, CONTRAST, OVERFLOW
from turn.model import Exchange, Feedback, Record

ENTRY, OTHER = "kpi-what-is", "where-to-enroll"


@pytest.fixture
async def office(tmp_path: Path, library: Library, knowledge: Knowledge) -> AsyncIterator[Office]:
    database = await open_database(f"sqlite:///{tmp_path}/desk.db")
    naming = Naming(lambda: library, lambda: knowledge.guiding)
    source = SqlOverview(database, lambda: naming.calendar.zone)
    async with opened(tmp_path, library, sections=[OverviewPage(source, naming)]) as running:
        yield Office(running, library)
    await database.close()


def _said(kind: str, entry: str = "", days: int = 0, **changed: str) -> Exchange:
    values = {"user": "u", "channel": "directline", "conversation": "c", "language": "en", **changed}
    at = NOW - timedelta(days=days)
    return Exchange(text="secret words", kind=kind, entry=entry, score=0.9, knowledge_version="v", at=at, **values)  # type: ignore[arg-type]


async def _happened(office: Office) -> None:
    records: list[Record] = [
        *(_said("answer", ENTRY, days) for days in (0, 1, 1, 9, 40)),
        _said("answer", OTHER, 2, channel="msteams", language="zh-CN"),
        *(_said("suggestions", OTHER, 3) for _ in range(3)),
        _said("chosen", OTHER, 3),
        _said("no-match", "", 4),
        _said("topic", "exam-prices", 4),
        *(
            _said("form", "directory-listing", 5, form="directory-listing", step=step, conversation=talk)
            for talk, step in (("a", "country"), ("a", "done"), ("b", "country"))
        ),
        Feedback("u", "directline", "en", ENTRY, "v", True, NOW),
        Feedback("u", "directline", "en", OTHER, "v", False, NOW),
    ]
    await office.place.database.write(lambda connection: insert_records(connection, records))
    await office.asked(State.LISTED, at=NOW - timedelta(days=20))
    await office.asked(at=NOW - timedelta(days=5))


async def _table(office: Office, name: str, **kept: str) -> list[list[str]]:
    browser = await office.place.signed_in(Role.CURATOR)
    asked = "&".join(f"{key}={value}" for key, value in {"table": name, **kept}.items())
    answer = await browser.get(f"/overview/export?{asked}")
    assert answer.status == 200
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))[1:]


async def test_what_the_page_says(office: Office) -> None:
    await _happened(office)
    browser = await office.place.signed_in(Role.VIEWER)
    for _ in range(2):
        said = visible((await browser.get("/overview")).text)
        assert "Questions 10 50 % answered at once" in said
        assert "Found helpful 50 % of 2 that were judged" in said
        assert "Requests made 2 1 open now" in said
        assert office.library.languages["en"].knowledge.entries[ENTRY].title in said
        assert "2 begun, 1 sent, 0 ended without a request" in said
        assert "secret words" not in said
        await roll_up(office.place.database, NOW, Naming(lambda: office.library, lambda: None).calendar.zone)
    assert "Questions 1 100 %" in visible((await browser.get("/overview?days=7&channel=msteams")).text)
    browser.language = "zh-CN"
    assert "提问 10 直接答复 50 %" in visible((await browser.get("/overview")).text)


async def test_tables_as_files(office: Office) -> None:
    await _happened(office)
    days = await _table(office, "days", days="7")
    assert [sum(int(row[column]) for row in days) for column in range(2, 7)] == [4, 3, 1, 1, 9]
    assert len(days) == 7
    assert len(await _table(office, "days", days="365")) == 53
    assert [row[1:3] for row in await _table(office, "top")] == [[ENTRY, "4"], [OTHER, "2"]]
    assert [row[1] for row in await _table(office, "worst")] == [OTHER]
    assert await _table(office, "listed") == [["0–6 days", "1"]]
    assert [row[0] for row in await _table(office, "states")] == ["Received", "Listed"]
    assert ["Country or region", "2", "1"] in [row[1:] for row in await _table(office, "dialogs")]
    assert [row[:2] for row in await _table(office, "places")] == [["Web chat", "English"], ["Teams", "中文"]]
    assert [row[6] for row in await _table(office, "days", days="7", channel="msteams")].count("1") == 1
    assert await _table(office, "top", language="zh-CN") == [
        [office.library.languages["en"].knowledge.entries[OTHER].title, OTHER, "1", "1", "0", "0", "0", "0"]
    ]
    page = await office.place.stores.audit.list(AuditFilter(deed=Deed.EXPORTED))
    assert len(page.records) == 10
    assert page.records[0].data == {"what": "overview", "format": "csv", "rows": 1}


@pytest.mark.parametrize("role", list(Role))
async def test_who_may(office: Office, role: Role) -> None:
    browser = await office.place.signed_in(role)
    page = await browser.get("/overview")
    may = role is not Role.VIEWER
    assert (page.status, "/overview/export" in page.text) == (200, may)
    for table in TABLES:
        assert (await browser.get(f"/overview/export?table={table}")).status == (200 if may else 403)
    assert (await browser.get("/overview/export?table=cases")).status == (404 if may else 403)


@pytest.mark.parametrize("odd", ["days=0", "days=x", "channel=%3Cscript%3E", "language=xx", f"channel={'y' * 99}"])
async def test_odd_addresses(office: Office, odd: str) -> None:
    browser = await office.place.signed_in(Role.VIEWER)
    page = await browser.get(f"/overview?{odd}")
    assert page.status == 200
    assert "script" not in elements(page.text).names


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (3, 4), (4, 4), (5, 10), (11, 20), (21, 40), (99, 100), (1_000_001, 2_000_000)]
)
def test_a_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert charts.ceiling(most) == top


def test_a_chart_draws_its_numbers_and_only_as_text() -> None:
    drawn = [Column("<b>1</b>", [("part-1", 10), ("part-2", 10)], "5/1"), Column("none", [("part-1", 0)])]
    svg = charts.columns("x", "<i>", '"quoted"', drawn)
    found = elements(svg)
    assert set(found.names) == {"svg", "title", "desc", "line", "text", "g", "rect"}
    heights = [float(height) for height in re.findall(r'class="part-\d"[^>]* height="([\d.]+)"', svg)]
    assert heights == [charts.HEIGHT / 2, charts.HEIGHT / 2]
    assert "style" not in svg
    assert 'aria-labelledby="x-title x-desc"' in svg
    assert charts.columns("x", "t", "d", [])
    whole = charts.bar("y", "t", [("part-1", 1), ("part-2", 3)], 8)
    assert re.findall(r'class="part-\d" x="([\d.]+)%"[^>]* width="([\d.]+)%"', whole) == [
        ("0.000", "12.500"),
        ("12.500", "37.500"),
    ]


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_and_can_be_read(office: Office, scheme: str) -> None:
    await _happened(office)
    session = (await office.place.signed_in(Role.ADMIN)).session
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for width, locale in ((320, "zh-CN"), (1400, "en")):
            context = await browser.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": width, "height": 900},
                locale=locale,
            )
            await context.add_cookies([{"name": "console", "value": session, "url": office.place.url}])
            page = await context.new_page()
            refused: list[str] = []
            page.on("console", lambda said, refused=refused: refused.append(said.text))
            await page.goto(f"{office.place.url}/console/overview")
            await page.click("summary")
            assert await page.evaluate(OVERFLOW) <= 0
            assert await page.evaluate(CONTRAST) == []
            assert refused == []
        await browser.close()
