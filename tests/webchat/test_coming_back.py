"""A visitor who begins a new conversation stays who they are, and sees what happened; somebody else does not."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.webchat.conftest import Bot
from tests.webchat.visitor import Visitor

REFERENCE = re.compile(r"LP-[0-9A-Z]{5}-[0-9A-Z]")


def _begin_anew(visitor: Visitor, how: str) -> None:
    visitor.page.get_by_role("button", name="New conversation").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name=how).click()
    visitor.expect_state("ready")
    expect(visitor.own_words).to_have_count(0)
    expect(visitor.suggestions.first).to_be_visible()


def test_what_happened_meanwhile_is_told_in_a_new_conversation(visitor: Visitor, bot: Bot) -> None:
    visitor.open()
    visitor.say("list Contoso in Brazil, https://contoso.com/microsoft")
    for rule in ("about your company only", "no competitors", "belong to your company"):
        visitor.hears(rule)
        visitor.press("Yes")
    visitor.hears("Please check your listing request")
    visitor.press("Send")
    sent = visitor.answers.filter(has_text=REFERENCE).first
    sent.wait_for()
    found = REFERENCE.search(sent.inner_text())
    assert found is not None
    bot.operate("advance", found[0], "in-review")
    expect(visitor.answers.filter(has_text="is being reviewed").first).to_be_visible()
    _begin_anew(visitor, "Start new")
    news = visitor.answers.filter(has_text="Since you were last here")
    expect(news).to_have_count(1)
    expect(news).to_contain_text(found[0])
    bot.operate("advance", found[0], "ready")
    expect(visitor.answers.filter(has_text=found[0])).to_have_count(2)
    _begin_anew(visitor, "Start as somebody else")
    visitor.say("What is the status of my request?")
    expect(visitor.answers.filter(has_text="You have no requests here")).to_have_count(1)
    expect(visitor.answers.filter(has_text=found[0])).to_have_count(0)
