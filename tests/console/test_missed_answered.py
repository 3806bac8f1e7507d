"""A question that the running bot does not know is taught in the console, and answered on the next try."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.console.place import PASSWORD, Browser, visible
from tests.process import ROOT, Bot, serving
from tests.waiting import PATIENCE

QUESTION = "xylophone rehearsal cupboard"
ENTRY = "contact-support"


class Visitor:
    """Somebody on the web chat page: the same door, without the browser."""

    def __init__(self, http: aiohttp.ClientSession, bot: Bot) -> None:
        self._http, self._url = http, f"{bot.url}/v3/directline"
        self._path, self._token, self._heard = "", "", 0

    async def say(self, words: str) -> str:
        """What the bot says to this."""
        if not self._path:
            session = await self._call("/session", {})
            self._path, self._token = f"/conversations/{session['conversationId']}/activities", session["token"]
        await self._call(self._path, {"type": "message", "text": words, "locale": "en-US"})
        async with self._http.get(self._url + self._path, headers=self._headers()) as answer:
            said = [each for each in (await answer.json())["activities"] if each["from"]["role"] == "bot"]
        new, self._heard = said[self._heard :], len(said)
        return str(new)

    async def _call(self, path: str, body: dict[str, Any]) -> Any:
        async with self._http.post(self._url + path, json=body, headers=self._headers()) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


async def _signed_in(http: aiohttp.ClientSession, bot: Bot) -> Browser:
    curator = Browser(http, bot.url)
    once = ""
    async with asyncio.timeout(PATIENCE):
        while not once:
            assert (await curator.get("/sign-in")).status == 200
            once = "".join(re.findall(r"^Its console: .+: (\S+)$", bot.log, re.MULTILINE))
    await curator.sign_in("admin", once)
    assert (await curator.post("/password", {"new": PASSWORD, "again": PASSWORD})).status == 303
    return curator


@pytest.mark.timeout(900)  # a process that starts, fits and fits again, on a busy machine
async def test_a_missed_question_is_answered_on_the_next_try_without_a_restart(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content)
    settings = {"CONTENT_DIR": str(content), "RATE_USER": "0", "PAGE_CHECK": "off"}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        serving(tmp_path, **settings) as bot,
    ):
        curator, visitor = await _signed_in(http, bot), Visitor(http, bot)
        title = re.search(
            rf"- id: {ENTRY}\n(?:.*\n)*?    title: (.+)\n", (content / "en" / "faq.yaml").read_text("utf-8")
        )
        assert title
        assert title[1] not in await visitor.say(QUESTION)
        await visitor.say(f"{QUESTION}?")
        listed = await curator.get("/missed")
        found = re.search(r'<strong>2</strong>.*?/missed/(m\d+)">(.+?)</a>', listed.text, re.DOTALL)
        assert found, visible(listed.text)
        assert QUESTION in found[2]
        form = {"kind": "phrasing", "entry": ENTRY, "other": "", "phrasings": QUESTION}
        async with asyncio.timeout(PATIENCE):
            while not (
                stamp := re.search(r'name="stamp" value="(\w+)"', page := await _effect(curator, found[1], form))
            ):
                assert "being worked out" in page, visible(page)
        decided = await curator.post(f"/missed/{found[1]}/decide", {**form, "stamp": stamp[1], "how": "apply"})
        assert decided.status == 303, visible(decided.text)
        async with asyncio.timeout(PATIENCE):
            heard = ""
            while title[1] not in heard:
                await asyncio.sleep(0.5)
                heard = await visitor.say(QUESTION)
        assert "Live" in visible((await curator.get(decided.goal.removeprefix("/console"))).text)
        assert list((tmp_path / "var" / "content-backups").glob("*/en/faq.yaml"))
        assert QUESTION not in bot.log  # nor what was added
        assert await bot.stop() == 0


async def _effect(curator: Browser, key: str, form: dict[str, str]) -> str:
    return (await curator.post(f"/missed/{key}/preview", form)).text
