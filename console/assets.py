"""The style sheet and the mark: kept in memory, each under a name that changes with its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from aiohttp import hdrs, web

from console.errors import NotFound
from console.routing import needs
from console.visit import Visit
from desk.access import Action

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css", ".svg": "image/svg+xml"}


class Assets:
    """Every file of ``static/``."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        self.names: Mapping[str, str] = {path.name: self._read(path) for path in sorted(STATIC.iterdir())}
        """By the file's name: the name that it is served under."""

    @needs(Action.VISIT)
    async def show(self, visit: Visit) -> web.Response:
        """A file."""
        name = visit.request.match_info["name"]
        if name not in self._files:
            raise NotFound
        body, content_type = self._files[name]
        headers = {hdrs.CACHE_CONTROL: FOREVER}
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    def _read(self, path: Path) -> str:
        body = path.read_bytes()
        name = f"{path.stem}.{hashlib.sha256(body).hexdigest()[:12]}{path.suffix}"
        self._files[name] = body, _TYPES[path.suffix]
        return name
