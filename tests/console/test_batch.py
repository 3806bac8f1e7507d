"""The batch of a month: frozen, exported, sent once, listed; nobody is told twice, nobody overtakes anybody."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cases.model import Case, State
from console.naming import Naming
from console.pages import batch
from console.pages.batch import Batches
from desk.access import Role
from desk.audit import AuditFilter, Deed
from dialogs.decision import Knowledge
from faq.library import Library
from program.months import Month
from storage.batches import SqlBatches
from storage.engine import open_database
from tests.console.place import NOW, Answer, Browser, opened, visible
from tests.console.requesting import Office, elements, ticked
from tests.migrated import put_tables
from tests.webchat.payloads import PAYLOADS

MARCH = "/batch/2026-03"
BEFORE = datetime(2026, 1, 20, 9, tzinfo=UTC)


@pytest.fixture
async def office(tmp_path: Path, library: Library, knowledge: Knowledge) -> AsyncIterator[Office]:
    await put_tables(tmp_path / "desk.db")
    database = await open_database(f"sqlite:///{tmp_path}/desk.db")
    naming = Naming(lambda: library, lambda: knowledge.guiding)
    batches = SqlBatches(database)
    async with opened(tmp_path, library, sections=lambda bench: [Batches(bench, batches, naming)]) as running:
        yield Office(running, library)
    await database.close()


@pytest.fixture
async def clerk(office: Office) -> Browser:
    return await office.place.signed_in(Role.OPERATOR, name="ann")


async def _frozen(clerk: Browser, *cases: Case, version: int = 0) -> Answer:
    return await clerk.post(f"{MARCH}/freeze", {"version": str(version), "chosen": ticked(*cases)})


async def _rows(clerk: Browser, month: str = MARCH) -> list[list[str]]:
    text = (await clerk.get(f"{month}/export?format=csv")).text
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]


async def _file(clerk: Browser) -> bytes:
    """The workbook, as it is downloaded."""
    path = f"{clerk.url}/console{MARCH}/export?format=xlsx"
    async with clerk.http.get(path, headers={"Cookie": f"console={clerk.session}"}) as answer:
        assert answer.status == 200
        return await answer.read()


async def test_the_board(office: Office, clerk: Browser) -> None:
    ready, old = await office.asked(State.READY), await office.asked(State.READY, at=BEFORE)
    waiting, review = await office.asked(State.WAITING), await office.asked(State.IN_REVIEW)
    later = await office.asked(at=datetime(2026, 3, 16, 12, tzinfo=UTC))
    early = await office.asked(State.READY, at=datetime(2026, 3, 16, 12, tzinfo=UTC))
    gone = await office.asked(State.WITHDRAWN)
    assert (await clerk.get("/batch")).goal == f"/console{MARCH}"
    page = await clerk.get(MARCH)
    said = visible(page.text)
    assert "Directory batch of March 2026" in said
    for heading in ("Ready (2)", "Ready, promised for later (1)", "Incomplete (2)", "Too late for this batch (1)"):
        assert heading in said
    assert "landing page" in said.partition("Incomplete")[2].lower()
    assert gone.reference not in said
    assert [page.text.index(case.reference) for case in (ready, early, review, later)] == sorted(
        page.text.index(case.reference) for case in (ready, early, review, later)
    )
    assert page.text.count(" checked") == 2
    assert old.reference not in (await clerk.get("/batch/2026-04")).text
    assert later.reference in (await clerk.get("/batch/2026-04")).text
    assert waiting.reference not in (await clerk.get("/batch/2026-02")).text


async def test_from_ready_to_listed(office: Office, clerk: Browser) -> None:
    cases = [await office.asked(State.READY, display_name=f"Partner {number}") for number in range(3)]
    told = await office.told()
    assert (await _frozen(clerk, *cases)).goal == f"/console{MARCH}"
    assert "The batch is frozen. Going: 3." in visible((await clerk.get(MARCH)).text)
    after = await office.asked(State.READY)
    told = await office.told()
    assert "Ready too late (1)" in visible((await clerk.get(MARCH)).text)
    assert sorted(row[1] for row in await _rows(clerk)) == ["Partner 0", "Partner 1", "Partner 2"]
    assert (await clerk.post(f"{MARCH}/submit", {"version": "1"})).status == 303
    assert "Submitted: 3." in visible((await clerk.get(MARCH)).text)
    assert await office.told() == told + 3 + 1, "who came too late is told the next batch"
    assert (await office.now(after)).batch == Month(2026, 4)
    assert [(await office.now(case)).state for case in (*cases, after)] == [State.SUBMITTED] * 3 + [State.READY]
    assert (await office.now(cases[0])).batch == Month(2026, 3)
    sent = [await office.now(case) for case in cases]
    form = {"chosen": ticked(*sent[:2])}
    assert (await clerk.post(f"{MARCH}/listed", form)).status == 303
    assert (await clerk.post(f"{MARCH}/listed", form)).status == 303
    assert "0 done. 2 changed meanwhile" in visible((await clerk.get(MARCH)).text)
    await clerk.post(f"{MARCH}/listed", {"shown": ticked(sent[2]), "all": "yes"})
    assert [(await office.now(case)).state for case in cases] == [State.LISTED] * 3
    assert await office.told() == told + 6 + 1
    assert len(await _rows(clerk)) == 3
    page = await office.place.stores.audit.list(AuditFilter("ann", Deed.BATCH_CHANGED))
    assert [(record.subject, record.data) for record in reversed(page.records)] == [
        ("2026-03", {"what": what, "rows": rows}) for what, rows in (("frozen", 3), ("submitted", 3))
    ]
    page = await office.place.stores.audit.list(AuditFilter("ann", Deed.REQUEST_CHANGED))
    assert [record.subject for record in reversed(page.records)] == [case.reference for case in cases]
    assert (await office.place.deeds("ann")).count("exported") == 2


async def test_those_that_are_not_shown_go_together(
    office: Office, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ROWS", 2)
    made = [await office.asked(State.READY) for _ in range(5)]
    first, left, *others = sorted(made, key=lambda case: case.reference)
    page = (await clerk.get(MARCH)).text
    assert "The first 2 of 5." in visible(page)
    assert all(case.reference not in page for case in others)
    (seal,) = re.findall(r'name="rest" value="([0-9a-f]+)" checked', page)
    form = {"version": "0", "chosen": ticked(first), "rest": seal}
    await office.edited(others[0], landing_page="https://contoso.com/other")
    assert (await clerk.post(f"{MARCH}/freeze", form)).status == 409, "one of them changed after the page was shown"
    (form["rest"],) = re.findall(r'name="rest" value="([0-9a-f]+)"', (await clerk.get(MARCH)).text)
    assert (await clerk.post(f"{MARCH}/freeze", form)).status == 303
    assert {row[0] for row in await _rows(clerk)} == {case.reference for case in (first, *others)}
    await clerk.post(f"{MARCH}/submit", {"version": "1"})
    assert (await office.now(left)).state is State.READY
    assert (await clerk.get(MARCH)).text.count('name="shown"') == 2, "those that went are ticked off two by two"


async def test_without_the_others_only_what_is_ticked_goes(
    office: Office, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ROWS", 1)
    first, _ = [await office.asked(State.READY) for _ in range(2)]
    await _frozen(clerk, first)
    assert [row[0] for row in await _rows(clerk)] == [first.reference]


async def test_who_comes_too_late_is_shown_the_promised_month(office: Office, clerk: Browser) -> None:
    await office.asked(State.WAITING, at=datetime(2026, 3, 16, 12, tzinfo=UTC))
    late = visible((await clerk.get(MARCH)).text).partition("Too late")[2]
    assert "April 2026" in late
    assert "Landing page" not in late


async def test_what_changed_since_the_freeze_does_not_go(office: Office, clerk: Browser) -> None:
    same, other, withdrawn = [await office.asked(State.READY) for _ in range(3)]
    await _frozen(clerk, same, other, withdrawn)
    await office.edited(other, landing_page="https://contoso.com/other")
    await office.move(withdrawn, State.WITHDRAWN)
    page = visible((await clerk.get(MARCH)).text)
    assert "Goes with this batch (1)" in page
    assert "Dropped out since the freeze (2)" in page
    assert [row[0] for row in await _rows(clerk)] == [same.reference]
    await clerk.post(f"{MARCH}/submit", {"version": "1"})
    said = visible((await clerk.get(MARCH)).text)
    assert "Submitted: 1." in said
    assert f"Dropped out: {', '.join(sorted((other.reference, withdrawn.reference)))}." in said
    assert (await office.now(other)).state is State.READY


async def test_two_operators_send_at_once(office: Office, clerk: Browser) -> None:
    other = await office.place.signed_in(Role.OPERATOR, name="bea")
    cases = [await office.asked(State.READY) for _ in range(4)]
    await _frozen(clerk, *cases)
    told = await office.told()
    both = await asyncio.gather(*(each.post(f"{MARCH}/submit", {"version": "1"}) for each in (clerk, other)))
    assert sorted(answer.status for answer in both) == [303, 409]
    lost = next(answer for answer in both if answer.status == 409)
    won = "ann" if both[0].status == 303 else "bea"
    assert "Sent" in visible(lost.text)
    assert won in visible(lost.text)
    assert await office.told() == told + 4
    again = await clerk.post(f"{MARCH}/submit", {"version": "2"})
    assert "was sent already" in visible(again.text)
    assert await office.told() == told + 4


async def test_pages_that_are_old(office: Office, clerk: Browser) -> None:
    case, other = await office.asked(State.READY), await office.asked(State.READY)
    await office.edited(case, display_name="Another")
    stale = await _frozen(clerk, case, other)
    assert (stale.status, case.reference in stale.text) == (409, True)
    now = await office.now(case)
    assert (await _frozen(clerk, now, other)).status == 303
    for action in ("freeze", "thaw", "submit"):
        old = await clerk.post(f"{MARCH}/{action}", {"version": "0", "chosen": ticked(other)})
        assert (old.status, "ann" in visible(old.text)) == (409, True), action
    assert (await clerk.post(f"{MARCH}/thaw", {"version": "1"})).status == 303
    assert (await clerk.post(f"{MARCH}/submit", {"version": "2"})).status == 200
    assert (await office.now(other)).state is State.READY
    assert (await _frozen(clerk, other, version=2)).status == 303


async def test_what_cannot_be_done(office: Office, clerk: Browser) -> None:
    review, april = await office.asked(State.IN_REVIEW), "/batch/2026-04"
    for answer, said in (
        (await _frozen(clerk), "Nothing in this batch is ready"),
        (await _frozen(clerk, review), "Nothing in this batch is ready"),
        (await clerk.post(f"{april}/freeze", {"version": "0", "chosen": ticked(review)}), "while its month lasts"),
        (await clerk.post(f"{MARCH}/submit", {"version": "0"}), "Nothing in this batch is ready"),
        (await clerk.post(f"{MARCH}/listed", {}), "Tick at least one"),
    ):
        assert (answer.status, said in visible(answer.text)) == (200, True), said
    for path in ("/batch/2026-13", "/batch/nonsense", "/batch/9-9-9", f"{MARCH}/export?format=exe", f"{MARCH}/export"):
        assert (await clerk.get(path)).status == 404, path
    for form in ({}, {"version": "0", "chosen": "x:y"}):
        assert (await clerk.post(f"{MARCH}/freeze", form)).status == 400


async def test_the_program_says_which_month_it_is(office: Office, clerk: Browser) -> None:
    office.place.clock.advance(datetime(2026, 4, 1, 5, tzinfo=UTC) - NOW)
    browser = await office.place.signed_in(Role.VIEWER)
    assert (await browser.get("/batch")).goal == f"/console{MARCH}"  # still 31 March there


@pytest.mark.parametrize("role", list(Role))
async def test_who_may(office: Office, role: Role) -> None:
    may = role in (Role.OPERATOR, Role.ADMIN)
    case, browser = await office.asked(State.READY), await office.place.signed_in(role)
    page = await browser.get(MARCH)
    assert page.status == 200
    assert ('<form method="post" action="/console/batch' in page.text, "/export" in page.text) == (may, may)
    table: dict[str, dict[str, str | list[str]]] = {
        "freeze": {"version": "0", "chosen": ticked(case)},
        "thaw": {"version": "1"},
        "submit": {"version": "2"},
        "listed": {"chosen": ticked(case)},
    }
    for action, form in table.items():
        answer = await browser.post(f"{MARCH}/{action}", form)
        assert (answer.status == 403) is not may, action
    assert (await browser.get(f"{MARCH}/export?format=csv")).status == (200 if may else 403)
    assert (await office.place.deeds()).count("forbidden") == (0 if may else 5)


@pytest.mark.parametrize("payload", [*PAYLOADS[:20], "=1+1", "+cmd|' /C calc'!A0", "\t=1"])
async def test_what_partners_write_is_only_text(office: Office, clerk: Browser, payload: str) -> None:
    plain = await office.asked(State.READY)
    before = elements((await clerk.get(MARCH)).text)
    await office.edited(plain, display_name=payload, landing_page=payload, country=payload)
    for stage in range(3):
        page = elements((await clerk.get(MARCH)).text)
        assert set(page.names) <= {*before.names, "br", "small", "p", "label", "span"}, stage
        assert page.handlers == []
        (row,) = await _rows(clerk)
        assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert payload in row[1] or row[1].startswith("'")
        sheet = load_workbook(io.BytesIO(await _file(clerk))).active
        assert sheet is not None
        assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "d", "n"}
        if stage == 0:
            await _frozen(clerk, await office.now(plain))
        else:
            await clerk.post(f"{MARCH}/submit", {"version": "1"})
    assert (await office.now(plain)).state is State.SUBMITTED


async def test_a_request_that_changes_in_that_very_moment(office: Office, clerk: Browser) -> None:
    """All is stored or nothing; then it is looked at again."""
    cases = [await office.asked(State.READY) for _ in range(2)]
    await _frozen(clerk, *cases)
    told, seen = await office.told(), 0
    store, find = SqlBatches, SqlBatches.cases

    async def late(self: SqlBatches, references: object) -> tuple[Case, ...]:
        nonlocal seen
        found = await find(self, references)  # type: ignore[arg-type]
        seen += 1
        if seen == 1:
            await office.edited(cases[1], display_name="Just now")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "cases", late)
        assert (await clerk.post(f"{MARCH}/submit", {"version": "1"})).status == 303
    assert seen == 2
    assert [(await office.now(case)).state for case in cases] == [State.SUBMITTED, State.READY]
    assert await office.told() == told + 1 + 1, "the one that changed is told the next batch"
    assert office.place.clock.now() == NOW
