"""The page of one request: what it shows, what can be done, and who may not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cases.model import Case, CaseType, Contact, Draft, EventKind, JsonObject, Owner, State
from cases.usecases import open_case
from console.pages.request import RequestPage
from desk.access import Role
from desk.ports import Workbench
from dialogs.decision import Knowledge
from faq.library import Library
from program.windows import calendar_of
from storage.engine import open_database
from storage.likeness import SqlLikeness
from storage.outbox import SqlOutbox
from storage.records import insert_records
from storage.talks import SqlTalks
from tests.console.place import NOW, Browser, Place, opened, visible
from tests.webchat.payloads import PAYLOADS
from turn.model import Exchange

LISTING: JsonObject = {
    "display-name": "Contoso Learning",
    "country": "BR",
    "landing-page": "https://contoso.com/microsoft",
    "about-only": "yes",
    "no-competitors": "yes",
    "owned": "yes",
}
INVOICE: JsonObject = {
    "month": "2026-01",
    "omlp-type": "MOC",
    "purchase-unit": "USD",
    "invoice-number": "INV-7",
    "kpi-value": "12",
    "revenue-value": "100.50 USD",
}


@dataclass
class Office:
    """A console with requests in it."""

    place: Place
    library: Library
    made: int = 0

    async def asked(self, type_: CaseType = CaseType.LISTING, fields: JsonObject | None = None) -> Case:
        """A partner's request."""
        self.made += 1
        draft = Draft(
            type_,
            f"{self.made:032x}",
            fields or LISTING,
            Owner("webchat", f"user-{self.made}"),
            Contact("webchat", f"conversation-{self.made}", local=True),
            "en",
        )
        change = open_case(draft, NOW, calendar_of(self.library.program))
        await self.place.desk.apply(change)
        return change.case

    async def now(self, case: Case) -> Case:
        """The request as it is stored."""
        found = await self.place.desk.find(case.reference)
        assert found is not None
        return found

    async def told(self) -> int:
        """How many messages to partners wait."""
        return (await SqlOutbox(self.place.database, self.place.clock).waiting())[0]


@pytest.fixture
async def office(tmp_path: Path, library: Library, knowledge: Knowledge) -> AsyncIterator[Office]:
    database = await open_database(f"sqlite:///{tmp_path}/desk.db")

    def sections(bench: Workbench) -> list[RequestPage]:
        return [RequestPage(bench, lambda: knowledge, SqlTalks(database), SqlLikeness(database))]

    async with opened(tmp_path, library, sections=sections) as place:
        yield Office(place, library)
    await database.close()


async def _act(browser: Browser, case: Case, what: str, **form: str) -> tuple[int, str]:
    answer = await browser.post(
        f"/requests/{case.reference}/{what}", {"version": str(case.version), "words": "", **form}
    )
    return answer.status, answer.text


async def test_it_shows_the_fields_in_words_and_the_history(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.VIEWER)
    page = visible((await browser.get(f"/requests/{case.reference}")).text)
    for words in ("Contoso Learning", "Brazil", "https://contoso.com/microsoft", "asked for this", "March 2026"):
        assert words in page
    browser.language = "zh-CN"
    page = visible((await browser.get(f"/requests/{case.reference}")).text)
    for words in ("巴西", "提交了申请", "2026年3月"):
        assert words in page


async def test_invoices_are_shown_one_by_one(office: Office) -> None:
    fields: JsonObject = {"invoices": [INVOICE, {**INVOICE, "invoice-number": "INV-8"}]}
    case, browser = await office.asked(CaseType.KPI, fields), await office.place.signed_in(Role.OPERATOR)
    html = (await browser.get(f"/requests/{case.reference}")).text
    assert html.count('<dl class="facts">') == 2
    assert "INV-7" in html
    assert "INV-8" in html


