"""Host configurations in Teams' three themes: its colours as they are seen, everything else as Teams lays cards out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Theme:
    """Colours as hexadecimal numbers."""

    name: str
    page: str
    """Behind the card."""
    text: str
    subtle: str
    emphasis: str
    """Behind containers that stand out."""
    accent: str
    good: str
    warning: str
    attention: str
    noticed: str
    """Behind warnings."""
    line: str

    @property
    def host(self) -> dict[str, Any]:
        """The host configuration for Microsoft's renderer."""
        return {**_LAYOUT, "containerStyles": self._styles(), "separator": {"lineThickness": 1, "lineColor": self.line}}

    @property
    def css(self) -> str:
        """What the host draws itself: buttons and inputs."""
        return (
            _CSS.replace("ACCENT", self.accent)
            .replace("TEXT", self.text)
            .replace("PAGE", self.page)
            .replace("LINE", self.line)
            .replace("ATTENTION", self.attention)
        )

    def _styles(self) -> dict[str, Any]:
        behind = {"default": self.page, "emphasis": self.emphasis, "warning": self.noticed}
        behind |= dict.fromkeys(("good", "attention", "accent"), self.emphasis)
        return {name: {"backgroundColor": colour, "foregroundColors": self._texts()} for name, colour in behind.items()}

    def _texts(self) -> dict[str, Any]:
        named = {"default": self.text, "dark": self.text, "light": self.subtle, "accent": self.accent}
        named |= {"good": self.good, "warning": self.warning, "attention": self.attention}
        subtle = {"default": self.subtle}
        return {name: {"default": colour, "subtle": subtle.get(name, colour)} for name, colour in named.items()}


LIGHT = Theme(
    "light",
    "#ffffff",
    "#242424",
    "#616161",
    "#f0f0f0",
    "#4f52b2",
    "#13601e",
    "#835b00",
    "#b10e1c",
    "#fbf6d9",
    "#d1d1d1",
)
DARK = Theme(
    "dark", "#292929", "#ffffff", "#adadad", "#3d3d3d", "#a6a7dc", "#92c353", "#f8d22a", "#f1707b", "#4a3b00", "#525252"
)
CONTRAST = Theme(
    "high-contrast",
    "#000000",
    "#ffffff",
    "#ffffff",
    "#000000",
    "#1aebff",
    "#3ff23f",
    "#ffff01",
    "#ffff01",
    "#000000",
    "#ffffff",
)
THEMES = (LIGHT, DARK, CONTRAST)

_SIZES = {"small": 12, "default": 14, "medium": 16, "large": 20, "extraLarge": 24}
_LAYOUT: dict[str, Any] = {
    "fontFamily": "Segoe UI, Noto Sans CJK SC, WenQuanYi Zen Hei, sans-serif",
    "fontSizes": _SIZES,
    "fontWeights": {"lighter": 400, "default": 400, "bolder": 600},
    "spacing": {"small": 8, "default": 12, "medium": 16, "large": 20, "extraLarge": 24, "padding": 16},
    "supportsInteractivity": True,
    "imageSizes": {"small": 32, "medium": 52, "large": 100},
    "actions": {
        "maxActions": 6,
        "spacing": "default",
        "buttonSpacing": 8,
        "showCard": {"actionMode": "inline", "inlineTopMargin": 12},
        "actionsOrientation": "horizontal",
        "actionAlignment": "left",
    },
    "factSet": {
        "title": {"weight": "bolder", "wrap": True, "maxWidth": 150},
        "value": {"wrap": True},
        "spacing": 12,
    },
    "textBlock": {"headingLevel": 2},
    "inputs": {
        "label": {"requiredInputs": {"suffix": " *", "suffixColor": "attention"}},
        "errorMessage": {"color": "attention"},
    },
}
_CSS = """
body { margin: 0; background: PAGE; }
.card { box-sizing: border-box; overflow: visible; }
.ac-pushButton { font: 600 14px Segoe UI, Noto Sans CJK SC, sans-serif; padding: 5px 12px; min-height: 32px;
  color: TEXT; background: PAGE; border: 1px solid LINE; border-radius: 4px; max-width: 100%; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.ac-pushButton.style-positive { color: PAGE; background: ACCENT; border-color: ACCENT; }
.ac-pushButton.style-destructive { color: ATTENTION; }
.ac-input { font: 14px Segoe UI, Noto Sans CJK SC, sans-serif; color: TEXT; background: PAGE; border: 1px solid LINE;
  border-radius: 4px; padding: 5px 8px; box-sizing: border-box; max-width: 100%; }
.ac-input[type=checkbox], .ac-input[type=radio] { min-width: 16px; }
a { color: ACCENT; }
p { margin: 0; } ol, ul { margin: 0; padding-left: 24px; box-sizing: border-box; }
"""
