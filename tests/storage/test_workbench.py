"""A change of a request and its line of the audit log are there together, or neither: alike over every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from cases.errors import CaseChanged
from cases.model import Case, CaseChange, State, operator
from cases.usecases import change_state
from desk.audit import AuditFilter, Deed, Record
from desk.ports import AuditLog
from tests.cases.samples import CALENDAR, NOW, opened
from tests.storage.samples import FixedClock, Stores, memory_stores
from turn.desk import Desk
from turn.ports import CaseStore

OLGA = operator("olga")


def _line(case: Case, at: datetime = NOW) -> Record:
    return Record(at, "olga", Deed.REQUEST_CHANGED, case.reference, {"kind": "moved"})


async def _told(stores: Stores) -> list[str]:
    return [record.subject for record in (await stores.audit.list(AuditFilter())).records]


async def _kinds(stores: Stores, case: Case) -> list[str]:
    return [str(event.kind) for event in await stores.bench.events(case.reference)]


async def _moved(stores: Stores) -> CaseChange:
    new = opened()
    await stores.cases.apply(new)
    return change_state(new.case, State.IN_REVIEW, OLGA, NOW, CALENDAR)


async def test_the_change_its_news_and_its_line(stores: Stores) -> None:
    change = await _moved(stores)
    await stores.bench.apply(change, _line(change.case))
    assert await stores.bench.find(change.case.reference) == change.case
    assert await _kinds(stores, change.case) == ["opened", "moved"]
    assert await stores.outbox.waiting() == (1, 0)
    (record,) = (await stores.audit.list(AuditFilter("olga"))).records
    assert replace(record, number=0) == _line(change.case)


async def test_who_was_slower_leaves_no_line(stores: Stores) -> None:
    change = await _moved(stores)
    await stores.bench.apply(change, _line(change.case))
    with pytest.raises(CaseChanged):
        await stores.bench.apply(change, _line(change.case))
    assert len(await _told(stores)) == 1
    assert await stores.outbox.waiting() == (1, 0)


async def leaves_neither(stores: Stores) -> bool:
    """Whether nothing of a change is stored whose line cannot be written: its moment has no time zone."""
    change = await _moved(stores)
    with pytest.raises(Exception, match=r"time ?zone|naive|aware"):
        await stores.bench.apply(change, _line(change.case, NOW.replace(tzinfo=None)))
    same = await stores.bench.find(change.case.reference)
    return (
        same is not None and same.version == 1 and (await _told(stores), await stores.outbox.waiting()) == ([], (0, 0))
    )


async def test_a_line_that_cannot_be_written_leaves_neither(stores: Stores) -> None:
    assert await leaves_neither(stores)


class OneAfterTheOther(Desk):
    """A bench that writes the line when the change is done."""

    def __init__(self, cases: CaseStore, audit: AuditLog) -> None:
        super().__init__(cases, FixedClock())
        self.audit = audit

    async def apply(self, change: CaseChange, record: Record) -> None:  # type: ignore[override]
        await super().apply(change)
        await self.audit.write(record)


async def test_one_after_the_other_is_found_out() -> None:
    stores = memory_stores()
    assert not await leaves_neither(replace(stores, bench=OneAfterTheOther(stores.cases, stores.audit)))


async def test_the_twin_of_the_audit_log_lists_alike(stores: Stores) -> None:
    for number in range(5):
        deed = Deed.EXPORTED if number % 2 else Deed.SIGNED_IN
        await stores.audit.write(Record(NOW, f"person{number % 3}", deed, str(number)))
    page = await stores.audit.list(AuditFilter(), 2)
    assert [record.subject for record in page.records] == ["4", "3"]
    page = await stores.audit.list(AuditFilter(), 3, page.next)
    assert ([record.subject for record in page.records], page.next) == (["2", "1", "0"], None)
    assert [record.subject for record in (await stores.audit.list(AuditFilter("person0"))).records] == ["3", "0"]
    assert len((await stores.audit.list(AuditFilter(deed=Deed.EXPORTED))).records) == 2
