"""Partners who send requests to bots that die, and an operator who moves the requests on meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cases.errors import CaseChanged
from cases.model import State, operator
from cases.usecases import change_state
from dialogs.decision import Knowledge
from ops.clock import SystemClock
from program.windows import calendar_of
from storage.cases import SqlCaseStore
from storage.engine import Database
from tests.bot.fakes import emulator_message
from tests.crash.campaign import Campaign, Talk
from tests.talk import buttons, shown
from turn.desk import Desk

SAYS = ("report missing KPIs", "2026-01,MOC,seat,INV-{number},3,1200 USD", "no")
OPERATOR = operator("olga")
REPLY_SECONDS = 60


class Partners:
    """What partners confirmed and the operator did: all of it must be there in the end, once."""

    def __init__(self, told: Campaign, database: Database, knowledge: Knowledge) -> None:
        self._told, self._database = told, database
        self._calendar = calendar_of(knowledge.library.program)
        self._cases = SqlCaseStore(database)
        self._desk = Desk(self._cases, SystemClock())
        self.confirmed: list[str] = []
        """Dialog instances whose confirmation was acknowledged."""
        self.moved: list[tuple[str, str]] = []
        """Conversation and reference of requests whose owner is told of the operator's step."""

    async def partner(self, number: int, requests: int) -> None:
        """Send at least ``requests`` requests, one after the other, until it is over."""
        talk = Talk(f"partner-{number}")
        self._told.talks.append(talk)
        sent = 0
        while sent < requests or not self._told.over.is_set():
            for says in SAYS:
                await self._say(talk, says.format(number=sent))
            press = await self._send_button(talk)
            await self._say(talk, None, press)
            self.confirmed.append(press["instance"])
            await self._operate(talk, press["instance"])
            sent += 1

    async def _say(self, talk: Talk, words: str | None, press: dict[str, Any] | None = None) -> None:
        said = f"{talk.conversation}-{len(talk.acknowledged)}"
        address = {"conversation": {"id": talk.conversation}, "from": {"id": talk.conversation, "name": "P"}}
        body = emulator_message(self._told.channel.url, words, id=said, value=press, **address)
        await self._told.until_taken("/api/messages", body)
        talk.acknowledged.append(said)

    async def _send_button(self, talk: Talk) -> dict[str, Any]:
        """What pressing *Send* under the summary sends, once the summary has arrived."""
        asked = talk.acknowledged[-1]
        async with asyncio.timeout(REPLY_SECONDS):
            while True:
                for body in self._told.channel.bodies.get(talk.conversation, []):
                    button = buttons(body).get("Send") if body.get("replyToId") == asked else None
                    if button is not None:
                        data = button["data"]
                        assert isinstance(data, dict)
                        return {key: value for key, value in data.items() if key != "msteams"}
                await asyncio.sleep(0.01)

    async def _operate(self, talk: Talk, instance: str) -> None:
        while True:
            try:
                reference = await self._reference(instance)
                case = await self._cases.find(reference) if reference else None
                if case is None:
                    return  # lost: that is found in the end
                if case.state is State.RECEIVED:
                    clock = SystemClock()
                    change = change_state(case, State.INVESTIGATING, OPERATOR, clock.now(), self._calendar)
                    await self._desk.apply(change)
            except (SQLAlchemyError, OSError, CaseChanged):  # the database is away for a moment
                await asyncio.sleep(0.05)
            else:
                self.moved.append((talk.conversation, case.reference))
                return

    async def _reference(self, instance: str) -> str | None:
        query = text("SELECT reference FROM cases WHERE instance = :instance").bindparams(instance=instance)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def findings(self) -> list[str]:
        """Requests that are lost or doubled, and steps that nobody was told of."""
        query = text("SELECT instance FROM cases")
        there = Counter(await self._database.read(lambda connection: connection.execute(query).scalars().all()))
        due = Counter(self.confirmed)
        faults = [f"lost request of {instance}" for instance in due - there]
        faults += [f"request of {instance} that nobody confirmed" for instance in there - due]
        return faults + [
            f"lost notice about {reference}"
            for conversation, reference in self.moved
            if not any(reference in notice for notice in self._notices(conversation))
        ]

    def _notices(self, conversation: str) -> list[str]:
        bodies = self._told.channel.bodies.get(conversation, [])
        return [shown(body) for body in bodies if "replyToId" not in body]
