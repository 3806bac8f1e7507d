"""A page is fetched in bounds, whatever its server does."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from pathlib import Path
from socket import EAI_AGAIN, gaierror

import pytest

from pagecheck import fetch
from pagecheck.fetch import BYTES_READ, SECONDS, Obstacle, Page, Unseen, WebFetcher
from pagecheck.network import USER_AGENT
from tests.pagecheck.web import PUBLIC, PUBLIC_V6, Serve, answer, certificate, internet

NAMES = {"site.example": [[PUBLIC]]}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def serving(*pieces: bytes, stay: float = 0) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        for piece in pieces:
            writer.write(piece)
        if stay:
            await writer.drain()
            await asyncio.sleep(stay)

    return serve


async def look(monkeypatch: pytest.MonkeyPatch, serve: Serve, address: str = "http://site.example/") -> Page | Unseen:
    async with internet(monkeypatch, NAMES, serve):
        return await WebFetcher().fetch(address)


async def test_what_is_asked_and_what_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with internet(monkeypatch, NAMES, serving(answer(b"<p>hello", 404, Set_Cookie="a=b"))) as web:
        seen = await WebFetcher().fetch("http://SITE.example/a%20b?q=1#part")
    assert seen == Page("http://site.example/a b?q=1", 404, "text/html", b"<p>hello", whole=True)
    request = web.requests[0].decode()
    assert request.startswith("GET /a%20b?q=1 HTTP/1.1\r\nHost: site.example\r\n")
    assert f"User-Agent: {USER_AGENT}\r\n" in request
    assert "Referer" not in request


async def test_no_cookie_travels_to_the_next_page(monkeypatch: pytest.MonkeyPatch) -> None:
    onward = iter([answer(b"", 302, Location="/b", Set_Cookie="a=b"), answer(b"hello")])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        writer.write(next(onward))

    async with internet(monkeypatch, NAMES, serve) as web:
        assert isinstance(await WebFetcher().fetch("http://site.example/"), Page)
    assert len(web.requests) == 2
    assert not any(b"cookie" in request.lower() for request in web.requests)


async def test_an_international_name_and_an_ipv6_site(monkeypatch: pytest.MonkeyPatch) -> None:
    async with internet(monkeypatch, {"xn--bcher-kva.example": [[PUBLIC_V6]]}) as web:
        seen = await WebFetcher().fetch("http://BÜCHER.example/ü")
    assert isinstance(seen, Page)
    assert seen.url == "http://bücher.example/ü"
    assert web.reached == [PUBLIC_V6]


async def test_an_address_is_shown_as_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await look(monkeypatch, serving(answer(b"")), "http://site.example/%E2%80%AE" + "a" * 300)
    assert isinstance(seen, Page)
    assert seen.url == "http://site.example/%E2%80%AE" + "a" * 170 + "…"


async def test_a_long_page_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = await look(monkeypatch, serving(answer(b"a" * (BYTES_READ + 1))))
    assert isinstance(seen, Page)
    assert (len(seen.body), seen.whole) == (BYTES_READ, False)
    seen = await look(monkeypatch, serving(answer(b"a" * BYTES_READ)))
    assert isinstance(seen, Page)
    assert (len(seen.body), seen.whole) == (BYTES_READ, True)


async def test_an_endless_page_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        nonlocal sent
        writer.write(HEAD + b"\r\n")
        while not writer.is_closing():
            writer.write(b"a" * 10_000)
            sent += 10_000
            await writer.drain()

    seen = await look(monkeypatch, serve)
    assert isinstance(seen, Page)
    assert (len(seen.body), seen.whole) == (BYTES_READ, False)
    assert sent < 20 * BYTES_READ, "what the system's buffers hold"


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (HEAD,),
        (HEAD + b"Content-Length: 100\r\n\r\n", b"<p>hel"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (answer(b"", 302, Location="/again"),),
    ],
    ids=["silent", "in the head", "in the body", "interim answers", "redirects"],
)
async def test_a_slow_site_is_left(monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]) -> None:
    assert SECONDS == 8.0
    monkeypatch.setattr(fetch, "SECONDS", 0.1)
    began = time.monotonic()
    seen = await look(monkeypatch, serving(*pieces, stay=0.15))
    assert seen in (Unseen(Obstacle.TOO_SLOW), Unseen(Obstacle.REDIRECTS))
    assert time.monotonic() - began < 1.5


async def test_slow_names_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(fetch, "SECONDS", 0.1)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    assert await WebFetcher().fetch("http://site.example/") == Unseen(Obstacle.TOO_SLOW)


async def test_a_name_server_that_is_down_says_nothing_about_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object, **__: object) -> None:
        raise gaierror(EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", down)
    assert await WebFetcher().fetch("http://site.example/") == Unseen(Obstacle.NO_ANSWER)


def _bomb(layers: int = 1) -> bytes:
    packed = b"a" * 50_000_000
    for _ in range(layers):
        packed = gzip.compress(packed, mtime=0)
    return packed


@pytest.mark.parametrize(
    ("body", "encoding", "kept", "whole"),
    [
        (gzip.compress(b"<p>hello", mtime=0), "gzip", 8, True),
        (gzip.compress(b"<p>hello", mtime=0), "X-GZIP", 8, True),
        (gzip.compress(b"<p>hello", mtime=0)[:-6], "gzip", 8, False),
        (_bomb(), "gzip", BYTES_READ, False),
        (_bomb(2), "gzip", len(_bomb()), True),
        (_bomb(), "gzip, gzip", 0, False),
        (zlib.compress(b"hello"), "deflate", 0, False),
        (b"hello", "br", 0, False),
        (b"hello", "gzip", 0, False),
        (b"", "gzip", 0, False),
        (b"hello", "identity", 5, True),
    ],
)
async def test_packed_pages(
    monkeypatch: pytest.MonkeyPatch, body: bytes, encoding: str, kept: int, whole: bool
) -> None:
    seen = await look(monkeypatch, serving(answer(body, Content_Encoding=encoding)))
    assert isinstance(seen, Page)
    assert (len(seen.body), seen.whole) == (kept, whole)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_a_site_that_talks_nonsense(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    assert await look(monkeypatch, serving(sent)) in (Unseen(Obstacle.NO_ANSWER), Unseen(Obstacle.ADDRESS))


async def test_a_site_that_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async with internet(monkeypatch, NAMES) as web:
        web.ports.clear()
        assert await WebFetcher().fetch("http://site.example/") == Unseen(Obstacle.NO_ANSWER)
    assert web.reached == [PUBLIC]


@pytest.mark.parametrize(
    ("name", "trusted"), [("site.example", True), ("other.example", True), ("site.example", False)]
)
async def test_certificates_are_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, trusted: bool
) -> None:
    context = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with internet(monkeypatch, NAMES, tls=context) as web:
        seen = await WebFetcher().fetch("https://site.example/")
    assert web.reached == [PUBLIC]
    if trusted and name == "site.example":
        assert isinstance(seen, Page)
        assert seen.url == "https://site.example/"
    else:
        assert seen == Unseen(Obstacle.CERTIFICATE)
