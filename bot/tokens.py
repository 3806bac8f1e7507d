"""Who may hand the bot an activity.

The seven rules for Bot Connector tokens (Azure Bot Service, "Connector to bot" authentication), and two more: ``exp``
is required, and the activity must name its channel and service URL. They are the same for every app type. Tokens of the
Emulator and of skills are not accepted: whoever holds the app secret could choose where replies go.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.errors import NotAuthenticated, NotAuthorized
from bot.keys import SigningKey
from bot.service_urls import ServiceUrls

ISSUER: Final = "https://api.botframework.com"
ALGORITHM: Final = "RS256"
LEEWAY: Final = 300
"""Seconds that clocks may differ."""
LONGEST_HEADER: Final = 8192
MOST_KEPT: Final = 200
"""Verified tokens that are known again; a channel shows the same one with every activity for an hour or more."""

_BEARER = re.compile(r"(?i:bearer) +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, after its signature was verified. Empty in loopback mode."""

    values: Mapping[str, object] = field(default_factory=dict)
    endorsements: frozenset[str] = frozenset()
    """The channels that the signing key speaks for."""


class Sent(Protocol):
    """The part of an activity that a token vouches for."""

    @property
    def channel_id(self) -> str: ...

    @property
    def service_url(self) -> str: ...


class KeySource(Protocol):
    """Finds signing keys."""

    async def find(self, key_id: str) -> SigningKey | None:
        """The key, or None. Raises `KeysUnavailable`."""
        ...


class Gate(Protocol):
    """Decides who may talk to the bot, in two steps so that a stranger's body is never parsed."""

    async def authenticate(self, authorization: str | None, *, local: Callable[[], bool]) -> Claims:
        """Before the body is read. ``local``: whether the request came from this machine. Raises `NotAuthenticated`."""
        ...

    def bind(self, claims: Claims, activity: Sent) -> None:
        """After the body is parsed. Raises `NotAuthorized` or `ServiceUrlRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that passed every check, and the key that it passed with."""

    token: str = field(repr=False)
    key_id: str
    public_key: RSAPublicKey
    values: dict[str, Any]


class ConnectorTokens:
    """The gate of a registered bot: tokens of the Bot Connector for ``app_id``, from any address."""

    def __init__(self, app_id: str, keys: KeySource, service_urls: ServiceUrls) -> None:
        if not app_id:
            raise ValueError("an app id is needed to check tokens; without one use LoopbackOnly")
        self._app_id = app_id
        self._keys = keys
        self._service_urls = service_urls
        self._kept: OrderedDict[str, _Verified] = OrderedDict()
        """By the header: to find it takes a tenth of what its digest would."""

    async def authenticate(self, authorization: str | None, *, local: Callable[[], bool]) -> Claims:  # noqa: ARG002 -- tokens count, addresses do not
        """Verify signature, issuer, audience and validity. Raises `NotAuthenticated` or `KeysUnavailable`."""
        kept = self._kept.get(authorization or "")
        token = kept.token if kept else _bearer(authorization)
        key_id = kept.key_id if kept else _key_id(token)
        key = await self._keys.find(key_id)
        if key is None:
            raise NotAuthenticated("unknown key")
        if kept is not None and kept.public_key is key.public_key and self._in_force(kept.values):
            return Claims(kept.values, key.endorsements)
        values = self._verified(token, key)
        self._keep(authorization or "", _Verified(token, key_id, key.public_key, values))
        return Claims(values, key.endorsements)

    def bind(self, claims: Claims, activity: Sent) -> None:
        """The key speaks for the channel, and the token was made for the service URL."""
        if activity.channel_id not in claims.endorsements:
            raise NotAuthorized("channel not endorsed")
        if claims.values.get("serviceurl") != activity.service_url:
            raise NotAuthorized("other service url")
        self._service_urls.check(activity.service_url)

    def _in_force(self, values: Mapping[str, Any]) -> bool:
        """Whether what was verified once still holds. Otherwise all is verified anew, which tells what does not."""
        now = time.time()
        begun = all(int(values.get(name, 0)) <= now + LEEWAY for name in ("nbf", "iat"))
        ours = values["iss"] == ISSUER and values["aud"] == self._app_id
        return ours and begun and int(values["exp"]) > now - LEEWAY

    def _keep(self, authorization: str, verified: _Verified) -> None:
        self._kept[authorization] = verified
        self._kept.move_to_end(authorization)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _verified(self, token: str, key: SigningKey) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key=key.public_key,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"], "strict_aud": True},
            )
        except jwt.PyJWTError as error:
            raise NotAuthenticated(type(error).__name__) from error
        except (ValueError, TypeError, OverflowError, RecursionError) as error:  # odd values inside a signed token
            raise NotAuthenticated("unreadable claims") from error


class LoopbackOnly:
    """The gate of a bot without credentials: Emulator and Agents Playground on this machine, nobody else."""

    def __init__(self, service_urls: ServiceUrls, *, bound_to_loopback: bool) -> None:
        self._service_urls = service_urls
        self._bound_to_loopback = bound_to_loopback

    async def authenticate(self, authorization: str | None, *, local: Callable[[], bool]) -> Claims:  # noqa: ARG002 -- nothing to check it against
        """Anybody on this machine, if only this machine can reach the server at all."""
        if not (self._bound_to_loopback and local()):
            raise NotAuthenticated("no app id: loopback only")
        return Claims()

    def bind(self, claims: Claims, activity: Sent) -> None:  # noqa: ARG002 -- there are none
        """Replies stay on this machine."""
        self._service_urls.check(activity.service_url)


def _bearer(authorization: str | None) -> str:
    if authorization is None:
        raise NotAuthenticated("no header")
    match = _BEARER.fullmatch(authorization) if len(authorization) <= LONGEST_HEADER else None
    if match is None:
        raise NotAuthenticated("not a bearer token")
    return match[1]


def _key_id(token: str) -> str:
    """The key id that an unverified header names; nothing else of the header is ever used."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise NotAuthenticated("unreadable header") from error
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or "crit" in header:
        raise NotAuthenticated("algorithm")
    if not isinstance(key_id, str):
        raise NotAuthenticated("no key id")
    return key_id
