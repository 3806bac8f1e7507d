"""The operators' command line over a real database, to the message that the partner reads."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from bot.render import ActivityRenderer
from cases.__main__ import AuditRecorder
from cases.cli import Workplace, app
from cases.errors import CaseChanged
from cases.model import CaseChange, CaseType, Contact, Owner
from cases.notify import NOTIFY
from cases.reference import reference_for
from desk.audit import AuditFilter, Record
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from ops.clock import FixedClock
from storage.cases import SqlCaseStore
from storage.console import SqlAuditLog
from storage.engine import Database, open_database
from storage.erasing import SqlEraser
from storage.log import SqlConversationLog
from storage.outbox import SqlOutbox
from storage.workbench import SqlWorkbench
from tests.cases.samples import CALENDAR, NOW, opened
from tests.migrated import put_tables
from tests.talk import RecordingCourier, RecordingObserver, RecordingWaker, shown
from turn.delivery import Delivery
from turn.dispatcher import Dispatcher
from turn.erasing import Forgetter
from turn.messenger import Messenger
from turn.notices import NoticeHandler
from turn.ports import Conversation

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


class Office:
    """A database of requests, and the commands over it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"sqlite+aiosqlite:///{folder}/bot.db"
        self.clock = FixedClock(NOW)

    def use(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def run() -> T:
            await put_tables(self.folder / "bot.db")
            database = await open_database(self.url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())

    def file(self, change: CaseChange) -> str:
        self.use(lambda database: SqlCaseStore(database).apply(change))
        return change.case.reference

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Workplace]:
        database = await open_database(self.url)
        try:
            forgetter = Forgetter(SqlEraser(database, self.clock), self.clock)
            bench = SqlWorkbench(database, self.clock)
            recorder = AuditRecorder(bench, SqlAuditLog(database), self.clock)
            yield Workplace(bench, self.clock.now(), CALENDAR, forgetter, recorder)
        finally:
            await database.close()

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, words, obj=self.open)
        assert result.exit_code == code, result.output
        return result.output

    def waiting(self) -> tuple[int, int]:
        return self.use(lambda database: SqlOutbox(database, self.clock).waiting())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def _listen(database: Database, clock: FixedClock, knowledge: Knowledge, crashes: bool) -> list[JsonObject]:
    """Work the outbox off, perhaps dying before the first booking; what the partner's conversation then holds."""
    outbox, log = SqlOutbox(database, clock), SqlConversationLog(database, clock)
    await log.create(Conversation("conv-1", "ann", "webchat", NOW))
    delivery = Delivery(outbox=outbox, courier=RecordingCourier(), log=log, waker=RecordingWaker(), clock=clock)
    messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, clock)
    handler = NoticeHandler(delivery=delivery, messenger=messenger)
    dispatcher = Dispatcher(
        outbox=outbox, delivery=delivery, clock=clock, observer=RecordingObserver(), handlers={NOTIFY: handler}
    )
    if crashes:
        outbox.done, booked = _crash, outbox.done  # type: ignore[method-assign]
        assert await dispatcher.round() == 1
        outbox.done = booked  # type: ignore[method-assign]
        clock.advance(timedelta(minutes=2))
    assert await dispatcher.round() == 1
    assert await outbox.waiting() == (0, 0)
    return list((await log.since("conv-1", 0)).activities)


async def _crash(post_id: str) -> None:
    raise ConnectionError


@pytest.mark.parametrize("crashes", [False, True])
def test_a_move_is_told_to_the_partner_once(office: Office, knowledge: Knowledge, crashes: bool) -> None:
    reference = office.file(opened(contact=Contact("webchat", "conv-1", local=True), language="zh-CN"))
    out = office.run("advance", reference.lower().replace("-", " "), "in-review", "--as", "ann")
    assert out == f"{reference}: in-review; the partner is told\n"
    assert office.waiting() == (1, 0)
    [told] = office.use(lambda database: _listen(database, office.clock, knowledge, crashes))
    assert "审核" in shown(told)
    assert "2026年4月7日" in shown(told)
    assert reference in shown(told).replace("\\", "")


