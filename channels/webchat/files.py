"""Files that browsers fetch: held in memory, compressed once, cached by their content."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

FOREVER = "public, max-age=31536000, immutable"
"""For addresses that change with the content."""
ASK_FIRST = "no-cache"
"""For addresses that stay: the browser asks whether its copy is still the one."""

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file as it goes over the wire."""

    body: bytes
    packed: bytes
    """The body in gzip."""
    content_type: str
    etag: str

    def respond(self, request: web.Request, caching: str) -> web.Response:
        """The file, or "not modified"; compressed if the browser can read that."""
        headers = {hdrs.CACHE_CONTROL: caching, hdrs.ETAG: self.etag, hdrs.VARY: hdrs.ACCEPT_ENCODING}
        if request.headers.get(hdrs.IF_NONE_MATCH) == self.etag:
            return web.Response(status=304, headers=headers)
        body = self.body
        if _reads_gzip(request):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = self.packed
        return web.Response(body=body, content_type=self.content_type, charset="utf-8", headers=headers)


def served(body: bytes, suffix: str) -> ServedFile:
    """``body`` compressed: some 0.3 s for the largest file. ``suffix`` (``.js``) names its type."""
    digest = hashlib.sha256(body).hexdigest()[:20]
    return ServedFile(body, gzip.compress(body, 9, mtime=0), _TYPES[suffix], f'"{digest}"')


def read_folder(folder: Path) -> Mapping[str, ServedFile]:
    """Every file of ``folder`` by name."""
    return {path.name: served(path.read_bytes(), path.suffix) for path in sorted(folder.iterdir())}


def version_of(files: Mapping[str, ServedFile]) -> str:
    """Changes when any of ``files`` does."""
    return hashlib.sha256("".join(file.etag for file in files.values()).encode()).hexdigest()[:12]


def _reads_gzip(request: web.Request) -> bool:
    for coding in request.headers.get(hdrs.ACCEPT_ENCODING, "").split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "").rstrip(".0") != "q="
    return False
