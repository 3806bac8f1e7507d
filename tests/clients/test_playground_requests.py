"""Whole requests in Agents Playground, from the first word to what is stored; in a group, who gets to see what."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from tests.clients.conftest import Arriving, Office
from tests.clients.person import CHANNEL, GROUP, PERSONAL, Person

STORED = "SELECT type, state, language, user_id, batch, due, fields FROM cases WHERE reference = ?"
REFERENCE = re.compile(r"LP-[0-9A-Z]{5}-[0-9A-Z]")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
SECRETS = (REFERENCE, CODE)
WENT_ASIDE = "so I sent it to our personal chat"


@dataclass(frozen=True)
class Words:
    """One language's side of a listing."""

    opening: str
    begin: str
    """A button of the answer to ``opening``; empty when ``opening`` asks for the listing itself."""
    name_asked: str
    name: str
    facts: str
    facts_heard: tuple[str, ...]
    question: str
    answer: str
    correction: str
    corrected: str
    rules: tuple[str, str, str]
    yes: str
    summary: tuple[str, ...]
    send: str
    sent: tuple[str, ...]
    status: str
    received: tuple[str, ...]
    reviewed: str
    country: str
    language: str


ENGLISH = Words(
    opening="How do we get listed?",
    begin="Request a listing",
    name_asked="Under which name",
    name="Contoso Learning",
    facts="we are in Portugal and the page is https://contoso.com/microsoft",
    facts_heard=("Portugal", "https://contoso.com/microsoft"),
    question="How often are the KPI reports updated?",
    answer="Once a month",
    correction="actually Brazil",
    corrected="Country or region: Brazil",
    rules=("about your company only", "no competitors", "belong to your company"),
    yes="Yes",
    summary=("Contoso Learning", "Brazil", "https://contoso.com/microsoft", "March 2026", "7 April 2026"),
    send="Send",
    sent=("March 2026", "7 April 2026"),
    status="What is the status of our request?",
    received=("Received", "March 2026", "7 April 2026"),
    reviewed="being reviewed",
    country="BR",
    language="en",
)
CHINESE = Words(
    opening="请把我们登到目录里",
    begin="",
    name_asked="名称",
    name="北京帮助教育",
    facts="在日本，网页是 https://bangzhu.example.com/ms",
    facts_heard=("日本", "https://bangzhu.example.com/ms"),
    question="KPI 报表多久更新一次？",
    answer="每月更新一次",
    correction="其实是中国",
    corrected="国家或地区：中国",
    rules=("只介绍贵公司吗", "不能出现竞争对手", "归贵公司所有吗"),
    yes="是",
    summary=("北京帮助教育", "中国", "https://bangzhu.example.com/ms", "2026年3月", "2026年4月7日"),
    send="提交",
    sent=("2026年3月", "2026年4月7日"),
    status="我的申请到哪一步了？",
    received=("已收到", "2026年3月", "2026年4月7日"),
    reviewed="审核",
    country="CN",
    language="zh-CN",
)


def listing(name: str, country: str, page: str) -> dict[str, str]:
    """The stored fields of a listing whose page keeps the rules."""
    rules = dict.fromkeys(("about-only", "no-competitors", "owned"), "yes")
    return {"display-name": name, "country": country, "landing-page": page, **rules}


def stored(office: Office, reference: str) -> tuple[tuple[object, ...], dict[str, object]]:
    """Type, state, language, owner, batch and last day of a request; and its fields."""
    ((*facts, fields),) = office.rows(STORED, reference)
    return tuple(facts), json.loads(fields)


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=lambda words: words.language)
async def test_a_listing_to_the_review(arriving: Arriving, office: Office, words: Words) -> None:
    async with arriving("ana") as ana:
        await ana.hears("Hello!")
        await ana.say(words.opening)
        if words.begin:
            await ana.hears(words.begin)
            await ana.press(words.begin)
        await ana.hears(words.name_asked)
        await ana.say(words.name)
        await ana.hears(words.name)
        await ana.say(words.facts)
        await ana.hears(*words.facts_heard, words.rules[0])
        await ana.say(words.question)
        await ana.sees_card(words.answer)
        await ana.hears(words.rules[0])
        await ana.press(words.yes)
        await ana.hears(words.rules[1])
        await ana.say(words.correction)
        await ana.hears(words.corrected, words.rules[1])
        await ana.press(words.yes)
        await ana.hears(words.rules[2])
        await ana.press(words.yes)
        await ana.hears(*words.summary)
        assert office.rows("SELECT count(*) FROM cases") == [(0,)]
        reference = await _send_once(ana, words.send)
        await ana.say(words.status)
        await ana.hears(reference, *words.received)
        await office.operate("advance", reference, "in-review")
        told = await ana.hears(reference, words.reviewed)
        assert all(part in told for part in words.sent)
    facts, fields = stored(office, reference)
    assert facts == ("directory-listing", "in-review", words.language, "user-0", "2026-03", "2026-03-21")
    assert fields == listing(words.name, words.country, words.summary[2])
    assert office.rows("SELECT count(*) FROM cases") == [(1,)]
    assert office.rows("SELECT count(*) FROM outbox WHERE status <> 'done' AND kind <> 'remind-form'") == [(0,)]


