"""Headless Chromium with Microsoft's renderer of Adaptive Cards in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cards.themes import Theme
from tests.clients.person import FLAGS, playwright

SHOW = Path(__file__).with_name("show.js")
WIDTHS = {"phone": 320, "wide": 720}
_MARKDOWN = """
const markdown = markdownit({ linkify: false });
AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};
"""


class Canvas:
    """A page on which one card after the other is drawn."""

    def __init__(self, page: Any) -> None:
        self.page = page

    async def wear(self, theme: Theme) -> None:
        """The host's own colours from now on."""
        await self.page.set_content(f"<style>{theme.css}</style>")

    async def examine(self, cards: list[dict[str, Any]], theme: Theme, width: int) -> list[dict[str, Any]]:
        """Of each card ``events`` of the parser, ``overflowing`` and ``faint`` texts, and the ``words`` shown."""
        script = "([cards, host, width]) => cards.map((card) => examined(card, host, width))"
        found: list[dict[str, Any]] = await self.page.evaluate(script, [cards, theme.host, width])
        return found

    async def picture(self, card: dict[str, Any], theme: Theme, width: int, file: Path) -> None:
        """A picture of the card."""
        await self.page.evaluate("([card, host, width]) => { draw(card, host, width); }", [card, theme.host, width])
        await self.page.locator(".card").screenshot(path=file)


@asynccontextmanager
async def canvas(tools: Path, chromium: str, theme: Theme) -> AsyncIterator[Canvas]:
    """A page in a theme."""
    modules = tools / "node_modules"
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            made = Canvas(await browser.new_page())
            await made.wear(theme)
            for script in ("adaptivecards/dist/adaptivecards.js", "markdown-it/dist/markdown-it.js"):
                await made.page.add_script_tag(path=modules / script)
            await made.page.add_script_tag(content=_MARKDOWN + SHOW.read_text(encoding="utf-8"))
            yield made
        finally:
            await browser.close()
