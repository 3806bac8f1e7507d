"""One script tag on another site: a button, a panel with the chat, and nothing left lying around."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page

from tests.webchat.conftest import Bot

DESK, PHONE = (1280, 800), (390, 844)
OPEN, CLOSE = "打开学习合作伙伴助手", "关闭聊天"
REFUSED = "此网站暂不能使用该助手。"
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
window.namesBefore = [];
namesBefore.push(...Object.keys(window));
"""


class Company(BaseHTTPRequestHandler):
    """A company's page under a strict policy."""

    bot = ""

    def do_GET(self) -> None:
        body = (
            '<!doctype html><html lang="en"><title>Contoso Training</title><main><h1>Contoso Training</h1></main>'
            f'<script src="{self.bot}/embed.js" data-lang="zh-CN" defer></script>'
        ).encode()
        policy = f"default-src 'none'; script-src {self.bot}; frame-src {self.bot}; require-trusted-types-for 'script'"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site(bot: Bot, port: int) -> Iterator[str]:
    """The company's site; 0 is a port that the bot does not know."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Site", (Company,), {"bot": bot.url}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def reading(browser: Browser, url: str, size: tuple[int, int]) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    yield page
    context.close()


def nodes(page: Page) -> list[dict[str, Any]]:
    """The page as a screen reader has it: the only way into a closed shadow tree."""
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return found


def names(page: Page) -> list[str]:
    return [str(node.get("name", {}).get("value", "")) for node in nodes(page) if not node["ignored"]]


def focused(page: Page) -> str:
    """The name of what has the focus."""
    for node in reversed(nodes(page)):
        if any(known["name"] == "focused" and known["value"]["value"] for known in node.get("properties", ())):
            return str(node.get("name", {}).get("value", ""))
    return ""


def wait_until(page: Page, name: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while name not in names(page):
        assert time.monotonic() < deadline, f"{name!r} does not appear"
        page.wait_for_timeout(100)


def chat(page: Page) -> Frame:
    deadline = time.monotonic() + 10
    while len(page.frames) < 2 or "/webchat/frame" not in page.frames[1].url:
        assert time.monotonic() < deadline, "no chat was opened"
        page.wait_for_timeout(50)
    return page.frames[1]


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_button_opens_the_chat_on_an_allowed_site(
    browser: Browser, bot: Bot, host_port: int, size: tuple[int, int]
) -> None:
    with site(bot, host_port) as url, reading(browser, url, size) as page:
        page.keyboard.press("Tab")
        assert focused(page) == OPEN
        page.keyboard.press("Enter")
        frame = chat(page)
        frame.wait_for_selector("html[lang='zh-CN'][data-state=ready]")
        frame.wait_for_selector("#close", state="visible")
        frame.click(".webchat__suggested-action")
        frame.wait_for_selector(".ac-adaptiveCard")
        if size == PHONE:
            assert frame.evaluate("[innerWidth, innerHeight]") == list(size)
        page.keyboard.press("Escape")
        wait_until(page, OPEN)
        assert focused(page) == OPEN
        page.keyboard.press("Enter")
        frame.wait_for_selector("textarea:focus")
        assert frame.query_selector(".ac-adaptiveCard") is not None
        frame.click("#close")
        wait_until(page, OPEN)
        assert page.evaluate("window.violations") == []
        assert page.evaluate("Object.keys(window).filter((name) => isNaN(name) && !namesBefore.includes(name))") == []


def test_another_site_is_refused_in_one_line(browser: Browser, bot: Bot) -> None:
    with site(bot, 0) as url, reading(browser, url, DESK) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        wait_until(page, REFUSED)
        assert focused(page) == OPEN
        assert len(page.frames) == 1


def test_the_page_itself_is_never_framed(browser: Browser, bot: Bot, host_port: int) -> None:
    with site(bot, host_port) as url, reading(browser, url, DESK) as page:
        page.evaluate(
            "url => document.body.append(Object.assign(document.createElement('iframe'), {src: url}))", bot.url
        )
        page.wait_for_timeout(200)
        assert not page.frames[1].url.startswith(bot.url)
