"""Which addresses can be a partner's own landing page, as far as the address tells."""

from __future__ import annotations

from dataclasses import dataclass

HostNames = frozenset[str]
"""Domain names in lower case; each stands for itself and everything under it."""


@dataclass(frozen=True, slots=True)
class LandingPageRules:
    """``landing_page`` of ``content/program.yaml``."""

    social_networks: HostNames = frozenset()
    marketplaces: HostNames = frozenset()
    link_shorteners: HostNames = frozenset()
    microsoft: HostNames = frozenset()
    """Microsoft's own sites."""
    shared_hosting: HostNames = frozenset()
    """Hosts of many owners: the partner may own a page there, so it is asked."""
    not_addresses: HostNames = frozenset()
    """What looks like a host name in a sentence and is a product: "asp.net"."""
    endings: HostNames = frozenset()
    """Last parts of host names that are recognized in a sentence without ``https://`` or ``www.``."""
    competitors: frozenset[str] = frozenset()
    """Names of other providers of training, as written on a page."""
    legal_forms: frozenset[str] = frozenset()
    """What may be missing behind or before a company's name on its own page: "Inc.", "GmbH", 有限公司."""
