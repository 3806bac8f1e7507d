"""What visitors do with the page, in a real browser, against the whole bot."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.webchat.conftest import Bot
from tests.webchat.visitor import Visitor


@pytest.mark.parametrize(
    ("locale", "language", "name", "words"),
    [
        ("en-GB", "en", "Learning Partner bot", ("What do we need for the Learning Action Pack?", "As of")),
        ("zh-CN", "zh-CN", "学习合作伙伴助手", ("学习 Action Pack 有什么要求？", "截至")),
    ],
)
def test_a_question_is_answered_in_the_visitors_language(
    browser: Browser, bot: Bot, *, locale: str, language: str, name: str, words: tuple[str, str]
) -> None:
    with Visitor.arriving(browser, bot.url, locale=locale) as visitor:
        visitor.open()
        expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(name)
        expect(visitor.suggestions.first).to_be_visible()
        question, answer = words
        visitor.say(question)
        expect(visitor.cards).to_have_count(1)
        expect(visitor.cards).to_contain_text(answer)


def test_a_suggestion_says_its_words(visitor: Visitor) -> None:
    visitor.open()
    words = visitor.suggestions.first.inner_text()
    visitor.suggestions.first.click()
    expect(visitor.own_words).to_have_text(words)
    expect(visitor.cards).to_have_count(1)
    related = visitor.cards.locator(".ac-pushButton").nth(1)  # the first one opens a form
    more = related.inner_text()
    related.click()
    expect(visitor.own_words.last).to_contain_text(more)
    expect(visitor.cards).to_have_count(2)


def test_helpful_is_thanked_for_and_not_said_aloud(visitor: Visitor) -> None:
    visitor.open()
    visitor.suggestions.first.click()
    visitor.cards.get_by_role("button", name="Yes").click()
    expect(visitor.page.locator(".webchat__basic-transcript__transcript")).to_contain_text("Thank you")
    expect(visitor.own_words).to_have_count(1)


def test_a_refresh_keeps_the_history(visitor: Visitor) -> None:
    visitor.open()
    visitor.say("What do we need for the Learning Action Pack?")
    expect(visitor.cards).to_have_count(1)
    visitor.page.reload()
    visitor.expect_state("ready")
    expect(visitor.own_words).to_have_count(1)
    expect(visitor.cards).to_have_count(1)
    expect(visitor.page.locator("#calm")).to_be_hidden()


def test_a_new_conversation_is_asked_for_once(visitor: Visitor) -> None:
    visitor.open()
    visitor.say("What do we need for the Learning Action Pack?")
    expect(visitor.cards).to_have_count(1)
    visitor.page.get_by_role("button", name="New conversation").click()
    dialog = visitor.page.get_by_role("dialog", name="Start a new conversation?")
    dialog.get_by_role("button", name="Keep this one").click()
    expect(visitor.cards).to_have_count(1)
    visitor.page.get_by_role("button", name="New conversation").click()
    dialog.get_by_role("button", name="Start new").click()
    visitor.expect_state("ready")
    expect(visitor.suggestions.first).to_be_visible()
    expect(visitor.own_words).to_have_count(0)
    visitor.page.reload()
    expect(visitor.suggestions.first).to_be_visible()
    expect(visitor.own_words).to_have_count(0)


def test_the_conversation_goes_on_after_the_server_was_away(visitor: Visitor, bot: Bot) -> None:
    visitor.open()
    visitor.say("What do we need for the Learning Action Pack?")
    expect(visitor.cards).to_have_count(1)
    bot.stop()
    visitor.expect_state("lost")
    expect(visitor.page.get_by_role("alert").first).to_contain_text("connection was lost")
    bot.start()
    visitor.page.get_by_role("button", name="Try again now").click()
    visitor.expect_state("ready")
    expect(visitor.page.locator("#notice")).to_be_hidden()
    visitor.say("How often are the KPI reports updated?")
    expect(visitor.cards).to_have_count(2)
    expect(visitor.own_words).to_have_count(2)


def test_the_page_comes_back_by_itself(visitor: Visitor, bot: Bot) -> None:
    visitor.open()
    bot.stop()
    visitor.expect_state("lost")
    bot.start()
    visitor.expect_state("ready", within=20)


def test_a_way_back_that_is_no_good_starts_anew_with_what_was_said_still_shown(visitor: Visitor, bot: Bot) -> None:
    visitor.open()
    visitor.say("What do we need for the Learning Action Pack?")
    expect(visitor.cards).to_have_count(1)
    visitor.page.evaluate("localStorage.setItem('learning-partner.resume', 'spoilt')")
    bot.stop()
    visitor.expect_state("lost")
    bot.start()
    visitor.expect_state("ready", within=20)
    expect(visitor.page.locator("#notice")).to_contain_text("earlier conversation has ended")
    expect(visitor.cards).to_have_count(1)
    visitor.say("How often are the KPI reports updated?")
    expect(visitor.cards).to_have_count(2)


def test_the_language_switch_changes_page_welcome_and_answers(visitor: Visitor) -> None:
    visitor.open()
    expect(visitor.suggestions.first).to_contain_text("?")
    visitor.page.get_by_role("button", name="中文").click()
    visitor.expect_state("ready")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(visitor.page).to_have_title("学习合作伙伴助手")
    expect(visitor.page.locator(".webchat__text-content").first).to_contain_text("您好")
    visitor.say("MCT")
    visitor.page.reload()
    visitor.expect_state("ready")
    expect(visitor.page).to_have_title("学习合作伙伴助手")
    expect(visitor.own_words).to_have_count(1)


def test_a_switch_after_something_was_said_keeps_it(visitor: Visitor) -> None:
    visitor.open()
    visitor.suggestions.first.click()
    expect(visitor.cards).to_have_count(1)
    with visitor.page.expect_request("**/activities") as sent:
        visitor.page.get_by_role("button", name="中文").click()
        visitor.say("KPI")
    assert (sent.value.post_data_json or {})["locale"] == "zh-CN"
    expect(visitor.cards.first).to_be_visible()


def test_dark_and_light(browser: Browser, bot: Bot) -> None:
    with Visitor.arriving(browser, bot.url, shade="dark") as visitor:
        visitor.open()
        background = "getComputedStyle(document.body).backgroundColor"
        dark = visitor.page.evaluate(background)
        visitor.page.get_by_role("button", name="Switch to light colors").click()
        light = visitor.page.evaluate(background)
        assert dark != light
        visitor.page.reload()
        visitor.expect_state("ready")
        assert visitor.page.evaluate(background) == light


def test_a_file_gets_a_polite_word(visitor: Visitor) -> None:
    visitor.open()
    picture = {"name": "invoice.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(200)}
    visitor.page.locator(".webchat__upload-button--file-input").set_input_files(picture)  # type: ignore[arg-type]
    visitor.box.press("Enter")
    expect(visitor.page.locator(".webchat__basic-transcript__transcript")).to_contain_text("can't read that")
