"""T1, T2: a registered bot on a wire that writes down all it sends. Strangers cause nothing, its token stays home."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from bot.keys import MAX_AGE, RETRY_UNKNOWN
from bot.tokens import ConnectorTokens
from ops.clock import SystemClock
from tests.bot.fakes import TEAMS_URL, Issuer, teams_message
from tests.bot.test_service_urls import REFUSED
from tests.bot.test_tokens import BAD_TOKENS, UNFIT_TOKENS
from tests.trust.conftest import RegisteredBot
from tests.trust.figures import figure
from tests.trust.looping import watched_loop
from tests.trust.wire import BOT_TOKEN
from tests.waiting import PATIENCE, until
from turn.model import Address, Post

CHANNEL_HOST = "smba.trafficmanager.net"


async def _until_sent(bot: RegisteredBot, messages: int) -> None:
    await until(lambda: sum(one.host == CHANNEL_HOST for one in bot.wire.to_channels) >= messages)


async def _answered(bot: RegisteredBot, issuer: Issuer, name: str, key: str = "k1") -> None:
    """A good token gets in, and the reply goes out with the bot's own."""
    before = len(bot.wire.to_channels)
    assert await bot.post(teams_message("hello", id=name), issuer.token(key)) == 200
    await _until_sent(bot, before + 1)
    assert {one.token for one in bot.wire.to_channels[before:]} == {f"Bearer {BOT_TOKEN}"}


async def test_no_bad_token_causes_anything(registered_bot: RegisteredBot, issuer: Issuer) -> None:
    variants = {**BAD_TOKENS, **UNFIT_TOKENS}
    assert len(variants) >= 60
    statuses = {name: await registered_bot.post(teams_message(), forge(issuer)) for name, forge in variants.items()}
    assert {name: status for name, status in statuses.items() if status not in (401, 403)} == {}
    assert await registered_bot.count("inbox") == await registered_bot.count("outbox") == 0
    assert registered_bot.wire.to_channels == []
    assert len(registered_bot.wire.sent) <= 4, "keys are not fetched for every invented id"
    await _answered(registered_bot, issuer, "control")
    figure("T1", f"{len(variants)} bad tokens: 0 accepted, 0 turns, 0 calls")


