"""What waits for its owner: alike over every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.model import SYSTEM, Case, CaseType, State
from cases.reminding import remind
from storage.engine import Database
from storage.erasing import SqlEraser
from storage.unfinished import SqlUnfinished
from tests.cases.samples import NOW, opened
from tests.storage.samples import TEAMS, FixedClock, Stores, commit, incoming, sql_stores
from turn.ports import Erasure

HOUR = timedelta(hours=1)


async def _stored(stores: Stores, type_: CaseType = CaseType.LISTING, **changes: object) -> Case:
    new = opened(type_)
    values = {"state": State.WAITING, "updated_at": NOW, **changes}
    change = replace(new, case=replace(new.case, **values))  # type: ignore[arg-type]
    await stores.cases.apply(change)
    return change.case


async def test_who_is_to_be_reminded(stores: Stores) -> None:
    waiting = await _stored(stores)
    await _stored(stores, muted=True)
    await _stored(stores, state=State.READY)
    await _stored(stores, CaseType.KPI)
    await _stored(stores, updated_at=NOW + HOUR)
    found = await stores.unfinished.waiting(NOW, NOW - HOUR, 10)
    assert [case.reference for case in found] == [waiting.reference]
    assert len(await stores.unfinished.waiting(NOW + HOUR, NOW - HOUR, 10)) == 2
    assert len(await stores.unfinished.waiting(NOW + HOUR, NOW - HOUR, 1)) == 1


@pytest.mark.parametrize(("since", "found"), [(NOW, 0), (NOW - HOUR, 0), (NOW + timedelta(seconds=1), 1)])
async def test_a_reminder_counts_from_some_moment_on(stores: Stores, since: object, found: int) -> None:
    case = await _stored(stores)
    change = remind(case, NOW)
    await stores.cases.apply(change)
    assert await stores.cases.find(case.reference) == change.case
    assert len(await stores.unfinished.waiting(NOW, since, 10)) == found  # type: ignore[arg-type]


async def test_what_a_conversation_remembers(stores: Stores) -> None:
    message = incoming(user="u1")
    assert await stores.unfinished.remembered(TEAMS, "u1") is None
    await stores.turns.commit(commit(message, state={"dialog": {"form": "x"}}))
    assert await stores.unfinished.remembered(TEAMS, "u1") == {"dialog": {"form": "x"}}
    assert await stores.unfinished.remembered(TEAMS, "u2") is None
    assert await stores.unfinished.remembered(replace(TEAMS, conversation="other"), "u1") is None


async def test_nobody_is_reminded_whose_request_is_empty(database: Database, clock: FixedClock) -> None:
    stores = sql_stores(database, clock)
    case = await _stored(stores)
    await SqlEraser(database, clock).erase(Erasure(case.owner, SYSTEM, NOW + HOUR, NOW + HOUR), ())
    assert await SqlUnfinished(database).waiting(NOW + 2 * HOUR, NOW, 10) == ()
