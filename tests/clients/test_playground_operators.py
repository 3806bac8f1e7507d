"""Operators in a channel of Agents Playground: a request's card appears, is worked on, and is rewritten in place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.access import Role
from desk.accounts import linked, new_local
from storage.console import SqlAccounts
from storage.engine import open_database
from tests.clients.conftest import NOW, Arriving, Office
from tests.clients.person import CHANNEL, PERSONAL
from tests.clients.playground import configuration
from tests.process import serving

pytestmark = pytest.mark.timeout(300)  # the page is slow while other tests keep the machine busy


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A bot whose operators sit in the Playground's channel."""
    settings = {"RATE_USER": "0", "BOT_CLOCK": NOW.isoformat(), "PAGE_CHECK": "false"}
    operators = {"OPERATORS_CHANNEL": "channel-1", "PUBLIC_URL": "http://localhost:3978"}
    async with serving(tmp_path, **settings, **operators) as running:
        await _hire(tmp_path, "bea", str(configuration(0)["currentUser"]["aadObjectId"]))  # type: ignore[index]
        yield Office(running)


async def _hire(folder: Path, name: str, teams_user: str) -> None:
    database = await open_database(f"sqlite:///{folder}/bot.db")
    accounts, new = SqlAccounts(database), new_local(name, frozenset({Role.OPERATOR}), "hash", "root", NOW)
    await accounts.apply(new)
    await accounts.apply(linked(new.account, teams_user, "root", NOW))
    await database.close()


async def test_a_request_is_worked_on_in_the_channel(arriving: Arriving, office: Office) -> None:
    async with arriving("operators") as ana:
        await ana.open(CHANNEL)
        await ana.mention("What is the Learning Action Pack?", post=True)  # so that the bot knows where the channel is
        await ana.sees_card("As of")
        await ana.open(PERSONAL)
        await ana.say("list Contoso in Brazil, contoso.com/ms")
        await ana.hears("about your company only?")
        for question in ("no competitors?", "belong to your company?", "Please check"):
            await ana.press("Yes")
            await ana.hears(question)
        await ana.press("Send")
        await ana.hears("Access code")
        await ana.open(CHANNEL)
        await ana.sees_card("Directory listing")
        await ana.sees_card("Contoso")
        await ana.press("Assign to me")
        await ana.sees_card("bea")
        await ana.press("Move to: In review")
        await ana.sees_card("In review")
        async with asyncio.timeout(60):  # who pressed is answered first, then all others see it
            while office.rows("SELECT conversation, shown FROM request_cards") != [("channel-1", 3)]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await ana.press("Ask the partner")
        await ana.sees_card("What to give anew", 2)  # the card, and the form that opened in it
    ((reference, state, assignee),) = office.rows("SELECT reference, state, assignee FROM cases")
    assert (state, assignee) == ("in-review", "bea")
    deeds = office.rows("SELECT actor, deed, subject FROM audit WHERE deed = 'request-changed'")
    assert deeds == [("bea", "request-changed", reference)] * 2
