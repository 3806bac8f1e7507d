"""Uploads that want to break the bot, or to keep it busy: the same ones for the same seed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from tests.trust.hostile import Activity, hostile

BOUNDARY = "b0undary"
ACTIVITY = "application/vnd.microsoft.activity"
KB64 = 64 * 1024
MB5 = 5 * 1024 * 1024
NAMED = b'form-data; name="activity"'
FILE = b'form-data; name="file"; filename="a.txt"'
CODECS = (
    "utf-8", "iso-8859-1", "utf-7", "utf-16", "utf-32", "unicode_escape", "raw_unicode_escape", "idna", "punycode",
    "undefined", "rot13", "zlib", "mbcs", "no such", "", "\0", "utf-8\0", "x" * 3000,
)  # fmt: skip
NAMES = (
    "", '"', '"' + ";" * 3900, '"a' + '\\"' * 1900, ";" * 4000, "=" * 4000, "x" * 4000, "\0", "\x1b[2J", "../../x",
    "..\\x", "\u202e", "你" * 1300, "%00", "%ff" * 1300, "' OR '1'='1", "*0*=a; filename*1*=b", "*" + "9" * 4000 + "=a",
)  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """A request's body, and the header that says how it is cut."""

    body: bytes
    content_type: str = f"multipart/form-data; boundary={BOUNDARY}"


def part(content: bytes, disposition: bytes = FILE, content_type: str = "text/plain") -> bytes:
    """With the line before it."""
    head = b"Content-Disposition: " + disposition + b"\r\nContent-Type: " + content_type.encode()
    return b"\r\n--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + content


def upload(*parts: bytes) -> Upload:
    return Upload(b"".join(parts)[2:] + f"\r\n--{BOUNDARY}--\r\n".encode())


def described(activity: bytes, file: bytes = b"x") -> Upload:
    """An activity and a file."""
    return upload(part(activity, NAMED, ACTIVITY), part(file))


SAID = b'{"type":"message","text":"hi"}'


def filled(field: str, before: bytes, piece: bytes, after: bytes, size: int, activity: bytes = SAID) -> bytes:
    """An activity of at most ``size`` bytes, with as many pieces in a field as go in."""
    start = activity[:-1] + f',"{field}":'.encode() + before
    end = after + b"}"
    pieces = (size - len(start) - len(end) + 1) // (len(piece) + 1)
    return start + b",".join([piece] * pieces) + end


def growing(activity: bytes = SAID, size: int = KB64) -> bytes:
    """What takes four times its room when it is written again: 1000000000000000.0."""
    return filled("value", b'{"do":"form","card":"c","x":[', b"1e15", b"]}", size, activity)


def _odd_head(activity: Activity, chance: random.Random) -> Upload:
    """Names, codecs and types that nobody has."""
    name = chance.choice(NAMES).encode("utf-8", "replace")
    if chance.random() < 0.5:
        encoded = chance.choice(("%5Cud800", "a%ff", "%00", "xn--a", "%C4%B0", "")).encode()
        name = b"*=" + chance.choice(CODECS).encode() + b"''" + encoded
        odd = b'form-data; name="file"; filename' + name
    else:
        odd = b'form-data; name="file"; filename="' + name + b'"'
    kind = chance.choice(("text/plain", "", "x", "a/b/c", "text/plain; " + "a=b;" * 900, "你/你", "a" * 300))
    return upload(part(json.dumps(activity).encode(), NAMED, ACTIVITY), part(b"x", odd, kind))


def _odd_type(activity: Activity, chance: random.Random) -> Upload:
    boundary = chance.choice(
        (
            "*=idna''%C4%B0", "*=undefined''x", "*" + "9" * 5000 + "=x", "*0=b0und; boundary*1=ary", "=" + "b" * 71,
            "=", "=\xe9", '="' + ";" * 7000, "*=utf-8''%ff", '="b0undary', "=b0undary " + ";" * 7000,
        )
    )  # fmt: skip
    return Upload(described(json.dumps(activity).encode()).body, f"multipart/form-data; boundary{boundary}")


def _too_many(activity: Activity, chance: random.Random) -> Upload:
    first = part(json.dumps(activity).encode(), NAMED, ACTIVITY)
    return upload(first, *[part(b"x")] * chance.choice((0, 9, 10, 11, 12, 5000)), *[first] * chance.choice((0, 1)))


def _long(activity: Activity, chance: random.Random) -> Upload:
    size = chance.choice((KB64 - 9, KB64 + 9, 300_000, 1_000_000))
    values = (
        json.dumps({**activity, "value": {"x": "x" * size}}).encode(),
        json.dumps({**activity, "value": {"x": "你" * (size // 6)}}).encode(),
        json.dumps({**activity, "channelData": {"clientActivityID": "x" * size}}).encode(),
        filled("value", b'{"x":[', b"1e15", b"]}", size),
        filled("x", b"[", b"{}", b"]", size),
    )
    return described(chance.choice(values))


def _hostile_activity(activity: Activity, chance: random.Random) -> Upload:
    return described(hostile(activity, chance))


def _flipped(activity: Activity, chance: random.Random) -> Upload:
    data = bytearray(described(json.dumps(activity).encode()).body)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return Upload(bytes(data))


def _cut_off(activity: Activity, chance: random.Random) -> Upload:
    data = described(json.dumps(activity).encode()).body
    return Upload(data[: chance.randrange(len(data))])


def hostile_upload(activity: Activity, chance: random.Random) -> Upload:
    """One hostile upload made of a good activity."""
    kinds = (_odd_head, _odd_head, _odd_type, _too_many, _long, _long, _hostile_activity, _flipped, _cut_off)
    return chance.choice(kinds)(activity, chance)
