"""Calls to a channel: where they go, what they carry, what each refusal means."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest

from bot.connector import LONGEST_WAIT, Connector, activities_path
from bot.credentials import NoCredentials
from bot.errors import CredentialsRefused
from bot.service_urls import ServiceUrls
from tests.bot.fakes import Channel
from tests.waiting import PATIENCE, until
from turn.errors import DeliveryFailed

PATH = activities_path("c1")


class Token:
    """Credentials with a token at hand."""

    def __init__(self) -> None:
        self.asked = self.discarded = 0

    async def token(self) -> str | None:
        self.asked += 1
        return "t0ken"

    def discard(self) -> None:
        self.discarded += 1


class NoToken(Token):
    """Credentials that were withdrawn."""

    async def token(self) -> str | None:
        raise CredentialsRefused("invalid_client")


@pytest.fixture
def connector(session: aiohttp.ClientSession) -> Connector:
    return Connector(session, NoCredentials(), ServiceUrls.loopback())


async def _failure(connector: Connector, url: str) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await connector.call("POST", url, PATH, {"type": "message"})
    return caught.value


async def test_the_contract_of_the_fake(connector: Connector, channel: Channel) -> None:
    """It records what comes, answers as told, then takes everything."""
    channel.faults = [(429, {"Retry-After": "3"})]
    assert (await _failure(connector, channel.url)).status == 429
    assert await connector.call("POST", channel.url, PATH, {"text": "学"}) == {"id": "given-2"}
    assert await connector.call("GET", channel.url, "/v3/conversations/c1/members") == [{"id": "29:ana", "name": "Ana"}]
    assert [(call.method, call.path) for call in channel.calls] == [
        ("POST", "/v3/conversations/c1/activities"),
        ("POST", "/v3/conversations/c1/activities"),
        ("GET", "/v3/conversations/c1/members"),
    ]
    assert channel.texts[1] == "学"


@pytest.mark.parametrize(
    ("conversation", "reply_to", "path"),
    [
        ("a:1_personal", None, "/v3/conversations/a%3A1_personal/activities"),
        (
            "19:a@thread.tacv2;messageid=1",
            "17",
            "/v3/conversations/19%3Aa%40thread.tacv2%3Bmessageid%3D1/activities/17",
        ),
        ("3f2c|livechat", None, "/v3/conversations/3f2c%7Clivechat/activities"),
        ("../../admin?x=1#y", "a/b", "/v3/conversations/..%2F..%2Fadmin%3Fx%3D1%23y/activities/a%2Fb"),
        ("50%25", None, "/v3/conversations/50%2525/activities"),
        ("会话", None, "/v3/conversations/%E4%BC%9A%E8%AF%9D/activities"),
    ],
)
async def test_ids_are_quoted(
    connector: Connector, channel: Channel, conversation: str, reply_to: str | None, path: str
) -> None:
    await connector.call("POST", channel.url + "/base/", activities_path(conversation, reply_to), {})
    assert channel.calls[0].path == "/base" + path


@pytest.mark.parametrize(
    ("status", "final"),
    [
        (400, True), (401, False), (403, True), (404, True), (405, True), (408, False), (409, True), (410, True),
        (412, False), (413, True), (429, False), (500, False), (502, False), (503, False), (504, False),
        (301, True), (307, True),
    ],
)  # fmt: skip
async def test_what_a_refusal_means(connector: Connector, channel: Channel, status: int, final: bool) -> None:
    channel.faults = [(status, {"Location": f"{channel.url}/elsewhere"})]
    failure = await _failure(connector, channel.url)
    assert (failure.status, failure.final) == (status, final)
    assert len(channel.calls) == 1, "no redirect is followed, nothing is tried twice"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2),
        ("0", 0),
        ("99999999999999", LONGEST_WAIT),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1e3", None),
        ("٣", None),
    ],
)
async def test_retry_after(connector: Connector, channel: Channel, header: str, seconds: float | None) -> None:
    channel.faults = [(429, {"Retry-After": header})]
    assert (await _failure(connector, channel.url)).retry_after == seconds


async def test_retry_after_as_a_date(connector: Connector, channel: Channel) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    channel.faults = [(503, {"Retry-After": soon}), (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})]
    assert (await _failure(connector, channel.url)).retry_after == pytest.approx(60, abs=2)
    assert (await _failure(connector, channel.url)).retry_after == 0


@pytest.mark.parametrize("zone", ["+999999999999999999", "-99999999", "nowhere"])
async def test_a_date_that_is_none_is_no_reason_to_fail(connector: Connector, channel: Channel, zone: str) -> None:
    channel.faults = [(503, {"Retry-After": f"Wed, 21 Oct 2026 00:00:00 {zone}"})]
    assert (await _failure(connector, channel.url)).retry_after in (None, 0, LONGEST_WAIT)


async def test_a_slow_channel_is_given_up(connector: Connector, channel: Channel) -> None:
    channel.open.clear()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(DeliveryFailed) as caught:
            await connector.call("POST", channel.url, PATH, {}, within=0.05)
    assert not caught.value.final


async def test_a_channel_that_is_away_is_tried_later(connector: Connector) -> None:
    failure = await _failure(connector, "http://127.0.0.1:1")
    assert (failure.status, failure.final) == (None, False)


async def test_the_token_goes_to_allowed_hosts_only(session: aiohttp.ClientSession, channel: Channel) -> None:
    credentials = Token()
    await Connector(session, credentials, ServiceUrls.loopback()).call("POST", channel.url, PATH, {})
    assert channel.calls[0].authorization == "Bearer t0ken"
    strict = Connector(session, credentials, ServiceUrls.channels())
    for url in (channel.url, "https://evil.example/", "https://smba.trafficmanager.net@127.0.0.1/", ""):
        failure = await _failure(strict, url)
        assert failure.final
    assert credentials.asked == 1
    assert len(channel.calls) == 1


async def test_without_credentials_nothing_is_claimed(connector: Connector, channel: Channel) -> None:
    await connector.call("POST", channel.url, PATH, {})
    assert channel.calls[0].authorization is None


async def test_a_refused_token_is_fetched_anew(session: aiohttp.ClientSession, channel: Channel) -> None:
    credentials = Token()
    channel.faults = [(401, {}), (403, {})]
    connector = Connector(session, credentials, ServiceUrls.loopback())
    await _failure(connector, channel.url)
    await _failure(connector, channel.url)
    assert credentials.discarded == 1


async def test_without_a_token_nothing_is_sent(session: aiohttp.ClientSession, channel: Channel) -> None:
    failure = await _failure(Connector(session, NoToken(), ServiceUrls.loopback()), channel.url)
    assert not failure.final
    assert channel.calls == []


async def test_connections_are_shared(connector: Connector, channel: Channel, session: aiohttp.ClientSession) -> None:
    """40 at once, not 6."""
    channel.open.clear()
    calls = [asyncio.ensure_future(connector.call("POST", channel.url, PATH, {"text": str(n)})) for n in range(40)]
    await until(lambda: len(channel.calls) == 40)
    channel.open.set()
    await asyncio.gather(*calls)
    assert sorted(channel.texts, key=int) == [str(n) for n in range(40)]


@pytest.mark.parametrize("text", ["学习 \N{GRINNING FACE}", "half a pair: \ud83d", 'a "quoted" \\ line\n\0'])
async def test_any_text_arrives_as_it_is(connector: Connector, channel: Channel, text: str) -> None:
    await connector.call("POST", channel.url, PATH, {"text": text})
    assert channel.texts == [text]
