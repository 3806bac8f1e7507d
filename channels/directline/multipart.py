"""``multipart/form-data`` as browsers send it.

The whole body is in memory anyway (its files go into the turn as bytes), so cutting it at its boundary is all there is
to do; aiohttp's streaming reader would answer malformed bodies with half a dozen kinds of exceptions and assertions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.directline.errors import BadArgument, NotMultipart
from channels.directline.headers import Header, read_header

_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_LONGEST_HEAD = 4_096
_NONE = read_header("")


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``content_type`` has no parameters; ``file_name`` is None for plain fields."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header announces. Raises `NotMultipart` or `BadArgument`."""
    header = read_header(content_type)
    if header.value != "multipart/form-data":
        raise NotMultipart
    boundary = (header.get("boundary") or "").rstrip()
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
    disposition = headers.get("content-disposition", _NONE)
    content_type = headers.get("content-type", _NONE).value
    if not _CONTENT_TYPE.fullmatch(content_type):
        content_type = "application/octet-stream"
    return Part(disposition.get("name") or "", disposition.get("filename"), content_type, content)


def _headers(text: str) -> dict[str, Header]:
    headers: dict[str, Header] = {}
    for line in text.split("\r\n"):
        name, _, value = line.partition(":")
        if (known := name.strip().lower()) in {"content-type", "content-disposition"}:
            headers.setdefault(known, read_header(value))
    return headers
