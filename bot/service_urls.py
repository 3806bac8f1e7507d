"""Where the bot may send messages and its token: an allow-list of service hosts.

An activity names the URL that replies go to, so whoever can make the bot believe an activity chooses where its token
travels. The list is checked when an activity comes in, when its address is built for storing, and when a reply is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.errors import ServiceUrlRefused

CHANNEL_HOSTS = (
    "smba.trafficmanager.net",  # Teams
    "smba.infra.gcc.teams.microsoft.com",  # Teams, US Government Community Cloud
    "*.botframework.com",  # Web Chat, Direct Line and the other channels of Azure Bot Service
)
"""Hosts of the public cloud; ``*.`` stands for one or more labels."""

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST_URL = 2048

# Only characters that every URL parser reads alike: no userinfo, backslash, blank, query, fragment, full-width letters.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?P<port>:[0-9]{1,5})?(?P<path>(?:/[\w.~!$&'()*+,;=:@%-]*)*)",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_OWN_NAMES = frozenset({"localhost", "localdomain"})
"""Top labels that lead back to this machine."""
UNUSABLE = (
    "write hosts as bots.example.com, *.example.com (all below it) or https://bots.example.com/; "
    "the bot posts by https at port 443, and neither to IP addresses nor to this machine"
)


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """The service URLs the bot answers to. Make one with `channels` or `loopback`."""

    hosts: tuple[str, ...]
    """Empty in loopback mode."""

    @classmethod
    def channels(cls, extra: Iterable[str] = ()) -> ServiceUrls:
        """https URLs of `CHANNEL_HOSTS` and of ``extra`` hosts, written as for `allowed_host`. Raises `ValueError`."""
        return cls(CHANNEL_HOSTS + tuple(map(allowed_host, extra)))

    @classmethod
    def loopback(cls) -> ServiceUrls:
        """http URLs of this machine only: Emulator and Agents Playground, when the bot has no credentials."""
        return cls(())

    def check(self, url: str) -> str:
        """The URL without its trailing slash, ready to append a path to. Raises `ServiceUrlRefused`."""
        return _checked(self.hosts, url)


@lru_cache(64)
def _checked(hosts: tuple[str, ...], url: str) -> str:
    """A turn asks three times, and there are few URLs. A refusal is not kept."""
    parts = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if parts is None:
        raise ServiceUrlRefused("malformed")
    scheme, host, port = parts["scheme"].lower(), parts["host"].lower(), parts["port"]
    if hosts:
        allowed = scheme == "https" and port in (None, ":443") and _knows(hosts, host)
    else:
        allowed = scheme == "http" and host in LOOPBACK_HOSTS
    if not allowed:
        raise ServiceUrlRefused("not on the list")
    return url.rstrip("/")


def allowed_host(text: str) -> str:
    """The entry of the list that an operator means by ``bots.example.com``, ``*.example.com`` or an https URL.

    Of a URL the host counts, and its path does not. Raises `ValueError`, which does not show the text: it may hold a
    password.
    """
    text = text.strip()
    url = _URL.fullmatch(text)
    if url is not None and (url["scheme"].lower() != "https" or url["port"] not in (None, ":443")):
        raise ValueError(UNUSABLE)
    host = (text if url is None else url["host"]).lower()
    if not _is_name(host.removeprefix("*.")) or host.rpartition(".")[2] in _OWN_NAMES:
        raise ValueError(UNUSABLE)
    return host


def _is_name(host: str) -> bool:
    """Whether it is a full name, of letters that look like nothing else."""
    return bool(_HOST.fullmatch(host)) and not any(label.startswith("xn--") for label in host.split("."))


def _knows(hosts: tuple[str, ...], host: str) -> bool:
    return _is_name(host) and any(
        host.endswith(known[1:]) if known.startswith("*") else host == known for known in hosts
    )
