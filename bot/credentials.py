"""The bot's own token for the Bot Connector, fetched without blocking and kept until shortly before it expires."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

import aiohttp
from pydantic import SecretStr

from bot.errors import BodyTooLarge, CredentialsRefused
from bot.http import read_object
from bot.single_flight import SingleFlight

log = logging.getLogger(__name__)

RESOURCE: Final = "https://api.botframework.com"
LOGIN_URL: Final = "https://login.microsoftonline.com"
MULTI_TENANT: Final = "botframework.com"
IMDS_URL: Final = "http://169.254.169.254/metadata/identity/oauth2/token"
AHEAD: Final = 300.0
"""Seconds before expiry from which a new token is fetched while the old one serves."""
MARGIN: Final = 30.0
"""Seconds before expiry from which the old token is not used any more."""
RETRY: Final = 30.0
"""Seconds between attempts ahead of time."""


class AppType(StrEnum):
    """How the bot is registered: the values of ``MicrosoftAppType``."""

    SINGLE_TENANT = "SingleTenant"
    MULTI_TENANT = "MultiTenant"
    MANAGED_IDENTITY = "UserAssignedMSI"


class Credentials(Protocol):
    """Gives the token that replies carry."""

    async def token(self) -> str | None:
        """A valid token, or None where none is needed. Raises `CredentialsRefused`."""
        ...

    def discard(self) -> None:
        """The channel did not accept the token: fetch another one next time."""
        ...


class NoCredentials:
    """Emulator and Agents Playground: replies carry no token."""

    async def token(self) -> str | None:
        """None."""
        return None

    def discard(self) -> None:
        """Nothing to forget."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and how long it lives, in seconds."""

    token: str = field(repr=False)
    lifetime: float


Issuer = Callable[[], Awaitable[Grant]]
"""Asks for a new token. Raises `CredentialsRefused`."""


class CachedToken:
    """One token for all replies; many that need a new one at once cause one request."""

    def __init__(self, issue: Issuer, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issue = issue
        self._monotonic = monotonic
        self._token = ""
        self._refresh_at = self._usable_until = float("-inf")
        self._flight = SingleFlight(self._fetch)

    async def token(self) -> str | None:
        """The cached token; waits only when there is no usable one."""
        now = self._monotonic()
        if now >= self._usable_until:
            await self._flight.join()
        elif now >= self._refresh_at:
            self._refresh_at = now + RETRY
            self._flight.start()
        return self._token

    def discard(self) -> None:
        """Forget the token."""
        self._usable_until = float("-inf")

    async def _fetch(self) -> None:
        try:
            grant = await self._issue()
        except CredentialsRefused as refused:
            log.error("no token for replies: %s", refused.reason)  # noqa: TRY400 -- a trace of HTTP calls tells nothing
            raise
        expires_at = self._monotonic() + grant.lifetime
        self._token = grant.token
        self._refresh_at = expires_at - min(AHEAD, grant.lifetime / 2)
        self._usable_until = expires_at - min(MARGIN, grant.lifetime / 2)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """Asks Microsoft Entra ID by app id and password."""

    session: aiohttp.ClientSession = field(repr=False)
    app_id: str
    secret: SecretStr
    tenant: str
    login_url: str = LOGIN_URL

    async def __call__(self) -> Grant:
        """A new token for the Bot Connector."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.secret.get_secret_value(),
            "scope": f"{RESOURCE}/.default",
        }
        url = f"{self.login_url}/{self.tenant}/oauth2/v2.0/token"
        return await _ask(self.session, "POST", url, data=form)


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """Asks the machine the bot runs on: virtual machines by `IMDS_URL`, App Service by its own endpoint and header.

    ``endpoint`` and ``header`` are ``IDENTITY_ENDPOINT`` and ``IDENTITY_HEADER`` of App Service's environment.
    """

    session: aiohttp.ClientSession = field(repr=False)
    app_id: str
    endpoint: str = IMDS_URL
    header: SecretStr | None = None

    async def __call__(self) -> Grant:
        """A new token for the Bot Connector."""
        if self.header is None:
            version, headers = "2018-02-01", {"Metadata": "true"}
        else:
            version, headers = "2019-08-01", {"X-IDENTITY-HEADER": self.header.get_secret_value()}
        query = {"api-version": version, "resource": RESOURCE, "client_id": self.app_id}
        return await _ask(self.session, "GET", self.endpoint, params=query, headers=headers)


def client_secret(
    session: aiohttp.ClientSession, app_type: AppType, app_id: str, secret: SecretStr, tenant: str = ""
) -> ClientSecret:
    """Credentials of a single-tenant or multi-tenant registration. Raises `ValueError` without a needed tenant."""
    if app_type is AppType.MULTI_TENANT:
        tenant = MULTI_TENANT
    if not tenant:
        raise ValueError("MicrosoftAppType is SingleTenant; set MicrosoftAppTenantId too")
    return ClientSecret(session, app_id, secret, tenant)


def managed_identity(session: aiohttp.ClientSession, app_id: str, environment: Mapping[str, str]) -> ManagedIdentity:
    """Credentials of a managed identity, from App Service's own endpoint when ``environment`` names it."""
    endpoint, header = environment.get("IDENTITY_ENDPOINT"), environment.get("IDENTITY_HEADER")
    if endpoint and header:
        return ManagedIdentity(session, app_id, endpoint, SecretStr(header))
    return ManagedIdentity(session, app_id)


async def _ask(session: aiohttp.ClientSession, method: str, url: str, **request: Any) -> Grant:
    try:
        async with session.request(method, url, allow_redirects=False, **request) as response:
            answer = await read_object(response)
            if response.status != 200:
                raise CredentialsRefused(f"status {response.status}, {_error_code(answer)}")
            return _grant(answer)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, BodyTooLarge) as error:
        raise CredentialsRefused(type(error).__name__) from error


def _grant(answer: Mapping[str, object]) -> Grant:
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise CredentialsRefused("answer without a token")
    if "expires_in" in answer:
        return Grant(token, float(str(answer["expires_in"])))
    return Grant(token, float(str(answer.get("expires_on"))) - time.time())


def _error_code(answer: Mapping[str, object]) -> str:
    """The service's own words for a refusal: ``invalid_client``, and Entra ID's number."""
    numbers = answer.get("error_codes")
    return f"{str(answer.get('error'))[:40]} {numbers[0] if isinstance(numbers, list) and numbers else ''}".strip()
