"""What is wrong with the settings of a Teams app, as a list of what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from teams.manifest import TeamsApp

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}")
_LONGEST_DEVELOPER = 32
_LONGEST_URL = 2048
_LOCAL = re.compile(r"localhost|.*\.local|.*\.internal|[^.]+|[\d.]+|.*:.*", re.IGNORECASE)
"""Hosts that Teams cannot reach: this machine, names without a domain, addresses."""


def problems(app: TeamsApp) -> tuple[str, ...]:
    """One line for each setting that Teams would not take; empty when all is well."""
    return tuple(_problems(app))


def _problems(app: TeamsApp) -> Iterator[str]:
    if not _GUID.fullmatch(app.bot_id):
        yield "MicrosoftAppId: set it to the id of the bot's registration, as in 00000000-1111-2222-3333-444444444444"
    if not _VERSION.fullmatch(app.version):
        yield "--version: write three numbers, as in 1.0.0"
    if not app.developer.strip():
        yield "TEAMS_DEVELOPER: set it to the name of whoever offers the bot"
    elif len(app.developer) > _LONGEST_DEVELOPER:
        yield f"TEAMS_DEVELOPER: use at most {_LONGEST_DEVELOPER} characters"
    if reason := _unusable(app.public_url):
        yield f"PUBLIC_URL: {reason}"
    elif urlsplit(app.public_url).port is not None:
        yield "PUBLIC_URL: leave the port out; Teams knows domains only"
    addresses = {
        "TEAMS_WEBSITE_URL": app.website_url,
        "TEAMS_PRIVACY_URL": app.privacy_url,
        "TEAMS_TERMS_URL": app.terms_url,
    }
    yield from (f"{name}: {reason}" for name, address in addresses.items() if (reason := _unusable(address)))


def _unusable(address: str) -> str:
    if not address:
        return "set it to an address that begins with https://"
    parts = urlsplit(address)
    if parts.scheme != "https":
        return "begin it with https://"
    if _LOCAL.fullmatch(parts.hostname or ""):
        return "name a host that the internet knows, as in bot.contoso.com"
    return f"use at most {_LONGEST_URL} characters" if len(address) > _LONGEST_URL else ""
