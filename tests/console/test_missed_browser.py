"""The pages of missed questions in a real browser without JavaScript: they fit, can be read and be used."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.async_api import Browser

from desk.access import Role
from tests.console.missing import Desk, missed, said, thumb
from tests.console.test_browser import CHROMIUM, CONTRAST, OVERFLOW, UNNAMED, _note, chromium

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
__all__ = ["chromium"]
LONG = "Is there a Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz for us? " * 4


async def test_pages_fit_and_can_be_read(desk: Desk, chromium: Browser) -> None:
    curator = await desk.place.signed_in(Role.ADMIN, name="cora")
    await desk.asked(
        missed("when may I come in", 1, "no-match", "en", "opening", "fee"),
        missed("when may we come in", 2, "none-of-these", "en", "opening"),
        missed("甜甜圈怎么卖", 3, "suggestions", "zh-CN", "fee"),
        missed(LONG, 4),
        said("answer", "fee", "what about money", 5),
        thumb("fee", 6),
        said("form", "", "x", -3000, form="kpi-discrepancy", step="revenue-value"),
    )
    for scheme, width, locale in (("light", 320, "en"), ("dark", 320, "zh-CN"), ("dark", 1600, "en")):
        context = await chromium.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 700},
            locale=locale,
            base_url=desk.place.url,
        )
        await context.add_cookies([{"name": "console", "value": curator.session, "url": desk.place.url}])
        page = await context.new_page()
        page.set_default_timeout(90_000)
        refused: list[str] = []
        page.on("console", partial(_note, refused))

        async def fits(where: str) -> None:
            assert await page.evaluate(OVERFLOW) <= 0, (where, width)  # noqa: B023 - awaited at once
            assert await page.evaluate(CONTRAST) == [], (where, width)  # noqa: B023 - same
            assert await page.evaluate(UNNAMED) == 0, where  # noqa: B023 - same

        for path in ("", "/m1", "/m4", "/decided", "/abandoned"):
            await page.goto(f"/console/missed{path}")
            await fits(path)
        await page.goto("/console/missed/m1")
        await page.click("form:has([value=phrasing]) button")
        await fits("preview")
        await page.click("[value=apply]")
        await fits("decision")
        await page.click("button.danger")
        assert "tone-warn" in await page.content()
        assert refused == []
        await context.close()
