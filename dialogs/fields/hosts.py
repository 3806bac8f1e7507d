"""Addresses of web pages taken apart, and the rules for their hosts. Nothing here ever looks a name up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from dialogs.fields.phrases import fold
from program.pages import HostNames, LandingPageRules

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<tail>.*)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?")
_LOCAL = frozenset(
    {
        "localhost",
        "local",
        "localdomain",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "test",
        "invalid",
        "example",
        "onion",
        "arpa",
    }
)
_PORTS = {"http": "80", "https": "443"}
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class Page:
    """An address that may be a web page. ``fault`` is the reason (``field.url.<fault>``) why it cannot be."""

    url: str = ""
    host: str = ""
    fault: str = ""


def page_at(address: str) -> Page:
    """Take an address with its scheme apart; the host comes out in lower case and punycode."""
    match = _ADDRESS.fullmatch(address)
    if not match:
        return Page(fault="malformed")
    scheme = match["scheme"].lower()
    if scheme not in _PORTS:
        return Page(fault="scheme")
    authority = match["authority"]
    if "@" in authority:
        return Page(fault="credentials")
    if authority.startswith("["):
        return Page(fault="ip-address")
    name, colon, port = authority.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 2**16 and len(port) < len("100000")):
        return Page(fault="malformed")
    host, fault = ascii_host(name)
    if fault:
        return Page(fault=fault)
    shown = f":{port}" if colon and port != _PORTS[scheme] else ""
    return Page(f"{scheme}://{host}{shown}{match['tail']}", host)


def ascii_host(name: str) -> tuple[str, str]:
    """The host in lower case and punycode, and the fault when it is none that others can reach."""
    host = fold(name).text.replace("。", ".").rstrip(".") if name.isascii() else _lower(name).rstrip(".")
    if not host or len(host) > _LONGEST_HOST:
        return "", "malformed"
    if _NUMERIC.fullmatch(host):
        return "", "ip-address"
    labels = host.split(".")
    if len(labels) == 1 or labels[-1] in _LOCAL:
        return "", "local"
    if any(_mixes_letters(label) for label in labels):
        return "", "mixed-letters"
    try:
        labels = [label if label.isascii() else label.encode("idna").decode("ascii") for label in labels]
    except UnicodeError:
        return "", "malformed"
    if not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        return "", "malformed"
    return ".".join(labels), ""


def host_fault(host: str, rules: LandingPageRules) -> str:
    """Why the host cannot be the partner's own, by the lists; empty when they say nothing against it."""
    lists: dict[str, HostNames] = {
        "social-network": rules.social_networks,
        "marketplace": rules.marketplaces,
        "link-shortener": rules.link_shorteners,
        "microsoft": rules.microsoft - rules.shared_hosting,
    }
    return next((reason for reason, names in lists.items() if is_under(host, names)), "")


def is_under(host: str, names: HostNames) -> bool:
    """Whether ``host`` is one of ``names`` or lies under one."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in names for start in range(len(labels)))


def readable(url: str) -> str:
    """The address as people write it: punycode and percent codes decoded where that hides nothing."""
    match = _ADDRESS.fullmatch(url)
    if not match:
        return url
    labels = [_decoded(label) for label in match["authority"].split(".")]
    tail = unquote(match["tail"])
    safe = tail.isprintable() and not re.search(r"\s", tail)
    return f"{match['scheme']}://{'.'.join(labels)}{tail if safe else match['tail']}"


def _decoded(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _lower(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower().replace("。", ".")


def _mixes_letters(label: str) -> bool:
    """Latin beside Cyrillic or Greek letters that look like it."""
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in label if character.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK"})
