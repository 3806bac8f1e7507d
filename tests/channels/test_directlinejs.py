"""Microsoft's DirectLineJS, as Web Chat uses it, against our Direct Line."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.channels.door import SERVER_SECRET, SITE, Door, Line, opened
from tests.clients.install import ClientsMissing, install
from tests.waiting import until

SCRIPT = Path(__file__).parent.parent / "clients" / "directline.cjs"
CONNECTING, ONLINE, EXPIRED = 1, 2, 3
TALK = [("When can we apply?", "en-US"), ("什么时候可以申请？", "zh-CN")]


@pytest.fixture(scope="module", autouse=True)
def clients() -> None:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    try:
        install()
    except ClientsMissing as missing:
        pytest.skip(f"DirectLineJS is missing: {missing}")


class Client:
    """A running DirectLineJS, and everything that it told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []
        self._more = asyncio.Condition()

    async def listen(self) -> None:
        assert self._process.stdout is not None
        while text := await self._process.stdout.readline():
            async with self._more:
                self.told.append(json.loads(text))
                self._more.notify_all()

    async def do(self, command: str, **given: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **given}).encode() + b"\n")
        await self._process.stdin.drain()

    async def hears(self, key: str, count: int = 1, wanted: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        """The first ``count`` things told under ``key``, as soon as there are as many."""
        async with self._more, asyncio.timeout(15):
            await self._more.wait_for(lambda: len(self._all(key, wanted)) >= count)
            return self._all(key, wanted)

    def _all(self, key: str, wanted: Callable[[Any], bool]) -> list[Any]:
        return [one[key] for one in self.told if key in one and wanted(one[key])]

    async def messages(self, count: int) -> list[dict[str, Any]]:
        return await self.hears("activity", count, lambda activity: activity["type"] == "message")

    async def texts(self, count: int) -> list[str]:
        return [message["text"] for message in await self.messages(count)]

    async def post(self, text: str, number: str, locale: str = "en-US") -> str:
        known = len(self._all("posted", lambda _: True))
        activity = {"type": "message", "text": text, "locale": locale, "from": {"id": "someone"}}
        await self.do("post", **activity, channelData={"clientActivityID": number})
        return str((await self.hears("posted", known + 1))[-1])


@asynccontextmanager
async def client(door: Door, **options: Any) -> AsyncIterator[Client]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("node", str(SCRIPT), stdin=pipe, stdout=pipe, limit=2**20)
    running = Client(process)
    listening = asyncio.create_task(running.listen())
    try:
        await running.hears("ready")
        await running.do("start", domain=door.base, pollingInterval=200, **options)
        yield running
    finally:
        process.kill()
        await process.wait()
        await listening


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "polling"])
async def test_a_talk_in_two_languages(door: Door, line: Line, socket: bool) -> None:
    start = {"conversationStartProperties": {"locale": "zh-CN"}}
    async with client(door, token=line.token, webSocket=socket, **start) as page:
        assert await page.texts(1) == ["Welcome"]
        assert await page.hears("status", 3) == [0, CONNECTING, ONLINE]
        posted = [await page.post(text, f"c{place}", locale) for place, (text, locale) in enumerate(TALK)]
        assert await page.texts(5) == ["Welcome", *(shown for text, _ in TALK for shown in (text, f"You said: {text}"))]
        echoes = [message for message in await page.messages(5) if message["from"]["role"] == "user"]
    assert [echo["channelData"]["clientActivityID"] for echo in echoes] == ["c0", "c1"]
    assert [echo["id"] for echo in echoes] == posted
    assert {echo["from"]["id"] for echo in echoes} == {line.user}, "not what the page says"
    assert [heard.locale for heard in door.bot.heard] == ["zh-CN", "en-US", "zh-CN"]
    if socket:
        await until(lambda: door.hub.listening == 0)


async def test_typing_arrives_over_the_socket(door: Door, line: Line) -> None:
    async with client(door, token=line.token) as page:
        await page.texts(1)
        door.hub.typing(line.id)
        (typing,) = await page.hears("activity", 1, lambda activity: activity["type"] == "typing")
        assert typing["from"]["role"] == "bot"
        await page.do("ping")
        await page.hears("pinged")
        assert await page.post("still connected", "c1")
        assert await page.texts(3) == ["Welcome", "still connected", "You said: still connected"]