def test_a_request_goes_all_the_way_and_its_history_says_who_did_what(office: Office) -> None:
    reference = office.file(opened())
    office.run("assign", reference, "bob", "--as", "ann")
    assert "not told" in office.run("note", reference, "Looks [red]fine[/red] \x1b[2J", "--as", "ann")
    office.run("advance", reference, "in-review", "--as", "bob")
    asked = ("waiting-on-partner", "--field", "url", "--words", "Another page, please", "--as", "bob")
    office.run("advance", reference, *asked)
    assert "waits for" in office.run("show", reference)
    for state in ("in-review", "ready", "submitted", "listed"):
        office.run("advance", reference, state, "--as", "bob")
    shown_ = office.run("show", reference)
    for words in ("listed", "bob", "https://contoso.com/microsoft", "operator:ann", "[red]fine[/red]", "opened", "url"):
        assert words in shown_
    assert "\x1b[2J" not in shown_
    assert office.waiting() == (6, 0)


def test_a_withdrawal_and_a_refusal_say_why(office: Office) -> None:
    reference = office.file(opened(CaseType.KPI))
    assert "give words" in office.run("advance", reference, "declined", code=1)
    other = office.file(opened(CaseType.KPI))
    assert "withdrawn; the partner is told" in office.run("withdraw", other, "--words", "You asked by phone")
    assert "declined" in office.run("advance", reference, "declined", "--words", "No invoice")


def _wrong(reference: str) -> str:
    return reference[:-1] + ("0" if reference[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["advance", "{reference}", "listed"], "possible: declined, in-review, waiting-on-partner, withdrawn"),
        (["advance", "{reference}", "waiting-on-partner"], "name the field"),
        (["advance", "{reference}", "waiting-on-partner", "--field", "ulr"], "it has name, country, url"),
        (["show", "{wrong}"], "typing mistake"),
        (["show", "{unknown}"], "no request with this reference"),
        (["note", "{reference}", " "], "words"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(office: Office, words: list[str], says: str) -> None:
    reference = office.file(opened())
    names = {"reference": reference, "wrong": _wrong(reference), "unknown": reference_for("never")}
    out = office.run(*(word.format(**names) for word in words), code=1)
    assert says in out
    assert out.count("\n") == 1


@pytest.mark.parametrize("words", [["show", "hello"], ["list", "--month", "march"], ["list", "--state", "x"]])
def test_wrong_usage_is_explained(office: Office, words: list[str]) -> None:
    office.file(opened())
    assert "Usage" in office.run(*words, code=2)


def test_the_list_is_filtered_and_paged(office: Office) -> None:
    assert "No such requests." in _empty(office).run("list")
    references = [office.file(opened(at=NOW + timedelta(minutes=n))) for n in range(3)]
    kpi = office.file(opened(CaseType.KPI))
    everything = office.run("list")
    assert all(reference in everything for reference in (*references, kpi))
    assert references[0] not in office.run("list", "--type", "kpi-discrepancy")
    assert kpi not in office.run("list", "--month", "2026-03", "--text", "contoso")
    first = office.run("list", "--limit", "2")
    assert f"--after {references[1]}" in first
    assert references[0] in office.run("list", "--after", references[1].lower())


def _empty(office: Office) -> Office:
    async def nothing(_: Database) -> None:
        return None

    office.use(nothing)
    return office


def test_somebody_was_faster(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_: object) -> None:
        raise CaseChanged

    reference = office.file(opened())
    monkeypatch.setattr(SqlWorkbench, "apply", late)
    assert "look at it again" in office.run("note", reference, "x", code=1)


def _audit(office: Office) -> list[Record]:
    """What was written down, oldest first."""
    page = office.use(lambda database: SqlAuditLog(database).list(AuditFilter()))
    return list(reversed(page.records))


def test_what_is_done_here_is_in_the_audit_log(office: Office) -> None:
    reference = office.file(opened())
    office.run("list")
    office.run("show", reference)
    assert _audit(office) == []
    office.run("assign", reference, "bob", "--as", "ann")
    office.run("note", reference, "seen", "--as", "ann")
    office.run("advance", reference, "in-review", "--as", "ann")
    office.run("advance", reference, "listed", "--as", "ann", code=1)
    office.run("export", "--as", "eve")
    office.run("erase", reference, "--yes", "--as", "ann")
    told = [(one.actor, str(one.deed), one.subject, one.data) for one in _audit(office)]
    assert told == [
        *(("ann", "request-changed", reference, {"kind": kind}) for kind in ("assigned", "noted", "moved")),
        ("eve", "exported", "", {"what": "requests", "format": "csv", "rows": 1}),
        ("ann", "request-changed", reference, {"kind": "erased"}),
    ]


def test_an_export_opens_safely_in_a_spreadsheet(office: Office, tmp_path: Path) -> None:
    evil = {"name": "=HYPERLINK(1)", "country": " @x", "url": "＋1", "other": None, "-note": 'fine, "x"\nnew'}
    office.file(opened(fields=evil))
    office.file(opened(CaseType.KPI, fields={"invoices": [{"number": "=1"}]}))
    file = tmp_path / "out.csv"
    office.run("export", "--output", str(file))
    table = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert len(table) == 3
    assert table[0][:3] == ["reference", "type", "state"]
    cells = [cell for line in table for cell in line]
    assert "'=HYPERLINK(1)" in cells
    assert "' @x" in cells
    assert "'＋1" in cells
    assert "'-note" in cells
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))]
    assert office.run("export", "--type", "message").count("\n") == 1


