"""Services and sessions on loopback, for one test each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.http import open_session
from tests.bot.fakes import Channel, Issuer, serve


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