async def _send_once(ana: Person, title: str) -> str:
    """The press makes the request, and the card becomes what was sent: none can press twice. Returns the reference."""
    await ana.press(title)
    reference = found(REFERENCE, await ana.says(CODE))
    await ana.cannot_press(title)
    return reference


def found(pattern: re.Pattern[str], text: str) -> str:
    """What ``pattern`` finds; fails when there is nothing."""
    match = pattern.search(text)
    assert match is not None, text
    return match[0]


PASTED = "December\t2025\tILT\tseats\tINV-19000\t3\t90 EUR\nJan\t2026\tILT\tseats\tINV-20932\tabc\t40 EUR"


async def test_a_kpi_discrepancy_to_the_investigation(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.hears("Hello!")
        await ana.say("I want to report a KPI discrepancy")
        await ana.hears("From which month and year")
        for answer, question in (
            ("January 2026", "Which type"),
            ("Courseware", "purchase unit"),
            ("seats", "number of the invoice"),
            ("order confirmation 4711", "Only actual invoices count"),
            ("INV-20931", "Which KPI value"),
            ("how many KPIs does gold require?", "Which KPI value"),
            ("twelve", "What is the revenue value?"),
            ("1,250.00 USD", "Is there another invoice"),
        ):
            await ana.say(answer)
            await ana.hears(question)
        await ana.send(type="message", text=PASTED)  # the composer drops tabs and ends of lines
        await ana.hears("Row 2, KPI value", "abc", "Which KPI value")
        await ana.say("4")
        await ana.hears("KPI value: 4", "Is there another invoice")
        await ana.press("Yes")
        await ana.hears("From which month and year")
        await ana.say("February 2026")
        await ana.hears("15 March 2026")
        await ana.press("Report it anyway")
        for answer, question in (
            ("Courseware", "purchase unit"),
            ("seats", "number of the invoice"),
            ("INV-20940", "Which KPI value"),
            ("2", "What is the revenue value?"),
            ("1.000,50 EUR", "Is there another invoice"),
        ):
            await ana.say(answer)
            await ana.hears(question)
        await ana.press("No")
        await ana.hears("INV-20931", "INV-19000", "INV-20932", "INV-20940", "USD 1,250.00")
        assert office.rows("SELECT count(*) FROM cases") == [(0,)]
        await ana.press("Send")
        told = await ana.hears("Access code")
        reference = found(REFERENCE, told)
        await office.operate("advance", reference, "investigating")
        await ana.hears(reference, "is being looked into", "15 March 2026")
    facts, fields = stored(office, reference)
    assert facts == ("kpi-discrepancy", "investigating", "en", "user-0", None, "2026-03-15")
    assert list(fields) == ["invoices"]
    invoices = fields["invoices"]
    assert isinstance(invoices, list)
    assert sorted(invoices, key=lambda row: str(row["invoice-number"])) == [
        invoice("2025-12", "ILT", "INV-19000", "3", "90.00", "EUR"),
        invoice("2026-01", "Courseware", "INV-20931", "12", "1250.00", "USD"),
        invoice("2026-01", "ILT", "INV-20932", "4", "40.00", "EUR"),
        invoice("2026-02", "Courseware", "INV-20940", "2", "1000.50", "EUR"),
    ]


def invoice(month: str, kind: str, number: str, kpi: str, amount: str, currency: str) -> dict[str, object]:
    """A stored invoice of seats."""
    money = {"amount": amount, "currency": currency}
    facts = {"month": month, "omlp-type": kind, "purchase-unit": "seats", "invoice-number": number}
    return {**facts, "kpi-value": kpi, "revenue-value": money}


async def test_two_people_in_a_group_each_with_their_own_request(arriving: Arriving, office: Office) -> None:
    """Ana lists Contoso while Bo asks a question and then lists Fabrikam. The group sees no reference of either."""
    async with arriving("ana", 0) as ana, arriving("bo", 1) as bo:
        for one in (ana, bo):
            await one.open(GROUP)
            await one.hears("Hello!")
        await ana.mention("list Contoso in Brazil")
        await ana.hears("Contoso", "What is the URL")
        await bo.mention("What is the Learning Action Pack?")
        await bo.hears("Learning Action Pack", "As of")
        await ana.mention("contoso.com/ms")
        await ana.hears("about your company only?")
        await bo.mention("list us")
        await bo.hears("Under which name")
        await ana.press("Yes")
        await ana.hears("no competitors?")
        await bo.mention("Fabrikam")
        await bo.hears("Display name: Fabrikam")
        await bo.mention("Chile, fabrikam.cl/ms")
        await bo.hears("Chile", "about your company only?")
        for one in (ana, bo):
            await _send_from_group(one)
        await ana.mention("What is the status of our request?")
        await ana.says(re.compile(WENT_ASIDE), 2)
        await bo.mention("I want to report a KPI discrepancy")
        await bo.hears("write to me in a personal chat")
        references = [await _told_aside(one) for one in (ana, bo)]
        await ana.hears("Request", "Received")
        await office.operate("advance", references[0], "in-review")
        await ana.hears(references[0], "being reviewed")
        await ana.open(GROUP)
        await _shows_nothing_personal(ana)
    owners = (
        ("user-0", "Contoso", "BR", "https://contoso.com/ms"),
        ("user-1", "Fabrikam", "CL", "https://fabrikam.cl/ms"),
    )
    for reference, (user, *company) in zip(references, owners, strict=True):
        facts, fields = stored(office, reference)
        state = "in-review" if user == "user-0" else "received"
        assert facts == ("directory-listing", state, "en", user, "2026-03", "2026-03-21")
        assert fields == listing(*company)
    assert office.rows("SELECT count(*) FROM cases") == [(2,)]
    assert office.rows("SELECT count(*) FROM outbox WHERE status <> 'done' AND kind <> 'remind-form'") == [(0,)]


async def _send_from_group(one: Person) -> None:
    """Says yes to the rules that are left, and sends."""
    for question in ("no competitors?", "belong to your company?"):
        if question not in await one.hears("?"):
            await one.press("Yes")
            await one.hears(question)
    await one.press("Yes")
    await one.hears("Please check", "7 April 2026")
    await one.press("Send")
    await one.hears(WENT_ASIDE)
    await _shows_nothing_personal(one)


async def _told_aside(one: Person) -> str:
    """The reference, which only the personal chat has."""
    await one.open(PERSONAL)
    return found(REFERENCE, await one.says(CODE))


async def _shows_nothing_personal(one: Person) -> None:
    shown = "\n".join(await one.said())
    assert WENT_ASIDE in shown
    assert [pattern.findall(shown) for pattern in SECRETS] == [[], []]


async def test_a_request_in_a_thread_of_a_channel(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.open(CHANNEL)
        await ana.mention("list Contoso in Brazil, contoso.com/ms", post=True)
        await ana.sees_card("about your company only?")
        await ana.press("Yes")
        await ana.sees_card("no competitors?")
        await ana.answer_in_thread("yes")
        await ana.sees_card("belong to your company?")
        await ana.press("Yes")
        await ana.sees_card("Please check")
        await ana.press("Send")
        await ana.sees("That is between you and me, so I sent it to our personal chat.")
        channel = str(await ana.page.inner_text("body")).partition("Log Panel")[0]
        assert [pattern.findall(channel) for pattern in SECRETS] == [[], []]
        reference = await _told_aside(ana)
    facts, fields = stored(office, reference)
    assert facts == ("directory-listing", "received", "en", "user-0", "2026-03", "2026-03-21")
    assert fields == listing("Contoso", "BR", "https://contoso.com/ms")
    ((thread,),) = office.rows("SELECT DISTINCT conversation FROM outbox WHERE conversation LIKE '%messageid=%'")
    assert thread.startswith("channel-1;messageid=")
