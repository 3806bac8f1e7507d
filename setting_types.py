"""Types of settings: what a value of the environment must look like, and what to do when it does not."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from bot.service_urls import allowed_host
from desk.access import Role

_DRIVERS = ("sqlite://", "sqlite+aiosqlite://", "postgresql://", "postgresql+asyncpg://")
_CHANNEL_LINK = re.compile(r"https://teams\.(?:cloud\.)?microsoft(?:\.com|\.us)?/l/channel/([^/?#]+)")
_CHANNEL = re.compile(r"[A-Za-z0-9:._@=-]{1,200}", re.ASCII)
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain")


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _web_address(value: str, *, path: bool) -> str:
    parts = urlsplit(value)
    local = is_loopback(parts.hostname or "")
    if not parts.hostname or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
        raise ValueError("write an address as https://host (http only for localhost)")
    if parts.username or parts.query or parts.fragment or (not path and parts.path.strip("/")):
        raise ValueError(f"write an address as https://host{'/path' if path else ''} and nothing more")
    return value.rstrip("/")


def _origin(value: str) -> str:
    return _web_address(value, path=False).lower()


def _address(value: str) -> str:
    return _web_address(value, path=True) if value else value


def _issuer(value: str) -> str:
    """As it was written: an issuer is compared letter by letter."""
    if value:
        _web_address(value, path=True)
    return value


def _role_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    known = {str(role): role for role in Role}
    if any(role.strip() not in known or not claimed.strip() for role, _, claimed in pairs):
        raise ValueError(f"write pairs as in admin=Desk Admins,operator=Desk; the roles are {', '.join(known)}")
    return {claimed.strip(): known[role.strip()] for role, _, claimed in pairs}


def _teams_channel(value: str) -> str:
    """A channel's id, or the link that Teams gives for the channel, which holds it."""
    link = _CHANNEL_LINK.match(value)
    channel = unquote(link[1]) if link else value
    if channel and not _CHANNEL.fullmatch(channel):
        raise ValueError("give the link that Teams copies for the channel, or its id, as in 19:abc…@thread.tacv2")
    return channel


def _database(value: str) -> str:
    if not value.startswith(_DRIVERS):
        raise ValueError(f"begin it with {' or '.join(_DRIVERS)}")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("give the time with its zone, as in 2026-03-10T09:00:00Z")
    return value


def is_teams_channel(channel: str) -> bool:
    """Whether it is an id as Teams itself makes them, or none at all."""
    return not channel or re.fullmatch(r"19:[^;\s]+@thread\.(tacv2|skype)", channel) is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host`` (a name or an address)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]
ServiceHosts = Annotated[tuple[Annotated[str, AfterValidator(allowed_host)], ...], NoDecode, BeforeValidator(_split)]
RoleNames = Annotated[Mapping[str, Role], NoDecode, BeforeValidator(_role_names)]
Address = Annotated[str, AfterValidator(_address)]
TeamsChannel = Annotated[str, AfterValidator(_teams_channel)]
Issuer = Annotated[str, AfterValidator(_issuer)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Moment = Annotated[datetime, AfterValidator(_aware)]
PerMinute = Annotated[int, Field(ge=0, le=100_000)]
PerHour = Annotated[int, Field(ge=0, le=100_000)]
Burst = Annotated[int, Field(ge=1, le=10_000)]
Days = Annotated[int, Field(ge=1, le=3650)]
