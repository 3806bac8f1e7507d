"""T12b: 500 conversations at once, each with a word of its own. Nobody ever meets another one's word."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.bot.fakes import emulator_message
from tests.process import Bot, serving
from tests.trust.figures import figure
from tests.trust.process import UNLIMITED, Taking, taking_channel

CONVERSATIONS = 500
AT_ONCE = 40
DIRECT_LINE = "/v3/directline"
WORD = re.compile(r"Zq[a-z]{10}q")
TURNS = (
    "report missing KPIs",
    "2026-01,MOC,seat,{word},3,1200 USD",
    "What is the fee of {word}?",
    "no",
    "{word} xyzzy plugh",
)
TABLES = {
    "state": ("conversation", "value"),
    "inbox": ("conversation", "outcome"),
    "outbox": ("conversation", "payload"),
    "log": ("conversation", "body"),
}
"""Whose a row is, and what it says."""


@dataclass
class Person:
    """Somebody with a word of their own, in a conversation."""

    word: str
    conversation: str = ""
    heard: list[str] = field(default_factory=list)


class Crowd:
    """Everybody, and where they talk."""

    def __init__(self, bot: Bot, channel: Taking, http: aiohttp.ClientSession) -> None:
        self._bot, self._channel, self._http = bot, channel, http
        self._chance = random.Random(1)
        self._room = asyncio.Semaphore(AT_ONCE)
        self.people: list[Person] = []
        self.turns = 0

    async def talk(self, conversations: int) -> None:
        """Half of them on a channel, half on Direct Line, each turn at any moment between the others'."""
        letters = "abcdefghijklmnoprstuvwxyz"
        self.people = [Person(f"Zq{''.join(self._chance.choices(letters, k=10))}q") for _ in range(conversations)]
        assert len({person.word for person in self.people}) == conversations
        ways = (self._on_the_channel, self._on_direct_line)
        await asyncio.gather(*(ways[place % 2](person) for place, person in enumerate(self.people)))

    async def _on_the_channel(self, person: Person) -> None:
        person.conversation = f"on-{person.word}"
        who = {"conversation": {"id": person.conversation}, "from": {"id": f"user-{person.word}", "name": person.word}}
        for place, words in enumerate(TURNS):
            text = words.format(word=person.word)
            body = emulator_message(self._channel.url, text, id=f"{person.word}-{place}", **who)
            await self._call("POST", "/api/messages", body)

    async def _on_direct_line(self, person: Person) -> None:
        session = await self._call("POST", f"{DIRECT_LINE}/session", {})
        person.conversation = session["conversationId"]
        path = f"{DIRECT_LINE}/conversations/{person.conversation}/activities"
        for words in TURNS:
            said = {"type": "message", "text": words.format(word=person.word), "from": {"name": person.word}}
            await self._call("POST", path, said, session["token"])
        shown = await self._call("GET", path, None, session["token"])
        person.heard = [json.dumps(activity) for activity in shown["activities"]]

    async def _call(self, method: str, path: str, body: Any, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        await asyncio.sleep(self._chance.uniform(0, 0.5))
        async with self._room, self._http.request(method, self._bot.url + path, json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == 200, text
        self.turns += method == "POST"
        return json.loads(text) if text else None

    def foreign(self, database: Path) -> list[str]:
        """Words of others in what somebody was told, in rows, and of anybody in the log."""
        own = {person.conversation: person.word for person in self.people}
        said = [(person.conversation, text) for person in self.people for text in person.heard]
        said += [(place, json.dumps(body)) for place, bodies in self._channel.bodies.items() for body in bodies]
        with closing(sqlite3.connect(database)) as connection:
            for table, columns in TABLES.items():
                said += connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        met = {place: set(WORD.findall(text)) for place, text in said}
        assert sum(own[place] in words for place, words in met.items()) > len(own) / 2, "words are looked for and found"
        found = [
            f"{place} meets {word}" for place, text in said for word in WORD.findall(text) if word != own.get(place)
        ]
        return found + [f"the log tells {word}" for word in WORD.findall(self._bot.log)]


async def _overheard(folder: Path, conversations: int, *command: str) -> tuple[list[str], int]:
    settings = {**UNLIMITED, "LOG_LEVEL": "debug"}
    async with (
        taking_channel() as channel,
        serving(folder, command or ("app.py",), **settings) as bot,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        crowd = Crowd(bot, channel, http)
        await crowd.talk(conversations)
        await asyncio.sleep(0.5)  # what is still on its way to the channel may tell too
        return crowd.foreign(folder / "bot.db"), crowd.turns


async def test_nobody_meets_the_word_of_another(tmp_path: Path) -> None:
    foreign, turns = await _overheard(tmp_path, CONVERSATIONS)
    assert foreign == []
    assert turns >= 2000
    figure("T12b", f"{CONVERSATIONS} conversations, {turns} turns: 0 foreign words")


LEAKS = {
    "one state for all": """
import sys, app, storage.turns
from dataclasses import replace
store, states = storage.turns.SqlTurnStore, []
plain_open, plain_commit = store.open, store.commit
async def open_any(self, *words):
    opened = await plain_open(self, *words)
    return replace(opened, state=states[-1] if states else None)
async def commit(self, commit):
    states.append(commit.state)
    return await plain_commit(self, commit)
store.open, store.commit = open_any, commit
sys.exit(app.main([]))
""",
    "a talkative log": """
import sys, app, turn.engine
run = turn.engine.TurnEngine.run
async def telling(self, incoming):
    print(incoming.text, flush=True)
    return await run(self, incoming)
turn.engine.TurnEngine.run = telling
sys.exit(app.main([]))
""",
}


@pytest.mark.parametrize("leak", LEAKS)
async def test_teeth(tmp_path: Path, leak: str) -> None:
    foreign, _ = await _overheard(tmp_path, 20, "-c", LEAKS[leak])
    assert foreign
