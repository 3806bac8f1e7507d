"""What the browser lets our page do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_EMPTY = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""The digest of nothing: allows ``<style>`` elements that are empty when they are put into the page. Web Chat makes two
such and fills them rule by rule from its script; a nonce it would pass to one of them only."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


def content_policy(socket: str, framed_by: Iterable[str]) -> str:
    """The page's Content-Security-Policy: scripts only of ours, nothing from elsewhere.

    ``blob:`` and ``data:`` are what the page itself has in memory: Web Chat's spinner, the files that a user sends.
    ``socket`` is the address of our stream: older Safari does not count WebSockets as ``'self'``. ``framed_by`` are
    the origins that may show the page in a frame.
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' '{_EMPTY}'",
        "img-src": "'self' data: blob:",
        "connect-src": " ".join(filter(None, ("'self'", "blob:", socket))),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(framed_by) or "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def socket_source(public_url: str, host: str, *, secure: bool) -> str:
    """Our origin for WebSockets: of ``public_url``, else of the request's ``host``; empty when that is no host."""
    if public_url:
        parts = urlsplit(public_url)
        return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return f"{'wss' if secure else 'ws'}://{host}" if _HOST.fullmatch(host) else ""
