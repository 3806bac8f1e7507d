"""The WebSocket of a conversation: everything after a watermark, then whatever comes."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web

from channels.directline.errors import Forbidden, NotSocket, TooManySockets
from channels.directline.hub import Ending
from channels.directline.pace import Pace
from channels.directline.posted import known_locale
from channels.directline.service import SERVICE, Service
from channels.directline.settings import DirectLineSettings
from channels.directline.tokens import Kind
from channels.directline.wire import read_watermark

_CLOSE_WAIT = 2.0  # seconds for the other side to answer our close


async def stream(request: web.Request) -> web.WebSocketResponse:
    """GET /conversations/{id}/stream?watermark=…&t=…: opened with the ticket of a ``streamUrl``, which works once."""
    service = request.app[SERVICE]
    ticket = service.tokens.check(request.query.get("t", ""), Kind.STREAM)
    service.check_page(ticket, request)
    if request.match_info["conversation"] != ticket.conversation:
        raise Forbidden
    watermark = read_watermark(request)
    conversation = await service.conversation(ticket)
    socket = web.WebSocketResponse(
        heartbeat=service.settings.heartbeat,
        max_msg_size=service.settings.frame_limit,
        timeout=_CLOSE_WAIT,
        compress=False,  # frames are small; a compressor per socket is not
    )
    if not socket.can_prepare(request):
        raise NotSocket
    await service.spend(ticket)
    await service.welcome(conversation, known_locale(request.headers.get("Accept-Language")))
    await socket.prepare(request)
    following = asyncio.create_task(_follow(service, request, socket, conversation.id, watermark))
    try:
        if await _listen(socket, service.settings) is WSMsgType.CLOSING:  # the other task is saying goodbye
            await asyncio.wait({following}, timeout=_CLOSE_WAIT)
    finally:
        following.cancel()
        await asyncio.wait({following})
    if not following.cancelled():
        following.result()
    return socket


async def _follow(
    service: Service, request: web.Request, socket: web.WebSocketResponse, conversation_id: str, watermark: int
) -> None:
    code, reason = WSCloseCode.INTERNAL_ERROR, ""
    try:
        ending = await service.hub.follow(conversation_id, watermark, socket.send_str)
        if ending is Ending.TOO_SLOW and request.transport is not None:
            request.transport.abort()  # a close frame would wait behind everything unread
        code = WSCloseCode.SERVICE_RESTART
    except TooManySockets as refused:
        code, reason = WSCloseCode.POLICY_VIOLATION, refused.code
    finally:
        await socket.close(code=code, message=reason.encode())


async def _listen(socket: web.WebSocketResponse, settings: DirectLineSettings) -> WSMsgType:
    """Clients have nothing to say here but empty frames, by which they notice a dead connection.

    Returns what ended it.
    """
    loop = asyncio.get_running_loop()
    pace = Pace(settings.frames_per_second, loop.time())
    while True:
        message = await socket.receive()
        if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
            return message.type
        if message.data or not pace.allows(loop.time()):
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return WSMsgType.CLOSE