def test_the_whole_program_runs_with_the_settings(office: Office, tmp_path: Path) -> None:
    reference = office.file(opened())
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": office.url, "BOT_CLOCK": "2026-03-11T09:00:00Z"}

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cases", *words],
            cwd=ROOT,
            env=environment | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    moved = run("advance", reference, "in-review", "--as", "ann")
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "2026-03-11 09:00" in run("show", reference).stdout
    missing = run("list", DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/no.db")
    assert missing.returncode == 1
    assert "start the bot once" in missing.stderr
    assert missing.stderr.count("\n") == 1
    assert not (tmp_path / "no.db").exists()
    wrong = run("list", DATABASE_URL="mysql://x")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)


def test_a_partner_who_asks_by_mail_is_forgotten(office: Office) -> None:
    mine, sent = office.file(opened()), office.file(opened(CaseType.KPI))
    other = office.file(opened(owner=Owner("webchat", "bob")))
    office.run("note", mine, "Ann Smith called", "--as", "ann")
    office.run("advance", sent, "investigating", "--as", "ann")
    office.run("advance", sent, "resolved", "--words", "Found it, Ann Smith", "--as", "ann")
    asked = CliRunner().invoke(app, ["erase", mine], obj=office.open, input="n\n")
    assert asked.exit_code == 1
    assert "Contoso" in office.run("show", mine)
    out = office.run("erase", mine, "--yes", "--as", "bob")
    assert f"{mine} (withdrawn)" in out
    assert f"{sent} (resolved)" in out
    for reference in (mine, sent):
        told = office.run("show", reference)
        assert "erased: its owner is forgotten" in told
        assert "operator:bob" in told
        for gone in ("Contoso", "INV-7", "Ann Smith", "webchat"):
            assert gone not in told
    assert "erased" in office.run("list")
    assert "Contoso" in office.run("show", other)
    assert "forgotten already" in office.run("erase", mine, "--yes", code=1)
    assert "Contoso" not in office.run("export", "--text", mine)
    office.run("note", sent, "Asked by mail on 10 March", "--as", "bob")  # whoever works there can still write
