"""Where the bot listens: connections within `Limits`, and plain answers where no application is asked.

What is no HTTP, or is framed wrongly, never reaches the guard: aiohttp's protocol answers it by itself, with the words
of the exception, which are the sender's, with its own name and version, and without our headers. `PlainProtocol` gives
such answers the form of all others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus

from aiohttp import web

from ops.guard import add_headers, problem
from ops.limits import BoundedConnection, Limits


class BoundedSite(web.BaseSite):
    """A listening address like `aiohttp.web.TCPSite`, whose connections obey `Limits` and answer plainly."""

    def __init__(self, runner: web.BaseRunner, host: str, port: int, limits: Limits) -> None:
        super().__init__(runner)
        self._host, self._port, self._limits = host, port, limits
        self._open: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The address, with the real port once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port; the one that the system chose when 0 was asked for."""
        sockets = getattr(self._server, "sockets", ())  # uvloop's server is no `asyncio.Server`
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        await super().start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self._host, self._port, backlog=self._backlog)

    def _connection(self) -> BoundedConnection:
        server = self._runner.server
        if server is None:
            raise RuntimeError("set the runner up before its site is started")
        loop = asyncio.get_running_loop()
        idle = self._limits.idle
        plain = PlainProtocol(server, loop=loop, keepalive_timeout=idle, access_log=None)  # type: ignore[arg-type] # off
        return BoundedConnection(plain, self._limits, self._open)


class PlainProtocol(web.RequestHandler):
    """aiohttp's, whose own answers say what a status is called and nothing else."""

    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what is no request, and to an error that passed the guard: logged as before. ``message`` is
        dropped. Raises `ConnectionError` when an answer has been begun."""
        super().handle_error(request, status, exc, message)
        return _Plain.of(status)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer. One that is an exception was raised before the guard was asked, by ``Expect`` for one."""
        plain = _Plain.of(resp.status) if isinstance(resp, web.HTTPException) else resp
        return await super().finish_response(request, plain, start_time)


class _Plain(web.Response):
    """A `problem` that needs no application's signals to have our headers, and ends the connection."""

    @classmethod
    def of(cls, status: int) -> _Plain:
        plain = cls(status=status, text=problem(HTTPStatus(status)).text, content_type="application/json")
        plain.force_close()
        return plain

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        add_headers(self)
