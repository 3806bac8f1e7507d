"""What all outgoing HTTP of the bot shares: one session, and bodies read with a limit."""

from __future__ import annotations

import json

import aiohttp

from bot.errors import BodyTooLarge

ANSWER_LIMIT = 1024 * 1024
"""Bytes read of any service's answer."""


def open_session() -> aiohttp.ClientSession:
    """The one session for keys, tokens and replies: pooled, without cookies. Close it when the bot stops."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100, limit_per_host=50, ttl_dns_cache=60),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=10, connect=5),
    )


async def read_capped(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """The whole stream. Raises `BodyTooLarge` as soon as it is longer than ``limit`` bytes."""
    if stream.is_eof() and stream.total_bytes <= limit:  # all of it is here already, as a rule
        return stream.read_nowait()
    body = bytearray()
    async for chunk in stream.iter_any():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)


async def read_object(response: aiohttp.ClientResponse) -> dict[str, object]:
    """The JSON object of an answer. Raises `ValueError` when it is none, `BodyTooLarge` when it is huge."""
    try:
        document: object = json.loads(await read_capped(response.content, ANSWER_LIMIT))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 -- a ValueError like any other unusable document
    return document
