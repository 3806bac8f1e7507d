"""The handlers without a browser: headers, caching, compression, and a bundle that is not there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.webchat import WebChatPage, bundle
from channels.webchat.page import STATIC
from channels.webchat.policy import content_policy, socket_source

Client = TestClient[web.Request, web.Application]
BODY = b"window.WebChat = {};" * 100


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for Web Chat, taken for the published file."""
    monkeypatch.setattr(bundle, "DIGEST", base64.b64encode(hashlib.sha384(BODY).digest()).decode())
    path = tmp_path / "webchat.js"
    path.write_bytes(BODY)
    return path


async def client_of(page: WebChatPage) -> Client:
    app = web.Application()
    page.register(app)
    client = TestClient(TestServer(app), auto_decompress=False)
    await client.start_server()
    return client


@pytest.fixture
async def client(script: Path) -> AsyncIterator[Client]:
    one = await client_of(WebChatPage(script, origins={"https://www.contoso.com"}))
    yield one
    await one.close()


@pytest.mark.parametrize(
    ("path", "framed_by"),
    [("/", "frame-ancestors 'none'"), ("/webchat/frame", "frame-ancestors 'self' https://www.contoso.com")],
)
async def test_the_policy_of_the_page(client: Client, path: str, framed_by: str) -> None:
    response = await client.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert policy.endswith(framed_by)
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert f"ws://{client.host}:{client.port}" in policy


async def test_a_page_that_is_known_is_not_sent_again(client: Client) -> None:
    first = await client.get("/")
    again = await client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


async def test_everything_the_page_names_is_there_and_kept_for_good(client: Client) -> None:
    text = gzip.decompress(await (await client.get("/")).read()).decode()
    addresses = set(re.findall(r'(?:src|href)="(/[^"]+)"', text))
    assert len(addresses) >= 6
    for address in addresses:
        response = await client.get(address)
        assert response.status == 200, address
        assert response.headers["Cache-Control"].endswith("immutable"), address


async def test_files_come_as_the_browser_can_read_them(client: Client) -> None:
    path = f"/webchat/{bundle.NAME}"
    packed = await client.get(path, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await packed.read()) == BODY
    for refusing in ("identity", "gzip;q=0, deflate"):
        plain = await client.get(path, headers={"Accept-Encoding": refusing})
        assert "Content-Encoding" not in plain.headers
        assert await plain.read() == BODY
    assert packed.headers["Vary"] == "Accept-Encoding"


async def test_an_older_pages_files_are_served_but_not_kept(client: Client) -> None:
    response = await client.get("/webchat/000000000000/page.js")
    assert (response.status, response.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path", ["/webchat/000000000000/page.html", "/webchat/000000000000/..%2fpage.py", "/webchat/x"]
)
async def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_the_embedding_script_may_be_fetched_by_any_site(client: Client) -> None:
    response = await client.get("/embed.js")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("found", [None, b"something else"])
async def test_without_the_published_bundle_the_page_still_stands(tmp_path: Path, found: bytes | None) -> None:
    path = tmp_path / "webchat.js"
    if found is not None:
        path.write_bytes(found)
    client = await client_of(WebChatPage(path))
    assert (await client.get("/")).status == 200
    assert (await client.get(f"/webchat/{bundle.NAME}")).status == 503
    await client.close()


async def test_a_bundle_that_is_fetched_later_is_found(script: Path) -> None:
    away = script.rename(script.with_suffix(".away"))  # noqa: ASYNC240 - nothing else runs meanwhile
    client = await client_of(WebChatPage(script))
    path = f"/webchat/{bundle.NAME}"
    assert (await client.get(path)).status == 503
    away.rename(script)
    assert (await client.get(path)).status == 200
    await client.close()


async def test_behind_a_proxy_with_a_path_all_addresses_begin_with_it(script: Path) -> None:
    client = await client_of(WebChatPage(script, public_url="https://www.contoso.com/bot"))
    response = await client.get("/")
    text = gzip.decompress(await response.read()).decode()
    assert all(address.startswith("/bot/webchat/") for address in re.findall(r'(?:src|href)="(/[^"]+)"', text))
    assert "wss://www.contoso.com;" in response.headers["Content-Security-Policy"]
    await client.close()


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("bot.example.com", "wss://bot.example.com"),
        ("[::1]:3978", "wss://[::1]:3978"),
        ("evil; script-src *", ""),
        ("", ""),
    ],
)
def test_a_host_header_cannot_write_policy(host: str, source: str) -> None:
    assert socket_source("", host, secure=True) == source
    assert content_policy(source, ()).count("script-src") == 1


def test_no_file_names_another_server() -> None:
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        foreign = [url for url in re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text) if "example.com" not in url]
        assert foreign == [], path.name
        if path.suffix == ".html":
            assert not re.search(r"\son\w+=|style=|<script(?![^>]*src)", text)
