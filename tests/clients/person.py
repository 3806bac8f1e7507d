"""Somebody in front of Agents Playground's page: what they type, press and see."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.playground import BOT, playground
from tests.process import Bot
from tests.waiting import PAGE_PATIENCE

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
CARD = ".ac-adaptiveCard"
MESSAGE = ".fai-OutputCard"
"""What the bot said in a personal or group chat: a card or a text."""
PERSONAL, GROUP, CHANNEL = "Personal Chat", "Partner group", "Directory"


class Person:
    """The Playground's page, as the person in front of it uses it."""

    def __init__(self, page: Any, name: str, shots: Path) -> None:
        self.page, self._name, self._folder, self._shots = page, name, shots, 0
        self.errors: list[str] = []
        page.set_default_timeout(PAGE_PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, place: str) -> None:
        """Go to a chat or channel."""
        await self.page.get_by_text(place, exact=True).first.click()
        await self._composer.wait_for()

    async def say(self, text: str) -> None:
        """Type a message and send it."""
        await self._composer.click()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def mention(self, text: str, *, post: bool = False) -> None:
        """Say ``text`` to the bot by name, as a new post in a channel if asked to."""
        await self._composer.click()
        await self._name_the_bot(text)
        if post:
            await self.page.get_by_role("button", name="Post", exact=True).click()
        else:
            await self.page.keyboard.press("Enter")

    async def answer_in_thread(self, text: str) -> None:
        """Mention the bot under the newest post."""
        await self._composers.nth(1).click()
        await self._name_the_bot(text)
        await self.page.keyboard.press("Enter")

    async def press(self, title: str) -> None:
        """The newest button with these words."""
        await self.page.get_by_role("button", name=title, exact=True).last.click()

    async def cannot_press(self, title: str) -> None:
        """Waits until there is no button with these words."""
        gone = self.page.get_by_role("button", name=title, exact=True)
        await playwright.expect(gone).to_have_count(0, timeout=PAGE_PATIENCE)

    async def mock(self, activity: str) -> None:
        """Send one of the activities of the menu, as it is offered."""
        await self._choose_activity(activity)
        await self._send_activity()

    async def send(self, **parts: object) -> None:
        """Send an activity with ``parts`` of its own through the menu: what the composer cannot say."""
        await self._choose_activity("Custom activity")
        editor = self.page.get_by_role("dialog").locator(".monaco-editor").first
        await playwright.expect(editor).to_contain_text("custom-activity-type", timeout=PAGE_PATIENCE)
        offered = "\n".join(await editor.locator(".view-line").all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")
        offered += "}" * (
            offered.count("{") - offered.count("}")
        )  # the editor draws only the lines that it has room for
        await editor.click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.insert_text(json.dumps({**json.loads(offered), **parts}))
        await self.page.keyboard.press("Control+Shift+End")  # the marks that the editor closed by itself
        await self.page.keyboard.press("Delete")
        await self._send_activity()

    async def hears(self, *pieces: str) -> str:
        """Waits until the newest message of the bot in this chat has all ``pieces``; returns what it says."""
        newest = self.page.locator(MESSAGE).last
        for piece in pieces:
            await playwright.expect(newest).to_contain_text(piece, timeout=PAGE_PATIENCE)
        await self._picture()
        return str(await newest.inner_text())

    async def says(self, pattern: re.Pattern[str], times: int = 1) -> str:
        """Waits until so many messages of the bot in this chat have ``pattern``; returns the first."""
        messages = self.page.locator(MESSAGE).filter(has_text=pattern)
        await playwright.expect(messages).to_have_count(times, timeout=PAGE_PATIENCE)
        return str(await messages.first.inner_text())

    async def said(self) -> list[str]:
        """All that the bot said in this chat."""
        return [str(text) for text in await self.page.locator(MESSAGE).all_inner_texts()]

    async def sees(self, text: str) -> None:
        """A message with exactly this text."""
        await self.page.get_by_text(text, exact=True).last.wait_for()
        await self._picture()

    async def sees_card(self, text: str, times: int = 1) -> None:
        """So many cards with ``text`` in them; the list of chats and the protocol log repeat parts of messages."""
        await playwright.expect(self.cards(text)).to_have_count(times, timeout=PAGE_PATIENCE)
        await self._picture()

    def cards(self, text: str) -> Any:
        """Cards with ``text`` in them."""
        return self.page.locator(CARD).filter(has_text=text)

    @property
    def card(self) -> Any:
        """The newest card."""
        return self.page.locator(CARD).last

    async def exchanged(self, line: str, times: int) -> None:
        """So many lines of the protocol log hold ``line``."""
        await playwright.expect(self.page.get_by_text(re.compile(line))).to_have_count(times, timeout=PAGE_PATIENCE)

    async def _choose_activity(self, activity: str) -> None:
        await self.page.get_by_role("button", name="Mock an Activity").click()
        await self.page.get_by_role("menuitem").filter(has_text=re.compile(f"^{activity}")).first.click()

    async def _send_activity(self) -> None:
        button = self.page.get_by_role("button", name="Send activity")
        await button.click()
        await button.wait_for(state="hidden")

    async def _name_the_bot(self, text: str) -> None:
        await self.page.keyboard.type("@")
        await self.page.locator("#typeahead-menu").get_by_text(BOT).click()
        await self.page.keyboard.type(f" {text}")

    @property
    def _composers(self) -> Any:
        return self.page.locator("[data-lexical-editor=true][contenteditable=true]")

    @property
    def _composer(self) -> Any:
        return self._composers.first

    async def _picture(self) -> None:
        self._shots += 1
        await self.page.screenshot(path=self._folder / f"{self._name}-{self._shots:02}.png")


@asynccontextmanager
async def person(
    tools: Path, chromium: str, folder: Path, bot: Bot, name: str, shots: Path, user: int = 0
) -> AsyncIterator[Person]:
    """Somebody with a Playground of their own; pictures of what they see go to ``shots``."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(playground(tools, folder / f"user-{user}", bot.url, user=user))
        driver = await stack.enter_async_context(playwright.async_playwright())
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.push_async_callback(browser.close)
        one = Person(await browser.new_page(viewport={"width": 1500, "height": 1100}), name, shots)
        await one.page.goto(url)
        await one.page.get_by_text("Connected.").wait_for()
        yield one
        assert one.errors == []
