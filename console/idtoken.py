"""What an id token must say to be believed (OpenID Connect Core 1.0, 3.1.3.7), and who it speaks of."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from console.settings import ProviderSettings
from desk.access import Role
from desk.errors import BadTeamsUser
from desk.pressing import teams_user

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LEEWAY: Final = 60
"""Seconds that clocks may differ."""
LONGEST_TOKEN: Final = 16_384
SMALLEST_RSA: Final = 2048
LONGEST_SHOWN: Final = 80
ENTRA: Final = (
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
)
"""Issuers whose ``oid`` is the object id by which Teams knows a person. Any other's is a word like others."""
Keys = Mapping[str, jwt.PyJWK]
"""By key id."""


class TokenRefused(Exception):
    """The id token is not believed; sign in again, and check issuer and client id when it goes on."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the identity provider says that it is."""

    subject: str
    """Issuer and subject: never given to anybody else."""
    name: str
    """An address or a login name; may change."""
    shown: str
    roles: frozenset[Role]
    teams_user: str = ""
    """Their object id in Entra ID, if that is who says so."""


def key_id(token: str) -> str:
    """The key that an unverified token names. Raises `TokenRefused`."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused("unreadable header") from error
    if header.get("alg") not in ALGORITHMS or "crit" in header:
        raise TokenRefused("algorithm")
    if not isinstance(header.get("kid"), str):
        raise TokenRefused("no key id")
    return str(header["kid"])


def checked(token: str, key: jwt.PyJWK, settings: ProviderSettings, nonce: str) -> Mapping[str, Any]:
    """The claims, after signature, issuer, audience, lifetime and nonce were verified. Raises `TokenRefused`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            audience=settings.client_id,
            issuer=settings.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from error
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise TokenRefused("nonce")
    _check_party(claims, settings.client_id)
    return claims


def person(claims: Mapping[str, Any], settings: ProviderSettings) -> Person:
    """Who verified claims speak of. Raises `TokenRefused` without a subject."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.strip():
        raise TokenRefused("no subject")
    name = next((text for claim in ("preferred_username", "email", "name") if (text := _line(claims.get(claim)))), "")
    subject, shown = f"{settings.issuer}|{subject}", _line(claims.get("name"))
    return Person(subject, name, shown, _roles(claims, settings), _object_id(claims, settings))


def read_keys(document: Mapping[str, Any]) -> Keys:
    """The usable keys of a JWKS document; any other entry is left out."""
    found: dict[str, jwt.PyJWK] = {}
    listed = document.get("keys")
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if key.algorithm_name in ALGORITHMS and (key.key_type != "RSA" or key.key.key_size >= SMALLEST_RSA):
            found[entry["kid"]] = key
    return found


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """A token for several audiences must have been made for us."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (party is None and several) or (party is not None and party != client_id):
        raise TokenRefused("authorized party")


def _roles(claims: Mapping[str, Any], settings: ProviderSettings) -> frozenset[Role]:
    values = _at(claims, settings.roles_claim)
    known = {**{str(role): role for role in Role}, **settings.roles}
    listed = [values] if isinstance(values, str) else values if isinstance(values, list) else []
    return frozenset(known[value] for value in listed if isinstance(value, str) and value in known)


def _object_id(claims: Mapping[str, Any], settings: ProviderSettings) -> str:
    try:
        return teams_user(str(claims.get("oid", ""))) if settings.issuer.startswith(ENTRA) else ""
    except BadTeamsUser:
        return ""


def _at(claims: Mapping[str, Any], path: str) -> object:
    """The claim of this name, or the one inside others (``realm_access.roles``)."""
    if path in claims:
        return claims[path]
    value: object = claims
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _line(value: object) -> str:
    """Text of one line: control characters and those that turn the direction of writing are left out."""
    text = value if isinstance(value, str) else ""
    return "".join(each for each in text if unicodedata.category(each)[0] != "C").strip()[:LONGEST_SHOWN]
