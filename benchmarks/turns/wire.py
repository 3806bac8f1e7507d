"""HTTP/1.1 on bare asyncio protocols: a load generator must cost less than what it measures.

It speaks as much of HTTP as the servers of this benchmark do: kept-alive connections, bodies with ``Content-Length``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"

Respond = Callable[[str, str, bytes], "asyncio.Future[bytes] | bytes"]
"""Method, path (still quoted) and body of a request → the JSON of the answer, now or later."""


class _Messages(asyncio.Protocol):
    """Cuts what arrives into heads and bodies."""

    def __init__(self) -> None:
        self._buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            if found is None and b"chunked" in head.lower():
                raise NotImplementedError("a server of this benchmark answers in chunks")
            whole = end + len(_END) + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + len(_END) : whole], self._buffer[whole:]
            self.message(head, body)

    def message(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class Line(_Messages):
    """A kept-alive connection to a server: one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def to(cls, port: int) -> Line:
        """A connection to ``port`` of this machine."""
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return line

    async def post(self, path: str, body: bytes, headers: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. ``headers`` are whole lines. Raises `ConnectionError`."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        start = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n".encode()
        self.transport.write(start + headers + b"Content-Type: application/json\r\n\r\n" + body)
        return await self._answer

    def message(self, head: bytes, body: bytes) -> None:
        """An answer is here."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, _exc: Exception | None) -> None:
        """Whoever waits is told."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()


class Answering(_Messages):
    """The server's end of a connection."""

    def __init__(self, respond: Respond) -> None:
        super().__init__()
        self._respond = respond

    def message(self, head: bytes, body: bytes) -> None:
        """A request is here."""
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        answer = self._respond(method, path, body)
        if isinstance(answer, bytes):
            self._send(answer)
        else:
            answer.add_done_callback(lambda done: self._send(done.result()))

    def _send(self, body: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


async def listen(respond: Respond) -> tuple[asyncio.Server, int]:
    """A server on a free port of this machine, and the port."""
    server = await asyncio.get_running_loop().create_server(lambda: Answering(respond), "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])
