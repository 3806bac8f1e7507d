"""What is made late: once, in a thread, for all who ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ops.late import Late, LatePages


async def test_it_is_made_once_for_all_who_ask_and_not_on_the_loop() -> None:
    made: list[int] = []

    def make() -> object:
        made.append(threading.get_ident())
        return object()

    late = Late(make)
    assert late.made is None
    first, second = await asyncio.gather(late(), late())
    assert first is second is await late() is late.made
    assert len(made) == 1
    assert made[0] != threading.get_ident()


async def test_the_loop_goes_on_while_it_is_made() -> None:
    free = threading.Event()
    late = Late(lambda: free.wait(20))
    asked = asyncio.create_task(late())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not asked.done()
    assert late.made is None
    free.set()
    assert await asked


async def test_who_goes_away_does_not_take_it_from_the_others() -> None:
    free = threading.Event()
    late = Late(lambda: free.wait(20))
    gone, other = asyncio.create_task(late()), asyncio.create_task(late())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    free.set()
    assert await other


async def test_after_a_failure_it_is_tried_again() -> None:
    ways = iter([ImportError("half installed"), None])

    def make() -> str:
        if error := next(ways):
            raise error
        return "there"

    late = Late(make)
    with pytest.raises(ImportError):
        await late()
    assert late.made is None
    assert await late() == "there"


class Pages:
    """Pages that say what becomes of them."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def make(self) -> web.Application:
        self.events.append("made")
        app = web.Application()
        app.router.add_get("/desk/{name}", self.show)
        app.cleanup_ctx.append(self.opened)
        return app

    async def show(self, request: web.Request) -> web.Response:
        return web.Response(text=f"{request.match_info['name']} {request.app is self.outer}")

    async def opened(self, _: web.Application) -> AsyncIterator[None]:
        self.events.append("opened")
        yield
        self.events.append("closed")

    def behind(self) -> tuple[web.Application, LatePages]:
        self.outer = web.Application()
        late = LatePages("/desk", Late(self.make))
        self.outer.router.register_resource(late)
        self.outer.cleanup_ctx.append(late.closing)
        return self.outer, late


async def test_pages_are_made_for_the_first_who_asks_and_closed_with_the_rest() -> None:
    pages = Pages()
    app, late = pages.behind()
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/elsewhere")).status == HTTPStatus.NOT_FOUND
        assert (pages.events, len(late), list(late)) == ([], 0, [])
        answers = await asyncio.gather(*(client.get(f"/desk/{name}") for name in ("ann", "bob")))
        assert [await answer.text() for answer in answers] == ["ann True", "bob True"]
        assert (await client.get("/desk")).status == HTTPStatus.NOT_FOUND
        assert (await client.get("/deskshop")).status == HTTPStatus.NOT_FOUND
        assert (await client.post("/desk/ann")).status == HTTPStatus.METHOD_NOT_ALLOWED
        assert pages.events == ["made", "opened"]
        assert {route.method for route in app.router.routes()} == {"GET", "HEAD"}
    assert pages.events == ["made", "opened", "closed"]


async def test_pages_that_nobody_asked_for_are_never_made() -> None:
    pages = Pages()
    app, _ = pages.behind()
    async with TestServer(app):
        pass
    assert pages.events == []
