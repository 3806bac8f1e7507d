"""The console of the bot as it is started: the password on the terminal, settings, switched off."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp

from tests.console.place import PASSWORD, Browser
from tests.process import Bot, serving
from tests.waiting import until


def printed(bot: Bot) -> list[str]:
    """One-time passwords that it told so far."""
    return re.findall(r"^Its console: .+: (\S+)$", bot.log, re.MULTILINE)


async def test_the_first_start_prints_a_password_once_and_logs_it_never(tmp_path: Path) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with serving(tmp_path, RATE_USER="0") as bot:
            browser = Browser(http, bot.url)
            assert (await browser.sign_in("admin", "wrong")).status == 403
            await until(lambda: bool(printed(bot)))  # it is made while the bot serves already
            (once,) = printed(bot)
            assert (await browser.sign_in("admin", once)).status == 303
            assert (await browser.post("/password", {"new": PASSWORD, "again": PASSWORD})).status == 303
            for path in ("/requests", "/accounts", "/audit"):
                assert (await browser.get(path)).status == 200
            assert await bot.stop() == 0
            logged = "".join(line for line in bot.log.splitlines() if line.startswith("{"))
            assert once not in logged
            assert PASSWORD not in logged
            assert "admin" not in logged
        async with serving(tmp_path, RATE_USER="0") as bot:
            assert (await Browser(http, bot.url).sign_in("admin")).status == 303
            assert await bot.stop() == 0
            assert len(printed(bot)) == 1  # of the start before


async def test_with_a_provider_there_is_no_password_and_off_is_off(tmp_path: Path) -> None:
    provider = {
        "CONSOLE_OIDC_ISSUER": "http://127.0.0.1:1/",
        "CONSOLE_OIDC_CLIENT_ID": "console",
        "CONSOLE_OIDC_CLIENT_SECRET": "canary-secret",
    }
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with serving(tmp_path, **provider) as bot:
            browser = Browser(http, bot.url)
            assert "work account" in (await browser.get("/sign-in")).text
            assert (await browser.get("/sign-in/provider")).status == 502
            assert await bot.stop() == 0
            assert printed(bot) == []
            assert "canary-secret" not in bot.log
        async with serving(tmp_path, CONSOLE="off") as bot:
            assert (await Browser(http, bot.url).get("/sign-in")).status == 404
            assert await bot.stop() == 0
            assert printed(bot) == []
