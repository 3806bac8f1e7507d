"""The identity provider over HTTP: discovery and keys, kept for a day, and the exchange of a code for an id token."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import aiohttp
import jwt
import structlog

from console.idtoken import Keys, TokenRefused, key_id, read_keys
from console.settings import ProviderSettings

ANSWER_LIMIT: Final = 512 * 1024
"""Bytes read of any answer."""
SECONDS: Final = 10.0
MAX_AGE: Final = 24 * 3600.0
"""Seconds for which what was discovered is used."""
RETRY: Final = 60.0
"""Seconds between fetches for a key that is not known."""

log = structlog.get_logger("console")


class ProviderAway(Exception):
    """The identity provider cannot be reached or does not speak OpenID Connect; check CONSOLE_OIDC_ISSUER."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What the provider says of itself."""

    authorization: str
    token: str
    basic: bool
    """Whether it takes the client's secret in the header, else in the form."""
    keys: Keys
    at: float


class Provider:
    """One issuer. Open it before use."""

    def __init__(self, settings: ProviderSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._found: Discovered | None = None
        self._fetching = asyncio.Lock()

    async def open(self) -> None:
        """Get ready for requests; nothing is fetched yet."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=SECONDS)
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def discovered(self) -> Discovered:
        """Its addresses and keys. Raises `ProviderAway`."""
        return await self._fresh(MAX_AGE)

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that signed the token. Raises `TokenRefused`, `ProviderAway`."""
        wanted = key_id(token)
        for age in (MAX_AGE, RETRY):  # a key that is new to us is looked for once more
            found = await self._fresh(age)
            if wanted in found.keys:
                return found.keys[wanted]
        raise TokenRefused("unknown key")

    async def id_token(self, code: str, verifier: str, redirect_uri: str) -> str:
        """What the provider gives for the code. Raises `TokenRefused`, `ProviderAway`."""
        found, settings = await self.discovered(), self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": settings.client_id,
        }
        headers = {"Accept": "application/json"}
        if found.basic:
            user, password = quote_plus(settings.client_id), quote_plus(settings.client_secret)
            headers["Authorization"] = aiohttp.encode_basic_auth(user, password)
        else:
            form["client_secret"] = settings.client_secret
        status, answer = await self._ask("POST", found.token, data=form, headers=headers)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            log.warning("code not exchanged", status=status)
            raise TokenRefused("no token")
        return token

    async def _fresh(self, max_age: float) -> Discovered:
        async with self._fetching:
            if self._found is None or self._monotonic() - self._found.at >= max_age:
                self._found = await self._discover()
            return self._found

    async def _discover(self) -> Discovered:
        issuer = self.settings.issuer
        status, said = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if status != 200 or said.get("issuer") != issuer:
            log.error("identity provider refused", reason="another issuer", status=status)
            raise ProviderAway
        authorization, token, keys = (
            self._address(said.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        status, document = await self._ask("GET", keys)
        usable = read_keys(document)
        if status != 200 or not usable:
            log.error("identity provider refused", reason="no usable key", status=status)
            raise ProviderAway
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Discovered(authorization, token, "client_secret_basic" in methods, usable, self._monotonic())

    def _address(self, value: object) -> str:
        """An address of the provider's; with TLS if the issuer has it."""
        scheme = urlsplit(self.settings.issuer).scheme
        if not isinstance(value, str) or urlsplit(value).scheme != scheme or not urlsplit(value).hostname:
            log.error("identity provider refused", reason="address")
            raise ProviderAway
        return value

    async def _ask(self, method: str, url: str, **options: Any) -> tuple[int, Mapping[str, Any]]:
        if self._session is None:
            raise ProviderAway
        try:
            async with self._session.request(method, url, allow_redirects=False, **options) as response:
                body = await response.content.read(ANSWER_LIMIT + 1)
                while len(body) <= ANSWER_LIMIT and (more := await response.content.read(ANSWER_LIMIT)):
                    body += more
                document = json.loads(body) if len(body) <= ANSWER_LIMIT else None
                return response.status, document if isinstance(document, dict) else {}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, RecursionError) as error:
            log.warning("identity provider away", error=type(error).__name__)
            raise ProviderAway from error
