"""Batches: what was decided and what it does to requests is stored together or not at all, in every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cases.errors import CaseChanged
from cases.model import Case, CaseChange, State
from desk.audit import AuditFilter
from desk.board import DirectoryBatch, Part, Stage, freeze, submit, thaw
from desk.errors import BatchChanged
from program.months import Month
from storage.batches import SqlBatches
from storage.cases import SqlCaseStore
from storage.console import SqlAuditLog
from storage.engine import Database
from storage.outbox import SqlOutbox
from tests.cases.samples import CALENDAR, NOW, opened
from tests.storage.samples import FixedClock

MARCH = Month(2026, 3)


async def _stored(database: Database, state: State = State.READY, month: Month = MARCH) -> Case:
    made = opened()
    case = replace(made.case, state=state, batch=month)
    await SqlCaseStore(database).apply(CaseChange(case, 0, made.events))
    return case


async def _state(database: Database, case: Case) -> State:
    found = await SqlCaseStore(database).find(case.reference)
    assert found is not None
    return found.state


async def test_what_a_month_sees(database: Database) -> None:
    ready = [await _stored(database), await _stored(database, month=Month(2026, 1))]
    going = [await _stored(database, State.WAITING), await _stored(database, State.RECEIVED)]
    late = [await _stored(database, month=Month(2026, 4)), await _stored(database, State.IN_REVIEW, Month(2026, 4))]
    sent = [await _stored(database, State.SUBMITTED), await _stored(database, State.LISTED)]
    await _stored(database, State.WITHDRAWN)
    await _stored(database, State.LISTED, Month(2026, 2))
    store = SqlBatches(database)
    found = await store.listings(DirectoryBatch(MARCH), MARCH)
    parts = (found.ready, found.going, found.late, found.sent)
    for part, expected in zip(parts, (ready, going, late, sent), strict=True):
        assert {case.reference for case in part.cases} == {case.reference for case in expected}
        assert part.total == len(expected)
    past = await store.listings(DirectoryBatch(MARCH), Month(2026, 4))
    assert (past.ready, past.going, past.late, past.sent.total) == (Part(), Part(), Part(), 2)
    future = await store.listings(DirectoryBatch(Month(2026, 4)), MARCH)
    assert (future.ready.total, future.going.total, future.late.total) == (1, 1, 0)


async def test_a_batch_is_kept(database: Database, clock: FixedClock) -> None:
    store, case = SqlBatches(database), await _stored(database)
    assert await store.find(MARCH) == DirectoryBatch(MARCH)
    frozen = freeze(DirectoryBatch(MARCH), [case], "ann", NOW, CALENDAR)
    await store.apply(frozen)
    assert await store.find(MARCH) == frozen.batch
    await store.apply(thaw(frozen.batch, "ann", NOW))
    again = freeze(await store.find(MARCH), [case], "bea", NOW, CALENDAR)
    await store.apply(again)
    await store.apply(submit(again.batch, [case], "bea", NOW, CALENDAR))
    kept = await store.find(MARCH)
    assert (kept.stage, kept.version, kept.submitted_by, list(kept.members)) == (
        Stage.SUBMITTED,
        4,
        "bea",
        [case.reference],
    )
    assert await _state(database, case) is State.SUBMITTED
    assert (await SqlOutbox(database, clock).waiting())[0] == 1
    records = (await SqlAuditLog(database).list(AuditFilter())).records
    assert [record.data["what"] for record in records] == ["submitted", "frozen", "thawed", "frozen"]


async def test_who_is_second_stores_nothing(database: Database, clock: FixedClock) -> None:
    store, cases = SqlBatches(database), [await _stored(database) for _ in range(5)]
    change = freeze(DirectoryBatch(MARCH), cases, "ann", NOW, CALENDAR)
    results = await asyncio.gather(*(store.apply(change) for _ in range(3)), return_exceptions=True)
    assert sorted(map(repr, map(type, results))) == sorted(map(repr, [type(None), BatchChanged, BatchChanged]))
    sent = submit(change.batch, cases, "ann", NOW, CALENDAR)
    results = await asyncio.gather(*(store.apply(sent) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results].count(BatchChanged) == 2
    assert (await SqlOutbox(database, clock).waiting())[0] == 5


async def test_one_request_that_changed_holds_back_all(database: Database, clock: FixedClock) -> None:
    store, cases = SqlBatches(database), [await _stored(database) for _ in range(3)]
    frozen = freeze(DirectoryBatch(MARCH), cases, "ann", NOW, CALENDAR)
    await store.apply(frozen)
    moved = replace(cases[1], version=cases[1].version + 1)
    await SqlCaseStore(database).apply(CaseChange(moved, cases[1].version, ()))
    with pytest.raises(CaseChanged):
        await store.apply(submit(frozen.batch, cases, "ann", NOW, CALENDAR))
    assert [await _state(database, case) for case in cases] == [State.READY] * 3
    assert await store.find(MARCH) == frozen.batch
    assert (await SqlOutbox(database, clock).waiting())[0] == 0
    assert len((await SqlAuditLog(database).list(AuditFilter())).records) == 1


async def test_what_was_ready_and_did_not_go_is_told_its_new_batch(database: Database, clock: FixedClock) -> None:
    store, (goes, dropped, late) = SqlBatches(database), [await _stored(database) for _ in range(3)]
    frozen = freeze(DirectoryBatch(MARCH), [goes, dropped], "ann", NOW, CALENDAR)
    await store.apply(frozen)
    edited = replace(dropped, fields={"name": "other"}, version=dropped.version + 1)
    await SqlCaseStore(database).apply(CaseChange(edited, dropped.version, ()))
    await store.apply(submit(frozen.batch, [goes, edited], "ann", NOW, CALENDAR, left=[goes, edited, late]))
    for case, batch in ((goes, MARCH), (dropped, MARCH.plus(1)), (late, MARCH.plus(1))):
        found = await SqlCaseStore(database).find(case.reference)
        assert found is not None
        assert found.batch == batch
        assert (found.state is State.READY) is (case is not goes)
    for case, kind, data in (
        (goes, "moved", {"from": "ready", "to": "submitted"}),
        (dropped, "slipped", {"batch": "2026-04"}),
        (late, "slipped", {"batch": "2026-04"}),
    ):
        last = (await SqlCaseStore(database).events(case.reference))[-1]
        assert (last.kind, last.data) == (kind, data)
    assert (await SqlOutbox(database, clock).waiting())[0] == 3
