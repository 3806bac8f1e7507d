"""T3: 10,000 hostile bodies at the doors of a bot that runs as in production. None is answered with 5xx."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from channels.directline.intake import VALUE_LIMIT
from tests.bot.fakes import emulator_message
from tests.process import serving
from tests.trust.figures import figure
from tests.trust.hostile import hostile
from tests.trust.process import UNLIMITED, Taking, resident, taking_channel
from tests.trust.uploads import ACTIVITY, KB64, NAMED, Upload, growing, hostile_upload, part, upload

INPUTS = 10_000
WARM_UP = 1_000
"""Inputs before memory is looked at for the first time."""
MOST_MEGABYTES = 50
AT_ONCE = 12
DIRECT_LINE = "/v3/directline"
JSON = {"Content-Type": "application/json"}
TOLD = (b"Traceback", b'File "', b".py", b"sqlalchemy", b"Error:")
"""What an answer must not show."""


@dataclass
class Doors:
    """Where inputs go in."""

    url: str
    http: aiohttp.ClientSession
    channel: Taking
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[str, int, bytes]] = field(default_factory=list)

    async def open_line(self) -> tuple[str, dict[str, str]]:
        async with self.http.post(f"{self.url}{DIRECT_LINE}/session", json={}) as answer:
            session = await answer.json()
        path = f"{DIRECT_LINE}/conversations/{session['conversationId']}/activities"
        return path, {**JSON, "Authorization": f"Bearer {session['token']}"}

    async def send(self, path: str, headers: dict[str, str], body: bytes) -> None:
        async with self.http.post(self.url + path, data=body, headers=headers) as answer:
            text = await answer.read()
        self.statuses[answer.status] += 1
        if answer.status >= 500 or (answer.status != 200 and any(word in text for word in TOLD)):
            self.faults.append((path, answer.status, body[:200]))

    async def upload(self, line: tuple[str, dict[str, str]], upload: Upload) -> None:
        path, headers = line
        headers = {**headers, "Content-Type": upload.content_type}
        await self.send(path.replace("/activities", "/upload"), headers, upload.body)

    async def storm(self, inputs: int, seed: int) -> None:
        """So many inputs, most of them at the channels' door."""
        chance, line = random.Random(seed), await self.open_line()
        for number in range(inputs):
            where = chance.random()
            if where < 0.6:
                good = emulator_message(
                    self.channel.url, "hello", id=f"{seed}-{number}", conversation={"id": f"c{seed}"}
                )
                await self.send("/api/messages", JSON, hostile(good, chance))
            elif where < 0.8:
                await self.send(*line, hostile(_said(number), chance))
            elif where < 0.95:
                await self.upload(line, hostile_upload(_said(number), chance))
            else:
                await self.send(f"{DIRECT_LINE}/session", JSON, hostile({"resume": "x"}, chance))


def _said(number: int) -> dict[str, Any]:
    data = {"clientActivityID": f"c{number}"}
    return {"type": "message", "text": "hello", "from": {"id": "u"}, "locale": "en-US", "channelData": data}


async def test_no_input_breaks_the_bot(tmp_path: Path) -> None:
    async with (
        taking_channel(keeps=False) as channel,
        serving(tmp_path, **{**UNLIMITED, "LOG_LEVEL": "error"}) as bot,
        aiohttp.ClientSession() as http,
    ):
        doors = Doors(bot.url, http, channel)
        await asyncio.gather(*(doors.storm(WARM_UP // AT_ONCE, seed) for seed in range(AT_ONCE)))
        before = resident(bot.process.pid)
        doors.statuses.clear()
        await asyncio.gather(*(doors.storm(INPUTS // AT_ONCE + 1, 100 + seed) for seed in range(AT_ONCE)))
        growth = resident(bot.process.pid) - before
        assert doors.faults == []
        assert doors.statuses.total() >= INPUTS
        assert doors.statuses[200] > INPUTS / 50, "some of them are taken for messages"
        assert growth < MOST_MEGABYTES
        assert bot.process.returncode is None
        path, headers = await doors.open_line()
        await doors.send(path, headers, b'{"type": "message", "text": "What is the Learning Action Pack?"}')
        async with http.get(bot.url + path, headers=headers) as answer:
            assert len((await answer.json())["activities"]) >= 2, "and the next one is answered"
        shares = ", ".join(f"{count} x {status}" for status, count in sorted(doors.statuses.items()))
    assert "Traceback" not in bot.log
    figure("T3", f"{shares}; memory {growth:+.1f} MB")


async def test_what_grows_when_it_is_written_again_can_be_stored(tmp_path: Path) -> None:
    """The number that takes four times its room, and long names of files beside it, at every door."""
    async with (
        taking_channel(keeps=False) as channel,
        serving(tmp_path, **UNLIMITED) as bot,
        aiohttp.ClientSession() as http,
    ):
        doors = Doors(bot.url, http, channel)
        line = await doors.open_line()
        named = part(b"x", 'form-data; name="file"; filename="{}"'.format("🙂" * 120).encode(), "a/" + "b" * 64)
        for size, status in ((VALUE_LIMIT // 5, 200), (KB64, 413)):
            doors.statuses.clear()
            await doors.send(*line, growing(size=size))
            await doors.upload(line, upload(part(growing(size=size), NAMED, ACTIVITY), *[named] * 10))
            assert doors.statuses == {status: 2}
        good = json.dumps(emulator_message(channel.url, "hello")).encode()
        await doors.send("/api/messages", JSON, growing(good))
        assert doors.statuses == {413: 2, 200: 1}
        assert doors.faults == []


TRUSTING = """
import sys, json, app, bot.adapter
bot.adapter.parse_activity = json.loads
sys.exit(app.main([]))
"""
UNCUT = """
import sys, app, channels.directline.intake as intake, channels.directline.upload as upload
intake.VALUE_LIMIT = 10**9
upload._described = lambda part, _: upload.parse_object(part.content)
sys.exit(app.main([]))
"""


async def test_teeth(tmp_path: Path) -> None:
    """A bot that believes what it parses is found out within a hundredth of the inputs."""
    async with (
        taking_channel(keeps=False) as channel,
        serving(tmp_path, ("-c", TRUSTING), **UNLIMITED) as bot,
        aiohttp.ClientSession() as http,
    ):
        doors = Doors(bot.url, http, channel)
        await doors.storm(INPUTS // 100, 1)
        assert any(status == 500 for _, status, _ in doors.faults)


async def test_teeth_of_uploads(tmp_path: Path) -> None:
    """So is one that takes an activity and a value of any length, if a file comes with them."""
    async with (
        taking_channel(keeps=False) as channel,
        serving(tmp_path, ("-c", UNCUT), **UNLIMITED) as bot,
        aiohttp.ClientSession() as http,
    ):
        doors = Doors(bot.url, http, channel)
        await doors.storm(INPUTS // 100, 1)
        assert {(path.rpartition("/")[2], status) for path, status, _ in doors.faults} == {("upload", 500)}
