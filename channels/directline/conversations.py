"""Tokens and conversations: the calls before the first message."""

from __future__ import annotations

import re

from aiohttp import web

from channels.directline.errors import BadArgument, SecretInBrowser, Unauthorized
from channels.directline.posted import known_locale
from channels.directline.service import SERVICE
from channels.directline.tokens import new_conversation_id, new_user_id
from channels.directline.wire import read_object, read_watermark
from dialogs.reply import JsonObject
from turn.ports import Conversation

_USER_ID = re.compile(r"dl_[A-Za-z0-9_.:@-]{1,100}")


async def generate_token(request: web.Request) -> web.Response:
    """POST /tokens/generate: a site's server, knowing the secret, gets a token for a new conversation.

    ``{"user": {"id": "dl_…"}}`` binds the site's own user to it; otherwise the id is made here.
    """
    service = request.app[SERVICE]
    if not service.has_secret(request):
        raise Unauthorized
    if "Origin" in request.headers:
        raise SecretInBrowser
    user = _user_id(await read_object(request, service.settings.body_limit))
    return web.json_response(service.token(new_conversation_id(), user, ""))


async def refresh_token(request: web.Request) -> web.Response:
    """POST /tokens/refresh: another one like this, while it is good."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    return web.json_response(service.token(claims.conversation, claims.user, claims.origin))


async def start(request: web.Request) -> web.Response:
    """POST /conversations: begin the token's conversation (201), or go on with it (200).

    A user id in the body is not looked at: the token's counts.
    """
    service = request.app[SERVICE]
    claims = service.claims(request)
    body = await read_object(request, service.settings.body_limit)
    known = await service.log.find(claims.conversation)
    if known is None:
        await service.log.create(Conversation(claims.conversation, claims.user, "directline", service.clock.now()))
    conversation = await service.conversation(claims)
    await service.welcome(conversation, known_locale(body.get("locale"), request.headers.get("Accept-Language")))
    return web.json_response(service.connection(request, claims, 0), status=200 if known else 201)


async def reconnect(request: web.Request) -> web.Response:
    """GET /conversations/{id}: a new token, and a stream from the watermark on."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    watermark = read_watermark(request)
    conversation = await service.conversation(claims)
    await service.welcome(conversation, known_locale(request.headers.get("Accept-Language")))
    return web.json_response(service.connection(request, claims, watermark))


def _user_id(body: JsonObject) -> str:
    user = body.get("user")
    if user is None:
        return new_user_id()
    given = user.get("id") if isinstance(user, dict) else None
    if not isinstance(given, str) or not _USER_ID.fullmatch(given):
        raise BadArgument("'user.id' starts with dl_ and goes on with up to 100 letters, digits and _.:@- signs.")
    return given
