"""Visitors of a web page: each posts to Direct Line and reads the reply from its WebSocket."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from benchmarks.turns.load import AT_ONCE, CARD, LEAST, LOST_AFTER, Sample, TurnLost
from benchmarks.turns.processes import Cores, Others, Server
from benchmarks.turns.talk import misspelt

LINE: Final = "/v3/directline"


class WebSocketLoad:
    """A turn counts once its reply came over the socket: it is a row of the log, committed with the turn."""

    def __init__(self, server: Server, cores: Cores, questions: tuple[str, ...]) -> None:
        self._server, self._cores = server, cores
        self._questions = questions
        self._chance = random.Random(7)

    async def flood(self, seconds: float, at_once: int = AT_ONCE) -> Sample:
        """``at_once`` visitors without a pause. Raises `TurnLost`."""
        async with aiohttp.ClientSession(base_url=f"http://127.0.0.1:{self._server.port}") as http:
            visitors = [await Visitor.arrive(http) for _ in range(at_once)]
            sample, started, cpu = Sample(), time.perf_counter(), self._server.cpu
            others = Others(self._server, self._cores)
            end = started + seconds
            await asyncio.gather(
                *(
                    self._stay(one, sample, lambda: time.perf_counter() < end or sample.turns < LEAST)
                    for one in visitors
                )
            )
            sample.seconds, sample.cpu = time.perf_counter() - started, self._server.cpu - cpu
            sample.others = others.share()
            for one in visitors:
                await one.leave()
        return sample

    async def _stay(self, visitor: Visitor, sample: Sample, going: Callable[[], bool]) -> None:
        count = 0
        while going():
            count += 1
            text = self._chance.choice(self._questions)
            started = time.perf_counter()
            reply = await visitor.ask(misspelt(text, self._chance) if count % 3 == 0 else text)
            sample.latencies.append(time.perf_counter() - started)
            sample.cards += CARD.decode() in reply


class Visitor:
    """One conversation with its socket."""

    def __init__(self, http: aiohttp.ClientSession, session: dict[str, Any], socket: Any) -> None:
        self._http, self._socket = http, socket
        self._path = f"{LINE}/conversations/{session['conversationId']}/activities"
        self._headers = {"Authorization": f"Bearer {session['token']}"}

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession) -> Visitor:
        """Open a session and its stream, and hear the welcome."""
        async with http.post(f"{LINE}/session", json={}) as answer:
            session = await answer.json()
        headers = {"Authorization": f"Bearer {session['token']}"}
        path = f"{LINE}/conversations/{session['conversationId']}"
        async with http.get(path, params={"watermark": "0"}, headers=headers) as answer:
            stream = (await answer.json())["streamUrl"]
        visitor = cls(http, session, await http.ws_connect(stream.replace("localhost", "127.0.0.1")))
        await visitor._heard('"replyToId"')
        return visitor

    async def ask(self, text: str) -> str:
        """The frame with the reply. Raises `TurnLost`."""
        async with self._http.post(self._path, json={"type": "message", "text": text}, headers=self._headers) as answer:
            number = (await answer.json()).get("id")
        return await self._heard(f'"replyToId":"{number}"')

    async def leave(self) -> None:
        """Close the socket."""
        await self._socket.close()

    async def _heard(self, wanted: str) -> str:
        try:
            while wanted not in (frame := await self._socket.receive_str(timeout=LOST_AFTER)):
                pass
        except (TimeoutError, TypeError) as error:
            raise TurnLost("no reply on a socket") from error
        return str(frame)
