"""Every card that the bot makes, drawn by Microsoft's renderer in Teams' three themes, on a phone and on a wide screen.

With ``SCREENSHOTS=folder`` a picture of one card of each kind stays there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

from tests.cards.collecting import LOCALES, Message
from tests.cards.drawing import WIDTHS, canvas
from tests.cards.themes import DARK, LIGHT, THEMES, Theme


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_every_card_looks_right(
    messages: list[Message], tools: Path, chromium: str, theme: Theme, shots: Path
) -> None:
    named = [(one.name, card) for one in messages for card in one.cards]
    async with canvas(tools, chromium, theme) as drawing:
        for where, width in WIDTHS.items():
            found = await drawing.examine([card for _, card in named], theme, width)
            wrong = {
                f"{name}, {where}": seen
                for (name, _), seen in zip(named, found, strict=True)
                if seen["events"] or seen["overflowing"] or seen["faint"]
            }
            assert wrong == {}
            assert all(seen["words"].strip() for seen in found)
        for name, card in _one_of_each(messages).items():
            await drawing.picture(card, theme, WIDTHS["phone"], shots / f"{name} {theme.name}.png")


def _one_of_each(messages: list[Message]) -> dict[str, Any]:
    """The longest card of each table and language: enough to look at."""
    longest: dict[str, Message] = {}
    for one in messages:
        place = f"{one.language} {one.name.partition(':')[0]}" if ":" in one.name else f"{one.language} answers"
        if one.cards and len(str(one.activity)) > len(str(longest.get(place, one).activity)) - 1:
            longest[place] = one
    assert {one.language for one in longest.values()} == set(LOCALES)
    return {place: one.cards[0] for place, one in longest.items()}


TEXT = {"type": "TextBlock", "text": "Hello"}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("events", {**TEXT, "color": "Purple"}),
    ("events", {"type": "Input.Text", "id": "x", "isRequired": True, "label": "Name"}),
    (
        "overflowing",
        {"type": "FactSet", "facts": [{"title": "Landing page", "value": "https://contoso.com/" + "a" * 40}]},
    ),
    ("overflowing", {"type": "ActionSet", "actions": [{"type": "Action.Submit", "title": "A long title " * 5}]}),
]


@pytest.mark.parametrize(("kind", "element"), WRONG)
async def test_what_is_wrong_is_seen(tools: Path, chromium: str, kind: str, element: dict[str, Any]) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [element]}
    async with canvas(tools, chromium, LIGHT) as drawing:
        (seen,) = await drawing.examine([card], LIGHT, WIDTHS["phone"])
        assert seen[kind]


async def test_faint_words_are_seen(tools: Path, chromium: str) -> None:
    """The texts of one theme on the page of another."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [TEXT]}
    async with canvas(tools, chromium, LIGHT) as drawing:
        mixed = {**DARK.host, "containerStyles": {**LIGHT.host["containerStyles"]}}
        mixed["containerStyles"]["default"] = {**DARK.host["containerStyles"]["default"], "backgroundColor": "#ffffff"}
        found = await drawing.page.evaluate("([card, host]) => examined(card, host, 320)", [card, mixed])
        assert found["faint"]
