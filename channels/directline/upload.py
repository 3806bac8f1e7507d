"""Messages with files. The files' bytes live as long as the turn does."""

from __future__ import annotations

from aiohttp import web

from channels.directline.errors import BadArgument, TooLarge
from channels.directline.intake import file_name
from channels.directline.multipart import Part, boundary_of, parts_of
from channels.directline.posted import PostedActivity, read_activity
from channels.directline.service import SERVICE
from channels.directline.settings import UPLOAD_LIMIT
from channels.directline.wire import parse_object, read_body
from dialogs.reply import JsonObject
from turn.model import Attachment

_ACTIVITY = "application/vnd.microsoft.activity"


async def upload(request: web.Request) -> web.Response:
    """POST /conversations/{id}/upload: an activity and its files as one message. The query's ``userId`` is ignored."""
    service = request.app[SERVICE]
    claims = service.claims(request)
    boundary = boundary_of(request.headers.get("Content-Type", ""))
    conversation = await service.conversation(claims)
    body = await read_body(request, UPLOAD_LIMIT)
    most = service.settings.upload_files
    posted, files = _cut(parts_of(body, boundary, most + 1), service.settings.body_limit)
    if len(files) > most:
        raise BadArgument(f"At most {most} files at once.")
    incoming = service.intake.message(conversation, posted, service.clock.now(), files)
    await service.turn(incoming)
    return web.json_response({"id": incoming.activity_id})


def _cut(parts: list[Part], limit: int) -> tuple[PostedActivity, list[Attachment]]:
    descriptions = [part for part in parts if part.content_type == _ACTIVITY or part.name == "activity"]
    files = [part for part in parts if part not in descriptions]
    if len(descriptions) > 1 or not files:
        raise BadArgument("An upload has one activity and at least one file.")
    posted = read_activity(_described(descriptions[0], limit) if descriptions else {"type": "message"})
    if posted.type != "message":
        raise BadArgument("Only messages have files.")
    return posted, [Attachment(file_name(f.file_name), f.content_type, len(f.content), f.content) for f in files]


def _described(part: Part, limit: int) -> JsonObject:
    """Files may be long; their activity has the ``limit`` of one without files, and is not looked at beyond it.

    Megabytes of JSON would hold the event loop for seconds, and make a row that no database here takes.
    """
    if len(part.content) > limit:
        raise TooLarge
    return parse_object(part.content)
