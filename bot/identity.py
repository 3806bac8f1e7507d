"""Who the bot is on other people's channels: its gate, its credentials, and where it may post."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr

from bot.credentials import AppType, CachedToken, Credentials, NoCredentials, client_secret, managed_identity
from bot.keys import ConnectorKeys
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens, Gate, LoopbackOnly


@dataclass(frozen=True, slots=True)
class Identity:
    """What follows from the registration, or from there being none."""

    service_urls: ServiceUrls
    credentials: Credentials
    gate: Gate


def registered(
    session: aiohttp.ClientSession,
    *,
    app_type: str,
    app_id: str,
    password: SecretStr,
    tenant: str,
    service_urls: Iterable[str],
) -> Identity:
    """A bot with a registration: Microsoft's channels, and the service URLs that are allowed besides."""
    urls, kind = ServiceUrls.channels(service_urls), AppType(app_type)
    if kind is AppType.MANAGED_IDENTITY:
        issuer = CachedToken(managed_identity(session, app_id, os.environ))
    else:
        issuer = CachedToken(client_secret(session, kind, app_id, password, tenant))
    return Identity(urls, issuer, ConnectorTokens(app_id, ConnectorKeys(session), urls))


def unregistered(*, bound_to_loopback: bool) -> Identity:
    """A bot without one: Emulator and Agents Playground on this machine only."""
    urls = ServiceUrls.loopback()
    return Identity(urls, NoCredentials(), LoopbackOnly(urls, bound_to_loopback=bound_to_loopback))
