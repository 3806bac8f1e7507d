"""The whole story, in a real browser with two windows: a partner in Web Chat, an operator in the console.

With ``SCREENSHOTS`` set to a folder, every page is kept there as a picture, to be looked at.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.console.place import PASSWORD
from tests.waiting import PAGE_PATIENCE
from tests.webchat.conftest import BUNDLE, CHROMIUM, NO_NETWORK, REHEARSED_AT, Bot
from tests.webchat.visitor import Visitor

SHOTS = os.environ.get("SCREENSHOTS")
REFERENCE = re.compile(r"LP-[0-9A-Z]{5}-[0-9A-Z]")
ONCE = re.compile(r"^Its console: .+: (\S+)$", re.MULTILINE)
OLD, BETTER = "https://contoso.com/", "https://contoso.com/microsoft-learning"


@pytest.fixture
def browser() -> Iterator[Browser]:
    if CHROMIUM is None or not BUNDLE.exists():
        pytest.skip("Chromium or Web Chat is not there")
    expect.set_options(timeout=PAGE_PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=NO_NETWORK)
        yield chromium
        chromium.close()


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    running = Bot(tmp_path, BOT_CLOCK=REHEARSED_AT.isoformat(), PAGE_CHECK="false", LOG_LEVEL="warning")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def desk(browser: Browser, bot: Bot, tmp_path: Path) -> Iterator[Page]:
    """The operator's window, without JavaScript: the first account, with a password of its own."""
    context = browser.new_context(java_script_enabled=False, base_url=f"{bot.url}", viewport=_WIDE)
    context.set_default_timeout(PAGE_PATIENCE)
    page = context.new_page()
    once = _first_password(tmp_path / "bot.log")
    page.goto("/console/requests")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", once)
    page.click("main button")
    for box in ("new", "again"):
        page.fill(f"[name={box}]", PASSWORD)
    page.click("main button")
    yield page
    context.close()


def _first_password(log: Path) -> str:
    """It is told when the console has been made, which may be after the bot answers."""
    until = time.monotonic() + PAGE_PATIENCE / 1000
    while (found := ONCE.search(log.read_text())) is None:
        assert time.monotonic() < until, "no password was told"
        time.sleep(0.1)
    return found[1]


_WIDE = {"width": 1280, "height": 900}


def _ask(visitor: Visitor) -> str:
    """A listing is asked for; returns the reference."""
    visitor.open()
    visitor.say("Please list us in the directory")
    visitor.hears()
    visitor.say("Contoso Learning")
    visitor.hears("Contoso Learning")
    visitor.say(f"we are in Brazil and the page is {OLD}")
    visitor.hears("Brazil")
    for _ in range(3):
        visitor.press("Yes")
        visitor.hears()
    visitor.press("Send")
    found = REFERENCE.search(visitor.hears("LP-"))
    assert found
    return found[0]


def _moved(desk: Page, to: str) -> None:
    desk.click(f"button[name=to][value={to}]")
    assert "done" in desk.inner_text("[role=status]")


def test_from_the_wish_to_the_listing(browser: Browser, bot: Bot, desk: Page) -> None:
    with Visitor.arriving(browser, bot.url, locale="en-GB") as visitor:
        visitor.page.set_default_timeout(60_000)
        reference = _ask(visitor)
        desk.goto("/console/requests?text=contoso")
        _pictures(desk, "requests")
        desk.click(f"text={reference}")
        _moved(desk, "in-review")
        visitor.hears(reference, "being reviewed")
        desk.select_option("select[name=field]", "landing-page")
        desk.fill("form[action$='/ask'] textarea", "Please give the page about your learning offer.")
        desk.click("form[action$='/ask'] button")
        _pictures(desk, "request")
        visitor.hears("Landing page", "Please give the page about your learning offer.")
        _answer(visitor, reference)
        desk.reload()
        assert BETTER in desk.inner_text("main")
        _pictures(desk, "request-answered")
        _moved(desk, "ready")
        visitor.hears(reference)
        _batch(bot, desk, visitor, reference)
        for path in ("due", "overview", "audit", "accounts", "missed"):
            desk.goto(f"/console/{path}")
            _pictures(desk, path)
        visitor.say("What is the status of our request?")
        visitor.hears(reference, "Listed")
    events = bot.rows("SELECT kind, actor FROM case_events ORDER BY number")
    assert [f"{kind} {actor.partition(':')[0]}" for kind, actor in events] == [
        "opened partner",
        "moved operator",
        "asked operator",
        "edited partner",
        "moved operator",
        "moved operator",
        "moved operator",
    ]


def _answer(visitor: Visitor, reference: str) -> None:
    """The partner gives what was asked for, in the chat."""
    visitor.say(reference)
    visitor.hears("URL")
    visitor.say(BETTER)
    visitor.hears("Please check", BETTER)
    visitor.press("Send")
    visitor.hears(f"{reference} is changed")


def _batch(bot: Bot, desk: Page, visitor: Visitor, reference: str) -> None:
    """Frozen, taken as a file, sent, listed; told at each step."""
    desk.goto("/console/batch")
    _pictures(desk, "batch-open")
    desk.click("form[action$='/freeze'] button")
    _pictures(desk, "batch-frozen")
    with desk.expect_download() as file:
        desk.click("a[href*='export?format=csv']")
    rows = Path(file.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 2
    assert reference in rows[1]
    assert BETTER in rows[1]
    desk.click("form[action$='/submit'] button")
    _pictures(desk, "batch-sent")
    visitor.hears(reference, "submitted")
    desk.check(f"input[type=checkbox][value^='{reference}:']")
    desk.click("form[action$='/listed'] button")
    _pictures(desk, "batch-listed")
    visitor.hears(reference, "is done")


def _pictures(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=Path(SHOTS) / f"story-{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=Path(SHOTS) / f"story-{name}-phone.png", full_page=True)
    page.set_viewport_size(_WIDE)  # type: ignore[arg-type]
