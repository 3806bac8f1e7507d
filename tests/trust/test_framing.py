"""T4: requests whose frame is wrong, too large or ambiguous, written to the socket of a bot as in production.

Each is refused once, in the form of all refusals: no word of what was sent, and no server's name.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from ops.guard import HEADERS, guarded
from ops.metrics import Metrics
from tests.bot.fakes import emulator_message
from tests.process import Bot, serving
from tests.trust.figures import figure
from tests.trust.process import UNLIMITED, resident

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
KB64 = 64 * 1024
GOOD = json.dumps(emulator_message("http://127.0.0.1:9", "hello")).encode()
BOMB = gzip.compress(b" " * 50_000_000)
ENDLESS = 2_000_000_000
DOORS = ("/api/messages", "/v3/directline/session")


def _request(headers: str, body: bytes = b"", door: str = DOORS[0]) -> bytes:
    head = f"POST {door} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}\r\n"
    return head.encode("latin-1") + body


def _chunked(body: bytes, size: int = 4096) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def _sized(body: bytes) -> str:
    return f"Content-Length: {len(body)}\r\n"


SAID = (
    "At most 64 kB.",
    "Send the body without compression.",
    "The body is larger than this endpoint reads; send less.",
)
"""Words of refusals that have their own."""
CHUNKED = "Transfer-Encoding: chunked\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
WRONG: dict[str, tuple[bytes, set[int]]] = {
    "64 kB and one byte": (_request(_sized(b" " * (KB64 + 1)), GOOD + b" " * (KB64 + 1 - len(GOOD))), {413}),
    "64 kB and one byte in chunks": (_request(CHUNKED, _chunked(GOOD + b" " * (KB64 + 1 - len(GOOD)))), {413}),
    "1 GB announced": (_request("Content-Length: 1000000000\r\n"), {413}),
    "negative length": (_request("Content-Length: -1\r\n", b"{}"), {400}),
    "length with a sign": (_request("Content-Length: +2\r\n", b"{}"), {400}),
    "length that is no number": (_request("Content-Length: 2x\r\n", b"{}"), {400}),
    "two lengths": (_request("Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"), {400}),
    "length and chunks": (_request(f"Content-Length: 2\r\n{CHUNKED}", SMUGGLED), {400}),
    "chunks and length": (_request(f"{CHUNKED}Content-Length: 45\r\n", SMUGGLED), {400}),
    "chunked twice": (_request("Transfer-Encoding: chunked, chunked\r\n", SMUGGLED), {400}),
    "chunked in disguise": (_request("Transfer-Encoding: xchunked\r\n", SMUGGLED), {400}),
    "chunk size that is none": (_request(CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"), {400}),
    "chunk size beyond all": (_request(CHUNKED, b"f" * 20 + b"\r\n{}\r\n0\r\n\r\n"), {400, 413}),
    "gzip bomb": (_request(f"Content-Encoding: gzip\r\n{_sized(BOMB)}", BOMB), {415}),
    "deflate": (_request(f"Content-Encoding: deflate\r\n{_sized(b'x')}", b"x"), {400, 415}),
    "br": (_request(f"Content-Encoding: br\r\n{_sized(b'x')}", b"x"), {400, 415}),
    "129 headers": (_request("".join(f"X-{n}: y\r\n" for n in range(129)) + _sized(b"{}"), b"{}"), {400, 431}),
    "header of 9 kB": (_request(f"X: {'y' * 9000}\r\n" + _sized(b"{}"), b"{}"), {400, 431}),
    "line of 9 kB": (_request("", door=f"/{'y' * 9000}"), {400, 414}),
    "no host": (b"POST /api/messages HTTP/1.1\r\n\r\n", {400, 415}),
    "blank before the colon": (_request("X : y\r\n" + _sized(b"{}"), b"{}"), {400}),
    "folded header": (_request("X: y\r\n z: y\r\n" + _sized(b"{}"), b"{}"), {400}),
    "NUL in a header": (_request("X: a\x00b\r\n" + _sized(b"{}"), b"{}"), {400}),
    "bare CR in a header": (_request("X: a\rb\r\n" + _sized(b"{}"), b"{}"), {400}),
    "no HTTP": (b"hello\r\n\r\n", {400}),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n\r\n", {400, 505}),
    "words": (b"hello canary-me\r\n\r\n", {400}),
    "words behind a request": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nhello canary-me\r\n\r\n", {400}),
    "address in brackets": (b"GET http://[::canary-me/ HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "port beyond all": (b"GET http://canary-me:99999999/ HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "bytes in the path": (b"GET /canary-me\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "expectation": (_request(f"Expect: canary-me\r\n{_sized(b'{}')}", b"{}"), {417}),
    "expectation nowhere": (_request("Expect: canary-me\r\n", door="/nowhere"), {417}),
    "TLS": (bytes.fromhex("16030100050100000100") + b"\r\n\r\n", {400}),
}
FINE = {
    "64 kB exactly": _request(_sized(b" " * KB64), GOOD + b" " * (KB64 - len(GOOD))),
    "in chunks": _request(CHUNKED, _chunked(GOOD, 10)),
    "a line of 8,000 bytes": _request(f"X: {'y' * 7900}\r\n" + _sized(GOOD), GOOD),
    "100 headers": _request("".join(f"X-{n}: y\r\n" for n in range(100)) + _sized(GOOD), GOOD),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async with serving(tmp_path_factory.mktemp("bot"), **UNLIMITED) as running:
        yield running


async def _heard(url: str, sent: bytes) -> bytes:
    """All that is answered until the bot closes, or has nothing to say any more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        writer.write(sent)
        heard = b""
        try:
            async with asyncio.timeout(20):
                while not STATUS.search(heard) and (data := await reader.read(65536)):
                    heard += data
            async with asyncio.timeout(0.3):  # a second answer would come right after
                while data := await reader.read(65536):
                    heard += data
        except (TimeoutError, ConnectionError):
            pass
    finally:
        writer.transport.abort()
    return heard


