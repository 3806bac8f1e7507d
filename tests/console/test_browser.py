"""A real browser without JavaScript: the first day of a console; and how every page looks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from functools import partial

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from console.beginning import first_password
from desk.access import Role
from tests.console.place import PASSWORD, Place

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
CONTRAST = """
() => {
  const linear = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const color = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = color(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.offsetParent) continue;
    const [a, b] = [light(color(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${e.className || e.tagName} ${e.textContent.trim().slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return poor;
}
"""
UNNAMED = """
() => [...document.querySelectorAll('input:not([type=hidden]):not(.aside), select')]
  .filter(e => !e.labels.length).length
"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        await browser.close()


async def test_the_first_day(place: Place, chromium: Browser) -> None:
    once = await first_password(place.stores.accounts, place.passwords, place.clock)
    assert once
    context = await chromium.new_context(java_script_enabled=False, base_url=place.url)
    page = await context.new_page()
    await page.goto("/console/accounts")
    await _sign_in(page, "admin", once)
    for box in ("new", "again"):
        await page.fill(f"[name={box}]", PASSWORD)
    await page.click("main button")
    await page.click("text=Accounts")
    await page.fill("[name=name]", "bea")
    await page.check("text=Operator")
    await page.click("main button")
    hers = await page.inner_text(".secret code")
    await page.click("text=I have it")
    assert "One-time password" in await page.inner_text("tr:has-text('bea')")
    await page.click("text=Sign out")
    await page.goto("/console/requests")
    await _sign_in(page, "bea", hers)
    assert page.url.endswith("/console/password")
    for box in ("new", "again"):
        await page.fill(f"[name={box}]", "several other words")
    await page.click("main button")
    assert page.url.endswith("/console/requests")
    await page.goto("/console/accounts")
    assert "Your account may not do this" in await page.inner_text("h1")
    await page.click("text=中文")
    await page.click("text=退出登录")
    assert page.url.endswith("/console/sign-in")
    assert {each["name"] for each in await context.cookies()} == {"console-language"}
    await context.close()


async def _sign_in(page: Page, name: str, password: str) -> None:
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", password)
    await page.click("main button")


def _note(refused: list[str], said: ConsoleMessage) -> None:
    if "Content Security" in said.text:
        refused.append(said.text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_fit_and_can_be_read(place: Place, chromium: Browser, scheme: str) -> None:
    """320 pixels to wide, WCAG AA contrast, nothing that the policy refuses, labels for all fields, a visible focus."""
    admin = await place.signed_in(Role.ADMIN, name="root")
    await place.browser().sign_in("root", "wrong")
    for width, locale in ((320, "en"), (320, "zh-CN"), (1600, "en")):
        context = await chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 700}, locale=locale, base_url=place.url
        )
        page = await context.new_page()
        refused: list[str] = []
        page.on("console", partial(_note, refused))
        for path in ("/sign-in", "/requests", "/accounts", "/accounts/root", "/audit", "/password", "/nowhere"):
            if path == "/requests":
                await context.add_cookies([{"name": "console", "value": admin.session, "url": place.url}])
            await page.goto(f"/console{path}")
            assert await page.evaluate(OVERFLOW) <= 0, (path, width)
            assert await page.evaluate(CONTRAST) == [], (path, width)
            assert await page.evaluate(UNNAMED) == 0, path
            await page.keyboard.press("Tab")
            assert await page.evaluate("() => document.activeElement.className") == "skip"
            await page.keyboard.press("Tab")
            assert await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert refused == []
        await context.close()
