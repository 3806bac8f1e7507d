"""A company asks to be listed, in a real browser, to the end: what it says, what it is told, what is stored."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.webchat.conftest import REHEARSED_AT, Bot
from tests.webchat.visitor import Visitor

STORED = "SELECT reference, type, state, language, fields, batch, due FROM cases"
REFERENCE = re.compile(r"LP-[0-9A-Z]{5}-[0-9A-Z]")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@dataclass(frozen=True)
class Words:
    """One language's side of the conversation."""

    locale: str
    opening: str
    begin: str
    """A button of the answer to ``opening``; empty when ``opening`` asks for the listing itself."""
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
    locale="en-GB",
    opening="How do we get listed?",
    begin="Request a listing",
    name="Contoso Learning",
    facts="we are in Portugal and the page is https://contoso.com/microsoft",
    facts_heard=("Portugal", "https://contoso.com/microsoft", "Is the page about your company only?"),
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
    locale="zh-CN",
    opening="请把我们登到目录里",
    begin="",
    name="北京帮助教育",
    facts="在日本，网页是 https://bangzhu.example.com/ms",
    facts_heard=("日本", "https://bangzhu.example.com/ms", "只介绍贵公司吗"),
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


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=lambda words: words.language)
def test_a_listing_from_the_first_word_to_the_review(browser: Browser, rehearsal: Bot, words: Words) -> None:
    with Visitor.arriving(browser, rehearsal.url, locale=words.locale) as visitor:
        visitor.open()
        visitor.say(words.opening)
        if words.begin:
            visitor.press(words.begin)
        visitor.say(words.name)
        visitor.hears(words.name)
        visitor.say(words.facts)
        visitor.hears(*words.facts_heard)
        _power_cut(visitor, rehearsal, minutes=5)
        visitor.say(words.question)
        visitor.hears(words.rules[0])
        assert words.answer in visitor.answers.nth(-2).inner_text()
        visitor.press(words.yes)
        visitor.hears(words.rules[1])
        visitor.refresh()
        visitor.say(words.correction)
        visitor.hears(words.corrected, words.rules[1])
        visitor.press(words.yes)
        visitor.hears(words.rules[2])
        visitor.press(words.yes)
        visitor.hears(*words.summary)
        assert rehearsal.rows(STORED) == []
        _power_cut(visitor, rehearsal, minutes=10)
        told = _send(visitor, words)
        visitor.say(words.status)
        visitor.hears(told, *words.received)
        rehearsal.operate("advance", told, "in-review")
        visitor.hears(told, words.reviewed)
        visitor.refresh()
        visitor.hears(told, words.reviewed)
        _compare(rehearsal, told, words)


def _power_cut(visitor: Visitor, bot: Bot, minutes: int) -> None:
    """The visitor notices at most that the page was away for a moment."""
    before = visitor.answers.all_inner_texts()
    bot.kill()
    visitor.expect_state("lost")
    bot.set_clock(REHEARSED_AT + timedelta(minutes=minutes))
    bot.start()
    visitor.expect_state("ready", within=30)
    assert visitor.answers.all_inner_texts() == before


def _send(visitor: Visitor, words: Words) -> str:
    """An impatient visitor presses four times. Returns the reference."""
    send = visitor.button(words.send)
    for _ in range(4):
        send.click()
    first = visitor.answers.filter(has_text=CODE)
    first.wait_for()
    told = first.inner_text()
    for part in words.sent:
        assert part in told
    found = REFERENCE.search(told)
    assert found is not None
    expect(visitor.answers.filter(has_text=found[0])).to_have_count(4)  # the request, and three times that it is there
    visitor.hears(found[0])
    return found[0]


def _compare(bot: Bot, reference: str, words: Words) -> None:
    (stored,) = bot.rows(STORED)
    fields = json.loads(stored[4])
    assert stored[:4] == (reference, "directory-listing", "in-review", words.language)
    assert fields == {
        "display-name": words.name,
        "country": words.country,
        "landing-page": words.summary[2],
        "about-only": "yes",
        "no-competitors": "yes",
        "owned": "yes",
    }
    assert stored[5:] == ("2026-03", "2026-03-21"), "the batch and the last day on which it is sent"
    events = bot.rows("SELECT kind, actor FROM case_events ORDER BY number")
    assert [(kind, actor.partition(":")[0]) for kind, actor in events] == [("opened", "partner"), ("moved", "operator")]
