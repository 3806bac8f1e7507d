"""Whom to ask whether the listing is there, and requests that may be the same: alike over every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cases.inquiring import answer, inquire
from cases.model import Case, CaseType, JsonObject, Owner, Seen, State
from cases.usecases import PARTNER, edit_fields, mute
from program.months import Month
from tests.cases.samples import CALENDAR, NOW, opened
from tests.storage.samples import Stores, commit, incoming
from turn.model import Exchange

MARCH, DAY = Month(2026, 3), datetime(2026, 4, 7, 17, tzinfo=UTC)
LISTING: JsonObject = {"display-name": "Contoso Ltd.", "country": "BR", "landing-page": "https://www.contoso.com/ms/"}
INVOICE: JsonObject = {"invoice-number": "INV-7", "month": "2026-01", "omlp-type": "MOC"}


async def _stored(stores: Stores, type_: CaseType = CaseType.LISTING, **changes: object) -> Case:
    fields = changes.pop("fields", None)
    new = opened(type_, **({"fields": fields} if fields else {}))
    change = replace(new, case=replace(new.case, **changes))
    await stores.cases.apply(change)
    return change.case


async def test_who_is_to_be_asked(stores: Stores) -> None:
    sent = await _stored(stores, state=State.SUBMITTED, batch=MARCH)
    listed = await _stored(stores, state=State.LISTED, batch=MARCH)
    for no in (
        {"state": State.READY, "batch": MARCH},
        {"state": State.SUBMITTED, "batch": MARCH.plus(-1)},
        {"state": State.SUBMITTED, "batch": MARCH, "muted": True},
    ):
        await _stored(stores, **no)
    waiting = await stores.inquiries.waiting(MARCH, DAY, 10)
    assert {case.reference for case in waiting} == {sent.reference, listed.reference}
    assert len(await stores.inquiries.waiting(MARCH, DAY, 1)) == 1
    change = inquire(sent, DAY)
    await stores.cases.apply(change)
    assert await stores.cases.find(sent.reference) == change.case
    assert [case.reference for case in await stores.inquiries.waiting(MARCH, DAY, 10)] == [listed.reference]
    said = answer(change.case, Seen.THERE, DAY, CALENDAR)
    assert said is not None
    await stores.cases.apply(said)
    assert await stores.cases.find(sent.reference) == said.case
    again = await stores.inquiries.waiting(MARCH, datetime(2026, 5, 7, tzinfo=UTC), 10)
    assert {case.reference for case in again} == {sent.reference, listed.reference}, "another day, another question"


@pytest.mark.parametrize(
    ("type_", "one", "other", "alike"),
    [
        (CaseType.LISTING, LISTING, {**LISTING, "landing-page": "https://else.com"}, True),
        (CaseType.LISTING, LISTING, {**LISTING, "display-name": "ＣＯＮＴＯＳＯ ltd"}, True),
        (CaseType.LISTING, LISTING, {**LISTING, "display-name": "X", "landing-page": "http://contoso.com/MS"}, True),
        (CaseType.LISTING, LISTING, {**LISTING, "country": "DE"}, False),
        (CaseType.LISTING, LISTING, {**LISTING, "display-name": "X", "landing-page": "https://contoso.com"}, False),
        (CaseType.LISTING, {"country": "BR"}, {"country": "BR"}, False),
        (CaseType.KPI, {"invoices": [INVOICE]}, {"invoices": [{**INVOICE, "invoice-number": "inv 7"}, {}]}, True),
        (CaseType.KPI, {"invoices": [INVOICE]}, {"invoices": [{**INVOICE, "month": "2026-02"}]}, False),
        (CaseType.KPI, {"invoices": [INVOICE]}, {"invoices": [{**INVOICE, "omlp-type": "MOAC"}]}, False),
        (CaseType.MESSAGE, {"text": "Hello?"}, {"text": "Hello?"}, False),
    ],
)
async def test_requests_that_may_be_the_same(
    stores: Stores, type_: CaseType, one: JsonObject, other: JsonObject, alike: bool
) -> None:
    first, second = [await _stored(stores, type_, fields=fields) for fields in (one, other)]
    assert [case.reference for case in await stores.likeness.alike(first, 5)] == [second.reference] * alike
    assert [case.reference for case in await stores.likeness.alike(second, 5)] == [first.reference] * alike


async def test_an_edit_gives_other_keys_and_nothing_else_does(stores: Stores) -> None:
    first, second = [await _stored(stores, fields=LISTING) for _ in range(2)]
    quiet = mute(second, True, PARTNER, NOW)
    await stores.cases.apply(quiet)
    assert len(await stores.likeness.alike(first, 5)) == 1
    edited = edit_fields(quiet.case, {"country": "DE"}, PARTNER, NOW, CALENDAR)
    await stores.cases.apply(edited)
    assert await stores.likeness.alike(first, 5) == ()
    assert await stores.likeness.alike(edited.case, 5) == ()


async def test_what_was_said_before(stores: Stores) -> None:
    def said(minute: int, user: str = "u1") -> Exchange:
        at = NOW + timedelta(minutes=minute)
        return Exchange(user, "msteams", "c", "en", f"{minute}", "answer", "e", 0.5, "v", at)

    for number, minute in enumerate((1, 2, 3, 4)):
        message = replace(incoming(user="u1"), received_at=NOW)
        await stores.turns.commit(commit(message, number, records=(said(minute), said(minute, "other"))))
    owner = Owner("msteams", "u1")
    found = await stores.talks.before(owner, NOW + timedelta(minutes=3), 2)
    assert [(one.text, one.user) for one in found] == [("2", "u1"), ("3", "u1")]
    assert await stores.talks.before(Owner("webchat", "u1"), NOW + timedelta(days=1), 2) == ()
