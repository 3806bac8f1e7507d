"""Fetches one page: few redirects, each checked anew, little data, little time."""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientSession,
)
from yarl import URL

from pagecheck.network import open_session
from pagecheck.targets import NotAPage, target

BYTES_READ = 256 * 1024
"""Read of a page, and kept of it when it is unpacked."""
SECONDS = 8.0
"""For everything: names, connections, redirects, the page."""
REDIRECTS = 3
SHOWN = 200
"""Characters of an address that are shown."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Obstacle(StrEnum):
    """Why no page was seen."""

    ADDRESS = "address"
    """It is not the address of a page on the web, or sends on to one that is not."""
    NO_SITE = "no-site"
    """The name leads nowhere on the public internet. What else it may lead to is nobody's business."""
    NO_ANSWER = "no-answer"
    """The site does not take the connection, or breaks it off."""
    TOO_SLOW = "too-slow"
    CERTIFICATE = "certificate"
    REDIRECTS = "redirects"
    """It sends on more often than we follow."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """There was no page to see."""

    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Page:
    """What a site answered."""

    url: str
    """Where the page is, after redirects: to be shown, international names in their own letters."""
    status: int
    content_type: str
    """As sent, with its parameters."""
    body: bytes
    """At most `BYTES_READ`."""
    whole: bool
    """False when there is more of it, or when it could not be unpacked."""


class WebFetcher:
    """Fetches pages from the public internet."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()

    async def fetch(self, address: str) -> Page | Unseen:
        """The page at ``address``. What goes wrong on the way is an `Unseen`, never an error."""
        try:
            async with asyncio.timeout(SECONDS), open_session(self._tls) as session:
                return await _follow(session, target(address))
        except NotAPage:
            return Unseen(Obstacle.ADDRESS)
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return Unseen(_obstacle(error))


async def _follow(session: ClientSession, url: URL) -> Page | Unseen:
    for _ in range(REDIRECTS + 1):
        seen = await _visit(session, url)
        if isinstance(seen, Page):
            return seen
        url = target(seen, url)
    return Unseen(Obstacle.REDIRECTS)


def shown(url: URL) -> str:
    """An address as a person reads it, and not too much of it."""
    text = url.human_repr()  # leaves what has no look in its code
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _obstacle(error: Exception) -> Obstacle:
    match error:
        case ClientConnectorDNSError() if error.os_error.errno != socket.EAI_AGAIN:  # then nobody knows
            return Obstacle.NO_SITE
        case TimeoutError():
            return Obstacle.TOO_SLOW
        case ClientConnectorCertificateError() | ClientConnectorSSLError():
            return Obstacle.CERTIFICATE
        case _:
            return Obstacle.NO_ANSWER


async def _visit(session: ClientSession, url: URL) -> Page | str:
    """The page, or where it sends us."""
    async with session.get(url, allow_redirects=False) as response:
        onward = response.headers.get("Location")
        if response.status in _REDIRECTS and onward:
            return onward
        body, whole = unpacked(*await _read(response), response.headers.get("Content-Encoding", ""))
        return Page(shown(url), response.status, response.headers.get("Content-Type", ""), body, whole)


async def _read(response: ClientResponse) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > BYTES_READ:
            return bytes(body[:BYTES_READ]), False
    return bytes(body), True


def unpacked(body: bytes, whole: bool, encoding: str) -> tuple[bytes, bool]:
    """The body as it was before packing, never more than `BYTES_READ` of it, and whether that is all."""
    match encoding.strip().lower():
        case "" | "identity":
            return body, whole
        case "gzip" | "x-gzip":
            unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                content = unpacking.decompress(body, BYTES_READ)
            except zlib.error:
                return b"", False
            return content, unpacking.eof
        case _:
            return b"", False
