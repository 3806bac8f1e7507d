"""Services and sessions on loopback, for one test each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.connector import Connector
from bot.credentials import NoCredentials
from bot.http import open_session
from bot.service_urls import ServiceUrls
from desk.channel import Channel as Place
from dialogs.decision import Knowledge
from tests.bot.fakes import Channel, Issuer, serve
from tests.bot.operating import CHANNEL, Back


@pytest.fixture(scope="session")
def shared_issuer() -> Iterator[Issuer]:
    """Keys are slow to make: one issuer for all tests that leave it as it is."""
    issuer = Issuer()
    issuer.add_key("k1")
    issuer.add_key("unendorsed", [])
    issuer.add_key("stranger")
    with serve(issuer):
        yield issuer


@pytest.fixture
def issuer(shared_issuer: Issuer) -> Iterator[Issuer]:
    """An issuer of its own, with the shared keys: to be rotated, slowed down and stopped."""
    own = Issuer(keys=dict(shared_issuer.keys), endorsements=dict(shared_issuer.endorsements))
    with serve(own):
        yield own


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    fake = Channel()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def back(session: aiohttp.ClientSession, channel: Channel, knowledge: Knowledge) -> Back:
    """The operators' channel, known to the bot."""
    office = Back(knowledge, Connector(session, NoCredentials(), ServiceUrls.loopback()), channel.url)
    await office.channel.configure(CHANNEL)
    await office.channel.learn(Place(CHANNEL, {"serviceUrl": channel.url, "bot": {"id": "28:bot"}, "tenant": "t-1"}))
    return office