async def test_an_outage_of_the_identity_service_stops_nobody(
    registered_bot: RegisteredBot, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hosts say nothing for 30 s, while the known keys are due to be renewed and strangers invent key ids."""
    await _answered(registered_bot, issuer, "before")
    gate, seconds = registered_bot.parts.identity.gate, 0.0
    assert isinstance(gate, ConnectorTokens)
    keys, monotonic = gate._keys, gate._keys._monotonic
    monkeypatch.setattr(keys, "_monotonic", lambda: monotonic() + seconds)
    registered_bot.wire.asleep = 30.0
    seconds = MAX_AGE + 1
    with watched_loop() as watch:
        for number in range(50):
            assert await registered_bot.post(teams_message("hello", id=f"m{number}"), issuer.token()) == 200
        invented = issuer.token(headers={"kid": "invented"})
        seconds += RETRY_UNKNOWN
        assert await registered_bot.post(teams_message(), invented) == 401, "after the 5 s that it may take"
        assert await registered_bot.post(teams_message("hello", id="last"), issuer.token()) == 200
    assert watch.busy <= 0.05, watch.worst
    figure("T1", f"keys unreachable for 30 s: longest callback {1e3 * watch.busy:.0f} ms")


async def test_keys_that_never_come_are_waited_for_5_seconds(
    registered_bot: RegisteredBot, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As told in the threat model; cut short here. The limit of the session alone would be twice as long."""
    limits: list[float] = []

    def cut_short(seconds: float) -> asyncio.Timeout:
        limits.append(seconds)
        return asyncio.timeout(0.2)

    monkeypatch.setattr("bot.keys.asyncio", SimpleNamespace(timeout=cut_short))
    registered_bot.wire.asleep = 60.0
    async with asyncio.timeout(PATIENCE):
        assert await registered_bot.post(teams_message(), issuer.token()) == 503
    assert limits == [5.0]


async def test_a_rotated_key_is_known_within_five_minutes(
    registered_bot: RegisteredBot, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _answered(registered_bot, issuer, "before")
    gate, seconds = registered_bot.parts.identity.gate, 0.0
    assert isinstance(gate, ConnectorTokens)
    monotonic = gate._keys._monotonic
    monkeypatch.setattr(gate._keys, "_monotonic", lambda: monotonic() + seconds)
    rotated = Issuer(keys={"k2": issuer.keys["stranger"]}, endorsements={"k2": ["msteams"]})
    registered_bot.wire.issuer = rotated
    assert RETRY_UNKNOWN < 300
    seconds = RETRY_UNKNOWN
    await _answered(registered_bot, rotated, "after", "k2")
    assert await registered_bot.post(teams_message(), issuer.token()) == 401, "the old one no longer counts"


async def test_no_service_url_off_the_list_is_ever_asked(registered_bot: RegisteredBot, issuer: Issuer) -> None:
    """In a signed activity, in a stored reply, in a stored notice."""
    urls = [*REFUSED, "https://smba.trafficmanager.net.", "https://login.botframework.com.evil.example/", "https://1.1"]
    assert len(urls) >= 40
    for url in urls:
        status = await registered_bot.post(teams_message(serviceUrl=url), issuer.token(serviceurl=url))
        assert status in (400, 403), url
    now = SystemClock().now()
    stored = [
        Post(f"{kind} {place}", kind, Address("msteams", f"c{place}", reference={"serviceUrl": url}), payload, now)
        for place, url in enumerate(urls)
        for kind, payload in (
            ("reply", {"activity": {"type": "message", "text": "hello"}}),
            (
                "notify",
                {
                    "type": "directory-listing",
                    "batch": "2026-12",
                    "state": "in-review",
                    "reference": "LP-0",
                    "language": "en",
                },
            ),
        )
    ]
    await registered_bot.parts.outbox.add(stored)
    async with asyncio.timeout(30):
        while await registered_bot.count("outbox", "status = 'waiting'"):  # noqa: ASYNC110 - a table has no event
            await asyncio.sleep(0.05)
    assert await registered_bot.count("outbox", "status = 'parked'") == len(stored)
    assert registered_bot.wire.to_channels == []
    assert all(one.token is None for one in registered_bot.wire.sent)
    await _answered(registered_bot, issuer, "control")
    figure("T2", f"{len(urls)} service URLs, 3 ways each: 0 requests off the list")


@pytest.fixture
def more_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator sets them, before the bot is started."""
    monkeypatch.setenv("ALLOWED_SERVICE_URLS", "bots.example.com, *.Example.org,https://one.example.net/teams/")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://bots.example.com/v3/", True),
        ("https://eu.bots.example.org/", True),
        ("https://one.example.net/", True),
        (TEAMS_URL, True),
        ("https://x.bots.example.com/", False),
        ("https://example.org/", False),
        ("https://two.example.net/", False),
        ("https://bots.example.com:8443/", False),
        ("http://bots.example.com/", False),
    ],
)
async def test_the_hosts_of_the_settings_are_answered(
    more_hosts: None, registered_bot: RegisteredBot, issuer: Issuer, url: str, allowed: bool
) -> None:
    """In a signed activity, and when a stored reply is sent."""
    status = await registered_bot.post(teams_message("hello", serviceUrl=url), issuer.token(serviceurl=url))
    assert status == (200 if allowed else 403)
    address = Address("msteams", "c", reference={"serviceUrl": url})
    said = {"activity": {"type": "message", "text": "hello"}}
    await registered_bot.parts.outbox.add([Post("stored", "reply", address, said, SystemClock().now())])
    async with asyncio.timeout(PATIENCE):
        while await registered_bot.count("outbox", "status = 'waiting'"):  # noqa: ASYNC110 - a table has no event
            await asyncio.sleep(0.05)
    assert await registered_bot.count("outbox", "id = 'stored' AND status = 'done'") == allowed
    to_channels = registered_bot.wire.to_channels
    assert [(one.url.startswith(url), one.token) for one in to_channels] == [
        (True, f"Bearer {BOT_TOKEN}")
    ] * 2 * allowed


@pytest.mark.parametrize("onward", ["https://evil.example/", "http://smba.trafficmanager.net/", f"{TEAMS_URL}again"])
async def test_a_channel_that_sends_on_is_not_followed(
    registered_bot: RegisteredBot, issuer: Issuer, onward: str
) -> None:
    registered_bot.wire.onward = onward
    assert await registered_bot.post(teams_message("hello"), issuer.token()) == 200
    await _until_sent(registered_bot, 1)
    assert {(one.host, one.url.startswith(TEAMS_URL)) for one in registered_bot.wire.to_channels} == {
        (CHANNEL_HOST, True)
    }
    assert len(registered_bot.wire.to_channels) == 1


async def test_teeth_of_the_wire(
    registered_bot: RegisteredBot, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the list taken away, the bot's token travels, and the wire shows it."""
    monkeypatch.setattr("bot.service_urls.ServiceUrls.check", lambda _, url: url.rstrip("/"))
    evil = "https://smba.trafficmanager.net.evil.example/"
    await registered_bot.post(teams_message("hello", serviceUrl=evil), issuer.token(serviceurl=evil))
    await until(lambda: bool(registered_bot.wire.to_channels))
    assert registered_bot.wire.to_channels[0].token == f"Bearer {BOT_TOKEN}"
