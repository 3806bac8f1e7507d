"""Time limits and a cap on connections for aiohttp's server, which has none of its own.

`BoundedConnection` wraps the protocol of a connection (`ops.site` makes them); `tracked` tells it when a request begins
and ends. A connection that is late is dropped without a word: whoever sends that slowly is not waiting for an answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler

from ops.visitors import site_of

SLOWEST = 100_000
"""Bytes of a long body that must come in a second, on average: a slow mobile network."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and connections."""

    head: float = 8.0
    """From the first byte (or the connection) to the end of the request's head."""
    body: float = 8.0
    """From there to the end of its body; one that says that it is long has more, by `SLOWEST`."""
    stalled: float = 30.0
    """For a client to read something of a response that waits for it."""
    idle: float = 120.0
    """Between requests: longer than proxies keep their connections."""
    per_address: int = 200
    """Open connections of one address; 0 is no limit."""


class Deadline:
    """A timer that can be armed again; arming an armed one changes nothing.

    A disarmed one knows nobody: a closed connection is freed at once, not when the collector next looks for cycles.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._handle: asyncio.TimerHandle | None = None

    def arm(self, late: Callable[[], None], more: float = 0.0) -> None:
        """Call ``late`` in so many seconds, and ``more``."""
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(self._seconds + more, late)

    def disarm(self) -> None:
        """Never mind."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class BoundedConnection(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, and watches the clock."""

    def __init__(self, inner: asyncio.Protocol, limits: Limits, connections: Counter[str]) -> None:
        self._inner, self._connections = inner, connections
        self._per_address = limits.per_address
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self._busy = False
        self._reading: StreamReader | None = None
        self._head, self._body, self._stall = map(Deadline, (limits.head, limits.body, limits.stalled))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, and expect a request's head."""
        self._transport = cast("asyncio.Transport", transport)  # create_server makes no other; uvloop's is none by type
        self._address = site_of(str((transport.get_extra_info("peername") or ("",))[0]))
        self._connections[self._address] += 1
        self._inner.connection_made(transport)
        if 0 < self._per_address < self._connections[self._address]:
            self._drop()
        else:
            self._head.arm(self._drop)

    def data_received(self, data: bytes) -> None:
        """Bytes between requests begin a head."""
        if not self._busy:
            self._head.arm(self._drop)
        self._inner.data_received(data)

    def begin(self, body: StreamReader, length: int) -> None:
        """A request's head is complete, its body may be on the way: ``length`` bytes, 0 when it does not say."""
        self._busy, self._reading = True, body
        self._head.disarm()
        self._body.disarm()
        if not body.is_eof():
            self._body.arm(self._late_body, length / SLOWEST)

    def end(self) -> None:
        """The request was handled. The body's deadline stays: aiohttp goes on reading what the handler did not want."""
        self._busy = False

    def eof_received(self) -> bool | None:
        """The client sends no more."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._stall.arm(self._drop)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._stall.disarm()
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        for deadline in (self._head, self._body, self._stall):
            deadline.disarm()
        self._connections[self._address] -= 1
        if not self._connections[self._address]:
            del self._connections[self._address]
        self._transport = None
        self._inner.connection_lost(exc)

    def _late_body(self) -> None:
        if self._reading is not None and not self._reading.is_eof():
            self._drop()

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()


@web.middleware
async def tracked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection when a request begins and ends; does nothing on other sites."""
    protocol = request.transport.get_protocol() if request.transport is not None else None
    if not isinstance(protocol, BoundedConnection):
        return await handler(request)
    protocol.begin(request.content, min(request.content_length or 0, request.client_max_size))
    try:
        return await handler(request)
    finally:
        protocol.end()
