"""Direct Line as a part of an aiohttp application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from channels.directline import activities, conversations, session, stream, upload
from channels.directline.errors import DirectLineError
from channels.directline.hub import StreamHub
from channels.directline.intake import Intake
from channels.directline.limits import UNLIMITED, Limits
from channels.directline.origins import Origins
from channels.directline.service import SERVICE, Run, Service, Tickets
from channels.directline.settings import PREFIX, DirectLineSettings
from channels.directline.tokens import Tokens
from turn.ports import Clock, ConversationLog

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DirectLine:
    """Direct Line 3.0 over a conversation log.

    ``hub`` is made by the caller, who gives it to the turn as its `Waker`.
    """

    def __init__(
        self,
        *,
        run: Run,
        log: ConversationLog,
        hub: StreamHub,
        tickets: Tickets,
        clock: Clock,
        secret: bytes,
        settings: DirectLineSettings,
        limits: Limits = UNLIMITED,
    ) -> None:
        """``secret`` signs the tokens: 32 bytes or more, the same on every replica and after a restart."""
        tokens = Tokens(secret, clock, settings)
        origins = Origins(settings.origins)
        self._service = Service(run, log, hub, clock, settings, tokens, tickets, Intake(tokens), origins, limits)

    def register(self, app: web.Application) -> None:
        """Add everything under ``/v3/directline``; sockets are closed when ``app`` shuts down."""
        part = web.Application(middlewares=[self._answer])
        part[SERVICE] = self._service
        part.add_routes(
            [
                web.post("/session", session.open_session),
                web.get("/session/getsessionid", session.session_id, allow_head=False),
                web.post("/tokens/generate", conversations.generate_token),
                web.post("/tokens/refresh", conversations.refresh_token),
                web.post("/conversations", conversations.start),
                web.get("/conversations/{conversation}", conversations.reconnect, allow_head=False),
                web.get("/conversations/{conversation}/activities", activities.get_activities, allow_head=False),
                web.post("/conversations/{conversation}/activities", activities.post_activity),
                web.post("/conversations/{conversation}/upload", upload.upload),
                web.get("/conversations/{conversation}/stream", stream.stream, allow_head=False),
            ]
        )
        part.on_response_prepare.append(self._service.origins.add_headers)
        part.on_shutdown.append(self._close_sockets)
        app.add_subapp(PREFIX, part)

    @web.middleware
    async def _answer(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse foreign pages, answer their browsers' questions, and put refusals into words."""
        try:
            self._service.origins.check(request)
            if request.method == "OPTIONS":
                return self._service.origins.preflight()
            self._service.visit(request)
            return await handler(request)
        except DirectLineError as refused:
            error = {"error": {"code": refused.code, "message": str(refused)}}
            return web.json_response(error, status=refused.status, headers=refused.headers())

    async def _close_sockets(self, _: web.Application) -> None:
        self._service.hub.close()