async def test_a_dropped_socket_comes_back_by_itself(door: Door, line: Line) -> None:
    async with client(door, token=line.token) as page:
        await page.texts(1)
        for place in range(3):
            await page.post(f"before {place}", f"a{place}")
            await page.do("drop")
            await page.hears("dropped", place + 1)
            await page.post(f"after {place}", f"b{place}")
        shown = await page.texts(13)
        await until(lambda: door.hub.listening == 1)
        await page.post("at last", "z")
        shown = await page.texts(15)
    said = [f"{when} {place}" for place in range(3) for when in ("before", "after")]
    assert shown == ["Welcome", *(words for text in [*said, "at last"] for words in (text, f"You said: {text}"))]


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "polling"])
async def test_a_page_is_opened_again(door: Door, line: Line, socket: bool) -> None:
    async with client(door, token=line.token, webSocket=socket) as page:
        await page.texts(1)
        await page.post("你好", "c1", "zh-CN")
        first = await page.messages(3)
    again = await (await door.call("POST", "/session", {"resume": line.resume})).json()
    options = {"token": again["token"], "conversationId": again["conversationId"]}
    async with client(door, webSocket=socket, **options) as page:
        assert await page.messages(3) == first
        await page.post("继续", "c2", "zh-CN")
        assert (await page.texts(5))[3:] == ["继续", "You said: 继续"]


async def test_the_server_is_started_again() -> None:
    async with opened() as before:
        line = await before.visitor()
        # It tries again every ``timeout`` ms, 20 s of its own accord.
        async with client(before, token=line.token, timeout=1_000) as page:
            await page.texts(1)
            await page.post("before", "c1")
            await page.texts(3)
            await before.server.close()
            async with opened(after=before) as door:
                await until(lambda: door.hub.listening == 1)
                await page.post("after", "c2")
                assert await page.texts(5) == ["Welcome", "before", "You said: before", "after", "You said: after"]


async def test_a_token_is_refreshed(door: Door, line: Line) -> None:
    async with client(door, token=line.token) as page:
        await page.texts(1)
        door.clock.pass_by(1_700)
        await page.do("refresh")
        (token,) = await page.hears("token")
        assert token != line.token
        door.clock.pass_by(200)
        await page.post("with the new one", "c1")
        assert await page.texts(3) == ["Welcome", "with the new one", "You said: with the new one"]


async def test_an_expired_token_is_known_as_such(door: Door, line: Line) -> None:
    async with client(door, token=line.token) as page:
        await page.texts(1)
        door.clock.pass_by(1_800)
        assert await page.post("too late", "c1") == "retry"
        await page.hears("status", 1, lambda status: status == EXPIRED)
    assert line.user not in {heard.user for heard in door.bot.heard if heard.text}


async def test_files_are_uploaded(door: Door, line: Line) -> None:
    async with client(door, token=line.token) as page:
        await page.texts(1)
        data = {"clientActivityID": "c1"}
        await page.do("upload", names=["截图.png", "b.png"], text="看", channelData=data, **{"from": {"id": "x"}})
        await page.hears("posted")
        echo = (await page.messages(3))[1]
    (heard,) = [heard for heard in door.bot.heard if heard.text]
    assert [(file.name, file.content_type, file.content) for file in heard.attachments] == [
        ("截图.png", "image/png", b"\x00\x01\xfe\xff"),
        ("b.png", "image/png", b"\x00\x01\xfe\xff"),
    ]
    assert [file["name"] for file in echo["attachments"]] == ["截图.png", "b.png"]
    assert echo["channelData"]["clientActivityID"] == "c1"


async def test_a_sites_server_makes_the_token(door: Door) -> None:
    body = {"user": {"id": "dl_partner"}}
    made = await (await door.call("POST", "/tokens/generate", body, SERVER_SECRET)).json()
    async with client(door, token=made["token"], userId="dl_partner") as page:
        await page.texts(1)
        await page.post("Hello", "c1")
        assert (await page.messages(3))[1]["from"]["id"] == "dl_partner"
        await page.do("session")
        assert len((await page.hears("session"))[0]) == 32
    assert {heard.address.channel for heard in door.bot.heard} == {"directline"}


async def test_sites_do_not_share_tokens(door: Door) -> None:
    """The origin is bound where browsers send one; Node sends none and is let in, as servers are."""
    line = await door.visitor(SITE)
    async with client(door, token=line.token) as page:
        assert await page.texts(1) == ["Welcome"]
