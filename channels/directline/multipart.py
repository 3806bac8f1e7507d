"""``multipart/form-data`` as browsers send it.

The whole body is in memory anyway (its files go into the turn as bytes), so cutting it at its boundary is all there is
to do; aiohttp's streaming reader would answer malformed bodies with half a dozen kinds of exceptions and assertions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from channels.directline.errors import BadArgument, NotMultipart

_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_LONGEST_HEAD = 4_096


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``content_type`` has no parameters; ``file_name`` is None for plain fields."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header announces. Raises `NotMultipart` or `BadArgument`."""
    header = _headers(f"content-type: {content_type}")
    if header.get_content_type() != "multipart/form-data":
        raise NotMultipart
    boundary = header.get_boundary() or ""
    if not 1 <= len(boundary) <= 70 or not boundary.isascii():
        raise BadArgument
    return boundary.encode()


def parts_of(body: bytes, boundary: bytes, most: int) -> list[Part]:
    """The parts of ``body``, in order. Raises `BadArgument`, also when there are more than ``most``."""
    _preamble, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, most + 1)
    if not pieces or not pieces[-1].startswith(b"--"):
        raise BadArgument
    return [_part(piece) for piece in pieces[:-1]]


def _part(piece: bytes) -> Part:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank or len(head) > _LONGEST_HEAD:
        raise BadArgument
    headers = _headers(head.decode("utf-8", "replace"))
    name = headers.get_param("name", "", "content-disposition")
    content_type = headers.get_content_type()
    if not _CONTENT_TYPE.fullmatch(content_type) or "content-type" not in headers:
        content_type = "application/octet-stream"
    return Part(name if isinstance(name, str) else "", headers.get_filename(), content_type, content)


def _headers(text: str) -> Message:
    headers = Message()
    for line in text.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() in {"content-type", "content-disposition"}:
            headers[name.strip()] = value.strip()
    return headers
