"""Somebody in front of a browser; whatever the page does against its policy is a failure of the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, expect

from tests.waiting import PAGE_PATIENCE

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of every answer heard, to be looked at."""
Shade = Literal["light", "dark"]


class Visitor:
    """What a person does and sees."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.name = "visitor"
        self._shots = 0
        self._heard = 0
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.add_init_script(WATCH)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    @classmethod
    @contextmanager
    def arriving(
        cls,
        browser: Browser,
        url: str,
        *,
        locale: str = "en-US",
        shade: Shade = "light",
        size: tuple[int, int] = (1280, 800),
    ) -> Iterator[Visitor]:
        """A fresh browser profile; at the end, nothing may have been refused by the policy or fetched elsewhere."""
        viewport = {"width": size[0], "height": size[1]}
        context = browser.new_context(locale=locale, color_scheme=shade, viewport=viewport)  # type: ignore[arg-type]
        context.set_default_timeout(PAGE_PATIENCE)
        visitor = cls(context.new_page(), url)
        visitor.name = f"{locale}-{shade}-{size[0]}"
        yield visitor
        visitor.assert_clean()
        context.close()

    def _note(self, url: str) -> None:
        if not url.startswith((self.url, "blob:", "data:")):
            self.foreign.append(url)

    def assert_clean(self) -> None:
        assert self.violations() == []
        assert self.errors == []
        assert self.foreign == []

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.violations ?? []"))

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)
        self.expect_state("ready")

    def expect_state(self, state: str, within: float = 15) -> None:
        expect(self.page.locator("html")).to_have_attribute("data-state", state, timeout=within * 1000)

    @property
    def box(self) -> Locator:
        return self.page.locator(".webchat__send-box textarea")

    @property
    def suggestions(self) -> Locator:
        return self.page.locator(".webchat__suggested-action")

    @property
    def cards(self) -> Locator:
        return self.page.locator(".ac-adaptiveCard")

    @property
    def own_words(self) -> Locator:
        return self.page.locator(".webchat__bubble--from-user")

    @property
    def answers(self) -> Locator:
        """What the bot said."""
        return self.page.locator(".webchat__bubble:not(.webchat__bubble--from-user)")

    def button(self, title: str) -> Locator:
        """The newest button of a card with this title."""
        return self.cards.get_by_role("button", name=title, exact=True).last

    def press(self, title: str) -> None:
        """The newest button of a card with this title."""
        self.button(title).click()

    def hears(self, *words: str) -> str:
        """The bot said something new that ends in a message with all these words; returns the whole message."""
        expect(self.answers.nth(self._heard)).to_be_attached()
        for part in words:
            expect(self.answers.last).to_contain_text(part)
        self._heard = self.answers.count()
        self._picture()
        return self.answers.last.inner_text()

    def refresh(self) -> None:
        """Load the page again."""
        self.page.reload()
        self.expect_state("ready")
        self._heard = 0

    def _picture(self) -> None:
        if SHOTS:
            self._shots += 1
            self.page.screenshot(path=Path(SHOTS) / f"{self.name}-{self._shots:02}.png")

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.own_words.last).to_contain_text(text[:40])
