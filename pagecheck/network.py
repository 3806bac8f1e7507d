"""Connections to the public internet only: the address is judged where it is connected to.

A name is asked for once per connection, and the socket goes to what was answered then; a second, different answer has
nobody to hear it. aiohttp asks no resolver about addresses in figures, so the last word is the socket's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from pagecheck import addresses

USER_AGENT = "LearningPartnerBot-PageCheck/1.0"
CONNECT_WITHIN = 4.0
"""Seconds per connection."""

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class NotPublic(OSError):
    """The name leads to an address that is not on the public internet."""


class PublicResolver(AbstractResolver):
    """Asks the operating system, and refuses a name as soon as one of its addresses is not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host``. Raises `OSError`."""
        found = await look_up(host, port, family)
        if not all(addresses.is_public(address) for _, address in found):
            raise NotPublic
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def look_up(host: str, port: int, family: int) -> list[tuple[socket.AddressFamily, str]]:
    """Family and address of everything that ``host`` stands for. Raises `OSError`.

    The dot at the end makes the name a whole one: search domains and the hosts file have no say.
    """
    loop = asyncio.get_running_loop()
    answer = await loop.getaddrinfo(f"{host}.", port, family=family, type=socket.SOCK_STREAM)
    return [(kind, str(place[0])) for kind, _, _, _, place in answer]


def public_socket(info: AddressInfo) -> socket.socket:
    """A socket for a public address. Raises `NotPublic` for any other, before there is a socket."""
    family, kind, protocol, _, place = info
    if family not in (socket.AF_INET, socket.AF_INET6) or not addresses.is_public(str(place[0])):
        raise NotPublic
    return socket.socket(family, kind, protocol)


def open_session(tls: ssl.SSLContext) -> ClientSession:
    """A session for one look: no cookies, no proxy, no connection kept, bodies as they were sent."""
    connector = TCPConnector(
        resolver=PublicResolver(),
        socket_factory=public_socket,
        ssl=tls,
        use_dns_cache=False,
        force_close=True,
        limit=1,
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_WITHIN),
        headers={"User-Agent": USER_AGENT, "Accept": "text/html", "Accept-Encoding": "gzip"},
        auto_decompress=False,
        trust_env=False,
    )
