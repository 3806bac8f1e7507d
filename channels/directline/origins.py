"""Which pages may talk to the bot, and what their browsers are told about it."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from channels.directline.errors import OriginRefused

_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Origins:
    """The pages of ``allowed`` origins, and our own ones when they were opened on this machine.

    Elsewhere our own origin has to be named as well: the Host header is the client's word, and a name that is pointed
    at us would make any site "our own".
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)

    def check(self, request: web.Request) -> str:
        """The origin of the page that asks; empty when no browser says one. Raises `OriginRefused`."""
        origin = request.headers.get("Origin")
        if origin is None:
            return ""
        if origin.lower() in self._allowed or _is_own_page_here(origin, request):
            return origin.lower()
        raise OriginRefused

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let an allowed page read the response, whatever it is."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Vary"] = "Origin"
        try:
            origin = self.check(request)
        except OriginRefused:
            return
        if origin:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            # DirectLineJS asks for the session id with credentials; there are no cookies, so nothing is given away.
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    def preflight(self) -> web.Response:
        """The answer to OPTIONS; `add_headers` names the origin."""
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Ms-Bot-Agent, X-Requested-With",
                "Access-Control-Max-Age": "600",
            },
        )


def _is_own_page_here(origin: str, request: web.Request) -> bool:
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        return False
    return host in _OWN_MACHINE and origin.lower() == f"{request.scheme}://{request.headers.get('Host', '').lower()}"
