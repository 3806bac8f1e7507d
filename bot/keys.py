"""The Bot Connector's signing keys: fetched when needed, kept through an outage, never in the way of the loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.errors import BodyTooLarge, KeysUnavailable
from bot.http import read_object
from bot.single_flight import SingleFlight

log = logging.getLogger(__name__)

METADATA_URL: Final = "https://login.botframework.com/v1/.well-known/openidconfiguration"
FETCH_SECONDS: Final = 5.0
MAX_AGE: Final = 24 * 3600.0
"""Seconds after which known keys are fetched anew, while they go on serving."""
RETRY_UNKNOWN: Final = 60.0
"""Seconds between fetches for key ids that are not known: anybody can invent one."""
RETRY_EMPTY: Final = 5.0
"""Seconds between fetches as long as there are no keys at all."""
SMALLEST_KEY: Final = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the channels it may sign for."""

    public_key: RSAPublicKey
    endorsements: frozenset[str]


class ConnectorKeys:
    """Looks signing keys up by id in the OpenID metadata of the Bot Connector."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        metadata_url: str = METADATA_URL,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._metadata_url = metadata_url
        self._monotonic = monotonic
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._flight = SingleFlight(self._fetch)

    async def find(self, key_id: str) -> SigningKey | None:
        """The key, or None when the Connector does not list it.

        Waits at most `FETCH_SECONDS`, and only for an unknown key. Raises `KeysUnavailable` as long as no key was ever
        fetched.
        """
        if key_id not in self._keys:
            await self._fetch_if_due(RETRY_UNKNOWN if self._keys else RETRY_EMPTY)
        elif self._age(self._fetched_at) > MAX_AGE and self._age(self._tried_at) > RETRY_UNKNOWN:
            self._flight.start()
        if not self._keys:
            raise KeysUnavailable
        return self._keys.get(key_id)

    async def _fetch_if_due(self, interval: float) -> None:
        if not self._flight.running and self._age(self._tried_at) < interval:
            return
        try:
            await self._flight.join()
        except KeysUnavailable:
            return  # what is known stays in use

    async def _fetch(self) -> None:
        self._tried_at = self._monotonic()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = await self._download()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, BodyTooLarge) as error:
            log.warning(
                "signing keys not fetched (%s), %d known keys stay in use", type(error).__name__, len(self._keys)
            )
            raise KeysUnavailable from error
        self._keys = keys
        self._fetched_at = self._monotonic()

    async def _download(self) -> Mapping[str, SigningKey]:
        metadata = await self._get(self._metadata_url)
        url = metadata.get("jwks_uri")
        if not isinstance(url, str) or url.partition(":")[0] != self._metadata_url.partition(":")[0]:
            raise ValueError("jwks_uri is missing or changes the scheme")
        keys = read_keys(await self._get(url))
        if not keys:
            raise ValueError("no usable key")
        return keys

    async def _get(self, url: str) -> dict[str, object]:
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError("status is not 200")
            return await read_object(response)

    def _age(self, moment: float) -> float:
        return self._monotonic() - moment


def read_keys(document: Mapping[str, object]) -> dict[str, SigningKey]:
    """The usable RSA keys of a JWKS document by id; any other entry is left out."""
    listed = document.get("keys")
    found: dict[str, SigningKey] = {}
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or not isinstance(entry.get("kid"), str):
            continue
        try:
            key = jwt.PyJWK(entry, algorithm="RS256").key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        endorsements = entry.get("endorsements")
        if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_KEY:
            channels = endorsements if isinstance(endorsements, list) else []
            found[entry["kid"]] = SigningKey(key, frozenset(name for name in channels if isinstance(name, str)))
    return found
