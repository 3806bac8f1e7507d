"""Whom an address belongs to, as far as anybody can tell."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SITE_BITS: Final = 64
"""Of an IPv6 address: whoever has one has all that begin alike."""


def read_address(text: str) -> Address | None:
    """An address as it is written; of IPv4 also in the form that IPv6 has for it. None when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(1024)
def site_of(text: str) -> str:
    """What is counted as one: the address itself, of IPv6 the network that its owner has."""
    address = read_address(text)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, SITE_BITS), strict=False))
    return text if address is None else str(address)
