"""Answers that are made below the guard: plain, with our headers, without the server's name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientPayloadError, ClientSession, web

from ops.guard import HEADERS
from ops.limits import Limits
from ops.site import BoundedSite

CANARY = "canary-77e0"


async def fail(_request: web.Request) -> web.Response:
    raise KeyError(CANARY)


async def refuse(_request: web.Request) -> web.Response:
    raise web.HTTPForbidden(text=CANARY)


async def late(_request: web.Request) -> web.Response:
    raise TimeoutError(CANARY)


async def begin(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"half")
    raise KeyError(CANARY)


async def fine(_request: web.Request) -> web.Response:
    return web.Response(text="fine")


@asynccontextmanager
async def serving(*, bounded: bool = True) -> AsyncIterator[str]:
    """An application without the guard, as if everything passed it."""
    app = web.Application()
    for handler in (fail, refuse, late, begin, fine):
        app.router.add_get(f"/{handler.__name__}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = BoundedSite(runner, "127.0.0.1", 0, Limits()) if bounded else web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


ANSWERS = [("fail", 500, "Internal Server Error"), ("refuse", 403, "Forbidden"), ("late", 504, "Gateway Timeout")]


async def _plain(url: str, path: str, status: int, phrase: str) -> bool:
    async with ClientSession() as session, session.get(f"{url}/{path}", headers={"Accept": "text/html"}) as response:
        assert response.status == status
        told = await response.text()
        wanted = {"error": {"code": phrase.replace(" ", ""), "message": phrase}}
        ours = HEADERS.items() <= response.headers.items() and "Server" not in response.headers
        return ours and response.content_type == "application/json" and json.loads(told) == wanted


@pytest.mark.parametrize(("path", "status", "phrase"), ANSWERS)
async def test_an_error_that_passes_the_guard_is_plain(path: str, status: int, phrase: str) -> None:
    async with serving() as url:
        assert await _plain(url, path, status, phrase)


@pytest.mark.parametrize(("path", "status", "phrase"), ANSWERS)
async def test_teeth_aiohttps_own_is_not(path: str, status: int, phrase: str) -> None:
    async with serving(bounded=False) as url:
        assert not await _plain(url, path, status, phrase)


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    async with serving() as url, ClientSession() as session:
        with pytest.raises(ClientPayloadError):
            async with session.get(f"{url}/begin") as response:
                await response.read()


async def test_good_answers_are_as_they_were() -> None:
    async with serving() as url, ClientSession() as session:
        for _ in range(2):
            async with session.get(f"{url}/fine") as response:
                assert await response.text() == "fine"
                assert response.headers.get("Connection") != "close"
