"""Whatever users or bot say is shown as text: nothing runs, nothing is fetched, nothing is faked."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from playwright.sync_api import CDPSession, Page, expect

from dialogs.reply import JsonObject
from ops.clock import SystemClock
from storage.engine import open_database
from storage.log import SqlConversationLog
from tests.webchat.conftest import Bot
from tests.webchat.payloads import PAYLOADS
from tests.webchat.visitor import Visitor

SHOWN = 60_000.0
"""Milliseconds for all of them on a busy machine."""
CARD = "application/vnd.microsoft.card.adaptive"

FINDINGS = """() => {
  const safe = /^(https:|mailto:|data:image\\/|blob:)/;
  const found = window.pwned ? ["a script ran"] : [];
  for (const element of document.querySelectorAll("#webchat *")) {
    const tag = element.localName;
    if (/^(script|iframe|object|embed|base|meta|link|style|video|audio)$/.test(tag)) found.push(tag);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "srcdoc" || name === "formaction") found.push(`${tag} ${name}`);
      if (!/^(src|href|action|xlink:href)$/.test(name)) continue;
      const ours = new URL(value, location).origin === location.origin;
      if (!ours && !safe.test(value)) found.push(`${tag} ${name}=${value}`);
      if (tag === "img" && !ours && /^https:/.test(value)) found.push(`img ${value}`);
      if (tag === "a" && (element.target !== "_blank" || !/noopener/.test(element.rel))) found.push(`a ${value}`);
    }
  }
  return found;
}"""


def harm(page: Page) -> list[str]:
    return list(page.evaluate(FINDINGS))


def spoken(text: str, place: int) -> list[JsonObject]:
    """A payload in every place where the bot's words go: a message, a card, a button."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    message: JsonObject = {"type": "message", "timestamp": now, "text": text, "textFormat": "markdown"}
    block: JsonObject = {"type": "TextBlock", "text": text, "wrap": True}
    facts: JsonObject = {"type": "FactSet", "facts": [{"title": text, "value": text}]}
    actions: JsonObject = {
        "type": "ActionSet",
        "actions": [
            {"type": "Action.OpenUrl", "title": text, "url": "javascript:window.pwned=1"},
            {"type": "Action.Submit", "title": text, "data": {"do": "none"}},
        ],
    }
    body: list[JsonObject] = [block, facts, actions]
    content: JsonObject = {"type": "AdaptiveCard", "version": "1.5", "speak": text, "body": list(body)}
    card: JsonObject = {"type": "message", "timestamp": now, "attachments": [{"contentType": CARD, "content": content}]}
    return [{**message, "id": f"text-{place}"}, {**card, "id": f"card-{place}"}]


async def put_into_log(bot: Bot, conversation: str, activities: list[JsonObject]) -> None:
    database = await open_database(bot.database)
    try:
        await SqlConversationLog(database, SystemClock()).append(conversation, activities)
    finally:
        await database.close()


def hear(visitor: Visitor, bot: Bot, activities: list[JsonObject]) -> None:
    """Let the bot have said ``activities``."""
    with visitor.page.expect_response("**/v3/directline/session") as opened:
        visitor.open()
    conversation = str(opened.value.json()["conversationId"])
    with ThreadPoolExecutor(1) as beside:  # the browser's driver has the event loop of this thread
        beside.submit(asyncio.run, put_into_log(bot, conversation, activities)).result()
    visitor.page.reload()
    visitor.expect_state("ready")


def test_hostile_words_of_the_bot_stay_words(visitor: Visitor, bot: Bot) -> None:
    activities = [activity for place, text in enumerate(PAYLOADS) for activity in spoken(text, place)]
    hear(visitor, bot, activities)
    expect(visitor.cards).to_have_count(len(PAYLOADS), timeout=SHOWN)
    assert harm(visitor.page) == []
    opened: list[Page] = []
    visitor.page.context.on("page", lambda page: opened.append(page))  # noqa: PLW0108 - Playwright keeps attributes on it
    visitor.cards.first.locator(".ac-pushButton").first.click()
    visitor.page.wait_for_timeout(100)
    assert opened == []
    assert harm(visitor.page) == []


def test_hostile_words_of_the_user_stay_words(visitor: Visitor) -> None:
    visitor.open()
    expect(visitor.suggestions.first).to_be_visible()
    for text in PAYLOADS:
        visitor.box.fill(text)
        visitor.box.press("Enter")
    expect(visitor.own_words).to_have_count(len(PAYLOADS), timeout=SHOWN)
    for place in (0, 1, 21, 30):
        expect(visitor.own_words.nth(place)).to_have_text(PAYLOADS[place])
    assert harm(visitor.page) == []
    visitor.page.reload()
    visitor.expect_state("ready")
    expect(visitor.own_words).to_have_count(len(PAYLOADS), timeout=SHOWN)
    assert harm(visitor.page) == []


def test_teeth_harm_is_found(visitor: Visitor) -> None:
    visitor.open()
    planted = (
        "document.querySelector('#webchat').append(Object.assign(document.createElement('a'), {href: 'javascript:1'}))"
    )
    visitor.page.evaluate(planted)
    assert len(harm(visitor.page)) == 2
    visitor.page.evaluate("document.body.append(document.createElement('script'))")
    visitor.page.evaluate("document.querySelector('body > script').textContent = '1'")
    visitor.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=1>')")
    visitor.page.wait_for_timeout(100)
    assert len(visitor.violations()) >= 2
    visitor.page.evaluate("window.violations = []")


def test_markdown_of_the_bot(visitor: Visitor, bot: Bot) -> None:
    text = (
        "A **bold *and italic* word**, `code * here` and [a **link**](https://example.com/a_b?c=d).\nSame line.\n\n"
        "1. First\n   goes on\n2. Second \\*escaped\\*\n\n- one\n- two\n\n第一行，\n第二行 2 * 3 * 4 **open"
    )
    hear(visitor, bot, [{**spoken(text, 0)[0]}])
    shown = visitor.page.locator(".webchat__render-markdown", has_text="Same line")
    expect(shown.locator("strong em")).to_have_text("and italic")
    expect(shown.locator("code")).to_have_text("code * here")
    link = shown.get_by_role("link", name="a link")
    expect(link).to_have_attribute("href", "https://example.com/a_b?c=d")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(shown.locator("ol li")).to_have_text(["First goes on", "Second *escaped*"])
    expect(shown.locator("ul li")).to_have_text(["one", "two"])
    expect(shown.locator("p").last).to_have_text("第一行，第二行 2 * 3 * 4 **open")
    assert "Same line." in shown.locator("p").first.inner_text()


def test_long_hostile_markdown_is_quick(visitor: Visitor) -> None:
    visitor.open()
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _busy(session)
    visitor.page.evaluate(
        """async () => {
          const [script] = [...document.scripts].filter(({ src }) => src.endsWith("page.js"));
          const { renderMarkdown } = await import(new URL("markdown.js", script.src));
          const pieces = ["[", "*", "**a", "`", "\\\\", "[a](", "- ", "*a **b ", "*a* [b"];
          for (const piece of pieces) renderMarkdown(piece.repeat(8000));
        }"""
    )
    assert 0 < _busy(session) - before < 2


def _busy(session: CDPSession) -> float:
    """Seconds of the processor that the page's tasks have had so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