async def test_only_the_next_steps_that_are_possible_are_offered(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    html = (await browser.get(f"/requests/{case.reference}")).text
    assert set(re.findall(r'name="to" value="([a-z-]+)"', html)) == {"in-review", "declined", "withdrawn"}


async def test_a_request_moves_and_its_partner_is_told(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR, name="ann")
    assert (await _act(browser, case, "move", to="in-review", words="Looking at it"))[0] == 303
    moved = await office.now(case)
    assert (moved.state, moved.version) == (State.IN_REVIEW, case.version + 1)
    assert await office.told() == 1
    events = await office.place.desk.events(case.reference)
    assert (events[-1].kind, str(events[-1].actor)) == (EventKind.MOVED, "operator:ann")
    assert (await office.place.deeds("ann"))[-1] == "request-changed"
    page = visible((await browser.get(f"/requests/{case.reference}")).text)
    assert "ann moved it from Received to In review" in page
    assert "Looking at it" in page


async def test_declining_needs_words(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    status, text = await _act(browser, case, "move", to="declined")
    assert status == 200
    assert "The partner must be told why" in visible(text)
    assert (await office.now(case)).state is State.RECEIVED
    assert (await _act(browser, case, "move", to="declined", words="Not your page"))[0] == 303


async def test_asking_the_partner_stops_the_clock(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    assert case.due is not None
    assert (await _act(browser, case, "ask", field="landing-page", words="It does not open"))[0] == 303
    waiting = await office.now(case)
    assert (waiting.state, waiting.waiting_field, waiting.due) == (State.WAITING, "landing-page", None)
    assert await office.told() == 1
    assert "Waiting for: " in visible((await browser.get(f"/requests/{case.reference}")).text)


async def test_taking_and_giving_back_and_notes(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR, name="ann")
    await _act(browser, case, "assign", take="yes")
    case = await office.now(case)
    assert case.assignee == "ann"
    await _act(browser, case, "assign", take="no")
    case = await office.now(case)
    assert case.assignee is None
    await _act(browser, case, "note", text="Called them")
    page = visible((await browser.get(f"/requests/{case.reference}")).text)
    assert "Called them" in page
    assert "ann gave it back" in page
    assert await office.told() == 0, "none of this is the partner's business"


async def test_two_operators_at_once_one_wins_the_other_is_shown_why(office: Office) -> None:
    case = await office.asked()
    ann, bob = [await office.place.signed_in(Role.OPERATOR, name=name) for name in ("ann", "bob")]
    assert (await _act(ann, case, "move", to="in-review"))[0] == 303
    for what, form in (("move", {"to": "withdrawn"}), ("note", {"text": "x"}), ("assign", {"take": "yes"})):
        status, text = await _act(bob, case, what, **form)
        assert status == 409
        assert "In review" in visible(text)
    assert (await office.now(case)).state is State.IN_REVIEW


@pytest.mark.parametrize(
    ("what", "form", "status"),
    [
        ("move", {"to": "flying"}, 400),
        ("move", {"to": "waiting-on-partner"}, 400),
        ("move", {"to": "listed"}, 409),
        ("move", {}, 400),
        ("ask", {"field": "shoe-size"}, 400),
        ("note", {"text": " "}, 200),
        ("note", {"text": "x" * 4001}, 200),
    ],
)
async def test_what_cannot_be_changes_nothing(office: Office, what: str, form: dict[str, str], status: int) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    assert (await _act(browser, case, what, **form))[0] == status
    assert (await office.now(case)).version == case.version


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CURATOR])
async def test_who_only_looks_cannot_act(office: Office, role: Role) -> None:
    case, browser = await office.asked(), await office.place.signed_in(role)
    html = (await browser.get(f"/requests/{case.reference}")).text
    assert "<textarea" not in html
    for what, form in (
        ("move", {"to": "in-review"}),
        ("ask", {"field": "country"}),
        ("assign", {"take": "yes"}),
        ("note", {"text": "x"}),
    ):
        assert (await _act(browser, case, what, **form))[0] == 403
    assert (await office.now(case)).version == case.version


async def test_unknown_and_odd_references_are_not_found(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    odd = [f"LP-{number:05d}-A" for number in range(100)] + ["x", "LP-", "%00", "..%2f..", "LP-" + "A" * 500]
    for reference in odd:
        if reference != case.reference:
            assert (await browser.get(f"/requests/{reference}")).status == 404
            assert (await browser.post(f"/requests/{reference}/note", {"version": "1", "text": "x"})).status == 404


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_nothing_that_was_typed_becomes_markup(office: Office, payload: str) -> None:
    listing = {**LISTING, "display-name": payload, "landing-page": payload, "country": payload}
    kpi: JsonObject = {"invoices": [dict.fromkeys(INVOICE, payload)]}
    browser = await office.place.signed_in(Role.OPERATOR)
    clean = (await browser.get(f"/requests/{(await office.asked()).reference}")).text
    for case in (await office.asked(fields=listing), await office.asked(CaseType.KPI, kpi)):
        await _act(browser, case, "note", text=payload)
        html = (await browser.get(f"/requests/{case.reference}")).text
        assert _tags(html) <= _tags(clean) | {"blockquote"}
        assert not any(name.startswith("on") or name == "style" for name in _attributes(html))


class _Seen(HTMLParser):
    """The names of the elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def _tags(html: str) -> set[str]:
    return _Seen(html).tags


def _attributes(html: str) -> set[str]:
    return _Seen(html).attributes


def test_markup_would_be_seen() -> None:
    html = '<p>ok</p><img src=x onerror="y">'
    assert _tags(html) == {"p", "img"}
    assert _attributes(html) == {"src", "onerror"}


async def _said(office: Office, case: Case, minutes: float, kind: str, **more: object) -> None:
    values: dict[str, object] = {
        "user": case.owner.user,
        "channel": case.owner.channel,
        "conversation": case.contact.conversation,
        "language": "en",
        "text": "",
        "entry": "",
        "score": 0.0,
        "knowledge_version": office.library.version,
        "at": NOW - timedelta(minutes=minutes),
        **more,
    }
    record = Exchange(kind=kind, **values)  # type: ignore[arg-type]
    await office.place.database.write(lambda connection: insert_records(connection, [record]))


async def test_it_shows_what_was_said_and_seen_before(office: Office) -> None:
    case, browser = (
        await office.asked(CaseType.MESSAGE, {"text": "Please help"}),
        await office.place.signed_in(Role.VIEWER),
    )
    await _said(office, case, 9, "answer", text="what <b>is</b> lap", entry="lap-what-is", score=0.87)
    await _said(office, case, 8, "chosen", entry="gone", score=0.5, knowledge_version="0123456789ab")
    await _said(office, case, 7, "no-match", text="blorb")
    await _said(office, case, 6, "status")
    await _said(office, case, 5, "form", text="leave a message", form="message", entry="message")
    await _said(office, case, -5, "answer", text="said later", entry="lap-what-is", score=0.9)
    await _said(office, case, 4, "answer", text="said by another", entry="lap-what-is", user="somebody")
    html = (await browser.get(f"/requests/{case.reference}")).text
    page = visible(html)
    title = office.library.languages["en"].knowledge.entries["lap-what-is"].title
    for words in (
        "“what &lt;b&gt;is&lt;/b&gt; lap”",
        f"answered: {title}",
        "score 0.87",
        f"content {office.library.version}",
        "content 0123456789ab",
        "The content was changed since",
        "There is no such entry any more",
        "“blorb”",
        "had no answer",
        "asked about their own requests or data",
        "pressed a button",
        "dialog: Message",
    ):
        assert words in page, words
    for words in ("said later", "said by another"):
        assert words not in page
    assert '<a href="#answer-1">' in html
    assert '<details id="answer-1">' in html
    browser.language = "zh-CN"
    assert "对方之前看到的回答" in visible((await browser.get(f"/requests/{case.reference}")).text)


async def test_of_a_long_talk_the_last_turns_are_shown(office: Office) -> None:
    case, browser = await office.asked(), await office.place.signed_in(Role.OPERATOR)
    for number in range(30):
        await _said(office, case, 60 - number, "no-match", text=f"question {number:02}")
    page = visible((await browser.get(f"/requests/{case.reference}")).text)
    assert [number for number in range(30) if f"“question {number:02}”" in page] == list(range(10, 30))


async def test_likely_duplicates_are_linked(office: Office) -> None:
    first, browser = await office.asked(), await office.place.signed_in(Role.VIEWER)
    assert "May be the same request" not in (await browser.get(f"/requests/{first.reference}")).text
    other = await office.asked(fields={**LISTING, "display-name": "CONTOSO  learning", "landing-page": "https://x.com"})
    await office.asked(fields={**LISTING, "country": "DE"})
    html = (await browser.get(f"/requests/{first.reference}")).text
    assert "May be the same request" in html
    assert re.findall(r'/requests/(LP-[0-9A-Z-]+)"', html) == [other.reference]
