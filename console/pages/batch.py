"""The batch of directory requests of a month: ready, incomplete, too late; frozen, exported, sent, listed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from aiohttp import web

from cases.errors import CaseChanged
from cases.model import Case, State
from cases.usecases import change_state
from console.bulk import chosen_in, do_each
from console.errors import Conflict, NotFound
from console.export import Row, csv_response, xlsx_response
from console.naming import Naming
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import Action
from desk.audit import Deed
from desk.board import BatchChange, BatchStore, DirectoryBatch, Listings, Stage, freeze, standing, submit, thaw
from desk.errors import BatchChanged, BatchEmpty, BatchOver, BatchSent, DeskError
from desk.ports import Workbench
from program.months import Month
from program.windows import batch_of, month_of

PATH = "/batch"
FORMATS = ("csv", "xlsx")
SHOWN = 50
"""Requests of those that are in the directory already; the list of requests has the others."""
ROWS = 100
"""Requests of a part that are shown with a tick each; the others go, or stay, together."""
TRIES = 3
"""How often sending looks again, when a request changes in that very moment."""
_COLUMNS = ("reference", "display-name", "country", "country-code", "landing-page", "language", "received", "state")
_FAULTS: Mapping[type[DeskError], str] = {
    BatchEmpty: "batch.nothing-ready",
    BatchOver: "batch.month-over",
    BatchSent: "batch.sent-already",
}


class Batches:
    """The section of the monthly batch."""

    def __init__(self, bench: Workbench, batches: BatchStore, naming: Naming) -> None:
        self._bench, self._batches, self._naming = bench, batches, naming

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        month = f"{PATH}/{{month}}"
        return (
            get(PATH, self.this),
            get(month, self.show),
            get(f"{month}/export", self.export),
            post(f"{month}/freeze", self.freeze),
            post(f"{month}/thaw", self.thaw),
            post(f"{month}/submit", self.submit),
            post(f"{month}/listed", self.listed),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("batch", PATH, Action.SEE_BATCH),)

    @needs(Action.SEE_BATCH)
    async def this(self, visit: Visit) -> web.Response:
        """The batch of this month."""
        return visit.go_to(f"{PATH}/{self._this(visit)}")

    @needs(Action.SEE_BATCH)
    async def show(self, visit: Visit) -> web.Response:
        """The batch of a month."""
        return await self._page(visit)

    @needs(Action.WORK_BATCH)
    async def freeze(self, visit: Visit) -> web.Response:
        """What is ticked goes, if it is still as it was shown."""
        batch, chosen = await self._as_shown(visit), chosen_in(visit.form.get("chosen", []))
        rest: tuple[Case, ...] = ()
        if shown := visit.form.get("rest"):
            rest = (await self._batches.listings(batch, self._this(visit))).ready.cases[ROWS:]
            if shown != [_seal(rest)]:
                raise self._stale(visit, batch)
        cases = await self._batches.cases([each.reference for each in chosen])
        now_at = {case.reference: case.version for case in cases}
        if changed := [each.reference for each in chosen if now_at.get(each.reference) != each.version]:
            raise self._stale(visit, batch, changed)
        now, calendar = visit.around.clock.now(), self._naming.calendar
        goes = (*cases, *rest)
        return await self._changed(visit, batch, partial(freeze, batch, goes, visit.account.name, now, calendar))

    @needs(Action.WORK_BATCH)
    async def thaw(self, visit: Visit) -> web.Response:
        """It was frozen too early."""
        batch, now = await self._as_shown(visit), visit.around.clock.now()
        return await self._changed(visit, batch, partial(thaw, batch, visit.account.name, now))

    @needs(Action.WORK_BATCH)
    async def submit(self, visit: Visit) -> web.Response:
        """It was sent; every requester is told."""
        batch, now, calendar = await self._as_shown(visit), visit.around.clock.now(), self._naming.calendar
        for _ in range(TRIES):
            members = await self._batches.cases(batch.members)
            left = (await self._batches.listings(batch, self._this(visit))).ready.cases
            try:
                work = partial(submit, batch, members, visit.account.name, now, calendar, left=left)
                return await self._changed(visit, batch, work)
            except CaseChanged:
                continue
        raise self._stale(visit, batch)

    @needs(Action.WORK_BATCH)
    async def listed(self, visit: Visit) -> web.Response:
        """What is ticked can be seen in the directory."""
        month, chosen = _month(visit), chosen_in(visit.form.get("shown" if visit.form.get("all") else "chosen", []))
        if not chosen:
            return await self._page(visit, "batch.none-ticked")
        now, calendar = visit.around.clock.now(), self._naming.calendar
        outcome = await do_each(
            self._bench,
            chosen,
            lambda case: change_state(case, State.LISTED, visit.actor, now, calendar),
            visit.line,
        )
        return await visit.done(f"{PATH}/{month}", "bulk.result", result=outcome.told(visit.words))

    @needs(Action.EXPORT_REQUESTS)
    async def export(self, visit: Visit) -> web.Response:
        """What goes, or went, as a table."""
        batch, form = await self._batches.find(_month(visit)), visit.query("format")
        if form not in FORMATS:
            raise NotFound(back=f"{PATH}/{batch.month}")
        cases = _going(batch, await self._batches.listings(batch, self._this(visit)))
        rows = [self._heading(visit), *(self._row(visit, case) for case in cases)]
        await visit.record(Deed.EXPORTED, str(batch.month), what="batch", format=form, rows=len(cases))
        name = f"directory-{batch.month}-{batch.stage}"
        return csv_response(name, rows) if form == "csv" else xlsx_response(name, rows, f"Directory {batch.month}")

    async def _as_shown(self, visit: Visit) -> DirectoryBatch:
        """The batch, if it is still at the version that the form was made from."""
        batch = await self._batches.find(_month(visit))
        if visit.field("version") != str(batch.version):
            raise self._stale(visit, batch)
        return batch

    async def _changed(self, visit: Visit, batch: DirectoryBatch, work: Callable[[], BatchChange]) -> web.Response:
        try:
            change = work()
        except DeskError as fault:
            return await self._page(visit, _FAULTS[type(fault)])
        try:
            await self._batches.apply(change)
        except BatchChanged:
            raise self._stale(visit, await self._batches.find(batch.month)) from None
        dropped = sorted(batch.members.keys() - change.batch.members.keys())
        what = str(change.record.data["what"])
        result = visit.words.text(f"batch.{what}-now", number=len(change.batch.members))
        if what == "submitted" and dropped:
            result += " " + visit.words.text("batch.left-out", references=", ".join(dropped))
        return await visit.done(f"{PATH}/{batch.month}", "bulk.result", result=result)

    def _stale(self, visit: Visit, batch: DirectoryBatch, changed: Sequence[str] = ()) -> Conflict:
        words = visit.words
        facts: list[tuple[str, str]] = [(words.text("requests.state"), words.name("stage", batch.stage))]
        for label, at, by in (
            ("batch.frozen", batch.frozen_at, batch.frozen_by),
            ("batch.submitted", batch.submitted_at, batch.submitted_by),
        ):
            if at:
                facts += [(words.text(label), words.moment(at)), (words.text("batch.by"), by)]
        if changed:
            facts.append((words.text("batch.changed"), ", ".join(changed)))
        return Conflict(back=f"{PATH}/{batch.month}", facts=facts)

    def _this(self, visit: Visit) -> Month:
        return month_of(self._naming.today(visit.around.clock.now()))

    async def _page(self, visit: Visit, problem: str = "") -> web.Response:
        month, this, language = _month(visit), self._this(visit), visit.words.language
        batch = await self._batches.find(month)
        found = await self._batches.listings(batch, this)
        ours = batch.members if batch.stage is not Stage.OPEN else {}
        return await visit.render(
            "batch.html",
            batch=batch,
            days=batch_of(month, self._naming.calendar),
            this=this,
            is_this=month == this,
            found=found,
            rest=found.ready.cases[ROWS:],
            seal=_seal(found.ready.cases[ROWS:]),
            frozen=standing(batch, found.members),
            after=[case for case in found.ready.cases if case.reference not in ours],
            may_join=[case for case in found.late.cases if case.state is State.READY],
            about=self._naming.about,
            country=lambda case: self._naming.country(str(case.fields.get("country") or ""), language),
            missing=lambda case: self._naming.field(case, case.waiting_field, language) if case.waiting_field else "",
            stages=list(Stage),
            shown=SHOWN,
            most=ROWS,
            problem=problem,
        )

    def _heading(self, visit: Visit) -> Row:
        return [visit.words.text(f"batch.column.{column}") for column in _COLUMNS]

    def _row(self, visit: Visit, case: Case) -> Row:
        code, said = str(case.fields.get("country") or ""), case.fields
        return [
            case.reference,
            str(said.get("display-name") or ""),
            self._naming.country(code, visit.words.language),
            code,
            str(said.get("landing-page") or ""),
            case.language,
            self._naming.today(case.created_at),
            visit.words.name("state", case.state),
        ]


def _going(batch: DirectoryBatch, found: Listings) -> tuple[Case, ...]:
    """What the file holds: once frozen, what still goes; once sent, what went."""
    match batch.stage:
        case Stage.OPEN:
            return found.ready.cases
        case Stage.FROZEN:
            return standing(batch, found.members).goes
        case Stage.SUBMITTED:
            return found.members


def _seal(cases: Sequence[Case]) -> str:
    """Of requests that a form stands for without naming them: another one, when any of them changed."""
    return hashlib.sha256(" ".join(f"{case.reference}:{case.version}" for case in cases).encode()).hexdigest()[:16]


def _month(visit: Visit) -> Month:
    try:
        return Month.of_text(visit.request.match_info["month"])
    except ValueError:
        raise NotFound(back=PATH) from None
