"""Signing keys: fetched once, refreshed in time, kept through an outage, never in the way."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from bot.errors import KeysUnavailable
from bot.keys import MAX_AGE, RETRY_EMPTY, RETRY_UNKNOWN, ConnectorKeys, SigningKey, read_keys
from bot.single_flight import SingleFlight
from tests.bot.fakes import Issuer
from tests.teeth import FOUND_OUT
from tests.trust.looping import watched_loop
from tests.waiting import PATIENCE, until


class Watch:
    """A clock that is moved by hand."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keys(session: aiohttp.ClientSession, issuer: Issuer, watch: Watch) -> ConnectorKeys:
    return ConnectorKeys(session, issuer.metadata_url, watch)


async def test_many_that_ask_at_once_cause_one_fetch(keys: ConnectorKeys, issuer: Issuer) -> None:
    issuer.open.clear()
    asking = [asyncio.ensure_future(keys.find("k1")) for _ in range(20)]
    await until(lambda: len(issuer.requests) == 1)
    issuer.open.set()
    found = await asyncio.gather(*asking)
    assert all(key is not None and key.endorsements == {"msteams", "webchat"} for key in found)
    assert issuer.requests == ["/openid", "/keys"]


async def test_a_rotated_key_is_found(keys: ConnectorKeys, issuer: Issuer, watch: Watch) -> None:
    assert await keys.find("k1")
    issuer.keys = {"k2": issuer.keys["k1"]}
    issuer.endorsements["k2"] = ["msteams"]
    watch.seconds += RETRY_UNKNOWN
    assert await keys.find("k2")
    assert await keys.find("k1") is None, "a withdrawn key no longer counts"


async def test_invented_key_ids_cause_one_fetch_a_minute(keys: ConnectorKeys, issuer: Issuer, watch: Watch) -> None:
    await keys.find("k1")
    for second in range(120):
        assert await keys.find(f"invented-{second}") is None
        watch.seconds += 1
    assert len(issuer.requests) <= 2 * 3


async def test_known_keys_survive_an_outage(keys: ConnectorKeys, issuer: Issuer, watch: Watch) -> None:
    await keys.find("k1")
    issuer.down = True
    for _ in range(5):
        watch.seconds += MAX_AGE
        assert await keys.find("k1")
        assert await keys.find("unknown") is None
        await asyncio.sleep(0.01)


async def test_keys_are_renewed_daily_while_they_serve(keys: ConnectorKeys, issuer: Issuer, watch: Watch) -> None:
    await keys.find("k1")
    issuer.open.clear()
    watch.seconds += MAX_AGE + 1
    async with asyncio.timeout(PATIENCE):
        assert await keys.find("k1"), "nobody waits for the renewal"
    issuer.open.set()
    await until(lambda: len(issuer.requests) == 4)


async def test_without_any_key_it_says_so_and_recovers(keys: ConnectorKeys, issuer: Issuer, watch: Watch) -> None:
    issuer.down = True
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await keys.find("k1")
    assert len(issuer.requests) == 1
    issuer.down = False
    watch.seconds += RETRY_EMPTY
    assert await keys.find("k1")


async def test_a_slow_issuer_does_not_stop_the_loop(
    keys: ConnectorKeys, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.keys.FETCH_SECONDS", 0.15)
    issuer.open.clear()
    with watched_loop() as watch, pytest.raises(KeysUnavailable):
        await keys.find("k1")
    assert max(watch.busy, watch.asleep) < 0.1


async def test_a_caller_that_gives_up_leaves_the_fetch_to_the_others(keys: ConnectorKeys, issuer: Issuer) -> None:
    issuer.open.clear()
    first, second = (asyncio.ensure_future(keys.find("k1")) for _ in range(2))
    await until(lambda: len(issuer.requests) == 1)
    first.cancel()
    issuer.open.set()
    assert await second
    assert issuer.requests == ["/openid", "/keys"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        {"keys": "k"},
        {"keys": [None, 1, "x", [], {}]},
        {"keys": [{"kty": "RSA"}, {"kty": "EC", "kid": "a"}, {"kty": "oct", "kid": "b", "k": "c2VjcmV0"}]},
        {"keys": [{"kty": "RSA", "kid": "a", "n": "!!", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "a", "n": 5, "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "short", "n": "sXch", "e": "AQAB"}]},
    ],
)
def test_unusable_keys_are_left_out(document: dict[str, object]) -> None:
    assert read_keys(document) == {}


async def test_keys_are_not_read_from_another_scheme(session: aiohttp.ClientSession, issuer: Issuer) -> None:
    original = issuer.answer
    issuer.answer = lambda path: {**original(path), "jwks_uri": "file:///etc/keys"}  # type: ignore[method-assign]
    with pytest.raises(KeysUnavailable):
        await ConnectorKeys(session, issuer.metadata_url).find("k1")


def starts_another(flight: SingleFlight[None]) -> asyncio.Task[None]:
    return asyncio.ensure_future(flight._run())


async def forgets_before_it_fetches(keys: ConnectorKeys) -> None:
    keys._keys = {}
    await FETCH(keys)


async def blocks(_: ConnectorKeys) -> dict[str, SigningKey]:
    time.sleep(0.2)  # noqa: ASYNC251 - the mistake
    raise ValueError


FETCH, WAIT = ConnectorKeys._fetch, until
Check = Callable[..., Awaitable[None]]
BREAKS: dict[str, tuple[str, object, Check]] = {
    "everybody fetches": ("bot.keys.SingleFlight.start", starts_another, test_many_that_ask_at_once_cause_one_fetch),
    "whoever leaves ends it": (
        "bot.keys.SingleFlight.join",
        lambda flight: flight.start(),
        test_a_caller_that_gives_up_leaves_the_fetch_to_the_others,
    ),
    "every unknown id is looked up": ("bot.keys.RETRY_UNKNOWN", 0, test_invented_key_ids_cause_one_fetch_a_minute),
    "no keys are asked for at once": ("bot.keys.RETRY_EMPTY", 0, test_without_any_key_it_says_so_and_recovers),
    "keys are dropped before new ones are there": (
        "bot.keys.ConnectorKeys._fetch",
        forgets_before_it_fetches,
        test_known_keys_survive_an_outage,
    ),
    "keys are kept for ever": ("bot.keys.MAX_AGE", float("inf"), test_keys_are_renewed_daily_while_they_serve),
    "the loop waits": ("bot.keys.ConnectorKeys._download", blocks, test_a_slow_issuer_does_not_stop_the_loop),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_teeth(
    session: aiohttp.ClientSession, issuer: Issuer, watch: Watch, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """With a part taken out, the very check of it fails."""
    place, careless, check = BREAKS[broken]
    monkeypatch.setattr(place, careless)
    monkeypatch.setattr(f"{__name__}.until", soon)
    keys = ConnectorKeys(session, issuer.metadata_url, watch)
    given = {"keys": keys, "issuer": issuer, "watch": watch, "monkeypatch": monkeypatch}
    with pytest.raises((*FOUND_OUT, KeysUnavailable, TimeoutError, asyncio.CancelledError)):
        await check(**{name: given[name] for name in inspect.signature(check).parameters})


async def soon(true: Callable[[], bool]) -> None:
    """What a broken build never does is not waited for."""
    await WAIT(true, 0.5)
