"""Kill -9 at every named point of a turn, and at any moment: nothing lost, nothing doubled, order kept."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from dialogs.decision import Knowledge
from storage.engine import open_database
from tests.crash.campaign import SETTLE_SECONDS, campaign, findings
from tests.crash.cluster import Cluster
from tests.crash.fleet import Bot, ForkServer
from tests.crash.mistakes import FALLS, MISTAKES
from tests.crash.partners import Partners
from tests.trust.figures import figure
from turn.probe import POINTS

KILLS = int(os.environ.get("KILLS", "200"))
"""Random kills in all, of one process on SQLite, and of two on PostgreSQL."""
RESTARTS = 5
SEED = int(os.environ.get("SEED", "1"))
POSTED = ("posting", "posted", "done", "claimed")
"""Points of replies that go to somebody else's channel."""
MANY = {"channel": 5, "web": 3, "partners": 2}
"""Users of each kind."""
SHORT = 1.0
"""Seconds of a lease where several processes share the database."""


async def _lived(life: Awaitable[object], bots: Sequence[Bot]) -> None:
    """``life``, at whose end all bots are there: users would go on trying to reach one that ended by itself."""
    await life
    ended = [bot.log.name for bot in bots if not bot.alive]
    assert ended == [], "bots ended by themselves; their logs say why"


async def _found(
    bots: Sequence[Bot],
    life: Awaitable[object],
    knowledge: Knowledge,
    *,
    channel: int = 0,
    web: int = 0,
    partners: int = 0,
    settle: float = SETTLE_SECONDS,
    excused: frozenset[int] = frozenset(),
    measured: str = "",
) -> list[str]:
    """What is wrong after so many users of each kind have talked until ``life`` was over."""
    database = await open_database(bots[0].database)
    try:
        async with campaign([bot.url for bot in bots], SEED) as told:
            told.excused = excused
            asking = Partners(told, database, knowledge)
            living = asyncio.ensure_future(_lived(life, bots))
            living.add_done_callback(lambda _: told.over.set())
            await asyncio.gather(
                living,
                *(told.channel_user(number, 4) for number in range(channel)),
                *(told.web_user(4) for _ in range(web)),
                *(asking.partner(number, 1) for number in range(partners)),
            )
            found = await findings(told, database, settle) + await asking.findings()
            said = sum(len(talk.acknowledged) for talk in told.talks + told.lines)
            lives = sum(bot.lives for bot in bots)
            if measured:
                requests, notices = len(asking.confirmed), len(asking.moved)
                words = f"{lives} lives, {said} turns, {requests} requests, {notices} notices: {len(found)} findings"
                figure(measured, words)
            return found
    finally:
        for bot in bots:
            await bot.end()
        await database.close()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_of_api_messages(
    server: ForkServer, sqlite: str, tmp_path: Path, knowledge: Knowledge, point: str, count: int
) -> None:
    bot = Bot(server, sqlite, tmp_path / "bot.log")
    # Only a reply that a dead process left behind is claimed.
    points = [("committed", count), (point, 1)] if point == "claimed" else [(point, count)]
    assert await _found([bot], bot.die_of(points), knowledge, channel=1) == []
    assert bot.lives == len(points) + 1


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_of_a_request(
    server: ForkServer, sqlite: str, tmp_path: Path, knowledge: Knowledge, point: str
) -> None:
    """The fourth turn is the confirmation; with ``claimed`` it is the operator's notice that is on its way."""
    bot = Bot(server, sqlite, tmp_path / "bot.log")
    points = [(point, 1 if point == "claimed" else 4)]
    assert await _found([bot], bot.die_of(points), knowledge, partners=1) == []
    assert bot.lives == 2


@pytest.mark.parametrize("point", [point for point in POINTS if point not in POSTED])
async def test_killed_at_a_point_of_direct_line(
    server: ForkServer, sqlite: str, tmp_path: Path, knowledge: Knowledge, point: str
) -> None:
    bot = Bot(server, sqlite, tmp_path / "bot.log")
    assert await _found([bot], bot.die_of([(point, 3)]), knowledge, web=1) == []
    assert bot.lives == 2


@pytest.mark.timeout(600 + 2 * KILLS)
async def test_killed_at_any_moment(server: ForkServer, sqlite: str, tmp_path: Path, knowledge: Knowledge) -> None:
    bot = Bot(server, sqlite, tmp_path / "bot.log")
    life = bot.die_by_chance(KILLS, random.Random(SEED))
    assert await _found([bot], life, knowledge, **MANY, measured="T9") == []
    assert bot.lives == KILLS + 1


