"""The contract of requests in storage, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cases.model import PARTNER, Case, CaseChange, CaseType, Owner, State, WrongCodes, operator
from cases.ports import CaseFilter
from cases.reference import references_in
from cases.usecases import ask_partner, assign, change_state, edit_fields, mute, note, prove
from program.months import Month
from storage.errors import NaiveTime, NotJson, PostExists, TooLarge
from tests.cases.samples import CALENDAR, NOW, opened
from tests.storage.samples import OURS, Stores, commit, conversation, incoming, post, said, texts
from turn.errors import DuplicateActivity, ReferenceTaken, StateConflict
from turn.model import Incoming, Opened

ANN = operator("ann")
OWNER = Owner("msteams", "u1")  # the user of the samples' activities


def _mine(type_: CaseType = CaseType.LISTING, **changes: Any) -> CaseChange:
    return opened(type_, owner=OWNER, **changes)


async def _stored(stores: Stores, *changes: CaseChange) -> Case:
    for change in changes:
        await stores.cases.apply(change)
    found = await stores.cases.find(changes[-1].case.reference)
    assert found is not None
    return found


async def test_a_request_is_read_back_as_it_was_stored(stores: Stores) -> None:
    odd: dict[str, Any] = {"name": "微软 🎓 \u0000 \ud83d", "country": None, "url": ["a", {"b": 1.5}], "": True}
    new = _mine(fields=odd)
    assert await _stored(stores, new) == new.case
    asked = ask_partner(new.case, "name", ANN, NOW, CALENDAR, words="Which name?")
    muted = mute(asked.case, True, PARTNER, NOW)
    _, wrong = prove(muted.case, "x", NOW)
    assert wrong is not None
    assigned = assign(wrong.case, "bob \u0000", ANN, NOW)
    read = await _stored(stores, asked, muted, wrong, assigned)
    assert read == replace(assigned.case, assignee="bob \N{REPLACEMENT CHARACTER}")
    assert (read.batch, read.wrong_codes, read.returns_to) == (Month(2026, 3), WrongCodes(1, NOW), State.RECEIVED)
    changes = (new, asked, muted, wrong, assigned)
    assert await stores.cases.events(new.case.reference) == tuple(event for c in changes for event in c.events)


async def test_nothing_is_known_of_others(stores: Stores) -> None:
    assert await stores.cases.find("LP-00000-0") is None
    assert await stores.cases.events("LP-00000-0") == ()


async def test_a_change_of_an_older_version_is_refused(stores: Stores) -> None:
    new = _mine()
    await stores.cases.apply(new)
    first, second = assign(new.case, "ann", ANN, NOW), note(new.case, "late", ANN, NOW)
    await stores.cases.apply(first)
    for stale in (second, first, new, replace(second, expected_version=7)):
        with pytest.raises(StateConflict):
            await stores.cases.apply(stale, (post("p"),))
    assert await stores.cases.find(new.case.reference) == first.case
    assert len(await stores.cases.events(new.case.reference)) == 2
    assert await stores.outbox.waiting() == (0, 0)


async def test_a_change_of_nothing_is_refused(stores: Stores) -> None:
    with pytest.raises(StateConflict):
        await stores.cases.apply(assign(_mine().case, "ann", ANN, NOW))


async def test_an_instance_makes_one_request_and_a_reference_belongs_to_one(stores: Stores) -> None:
    new = _mine()
    await stores.cases.apply(new)
    again = replace(new, case=replace(new.case, reference="LP-OTHER-0"))
    with pytest.raises(StateConflict) as same:
        await stores.cases.apply(again)
    assert type(same.value) is StateConflict
    other = _mine()
    with pytest.raises(ReferenceTaken) as taken:
        await stores.cases.apply(replace(other, case=replace(other.case, reference=new.case.reference)))
    assert taken.value.reference == new.case.reference


async def test_posts_are_stored_with_the_change_or_neither(stores: Stores) -> None:
    new = _mine()
    await stores.cases.apply(new, (post("p1"),))
    assert await stores.outbox.waiting() == (1, 0)
    with pytest.raises(PostExists):
        await stores.cases.apply(assign(new.case, "ann", ANN, NOW), (post("p1"),))
    assert await stores.cases.find(new.case.reference) == new.case


async def test_what_was_read_belongs_to_the_reader(stores: Stores) -> None:
    fields: dict[str, Any] = {"list": [1]}
    read = await _stored(stores, _mine(fields=fields))
    fields["list"].append(2)
    assert read.fields == {"list": [1]}
    read.fields.clear()
    again = await stores.cases.find(read.reference)
    assert again is not None
    assert again.fields == {"list": [1]}


async def test_a_turn_sees_its_users_requests_and_the_named_ones(stores: Stores) -> None:
    mine = [_mine(at=NOW + timedelta(minutes=n)).case for n in range(23)]
    theirs = opened(owner=Owner("msteams", "u2")).case
    elsewhere = opened(owner=Owner("webchat", "u1")).case
    for case in (*mine, theirs, elsewhere):
        await stores.cases.apply(CaseChange(case, 0, ()))
    newest = tuple(reversed(mine))[:20]
    assert await stores.turns.open(incoming()) == Opened(None, None, 0, newest)
    named = (theirs.reference, mine[22].reference, mine[0].reference, "LP-00000-0")
    assert (await stores.turns.open(incoming(), named)).cases == (*newest, theirs, mine[0])


def _full(message: Incoming, version: int = 0, **changes: Any) -> Any:
    values: dict[str, Any] = {"log": said(f"log-{message.activity_id}"), "posts": (post(message.activity_id),)}
    return commit(message, version, **(values | changes))


class _Alien:
    pass


def _broken(**changes: Any) -> tuple[CaseChange, ...]:
    change = _mine()
    return (replace(change, case=replace(change.case, **changes)),)


FAILURES: list[tuple[type[Exception], tuple[CaseChange, ...]]] = [
    (StateConflict, (assign(_mine().case, "ann", ANN, NOW),)),
    (StateConflict, (_mine(), *[_mine(instance="same")] * 2)),
    (TooLarge, _broken(fields={"text": "x" * 300_000})),
    (NotJson, _broken(fields={"object": _Alien()})),
    (NaiveTime, _broken(created_at=NOW.replace(tzinfo=None))),
]


@pytest.mark.parametrize(("error", "changes"), FAILURES)
async def test_a_refused_turn_stores_nothing(
    stores: Stores, error: type[Exception], changes: tuple[CaseChange, ...]
) -> None:
    await stores.log.create(conversation())
    message = incoming(address=OURS)
    with pytest.raises(error):
        await stores.turns.commit(_full(message, cases=(_mine(), *changes)))
    assert await stores.turns.open(message) == Opened(None, None, 0)
    assert await texts(stores.log) == []
    assert await stores.outbox.waiting() == (0, 0)
    assert (await stores.cases.list(CaseFilter())).cases == ()


async def test_a_turn_that_is_refused_for_something_else_leaves_requests_alone(stores: Stores) -> None:
    first = incoming()
    await stores.turns.commit(commit(first))
    with pytest.raises(DuplicateActivity):
        await stores.turns.commit(commit(first, 1, cases=(_mine(),)))
    with pytest.raises(PostExists):
        await stores.turns.commit(commit(version=1, cases=(_mine(),), posts=(post("a"), post("a"))))
    assert (await stores.cases.list(CaseFilter())).cases == ()


async def test_a_turn_may_change_a_request_several_times(stores: Stores) -> None:
    new = _mine()
    edited = edit_fields(new.case, {"name": "Contoso"}, PARTNER, NOW, CALENDAR)
    muted = mute(edited.case, True, PARTNER, NOW)
    message = incoming()
    await stores.turns.commit(commit(message, cases=(new, edited, muted)))
    assert (await stores.turns.open(incoming())).cases == (muted.case,)
    assert len(await stores.cases.events(new.case.reference)) == 3


async def _confirm(stores: Stores, change: CaseChange, user: str) -> Case:
    """As a turn does it: look whether the instance has a request already, else make one."""
    while True:
        message = replace(incoming(user=user), text=change.case.reference)
        opened_ = await stores.turns.open(message, references_in(message.text))
        known = next((case for case in opened_.cases if case.instance == change.case.instance), None)
        await asyncio.sleep(0)
        try:
            await stores.turns.commit(commit(message, opened_.state_version, cases=() if known else (change,)))
        except StateConflict:
            continue
        return known or change.case


@pytest.mark.parametrize("users", [["u1"], [f"u{n}" for n in range(20)]])
async def test_twenty_confirmations_at_once_are_one_request(stores: Stores, users: list[str]) -> None:
    """The same button pressed in one conversation state, and (harder) where no state conflicts."""
    change = _mine()
    answers = await asyncio.gather(*(_confirm(stores, change, users[n % len(users)]) for n in range(20)))
    assert {case.reference for case in answers} == {change.case.reference}
    assert (await stores.cases.list(CaseFilter())).cases == (change.case,)
    assert len(await stores.cases.events(change.case.reference)) == 1


async def test_two_operators_at_once_one_wins(stores: Stores) -> None:
    new = _mine()
    await stores.cases.apply(new)
    rivals = [change_state(new.case, State.IN_REVIEW, operator(f"o{n}"), NOW, CALENDAR) for n in range(8)]
    results = await asyncio.gather(*(stores.cases.apply(change) for change in rivals), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["StateConflict"] * 7
    assert len(await stores.cases.events(new.case.reference)) == 2


async def _shelf(stores: Stores) -> list[Case]:
    cases = [
        opened(CaseType.LISTING, fields={"name": "Contoso ＬＴＤ", "url": "https://contoso.com/100%_a"}).case,
        opened(CaseType.LISTING, at=NOW + timedelta(days=9), fields={"name": "北风培训", "url": "x"}).case,
        opened(CaseType.KPI, fields={"invoices": [{"number": "INV-7", "value": 1200, "paid": True}]}).case,
        opened(CaseType.MESSAGE, owner=OWNER, fields={"text": "STRASSE Straße"}).case,
    ]
    cases[0] = replace(cases[0], state=State.READY, assignee="ann")
    for case in cases:
        await stores.cases.apply(CaseChange(case, 0, ()))
    return cases


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (CaseFilter(), [0, 1, 2, 3]),
        (CaseFilter(type=CaseType.LISTING), [0, 1]),
        (CaseFilter(state=State.READY), [0]),
        (CaseFilter(type=CaseType.LISTING, state=State.RECEIVED), [1]),
        (CaseFilter(month=Month(2026, 4)), [1]),
        (CaseFilter(owner=OWNER), [3]),
        (CaseFilter(assignee="ann"), [0]),
        (CaseFilter(text="contoso ltd"), [0]),
        (CaseFilter(text="LTD ＣＯＮＴＯＳＯ"), [0]),
        (CaseFilter(text="100%_a"), [0]),
        (CaseFilter(text="10%a"), []),
        (CaseFilter(text="北风"), [1]),
        (CaseFilter(text="inv-7 1200"), [2]),
        (CaseFilter(text="name"), []),
        (CaseFilter(text="true"), []),
        (CaseFilter(text="strasse"), [3]),
        (CaseFilter(text="contoso 北风"), []),
        (CaseFilter(text="'; DROP TABLE cases --"), []),
    ],
)
async def test_requests_are_found_by_what_they_are(stores: Stores, which: CaseFilter, found: list[int]) -> None:
    cases = await _shelf(stores)
    page = await stores.cases.list(which)
    assert {case.reference for case in page.cases} == {cases[n].reference for n in found}
    assert page.next is None


async def test_a_request_is_found_by_its_reference(stores: Stores) -> None:
    cases = await _shelf(stores)
    assert (await stores.cases.list(CaseFilter(text=cases[2].reference.lower()))).cases == (cases[2],)


async def test_pages_go_through_everything_once_newest_first(stores: Stores) -> None:
    made = [opened(at=NOW + timedelta(minutes=n // 3)).case for n in range(25)]  # some at the same moment
    for case in made:
        await stores.cases.apply(CaseChange(case, 0, ()))
    seen: list[Case] = []
    after = None
    for _ in range(3):
        page = await stores.cases.list(CaseFilter(), 10, after)
        seen += page.cases
        after = page.next
    assert after is None
    assert seen == sorted(made, key=lambda case: (case.created_at, case.reference), reverse=True)
    assert (await stores.cases.list(CaseFilter(), 10, "LP-00000-0")).cases == ()
