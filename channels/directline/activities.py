"""Sending and polling."""

from __future__ import annotations

import secrets

from aiohttp import web

from channels.directline.hub import PAGE
from channels.directline.posted import known_locale, read_activity
from channels.directline.service import SERVICE
from channels.directline.wire import activity_set, read_object, read_watermark

JOIN_EVENT = "webchat/join"
"""Event by which a page tells that its visitor is there."""


async def post_activity(request: web.Request) -> web.Response:
    """POST /conversations/{id}/activities: run a turn; answered with the activity's id once it is committed."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    posted = read_activity(await read_object(request, service.settings.body_limit))
    conversation = await service.conversation(claims)
    if posted.type == "message":
        incoming = service.intake.message(conversation, posted, service.clock.now())
        await service.turn(incoming)
        return web.json_response({"id": incoming.activity_id})
    if posted.type == "event" and posted.name == JOIN_EVENT:
        await service.welcome(conversation, known_locale(posted.locale, request.headers.get("Accept-Language")))
    return web.json_response({"id": secrets.token_hex(16)})  # events and typing leave no trace


async def get_activities(request: web.Request) -> web.Response:
    """GET /conversations/{id}/activities: up to `PAGE` activities after the watermark."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    watermark = read_watermark(request)
    conversation = await service.conversation(claims)
    piece = await service.log.since(conversation.id, watermark, PAGE)
    return web.json_response(activity_set(conversation.id, piece))
