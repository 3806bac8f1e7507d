"""T11: 300 confirmations, each delivered four times to two processes at once. 300 requests, one answer."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from storage.engine import Database, open_database
from storage.turns import outcome_from_json
from tests.bot.fakes import emulator_message
from tests.crash.fleet import Bot, ForkServer
from tests.crash.partners import SAYS
from tests.talk import buttons, shown
from tests.trust.figures import figure
from tests.trust.process import Taking, taking_channel

CONFIRMATIONS = 300
AT_ONCE = 20


class Partner:
    """Fills a form in through whichever process, then confirms it in four deliveries."""

    def __init__(self, number: int, bots: list[Bot], channel: Taking, http: aiohttp.ClientSession) -> None:
        self.conversation = f"p{number}"
        self._number, self._bots, self._channel, self._http = number, bots, channel, http

    async def fill_in(self) -> dict[str, Any]:
        """What the button *Send* sends."""
        for place, words in enumerate(SAYS):
            bot = self._bots[(self._number + place) % 2]
            await self._post(bot, f"{self.conversation}-{place}", words.format(number=self._number))
        async with asyncio.timeout(150):  # until the summary has arrived
            while True:
                for body in self._channel.bodies[self.conversation]:
                    if (button := buttons(body).get("Send")) is not None:
                        data = button["data"]
                        assert isinstance(data, dict)
                        return {key: value for key, value in data.items() if key != "msteams"}
                await asyncio.sleep(0.02)

    async def confirm(self, press: dict[str, Any]) -> None:
        """With the same id to both processes, and with another id to both, as Teams does on its second retry."""
        await asyncio.gather(
            *(
                self._post(bot, f"{self.conversation}-{name}", None, press)
                for name in ("confirm", "again")
                for bot in self._bots
            )
        )

    async def _post(self, bot: Bot, name: str, words: str | None, press: dict[str, Any] | None = None) -> None:
        who = {"id": self.conversation, "name": "P"}
        place = {"conversation": {"id": self.conversation}, "from": who}
        body = emulator_message(self._channel.url, words, id=name, value=press, **place)
        async with self._http.post(f"{bot.url}/api/messages", json=body) as answer:
            assert answer.status == 200, await answer.text()


async def _rows(database: Database, query: str) -> list[Any]:
    return list(await database.read(lambda connection: connection.execute(text(query)).all()))


async def _confirmed(server: ForkServer, url: str, folder: Path, confirmations: int, broken: str = "") -> list[str]:
    """What is wrong after so many confirmations."""
    bots = [Bot(server, url, folder / f"bot{number}.log", lease=5, broken=broken) for number in range(2)]
    for bot in bots:
        await bot.start()
    database = await open_database(url)
    try:
        async with taking_channel() as channel, aiohttp.ClientSession() as http:
            room = asyncio.Semaphore(AT_ONCE)

            async def partner(number: int) -> str:
                async with room:
                    one = Partner(number, bots, channel, http)
                    press = await one.fill_in()
                    await one.confirm(press)
                    return str(press["instance"])

            instances = await asyncio.gather(*map(partner, range(confirmations)))
            await _settled(database)
            found = await _wrong(database, list(instances), channel)
            figure("T11", f"{confirmations} confirmations x 4 deliveries: {len(await _rows(database, CASES))} requests")
            return found
    finally:
        for bot in bots:
            await bot.end()
        await database.close()


INBOX = "SELECT conversation, activity, outcome FROM inbox WHERE activity LIKE '%-{name}'"
CASES = "SELECT instance, reference, fields FROM cases"


async def _settled(database: Database) -> None:
    async with asyncio.timeout(150):
        while await _rows(database, "SELECT 1 FROM outbox WHERE status <> 'done' LIMIT 1"):  # noqa: ASYNC110 - a table
            await asyncio.sleep(0.1)


async def _wrong(database: Database, instances: list[str], channel: Taking) -> list[str]:
    references = {instance: reference for instance, reference, _ in await _rows(database, CASES)}
    faults = [f"request of {name}" for name in Counter(references.keys()) - Counter(instances)]
    faults += [f"no request of {name}" for name in Counter(instances) - Counter(references.keys())]
    outcomes = [row for name in ("confirm", "again") for row in await _rows(database, INBOX.format(name=name))]
    if len(outcomes) != 2 * len(instances):
        faults.append(f"{len(outcomes)} turns instead of {2 * len(instances)}")
    reference_of = {f"p{number}": references.get(instance, "?") for number, instance in enumerate(instances)}
    payloads = {post: json.loads(payload) for post, payload in await _rows(database, "SELECT id, payload FROM outbox")}
    for conversation, activity, outcome in outcomes:
        stored = [shown(one) for one in outcome_from_json(json.loads(outcome), payloads).activities]
        told = [shown(body) for body in channel.bodies[conversation] if body["replyToId"] == activity]
        if set(told) != set(stored) or not stored:
            faults.append(f"{activity} was told something else than what is stored")
        if not all(reference_of[conversation] in words for words in told):
            faults.append(f"{activity} was not told its reference")
    return faults


async def test_a_confirmation_counts_once_however_often_it_comes(
    server: ForkServer, postgres: str, tmp_path: Path
) -> None:
    assert await _confirmed(server, postgres, tmp_path, CONFIRMATIONS) == []


@pytest.mark.parametrize("broken", ["requests have keys of their own"])
async def test_teeth_of_confirmations(server: ForkServer, postgres: str, tmp_path: Path, broken: str) -> None:
    found = await _confirmed(server, postgres, tmp_path, 5, broken)
    assert any(one.startswith("request of") for one in found)
