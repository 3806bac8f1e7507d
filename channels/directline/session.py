"""A visitor of our own web chat page: anonymous, known again by a resume token in the browser."""

from __future__ import annotations

from aiohttp import web

from channels.directline.errors import BadArgument, DirectLineError
from channels.directline.service import SERVICE, Service
from channels.directline.tokens import Kind, new_conversation_id, new_user_id
from channels.directline.wire import read_object
from turn.ports import Conversation


async def open_session(request: web.Request) -> web.Response:
    """POST /session: ``{}`` or ``{"resume": "…"}`` gives ids made here, a token and a new resume token.

    With ``"fresh": true`` whoever has the resume token begins a new conversation, and keeps their requests. A resume
    token that is no good any more starts afresh as a stranger: the page has no better idea either.
    """
    service = request.app[SERVICE]
    origin = service.origins.check(request)
    service.new_session(request)
    body = await read_object(request, service.settings.body_limit)
    resume, fresh = body.get("resume"), body.get("fresh")
    if not isinstance(resume, str | None):
        raise BadArgument("'resume' is a token that this address gave out.")
    if not isinstance(fresh, bool | None):
        raise BadArgument("'fresh' is true or false.")
    conversation = await _returning(service, request, resume) if resume else None
    if conversation is None or fresh:
        conversation = await _fresh(service, conversation.user if conversation else new_user_id())
    answer = {
        **service.token(conversation.id, conversation.user, origin),
        "user": {"id": conversation.user},
        "resume": service.tokens.issue(Kind.RESUME, conversation.id, conversation.user, origin),
    }
    return web.json_response(answer)


async def session_id(request: web.Request) -> web.Response:
    """GET /session/getsessionid: asked for before a sign-in card is opened."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    return web.json_response({"sessionId": service.tokens.derived_id("session", claims.conversation)})


async def _returning(service: Service, request: web.Request, resume: str) -> Conversation | None:
    try:
        claims = service.tokens.check(resume, Kind.RESUME)
        service.check_page(claims, request)
        return await service.conversation(claims)
    except DirectLineError:
        return None


async def _fresh(service: Service, user: str) -> Conversation:
    conversation = Conversation(new_conversation_id(), user, "webchat", service.clock.now())
    await service.log.create(conversation)
    return conversation
