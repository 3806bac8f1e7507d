"""Kill -9 while a user is being forgotten: the wish survives, is carried out once, and the user is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from storage.engine import open_database
from tests.crash.fleet import Bot, ForkServer

SECONDS = 30


async def _said(bot: Bot, http: aiohttp.ClientSession, *messages: dict[str, Any]) -> tuple[str, str]:
    """A new visitor says them one after the other; the answer to the last may get lost. Returns path and token."""
    async with http.post(f"{bot.url}/v3/directline/session", json={}) as answer:
        session = await answer.json()
    path, token = f"/v3/directline/conversations/{session['conversationId']}/activities", session["token"]
    for message in messages:
        said = {"type": "message", **message}
        with contextlib.suppress(aiohttp.ClientError):
            async with http.post(bot.url + path, json=said, headers=_bearer(token)) as answer:
                assert answer.status == 200
    return path, token


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _heard(bot: Bot, http: aiohttp.ClientSession, path: str, token: str) -> list[str]:
    """Nothing while the bot is dead."""
    with contextlib.suppress(aiohttp.ClientError):
        async with http.get(bot.url + path, headers=_bearer(token)) as answer:
            return [json.dumps(activity) for activity in (await answer.json())["activities"]]
    return []


async def _left(url: str) -> dict[str, int]:
    """Rows of users by table, but for the two that end it: they go with the second look, a minute later."""
    database = await open_database(url)
    try:
        counts = {table: f"SELECT count(*) FROM {table}" for table in ("state", "inbox", "feedback", "missed")}
        counts["outbox"] = "SELECT count(*) FROM outbox WHERE kind NOT IN ('reply', 'erase-late')"
        return {
            table: await database.read(lambda connection, query=query: connection.execute(text(query)).scalar_one())
            for table, query in counts.items()
        }
    finally:
        await database.close()


@pytest.mark.parametrize("claims", [(1,), (2,), (1, 1, 2), (1, 2, 1)])
async def test_killed_while_forgetting(
    server: ForkServer, sqlite: str, tmp_path: Path, claims: tuple[int, ...]
) -> None:
    """It dies when the dispatcher has taken the wish (the first claim), or the message about it (the second)."""
    bot = Bot(server, sqlite, tmp_path / "bot.log")
    await bot.start("claimed", claims[0])
    async with aiohttp.ClientSession() as http:
        wish = {"value": {"do": "privacy", "what": "delete"}}
        path, token = await _said(bot, http, {"text": "xyzzy plugh quux"}, wish)
        await bot.ended()
        for count in claims[1:]:
            await bot.start("claimed", count)
            async with asyncio.timeout(SECONDS):
                while bot.alive and not any("Done" in one for one in await _heard(bot, http, path, token)):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await bot.end()
        await bot.start()
        async with asyncio.timeout(SECONDS):
            while not any("Done" in one for one in await _heard(bot, http, path, token)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        [told] = await _heard(bot, http, path, token)
        assert "Done: what I kept about you is deleted" in told
        assert await _left(sqlite) == dict.fromkeys(("state", "inbox", "feedback", "missed", "outbox"), 0)
    await bot.end()
