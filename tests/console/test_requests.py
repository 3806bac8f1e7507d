"""The list of requests: what it shows, and what is done to several at a time."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from cases.model import Case, CaseType, EventKind, State
from desk.access import Role
from desk.accounts import switched
from faq.library import Library
from tests.console.place import NOW, Browser, Place, visible
from tests.console.requesting import Office, elements, ticked
from tests.webchat.payloads import PAYLOADS


@pytest.fixture
def office(place: Place, library: Library) -> Office:
    return Office(place, library)


@pytest.fixture
async def clerk(place: Place) -> Browser:
    return await place.signed_in(Role.OPERATOR, name="ann")


def shown(html: str) -> list[str]:
    """References of the list, in order."""
    return re.findall(r'<a href="[^"]*/requests/LP-[^"]+"><code>(LP-[^<]+)</code>', html)


async def test_filters(office: Office, clerk: Browser) -> None:
    new = await office.asked(at=NOW + timedelta(minutes=1), language="zh-CN", country="DE")
    old = await office.asked(State.WAITING, at=NOW - timedelta(days=60))
    late = await office.asked(State.READY, at=NOW - timedelta(days=59))
    kpi = await office.asked(type_=CaseType.KPI, invoices=[{"invoice-number": "INV-7"}])
    done = await office.asked(State.WITHDRAWN)
    mine = await office.asked(State.IN_REVIEW, display_name="Fabrikam 培训")
    await clerk.post("/requests", {"chosen": ticked(mine), "do": "assign:ann", "words": ""})
    table: dict[str, list[Case]] = {
        "type=kpi-discrepancy": [kpi],
        "state=waiting-on-partner": [old],
        "state=open": [new, mine, kpi, late, old],
        "state=overdue": [late],
        "state=unassigned": [new, kpi, late, old],
        "state=mine": [mine],
        "month=2026-01": [late, old],
        "country=DE": [new],
        "assignee=ann": [mine],
        "language=zh-CN": [new],
        "text=fabrikam": [mine],
        "text=培训": [mine],
        "text=inv-7": [kpi],
        f"text={done.reference.lower().replace('-', '')}": [done],
        "state=open&order=due&type=directory-listing": [late, mine, new, old],
        "state=overdue&country=DE": [],
        "type=nonsense&state=nonsense&month=x&order=x&language=x&country=": [new, done, mine, kpi, late, old],
    }
    for query, expected in table.items():
        page = await clerk.get(f"/requests?{query}")
        found = shown(page.text)
        assert page.status == 200, query
        assert sorted(found) == sorted(case.reference for case in expected), query
        if "order" in query and "nonsense" not in query:
            tied = {case.reference: case.due for case in expected}
            assert [tied[name] for name in found] == [case.due for case in expected]
    assert "typing mistake" in (await clerk.get("/requests?text=LP-7K3QM-8")).text


async def test_paging_keeps_the_filters(office: Office, clerk: Browser) -> None:
    made = [await office.asked(at=NOW + timedelta(minutes=number)) for number in range(53)]
    for order in ("", "due"):
        seen, address = [], f"/requests?state=open&order={order}"
        while address:
            page = (await clerk.get(address)).text
            seen += shown(page)
            onward = re.search(r'rel="next" href="/console([^"]+)"', page)
            address = onward[1].replace("&amp;", "&") if onward else ""
            assert not address or "state=open" in address
        assert sorted(seen) == sorted(case.reference for case in made)


async def test_several_are_assigned_and_given_back(office: Office, clerk: Browser) -> None:
    await office.place.account("bea", Role.OPERATOR)
    cases = [await office.asked() for _ in range(3)]
    done = await clerk.post(
        "/requests?state=open&text=contoso", {"chosen": ticked(*cases[:2]), "do": "assign:bea", "words": ""}
    )
    assert done.goal == "/console/requests?text=contoso&state=open"
    assert "2 done." in visible((await clerk.get("/requests")).text)
    assert [(await office.now(case)).assignee for case in cases] == ["bea", "bea", None]
    now = [await office.now(case) for case in cases]
    await clerk.post("/requests", {"shown": ticked(*now), "all": "yes", "do": "assign:-", "words": ""})
    assert [(await office.now(case)).assignee for case in cases] == [None] * 3
    assert await office.told() == 0
    assert (await office.place.deeds("ann")).count("request-changed") == 5


async def test_one_result_for_each_request(office: Office, clerk: Browser) -> None:
    cases = [await office.asked(State.IN_REVIEW) for _ in range(3)]
    stale = await office.asked(State.IN_REVIEW)
    await office.move(stale, State.READY)
    closed = await office.asked(State.WITHDRAWN)
    told = await office.told()
    form = {"chosen": ticked(*cases, stale, closed), "do": "move:ready", "words": "Looks good."}
    assert (await clerk.post("/requests", form)).status == 303
    said = visible((await clerk.get("/requests")).text)
    assert (
        f"3 done. 1 changed meanwhile: {stale.reference}. 1 cannot go there from where they stand: {closed.reference}."
        in said
    )
    assert [(await office.now(case)).state for case in (*cases, closed)] == [State.READY] * 3 + [State.WITHDRAWN]
    assert await office.told() == told + 3
    last = (await office.place.desk.events(cases[0].reference))[-1]
    assert (last.kind, str(last.actor), last.data["words"]) == (EventKind.MOVED, "operator:ann", "Looks good.")
    again = await clerk.post("/requests", form)
    assert again.status == 303
    assert await office.told() == told + 3, "the same form once more changes nothing"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "move:in-review"}, "Tick at least one"),
        ({"do": "", "chosen": "it"}, "Tick at least one"),
        ({"do": "move:declined", "chosen": "it"}, "must be told why"),
        ({"do": "move:withdrawn", "chosen": "it", "words": "x" * 4001}, "too long"),
        ({"do": "move:waiting-on-partner", "chosen": "it"}, None),
        ({"do": "move:nowhere", "chosen": "it"}, None),
        ({"do": "assign:nobody-here", "chosen": "it"}, None),
        ({"do": "assign:viv", "chosen": "it"}, None),
        ({"do": "assign:gone", "chosen": "it"}, None),
        ({"do": "dance", "chosen": "it"}, None),
        ({"do": "move:in-review", "chosen": "LP-7K3QM-9"}, None),
        ({"do": "move:in-review", "chosen": "LP-7K3QM-9:x"}, None),
        ({"do": "move:in-review", "chosen": "nonsense:1"}, None),
        ({"chosen": "it"}, None),
    ],
)
async def test_forms_that_change_nothing(
    office: Office, clerk: Browser, form: dict[str, str], said: str | None
) -> None:
    """``said``: on the page; None where no page of ours makes such a form."""
    case = await office.asked()
    await office.place.account("viv", Role.VIEWER)
    gone = await office.place.account("gone", Role.OPERATOR)
    await office.place.stores.accounts.apply(switched(gone, True, "root", NOW))
    sent = {"words": "", **form, **({"chosen": ticked(case)} if form.get("chosen") == "it" else {})}
    answer = await clerk.post("/requests", sent)
    assert answer.status == (200 if said else 400)
    assert (said or "") in visible(answer.text)
    assert await office.now(case) == case


async def test_words_that_were_typed_are_not_lost(office: Office, clerk: Browser) -> None:
    await office.asked()
    page = await clerk.post("/requests", {"do": "", "words": "Dear <partner>"})
    assert "Dear &lt;partner&gt;</textarea>" in page.text


@pytest.mark.parametrize(
    ("role", "may"), [(Role.VIEWER, False), (Role.CURATOR, False), (Role.OPERATOR, True), (Role.ADMIN, True)]
)
async def test_who_may_work(office: Office, place: Place, role: Role, may: bool) -> None:
    case, browser = await office.asked(), await place.signed_in(role)
    page = (await browser.get("/requests")).text
    assert ('name="do"' in page, 'type="checkbox"' in page) == (may, may)
    answer = await browser.post("/requests", {"chosen": ticked(case), "do": "move:in-review", "words": ""})
    assert answer.status == (303 if may else 403)
    assert (await office.now(case)).state is (State.IN_REVIEW if may else State.RECEIVED)


async def test_two_operators_at_once(office: Office, place: Place, clerk: Browser) -> None:
    other = await place.signed_in(Role.OPERATOR, name="bea")
    cases = [await office.asked() for _ in range(8)]
    form = {"chosen": ticked(*cases), "do": "move:in-review", "words": ""}
    await asyncio.gather(*(browser.post("/requests", form) for browser in (clerk, other)))
    said = [visible((await browser.get("/requests")).text) for browser in (clerk, other)]
    done = [int(found[1]) for text in said if (found := re.search(r"(\d+) done\.", text))]
    assert sum(done) == len(cases)
    assert await office.told() == len(cases), "every partner is told once"


@pytest.mark.parametrize("payload", PAYLOADS[:20])
async def test_what_partners_write_is_no_part_of_the_page(office: Office, clerk: Browser, payload: str) -> None:
    plain = await office.asked()
    before = elements((await clerk.get("/requests")).text)
    await office.edited(
        plain, **{"display-name": payload, "landing-page": payload, "country": payload, payload: payload}
    )
    page = elements((await clerk.get("/requests")).text)
    assert set(page.names) == set(before.names)
    assert page.names.count("script") == 0
    assert page.handlers == []
    for name in ("text", "country", "assignee", "month", "state", "after", "language", "order"):
        answer = await clerk.get("/requests?" + urlencode({name: payload}))
        found = elements(answer.text)
        assert answer.status == 200, name
        assert set(found.names) <= {*before.names, "p"}, name  # "p": nothing fits
        assert payload not in answer.text, name
        assert found.handlers == [], name
    typed = elements((await clerk.post("/requests", {"do": "", "words": payload})).text)
    assert set(typed.names) <= {*before.names, "p"}


def test_a_page_that_trusts_is_caught() -> None:
    page = '<a href="/console">{}</a>'
    plain = elements(page)
    assert plain.handlers == []
    for payload in PAYLOADS[:20]:
        found = elements(page.format(payload))
        assert set(found.names) - set(plain.names) or found.handlers, payload
