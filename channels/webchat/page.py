"""The page at ``/``, the same page in a frame for other sites, and ``/embed.js``, which puts that frame there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from channels.webchat.bundle import DIGEST, NAME, Bundle, BundleUnusable
from channels.webchat.files import ASK_FIRST, FOREVER, ServedFile, read_folder, served, version_of
from channels.webchat.policy import content_policy, socket_source

STATIC = Path(__file__).parent / "static"
PAGE, EMBED = "page.html", "embed.js"

log = structlog.get_logger("webchat")


class WebChatPage:
    """Serves the web chat. Its chat talks to ``/v3/directline`` of the same application."""

    def __init__(self, bundle: Path, *, origins: Collection[str] = (), public_url: str = "") -> None:
        """``bundle`` is Web Chat's file; ``origins`` are those of the sites that may embed the page
        (``https://www.example.com``); ``public_url`` is our address as browsers see it, empty: as they ask for it.
        """
        self._bundle = Bundle(bundle)
        self._files = read_folder(STATIC)
        self._version = version_of(self._files)
        self._origins = tuple(sorted(origins))
        self._public_url = public_url
        self._page, self._frame = self._document("page"), self._document("frame")

    def register(self, app: web.Application) -> None:
        """Add the page's addresses to ``app``."""
        app.add_routes(
            [
                web.get("/", self._show_page),
                web.get("/embed.js", self._show_embed),
                web.get("/webchat/frame", self._show_frame),
                web.get(f"/webchat/{NAME}", self._show_bundle),
                web.get("/webchat/{version:[0-9a-f]{12}}/{name}", self._show_file),
            ]
        )
        app.cleanup_ctx.append(self._prepare)

    async def _prepare(self, _: web.Application) -> AsyncIterator[None]:
        """Compress the bundle while the server already answers."""
        preparing = asyncio.create_task(self._read_bundle())
        yield
        await preparing

    async def _read_bundle(self) -> None:
        try:
            await self._bundle.file()
        except BundleUnusable as reason:
            log.warning("web chat cannot be shown", reason=str(reason))

    async def _show_page(self, request: web.Request) -> web.Response:
        return self._show(self._page, request, framed_by=())

    async def _show_frame(self, request: web.Request) -> web.Response:
        return self._show(self._frame, request, framed_by=("'self'", *self._origins))

    def _document(self, kind: str) -> ServedFile:
        root = urlsplit(self._public_url).path.rstrip("/")
        text = Template(self._files[PAGE].body.decode()).substitute(
            kind=kind, files=f"{root}/webchat/{self._version}", bundle=f"{root}/webchat/{NAME}", digest=DIGEST
        )
        return served(text.encode(), ".html")

    def _show(self, document: ServedFile, request: web.Request, framed_by: Collection[str]) -> web.Response:
        socket = socket_source(self._public_url, request.headers.get(hdrs.HOST, ""), secure=request.secure)
        response = document.respond(request, ASK_FIRST)
        response.headers["Content-Security-Policy"] = content_policy(socket, framed_by)
        return response

    async def _show_embed(self, request: web.Request) -> web.Response:
        response = self._files[EMBED].respond(request, ASK_FIRST)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def _show_bundle(self, request: web.Request) -> web.Response:
        try:
            file = await self._bundle.file()
        except BundleUnusable:
            raise web.HTTPServiceUnavailable from None
        return file.respond(request, FOREVER)

    async def _show_file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None or request.match_info["name"] == PAGE:
            raise web.HTTPNotFound
        # A page from before an update asks by the old version; what it gets must not stay under that name.
        current = request.match_info["version"] == self._version
        return file.respond(request, FOREVER if current else ASK_FIRST)
