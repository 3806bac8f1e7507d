"""Owners are asked once, by day, from the visible-by day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cases.model import PARTNER, Case, EventKind, State
from cases.usecases import mute
from dialogs.decision import Knowledge
from ops.clock import FixedClock
from program.months import Month
from storage.memory import Memory, MemoryCaseStore
from storage.memory_following import MemoryInquiries
from tests.cases.samples import opened
from turn.desk import Desk
from turn.inquiring import BATCH, Inquirer

NOON = datetime(2026, 4, 7, 19, tzinfo=UTC)


class Office:
    """Requests, and who asks about them."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.memory, self.clock = Memory(), FixedClock(NOON)
        self.store = MemoryCaseStore(self.memory)
        self.desk = Desk(self.store, self.clock)
        self.inquirer = Inquirer(
            inquiries=MemoryInquiries(self.memory),
            desk=self.desk,
            library=lambda: knowledge.library,
            clock=self.clock,
        )

    async def sent(self, state: State = State.SUBMITTED) -> Case:
        """A listing of the March batch."""
        new = opened()
        change = replace(new, case=replace(new.case, state=state, batch=Month(2026, 3)))
        await self.store.apply(change)
        return change.case


@pytest.fixture
def office(knowledge: Knowledge) -> Office:
    return Office(knowledge)


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        (datetime(2026, 4, 7, 15, tzinfo=UTC), 0),  # 8 in the morning
        (datetime(2026, 4, 7, 16, tzinfo=UTC), 1),
        (datetime(2026, 4, 7, 23, 59, tzinfo=UTC), 1),
        (datetime(2026, 4, 8, 0, tzinfo=UTC), 0),  # 17 o'clock
        (datetime(2026, 4, 6, 19, tzinfo=UTC), 0),
        (datetime(2026, 4, 20, 19, tzinfo=UTC), 1),
        (datetime(2026, 4, 21, 19, tzinfo=UTC), 0),
        (datetime(2026, 5, 7, 19, tzinfo=UTC), 0),
    ],
)
async def test_when_they_are_asked(office: Office, at: datetime, asked: int) -> None:
    await office.sent()
    office.clock.at = at
    assert await office.inquirer.run() == asked


async def test_everybody_is_asked_once(office: Office) -> None:
    cases = [await office.sent(state) for state in (State.SUBMITTED, State.LISTED) for _ in range(BATCH)]
    assert await office.inquirer.run() == len(cases)
    office.clock.advance(timedelta(hours=1))
    assert await office.inquirer.run() == 0
    posts = [stored.to_post() for stored in office.memory.posts.values()]
    assert sorted(str(post.payload["reference"]) for post in posts) == sorted(case.reference for case in cases)
    assert {post.kind for post in posts} == {"notify"}
    events = await office.desk.events(cases[0].reference)
    assert [event.kind for event in events] == [EventKind.OPENED, EventKind.INQUIRED]


async def test_who_wants_no_news_is_left_alone(office: Office) -> None:
    case = await office.sent()
    await office.desk.apply(mute(case, True, PARTNER, NOON))
    assert await office.inquirer.run() == 0
