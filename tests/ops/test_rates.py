"""Rates: who comes too often waits, nobody else does."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from channels.directline import DirectLine, DirectLineSettings, Limits, StreamHub
from ops.clock import SystemClock
from ops.guard import guarded
from ops.metrics import Metrics
from ops.rates import AddressLimit, Buckets, Rate, limited_strangers, limited_turns
from storage.memory import Memory, MemoryConversationLog
from storage.tickets import MemoryTickets
from tests.channels.door import BASE, SERVER_SECRET, Parrot
from tests.teeth import FOUND_OUT
from turn.errors import TooManyMessages
from turn.model import Address, Happening, Incoming, Outcome

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
USER, ADDRESS, SESSIONS = Rate(20, 10), Rate(120, 120), Rate(10, 10)


class Time:
    """Moves when told to."""

    def __init__(self) -> None:
        self.seconds = 5000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


def taken(buckets: Buckets, key: str, times: int) -> int:
    return sum(buckets.take(key) == 0 for _ in range(times))


def test_a_burst_then_the_average(time: Time) -> None:
    buckets = Buckets(USER, time)
    assert taken(buckets, "a", 15) == 10
    assert buckets.take("a") == pytest.approx(3)
    time.seconds += 2.9
    assert buckets.take("a") == pytest.approx(0.1)
    time.seconds += 0.2
    assert taken(buckets, "a", 5) == 1
    assert taken(buckets, "b", 15) == 10, "others are unaffected"
    time.seconds += 60
    assert taken(buckets, "a", 15) == 10, "no more is saved up than a burst"


@pytest.mark.parametrize("rate", [USER, ADDRESS, SESSIONS])
def test_an_hour_of_impatience_gets_the_average(rate: Rate, time: Time) -> None:
    buckets, taken_in_all = Buckets(rate, time), 0
    for _ in range(3600 * 4):
        taken_in_all += buckets.take("a") == 0
        time.seconds += 0.25
    assert abs(taken_in_all - rate.per_minute * 60 - rate.burst) <= 1


def test_who_waits_as_told_is_taken(time: Time) -> None:
    buckets = Buckets(USER, time)
    for _ in range(100):
        time.seconds += buckets.take("a")
        assert buckets.take("a") >= 0
    assert taken(Buckets(Rate(0, 1), time), "a", 1000) == 1000, "0 is no limit"


def test_memory_is_bounded(time: Time) -> None:
    buckets = Buckets(USER, time, most=100)
    for n in range(1000):
        buckets.take(str(n))
    assert len(buckets) == 100
    time.seconds += 3600
    for _ in range(200):
        buckets.take("a")  # each look forgets one that is full again
        time.seconds += 3
    assert len(buckets) <= 1


ADDRESSES = [
    (0, "203.0.113.9", "", "203.0.113.9"),
    (0, "203.0.113.9", "198.51.100.7", "203.0.113.9"),  # nobody told us to believe that
    (1, "203.0.113.9", "198.51.100.7", "198.51.100.7"),
    (1, "203.0.113.9", "6.6.6.6, 198.51.100.7", "198.51.100.7"),  # what a client says of itself does not count
    (2, "203.0.113.9", "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
    (2, "203.0.113.9", "198.51.100.7", "203.0.113.9"),  # a shorter way than it says
    (0, "2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
    (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
    (0, "127.0.0.1", "", None),
    (0, "::1", "", None),
    (1, "127.0.0.1", "198.51.100.7", "198.51.100.7"),
    (1, "203.0.113.9", "nonsense", None),
]


@pytest.mark.parametrize(("proxies", "peer", "forwarded", "counted"), ADDRESSES)
def test_whose_request_it_is(proxies: int, peer: str, forwarded: str, counted: str | None) -> None:
    class Seen(Buckets):
        keys: tuple[str, ...] = ()

        def take(self, key: str) -> float:
            self.keys += (key,)
            return 0.0

    seen = Seen(ADDRESS)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    AddressLimit(seen, proxies)(make_mocked_request("GET", "/", headers).clone(remote=peer))
    assert seen.keys == (() if counted is None else (counted,))


def said(user: str, happening: Happening = Happening.MESSAGE) -> Incoming:
    return Incoming(Address("msteams", "c"), "a", user, happening, NOW)


async def test_turns_of_a_user_are_limited_wherever_they_come_from(time: Time) -> None:
    async def run(_: Incoming) -> Outcome:
        return Outcome(())

    limited = limited_turns(run, Buckets(USER, time))
    for _ in range(10):
        await limited(said("ann"))
    with pytest.raises(TooManyMessages) as refused:
        await limited(said("ann"))
    assert refused.value.retry_after == pytest.approx(3)
    await limited(said("bob"))
    await limited(said("ann", Happening.JOINED))
    time.seconds += 3
    await limited(said("ann"))


PROXY = {"X-Forwarded-For": "198.51.100.7"}
ANOTHER = {"X-Forwarded-For": "198.51.100.8"}


@pytest.fixture
async def client(time: Time) -> AsyncIterator[TestClient[Any, Any]]:
    """Direct Line behind a proxy, with the limits of a running bot; and a door for the channels."""
    log, clock = MemoryConversationLog(Memory()), SystemClock()
    hub = StreamHub(log, clock)
    visits, sessions = (AddressLimit(Buckets(rate, time), 1) for rate in (ADDRESS, SESSIONS))
    app = guarded(Metrics())
    app.middlewares.append(limited_strangers("/api/messages", visits))

    async def channels(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.headers.get("Authorization") == "good" else 401)

    app.router.add_post("/api/messages", channels)
    DirectLine(
        run=limited_turns(Parrot(log, hub).run, Buckets(USER, time)),
        log=log,
        hub=hub,
        tickets=MemoryTickets(),
        clock=clock,
        secret=b"s" * 32,
        settings=DirectLineSettings(secret=SERVER_SECRET),
        limits=Limits(visits, sessions),
    ).register(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def session(client: TestClient[Any, Any], headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    async with client.post(f"{BASE}/session", json={}, headers=headers) as answer:
        got = await answer.json()
        return got["conversationId"], {**headers, "Authorization": f"Bearer {got['token']}"}


async def test_a_visitor_who_is_too_fast_is_told_so_and_goes_on_later(client: TestClient[Any, Any], time: Time) -> None:
    conversation, headers = await session(client, PROXY)
    _, others = await session(client, ANOTHER)

    async def post(headers: dict[str, str], conversation: str = conversation) -> tuple[int, str | None, Any]:
        activity = {"type": "message", "text": "hi"}
        path = f"{BASE}/conversations/{conversation}/activities"
        async with client.post(path, json=activity, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After"), await answer.json()

    assert {(await post(headers))[0] for _ in range(10)} == {200}
    status, wait, body = await post(headers)
    assert (status, wait) == (429, "3")
    assert body["error"] == {
        "code": "TooManyMessages",
        "message": "You are sending faster than the bot answers; wait a moment, then send it again.",
    }
    another, others = await session(client, ANOTHER)
    assert (await post(others, another))[0] == 200
    time.seconds += 3
    assert (await post(headers))[0] == 200


async def statuses(client: TestClient[Any, Any], method: str, path: str, times: int, **options: Any) -> list[int]:
    found = []
    for _ in range(times):
        async with client.request(method, path, **options) as answer:
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
            found.append(answer.status)
    return found


async def test_sessions_of_an_address_are_limited(client: TestClient[Any, Any]) -> None:
    assert await statuses(client, "POST", f"{BASE}/session", 12, json={}, headers=PROXY) == [200] * 10 + [429] * 2
    assert await statuses(client, "POST", f"{BASE}/session", 1, json={}, headers=ANOTHER) == [200]


async def test_requests_of_an_address_are_limited(client: TestClient[Any, Any]) -> None:
    path = f"{BASE}/conversations/nowhere/activities"
    assert await statuses(client, "GET", path, 122, headers=PROXY) == [401] * 120 + [429] * 2
    assert await statuses(client, "GET", path, 1, headers=ANOTHER) == [401]


async def test_a_sites_server_asks_for_all_its_users(client: TestClient[Any, Any]) -> None:
    path, headers = f"{BASE}/tokens/generate", {**PROXY, "Authorization": f"Bearer {SERVER_SECRET}"}
    assert set(await statuses(client, "POST", path, 130, json={}, headers=headers)) == {200}
    guesses = {**PROXY, "Authorization": "Bearer a guess"}
    assert await statuses(client, "POST", path, 122, json={}, headers=guesses) == [401] * 120 + [429] * 2


async def test_only_strangers_wait_at_the_channels_door(client: TestClient[Any, Any]) -> None:
    assert await statuses(client, "POST", "/api/messages", 122, headers=PROXY) == [401] * 120 + [429] * 2
    good = {**PROXY, "Authorization": "good"}
    assert set(await statuses(client, "POST", "/api/messages", 200, headers=good)) == {200}


TAKE = Buckets.take


def believes_the_client(request: web.Request, proxies: int) -> str:
    heard = request.headers.get("X-Forwarded-For", "") if proxies else ""
    return heard.partition(",")[0] or request.remote or ""


def remembers_all(_buckets: Buckets, _now: float) -> None:
    return


def all_are_one(buckets: Buckets, _key: str) -> float:
    return TAKE(buckets, "all")


def saves_up(buckets: Buckets, key: str) -> float:
    """A bucket that never is full."""
    full_at = buckets._full_at.get(key, buckets._now())
    buckets._full_at[key] = full_at + buckets._interval
    return max(0.0, full_at - buckets._now() - buckets._reserve)


def counts_nothing(*_: object) -> float:
    return 0.0


Check = Callable[..., Any]
BREAKS: dict[str, tuple[str, object, Check]] = {
    "nothing is counted": ("ops.rates.Buckets.take", counts_nothing, test_a_burst_then_the_average),
    "an hour is not": ("ops.rates.Buckets.take", counts_nothing, test_an_hour_of_impatience_gets_the_average),
    "all have one bucket": ("ops.rates.Buckets.take", all_are_one, test_a_burst_then_the_average),
    "what was not used is saved up": ("ops.rates.Buckets.take", saves_up, test_a_burst_then_the_average),
    "nobody is forgotten": ("ops.rates.Buckets._forget", remembers_all, test_memory_is_bounded),
    "turns are not counted": (
        "ops.rates.Buckets.take",
        counts_nothing,
        test_turns_of_a_user_are_limited_wherever_they_come_from,
    ),
    "one user waits for another": (
        "ops.rates.Buckets.take",
        all_are_one,
        test_turns_of_a_user_are_limited_wherever_they_come_from,
    ),
    "a visitor is not counted": (
        "ops.rates.Buckets.take",
        counts_nothing,
        test_a_visitor_who_is_too_fast_is_told_so_and_goes_on_later,
    ),
    "sessions are free": (
        "channels.directline.service.Service.new_session",
        counts_nothing,
        test_sessions_of_an_address_are_limited,
    ),
    "requests are free": (
        "channels.directline.service.Service.visit",
        counts_nothing,
        test_requests_of_an_address_are_limited,
    ),
    "guesses at the secret are free": (
        "channels.directline.service.Service.visit",
        counts_nothing,
        test_a_sites_server_asks_for_all_its_users,
    ),
    "a site's server is a visitor": (
        "channels.directline.service.Service.has_secret",
        lambda *_: False,
        test_a_sites_server_asks_for_all_its_users,
    ),
    "strangers are free": (
        "ops.rates.AddressLimit.__call__",
        counts_nothing,
        test_only_strangers_wait_at_the_channels_door,
    ),
    "addresses share a bucket": ("ops.rates.Buckets.take", all_are_one, test_requests_of_an_address_are_limited),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_teeth(client: TestClient[Any, Any], time: Time, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """With a part taken out, the very check of it fails."""
    place, careless, check = BREAKS[broken]
    monkeypatch.setattr(place, careless)
    given = {"client": client, "time": time, "rate": USER}
    with pytest.raises((*FOUND_OUT, TooManyMessages)):
        await checked(check, {name: given[name] for name in inspect.signature(check).parameters})


async def checked(check: Check, given: dict[str, Any]) -> None:
    done = check(**given)
    if inspect.isawaitable(done):
        await done


@pytest.mark.parametrize(
    ("place", "careless", "case"),
    [
        ("ops.rates.visitor_of", believes_the_client, ADDRESSES[3]),
        ("ops.rates.site_of", str, ADDRESSES[6]),
    ],
    ids=["the client says who it is", "each address of a site is another"],
)
def test_teeth_of_addresses(
    place: str, careless: object, case: tuple[int, str, str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, careless)
    with pytest.raises(FOUND_OUT):
        test_whose_request_it_is(*case)