async def _answers(url: str, sent: bytes) -> list[int]:
    """Statuses of all answers."""
    return [int(status) for status in STATUS.findall(await _heard(url, sent))]


def _told(answer: bytes) -> list[str]:
    """What a refusal tells, or leaves out, other than it should."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    faults = [name for name, value in HEADERS.items() if headers.get(name) != value]
    faults += [name for name in ("Server", "Set-Cookie") if name in headers]
    try:
        error = json.loads(body)["error"]
    except ValueError:
        return [*faults, "no JSON"]
    phrase = status.split(" ", 2)[2]
    faults += [] if set(error) == {"code", "message"} and error["message"] in {phrase, *SAID} else ["words"]
    return faults


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_frame_is_refused(bot: Bot, case: str) -> None:
    sent, expected = WRONG[case]
    heard = await _heard(bot.url, sent)
    statuses = [int(status) for status in STATUS.findall(heard)]
    assert len(statuses) == 1, "one request, one answer: nothing was smuggled"
    assert statuses[0] in expected
    assert _told(heard) == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", FINE)
async def test_what_is_just_allowed_is_taken(bot: Bot, case: str) -> None:
    assert await _answers(bot.url, FINE[case]) == [200]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("door", DOORS)
async def test_nothing_is_read_past_the_limit(bot: Bot, door: str) -> None:
    """An endless body is cut off, and memory does not know of it."""
    sent, before = 0, resident(bot.process.pid)

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < ENDLESS:
            sent += 65536
            yield b" " * 65536

    async with aiohttp.ClientSession() as http:
        headers = {"Content-Type": "application/json"}
        async with http.post(bot.url + door, data=endless(), headers=headers) as response:
            assert response.status == 413
    assert sent < ENDLESS / 10, "what the buffers of the system take counts, and how long the client is kept waiting"
    assert resident(bot.process.pid) - before < 20
    figure("T4", f"{len(WRONG)} wrong frames refused; endless body at {door} cut off after {sent // 1024} kB")


async def test_teeth_a_server_without_limits_is_noticed() -> None:
    """aiohttp as it comes, with its limit of bodies taken away."""

    async def take(request: web.Request) -> web.Response:
        return web.json_response({"bytes": len(await request.read())})

    app = web.Application(client_max_size=2**30)
    app.router.add_post(DOORS[0], take)
    async with TestServer(app, host="127.0.0.1") as server:
        address = str(server.make_url("/")).rstrip("/")
        for case in ("64 kB and one byte", "64 kB and one byte in chunks", "gzip bomb"):
            sent, expected = WRONG[case]
            assert not expected & set(await _answers(address, sent)), case


async def test_teeth_aiohttps_own_answers_are_noticed() -> None:
    """The guard alone: it is not asked about what is no request."""
    app = guarded(Metrics())
    async with TestServer(app, host="127.0.0.1") as server:
        address = str(server.make_url("/")).rstrip("/")
        for case in ("words", "line of 9 kB", "two lengths", "expectation", "expectation nowhere"):
            sent, expected = WRONG[case]
            heard = await _heard(address, sent)
            assert set(map(int, STATUS.findall(heard))) <= expected
            assert "no JSON" in _told(heard), case
        assert {*HEADERS, "Server"} <= set(_told(await _heard(address, WRONG["words"][0])))


@pytest.mark.asyncio(loop_scope="module")
async def test_what_strangers_sent_is_not_in_the_log(bot: Bot) -> None:
    assert "Traceback" not in bot.log
    assert "smuggled" not in bot.log
    assert "canary-me" not in bot.log
