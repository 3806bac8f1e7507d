"""Calls to a channel's connector: pooled, with the bot's token, to allowed hosts only, never following a redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import aiohttp
import pydantic_core
from aiohttp import hdrs
from yarl import URL

from bot.credentials import Credentials
from bot.errors import BodyTooLarge, CredentialsRefused, ServiceUrlRefused
from bot.http import ANSWER_LIMIT, read_capped
from bot.service_urls import ServiceUrls
from turn.errors import DeliveryFailed

SECONDS: Final = 10.0
LONGEST_WAIT: Final = 3600.0
"""Seconds; a channel that asks for more is asked again after this."""
PASSING: Final = frozenset({401, 408, 412, 425, 429})
"""Refusals that another attempt can cure; any other 3xx or 4xx is final. 401: the token is fetched anew."""

_HEADERS: Final[Mapping[str, str]] = {
    hdrs.CONTENT_TYPE: "application/json; charset=utf-8",
    hdrs.ACCEPT: "application/json",
}


class Connector:
    """Sends one HTTP request to a channel."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials, service_urls: ServiceUrls) -> None:
        self._session = session
        self._credentials = credentials
        self._service_urls = service_urls

    async def call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: Mapping[str, object] | None = None,
        within: float | None = SECONDS,
    ) -> object:
        """The JSON of the channel's answer, or None when it has no readable one.

        ``path`` is made by `activities_path` or `conversation_path`; ``within`` is in seconds, None when the caller has
        a limit of its own. Raises `DeliveryFailed`.
        """
        try:
            base = _url(self._service_urls.check(service_url))
            url = base.with_path(base.raw_path.rstrip("/") + path, encoded=True)
            async with self._session.request(
                method,
                url,
                data=None if body is None else _written(body),
                headers=await self._headers(),
                allow_redirects=False,
                timeout=_limit(within),
            ) as response:
                return await self._answer(response)
        except ServiceUrlRefused as error:
            raise DeliveryFailed(None, final=True) from error
        except (aiohttp.ClientError, TimeoutError, OSError, CredentialsRefused) as error:
            raise DeliveryFailed(None) from error

    async def _headers(self) -> Mapping[str, str]:
        token = await self._credentials.token()
        return _HEADERS if token is None else _authorized(token)

    async def _answer(self, response: aiohttp.ClientResponse) -> object:
        status = response.status
        if 200 <= status < 300:
            return await _json(response)
        if status == 401:
            self._credentials.discard()
        raise DeliveryFailed(status, _retry_after(response), final=300 <= status < 500 and status not in PASSING)


def conversation_path(conversation: str, *rest: str) -> str:
    """``/v3/conversations/{conversation}/…`` with every id quoted."""
    return "/v3/conversations/" + "/".join(quote(part, safe="") for part in (conversation, *rest))


def activities_path(conversation: str, reply_to: str | None = None) -> str:
    """Where an activity of a conversation is posted, as a reply if there is something to reply to."""
    path = _activities(conversation)
    return f"{path}/{quote(reply_to, safe='')}" if reply_to else path


@lru_cache(1024)
def _activities(conversation: str) -> str:
    return conversation_path(conversation, "activities")


@lru_cache(1)
def _authorized(token: str) -> Mapping[str, str]:
    return MappingProxyType({**_HEADERS, hdrs.AUTHORIZATION: f"Bearer {token}"})


@lru_cache(8)
def _limit(within: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=within)


@lru_cache(64)
def _url(text: str) -> URL:
    """To read one takes ten times as long as to put another path to it, and there are few."""
    return URL(text, encoded=True)


def _written(body: Mapping[str, object]) -> bytes:
    """As JSON: a card takes the standard library four times as long."""
    try:
        return pydantic_core.to_json(body)
    except pydantic_core.PydanticSerializationError:  # half of a surrogate pair: only its escape can be sent
        return json.dumps(body).encode()


async def _json(response: aiohttp.ClientResponse) -> object:
    try:
        return pydantic_core.from_json(await read_capped(response.content, ANSWER_LIMIT))
    except (ValueError, BodyTooLarge):
        return None  # the message was taken; what the channel says about it is a courtesy


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """``Retry-After`` in seconds, given there as seconds or as a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal() and value.isascii():
        return min(float(value[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the latter for a zone that is a number without end
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
