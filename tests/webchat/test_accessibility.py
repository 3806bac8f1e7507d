"""Our own parts of the page for people who use keyboard, screen reader or little screens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.webchat.conftest import Bot
from tests.webchat.visitor import Shade, Visitor

UNNAMED = """() => [...document.querySelectorAll("button, a[href], textarea")].filter((element) =>
    element.checkVisibility() && !(element.getAttribute("aria-label") || element.innerText.trim() || element.title)
  ).map((element) => element.outerHTML)"""

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(color).map((channel) => linear(channel / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] === 255) return color;
    }
    return "white";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    const visible = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const seen = visible && Math.min(box.width, box.height) > 2;
    if (!node.data.trim() || !seen || element.closest("[disabled], noscript, .skip, .webchat__keyboard-help")) continue;
    const style = getComputedStyle(element);
    if (channels(style.color)[3] === 0) continue;
    const [a, b] = [light(style.color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.data.trim().slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_text_can_be_read_and_every_control_has_a_name(
    browser: Browser, bot: Bot, shade: Shade, locale: str
) -> None:
    with Visitor.arriving(browser, bot.url, shade=shade, locale=locale) as visitor:
        visitor.open()
        expect(visitor.suggestions.first).to_be_visible()
        assert visitor.page.evaluate(CONTRAST) == []
        visitor.suggestions.first.click()
        expect(visitor.cards).to_have_count(1)
        assert visitor.page.evaluate(CONTRAST) == []
        assert visitor.page.evaluate(UNNAMED) == []
        visitor.page.locator("#restart").click()
        assert visitor.page.evaluate(CONTRAST) == []


def test_teeth_poor_contrast_is_found(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.evaluate("document.querySelector('.foot').style.color = '#aaa'")
    assert len(visitor.page.evaluate(CONTRAST)) == 1


def test_landmarks_and_headings(visitor: Visitor) -> None:
    visitor.open()
    for landmark in ("banner", "main", "contentinfo"):
        expect(visitor.page.get_by_role(landmark)).to_have_count(1)
    expect(visitor.page.get_by_role("complementary")).to_have_count(0)
    expect(visitor.page.get_by_role("main")).to_have_accessible_name("Conversation")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
    expect(visitor.page.get_by_role("status").first).to_have_text("Connected")
    pressed = visitor.page.get_by_role("button", name="English", pressed=True)
    expect(pressed).to_have_attribute("lang", "en")


def test_the_keyboard_goes_everywhere_and_is_seen(visitor: Visitor) -> None:
    visitor.open()
    expect(visitor.suggestions.first).to_be_visible()
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the conversation")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    reached = []
    for _ in range(4):
        visitor.page.keyboard.press("Tab")
        reached.append(visitor.page.evaluate("document.activeElement.innerText || document.activeElement.title"))
        outline = visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", reached
    assert reached == ["English", "中文", "Switch to dark colors", "New conversation"]
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("button", name="Keep this one")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("button", name="New conversation")).to_be_focused()
    for _ in range(12):
        visitor.page.keyboard.press("Tab")
        if visitor.box.evaluate("(box) => box === document.activeElement"):
            break
    expect(visitor.box).to_be_focused()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [(320, 568), (360, 640), (390, 844), (768, 1024), (1280, 800)])
def test_nothing_is_wider_than_the_screen(browser: Browser, bot: Bot, size: tuple[int, int], locale: str) -> None:
    with Visitor.arriving(browser, bot.url, size=size, locale=locale) as visitor:
        visitor.open()
        expect(visitor.suggestions.first).to_be_visible()
        assert visitor.page.evaluate("document.documentElement.scrollWidth") == size[0]
        name = visitor.page.get_by_role("heading", level=1)
        assert name.evaluate("(name) => name.getClientRects().length && name.offsetHeight") < 30
        visitor.suggestions.first.click()
        expect(visitor.cards).to_have_count(1)
        sides = visitor.cards.evaluate(
            "(card) => [card.getBoundingClientRect().left, card.getBoundingClientRect().right]"
        )
        assert sides[0] >= 0
        assert sides[1] <= size[0]
        for button in visitor.page.locator("header button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
            assert box["x"] + box["width"] <= size[0]