async def _pair(server: ForkServer, url: str, folder: Path) -> list[Bot]:
    bots = [Bot(server, url, folder / f"bot{number}.log", lease=SHORT) for number in range(2)]
    await bots[0].start()  # makes the tables
    await bots[0].end()
    return bots


@pytest.mark.parametrize("point", POINTS)
async def test_one_of_two_killed_at_a_point(
    server: ForkServer, postgres: str, tmp_path: Path, knowledge: Knowledge, point: str
) -> None:
    """The other one goes on, and carries on what was left."""
    bots = await _pair(server, postgres, tmp_path)

    async def live() -> None:
        await bots[1].start()
        await bots[0].die_of([("committed", 3), (point, 1)] if point == "claimed" else [(point, 3)])

    assert await _found(bots, live(), knowledge, channel=2, web=1, partners=1) == []


@pytest.mark.timeout(600 + 2 * KILLS)
async def test_two_processes_killed_at_any_moment(
    server: ForkServer, postgres: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    bots = await _pair(server, postgres, tmp_path)
    lives = [bot.die_by_chance(max(KILLS // 2, 1), random.Random(SEED + place)) for place, bot in enumerate(bots)]
    assert await _found(bots, asyncio.gather(*lives), knowledge, **MANY, measured="T10") == []


async def _restarts(cluster: Cluster, bots: Sequence[Bot], times: int) -> None:
    for bot in bots:
        await bot.start()
    for _ in range(times):
        await asyncio.sleep(1)
        await asyncio.to_thread(cluster.restart_at_once)
    await asyncio.sleep(1)


async def test_a_database_server_that_restarts_without_a_goodbye(
    server: ForkServer, cluster: Cluster, tmp_path: Path, knowledge: Knowledge
) -> None:
    """Whoever speaks meanwhile is told to try again, and does; no bot falls with the database."""
    bots = await _pair(server, cluster.url, tmp_path)
    life, excused = _restarts(cluster, bots, RESTARTS), frozenset({500, 503})
    assert await _found(bots, life, knowledge, **MANY, excused=excused, measured="T10") == []


MISSED = {
    "inbox is not asked": ("committed", 2, "doubled turn"),
    "replies are not in the outbox": ("posting", 2, "lost reply"),
    "answers before the commit": ("decided", 2, "lost turn"),
    "replies overtake": ("posting", 2, "replies of"),
    "notices are not sent": ("received", 2, "lost notice"),
    "requests have keys of their own": ("received", 2, "lost request"),
    "leases outlive their process": ("posting", 2, "lost reply"),
}


@pytest.mark.parametrize("mistake", [mistake for mistake in MISTAKES if mistake != FALLS])
async def test_teeth(server: ForkServer, sqlite: str, tmp_path: Path, knowledge: Knowledge, mistake: str) -> None:
    point, count, finding = MISSED[mistake]
    # The dead process' lease must last until the next one runs and has answered the message after it.
    leases: dict[str, float | None] = {"leases outlive their process": None, "replies overtake": 10 * SHORT}
    bot = Bot(server, sqlite, tmp_path / "bot.log", broken=mistake, lease=leases.get(mistake, SHORT))
    users = {"partners": 1} if "request" in mistake or "notices" in mistake else {"channel": 1}
    settle = 30 if mistake == "replies overtake" else 4
    found = await _found([bot], bot.die_of([(point, count)]), knowledge, settle=settle, **users)
    assert any(one.startswith(finding) for one in found), found


async def test_teeth_where_processes_share_a_database(
    server: ForkServer, postgres: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    mistake = "replies are not in the outbox"
    point, count, finding = MISSED[mistake]
    bot = Bot(server, postgres, tmp_path / "bot.log", broken=mistake, lease=SHORT)
    found = await _found([bot], bot.die_of([(point, count)]), knowledge, settle=4, channel=1)
    assert any(one.startswith(finding) for one in found), found


async def test_teeth_where_the_database_restarts(
    server: ForkServer, cluster: Cluster, tmp_path: Path, knowledge: Knowledge
) -> None:
    """Both bots fall: that is told at once, nobody waits for them."""
    bots = await _pair(server, cluster.url, tmp_path)
    for bot in bots:
        bot.broken = FALLS
    with pytest.raises(AssertionError, match="bots ended by themselves"):
        await _found(bots, _restarts(cluster, bots, 1), knowledge, channel=1, web=1)
    for bot in bots:
        assert "ConnectionLost" in bot.log.read_text(encoding="utf-8").splitlines()[-1]
