"""Reading what clients send, with limits, and writing what they expect. 4xx for anything that is not well formed."""

from __future__ import annotations

import json
import math
import re
from itertools import chain

from aiohttp import web

from channels.directline.errors import BadArgument, TooLarge
from dialogs.reply import JsonObject, JsonValue
from turn.ports import LogSlice

_DEEPEST = 16
_GREATEST = 2**53  # to which JavaScript clients can count
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_WATERMARK = re.compile(r"[0-9]{1,16}")
_BOT: JsonObject = {"id": "bot", "role": "bot"}


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body, unpacked. Raises `TooLarge` as soon as ``limit`` bytes are exceeded."""
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(2**16):
            body += chunk
            if len(body) > limit:
                raise TooLarge
    except (web.RequestPayloadError, ValueError):  # wrong Content-Encoding, broken chunks
        raise BadArgument from None
    return bytes(body)


async def read_object(request: web.Request, limit: int) -> JsonObject:
    """The body as a JSON object; an empty body is an empty object."""
    body = await read_body(request, limit)
    return parse_object(body) if body.strip() else {}


def parse_object(body: bytes) -> JsonObject:
    """A JSON object that every part of the system can store and send on. Raises `BadArgument` for anything else."""
    try:
        parsed: JsonValue = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadArgument from None
    if not isinstance(parsed, dict) or not _is_storable(parsed, _DEEPEST):
        raise BadArgument
    return parsed


def _is_storable(value: JsonValue, deeper: int) -> bool:
    """No lone surrogates and NULs (databases refuse them), no infinities, no abysses."""
    match value:
        case str():
            return _UNSTORABLE.search(value) is None
        case float():
            return math.isfinite(value)
        case int():
            return abs(value) <= _GREATEST
        case list():
            return deeper > 0 and all(_is_storable(item, deeper - 1) for item in value)
        case dict():
            inside = chain(value.keys(), value.values())
            return deeper > 0 and all(_is_storable(item, deeper - 1) for item in inside)
        case None:
            return True


def read_watermark(request: web.Request) -> int:
    """The query's ``watermark``; absent or empty means the beginning. Raises `BadArgument`."""
    text = request.query.get("watermark", "")
    if not text:
        return 0
    if not _WATERMARK.fullmatch(text) or int(text) > _GREATEST:
        raise BadArgument("'watermark' is a number of activities, as given out by this server.")
    return int(text)


def activity_set(conversation_id: str, piece: LogSlice) -> JsonObject:
    """The ``ActivitySet`` of a poll or frame; replies get the sender that the log leaves out."""
    activities: list[JsonValue] = [addressed(conversation_id, activity) for activity in piece.activities]
    return {"activities": activities, "watermark": str(piece.watermark)}


def addressed(conversation_id: str, activity: JsonObject) -> JsonObject:
    """``activity`` with sender and conversation; without a sender of its own it is the bot's."""
    return {"from": _BOT, "conversation": {"id": conversation_id}, **activity}
