"""Which addresses of pages are looked at: names on the web's own ports, nothing else."""

from __future__ import annotations

import re

from yarl import URL

LONGEST = 2_000
PORTS = frozenset({80, 443})
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
"""At least two labels, and a last one that is no number in any spelling: an address in figures is not a name."""


class NotAPage(Exception):
    """This is not the address of a page on the web; give a name with http or https, without user and port."""


def target(text: str, base: URL | None = None) -> URL:
    """The page that ``text`` names, seen from ``base`` when it is a redirect. Raises `NotAPage`.

    What is judged is what will be asked for: after the folding of full-width characters and of international names.
    """
    if len(text) > LONGEST or _FORBIDDEN.search(text):
        raise NotAPage
    try:
        url = URL(text) if base is None else base.join(URL(text))
        name, port = (url.raw_host or "").removesuffix("."), url.port
    except ValueError:
        raise NotAPage from None
    if url.scheme not in ("http", "https") or port not in PORTS or "@" in (url.raw_authority or ""):
        raise NotAPage
    if not _NAME.fullmatch(name):
        raise NotAPage
    return url.with_host(name).with_fragment(None)
