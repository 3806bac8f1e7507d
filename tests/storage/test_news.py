"""What is news to somebody who comes back, and where they are told from then on: alike over every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.model import Case, Contact, Owner, State, operator
from cases.usecases import change_state, note
from tests.cases.samples import CALENDAR, NOW, opened
from tests.storage.samples import TEAMS, Stores, commit, incoming
from turn.model import Exchange

HOUR = timedelta(hours=1)
OLGA = operator("olga")


async def _moved(stores: Stores) -> Case:
    """A request that an operator moved after an hour."""
    new = opened()
    await stores.cases.apply(new)
    moved = change_state(new.case, State.IN_REVIEW, OLGA, NOW + HOUR, CALENDAR)
    await stores.cases.apply(moved)
    noted = note(moved.case, "Call them.", OLGA, NOW + 2 * HOUR)
    await stores.cases.apply(noted)
    return noted.case


async def _said(stores: Stores, owner: Owner, hours: float) -> None:
    at = NOW + timedelta(hours=hours)
    address = replace(TEAMS, channel=owner.channel)
    message = replace(incoming(user=owner.user, address=address), received_at=at)
    said = Exchange(owner.user, owner.channel, "c", "en", "Hi", "answer", "e", 0.5, "v", at)
    await stores.turns.commit(commit(message, records=(said,)))


@pytest.mark.parametrize(
    ("said", "back", "is_news"), [(None, 3, 1), (0.5, 3, 1), (1.5, 3, 0), (3.5, 3, 1), (None, 0.5, 0)]
)
async def test_what_is_news(stores: Stores, said: float | None, back: float, is_news: int) -> None:
    case = await _moved(stores)
    if said is not None:
        await _said(stores, case.owner, said)
    found = await stores.news.unseen(case.owner, NOW + timedelta(hours=back))
    assert [(one.reference, event.at) for one, event in found] == [(case.reference, NOW + HOUR)] * is_news
    assert await stores.news.unseen(Owner(case.owner.channel, "other"), NOW + 9 * HOUR) == ()


async def test_news_come_where_the_owner_is_now(stores: Stores) -> None:
    case = await _moved(stores)
    other = opened()
    other = replace(other, case=replace(other.case, owner=Owner(case.owner.channel, "other")))
    await stores.cases.apply(other)
    here = Contact(case.owner.channel, "new", local=True)
    await stores.news.follow(case.owner, here)
    found = await stores.cases.find(case.reference)
    assert found == replace(case, contact=here)
    assert await stores.cases.find(other.case.reference) == other.case
    ready = change_state(case, State.READY, OLGA, NOW + 4 * HOUR, CALENDAR)
    await stores.cases.apply(ready)
    found = await stores.cases.find(case.reference)
    assert found is not None
    assert found.contact == here, "a change made from an older page does not take it back"
