"""The guard: sizes, headers, errors, what is counted."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

import ops.guard
from ops.guard import BODY_LIMIT, HEADERS, UPLOAD_LIMIT, guarded
from ops.metrics import Metrics
from tests.teeth import FOUND_OUT

CANARY = "canary-51cd"
Client = TestClient[web.Request, web.Application]


async def echo(request: web.Request) -> web.Response:
    return web.json_response({"bytes": len(await request.read())})


async def upload(request: web.Request) -> web.Response:
    sizes = []
    async for part in await request.multipart():
        sizes.append(len(await part.read()))  # type: ignore[union-attr]
    return web.json_response(sizes)


async def fail(_request: web.Request) -> web.Response:
    raise KeyError(CANARY)


async def refuse(_request: web.Request) -> web.Response:
    raise web.HTTPForbidden(text=json.dumps({"error": {"code": "TokenExpired"}}), content_type="application/json")


async def move(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/echo")


async def page(_request: web.Request) -> web.Response:
    policy = {"Content-Security-Policy": "default-src 'self'"}
    return web.Response(text="<p>", content_type="text/html", headers=policy)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@asynccontextmanager
async def serving(metrics: Metrics) -> AsyncIterator[Client]:
    app = guarded(metrics)
    app.router.add_post("/echo", echo)
    app.router.add_post("/c/{id}/upload", upload)
    app.router.add_get("/metrics", metrics.handle)
    for name, handler in {"fail": fail, "refuse": refuse, "move": move, "page": page}.items():
        app.router.add_get(f"/{name}", handler)
    async with TestClient(TestServer(app)) as made:
        yield made


@pytest.fixture
async def client(metrics: Metrics) -> AsyncIterator[Client]:
    async with serving(metrics) as made:
        yield made


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


def _form(size: int) -> FormData:
    form = FormData()
    form.add_field("file", io.BytesIO(b"x" * size), filename="a.bin")
    return form


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/echo", lambda: b"x" * BODY_LIMIT, 200),
        ("POST", "/echo", lambda: b"x" * (BODY_LIMIT + 1), 413),
        ("POST", "/echo", lambda: _chunks(BODY_LIMIT * 2), 413),
        ("POST", "/c/1/upload", lambda: _form(BODY_LIMIT * 4), 200),
        ("POST", "/c/1/upload", lambda: _form(UPLOAD_LIMIT + 1), 413),
        ("POST", "/c/1/upload", lambda: _chunks(1024), 411),
        ("GET", "/c/1/upload", lambda: None, 405),
        ("GET", "/nowhere", lambda: None, 404),
        ("GET", "/refuse", lambda: None, 403),
    ],
)
async def test_sizes_and_routes(
    client: Client, method: str, path: str, body: Callable[[], object], status: int
) -> None:
    async with client.request(method, path, data=body()) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        if status >= 400:
            assert "code" in (await response.json())["error"]


async def test_compressed_bodies_are_refused(client: Client) -> None:
    async with client.post("/echo", data=b"x", headers={"Content-Encoding": "gzip"}) as response:
        assert response.status == 415


async def test_a_failure_is_told_by_an_id_and_logged_without_content(client: Client) -> None:
    with capture_logs() as logged:
        async with client.get("/fail", params={"q": CANARY}) as response:
            text = await response.text()
    assert response.status == 500
    (line,) = logged
    assert json.loads(text)["error"]["id"] == line["error_id"]
    assert line["route"] == "/fail"
    assert CANARY not in text
    assert CANARY not in str({name: value for name, value in line.items() if name != "exc_info"})
    assert "Traceback" not in text


async def test_a_broken_connection_of_our_own_is_not_the_clients_fault(metrics: Metrics) -> None:
    async def lose_the_database(_: web.Request) -> web.Response:
        raise ConnectionRefusedError

    app = guarded(metrics)
    app.router.add_get("/lose", lose_the_database)
    async with TestClient(TestServer(app)) as client, client.get("/lose") as response:
        assert response.status == 500


async def test_what_a_method_is_not_allowed_for_says_what_is(client: Client) -> None:
    async with client.get("/echo") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_a_handlers_own_json_and_redirects_are_kept(client: Client) -> None:
    async with client.get("/refuse") as response:
        assert await response.json() == {"error": {"code": "TokenExpired"}}
    async with client.get("/move", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/echo")


@pytest.mark.parametrize("path", ["/fail", "/refuse", "/move", "/nowhere", "/page", "/metrics"])
async def test_security_headers_are_on_every_response(client: Client, path: str) -> None:
    async with client.get(path, allow_redirects=False) as response:
        assert HEADERS.keys() <= set(response.headers)
        assert "Server" not in response.headers
        own = path == "/page"
        assert response.headers["Content-Security-Policy"].startswith(
            "default-src 'self'" if own else "default-src 'none'"
        )


async def test_responses_are_counted_by_route_not_by_path(client: Client) -> None:
    for path in ("/nowhere", f"/{CANARY}", "/c/1/upload", f"/c/{CANARY}/upload"):
        async with client.get(path):
            pass
    async with client.request("PROPFIND", "/echo"):
        pass
    async with client.get("/metrics") as response:
        text = await response.text()
    assert 'bot_http_responses_total{method="GET",route="none",status="404"} 2.0' in text
    assert 'method="other",route="none",status="405"' in text
    assert CANARY not in text


async def test_turns_of_unknown_channels_share_a_label(client: Client, metrics: Metrics) -> None:
    metrics.turn("webchat", "message", "answered", 0.02)
    metrics.turn(CANARY, "message", "answered", 0.02)
    metrics.match("en", "answer")
    metrics.outbox(3, 1)
    async with client.get("/metrics") as response:
        text = await response.text()
    assert 'bot_turns_total{channel="other",kind="message",outcome="answered"} 1.0' in text
    assert "bot_turn_seconds_count 2.0" in text
    assert 'bot_matches_total{kind="answer",language="en"} 1.0' in text
    assert "bot_outbox_waiting 3.0" in text
    assert CANARY not in text


def without(forgotten: str) -> Callable[[web.StreamResponse], None]:
    def add_headers(response: web.StreamResponse) -> None:
        ours = forgotten not in response.headers
        server = response.headers.get("Server", "")
        ADD_HEADERS(response)
        if forgotten == "Server":
            response.headers["Server"] = server
        elif ours:
            del response.headers[forgotten]

    return add_headers


ADD_HEADERS = ops.guard.add_headers


@pytest.mark.parametrize("forgotten", [*HEADERS, "Server"])
async def test_teeth_of_headers(metrics: Metrics, monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    """Each header that is forgotten is missed, and so is the one that is taken away."""
    monkeypatch.setattr("ops.guard.add_headers", without(forgotten))
    async with serving(metrics) as client:
        for path in ("/fail", "/move", "/metrics"):
            with pytest.raises(FOUND_OUT):
                await test_security_headers_are_on_every_response(client, path)


def overwrites(response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.popall("Server", None)


async def test_teeth_of_a_pages_own_policy(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.guard.add_headers", overwrites)
    async with serving(metrics) as client:
        with pytest.raises(FOUND_OUT):
            await test_security_headers_are_on_every_response(client, "/page")
