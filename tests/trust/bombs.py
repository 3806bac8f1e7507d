"""200 texts of 4,000 characters, and uploads, that are expensive for careless patterns, searches and readers."""

from __future__ import annotations

from itertools import cycle, islice

from tests.trust.uploads import (
    ACTIVITY,
    BOUNDARY,
    KB64,
    MB5,
    NAMED,
    SAID,
    Upload,
    described,
    filled,
    growing,
    part,
    upload,
)

LENGTH = 4000
UNITS = (
    "a", "A ", "ab", "1", "1 ", "9", "0", "1.", "1,", "1/", "1-", "1:", "1 2", "-", "--", ".", "..", ",", " ", "\t",
    "\n",
    "(", ")(", "[", '"', "'", "\\", "*", "?", "what is ", "fee ", "LP-", "LP-0", "INV-1 ", "http://", "https://a.b/",
    "a.a.", "@a.", "x@y.z ", "January ", "Jan", "2026-01 ", "01/02/03 ", "yes no ", "yes, ", "not ", "USD 1 ", "1,000.",
    "一", "的", "二〇二六年", "１", "什么是", "é", "e\u0301", "\u200b", "🙂",
)  # fmt: skip
"""Each is repeated; most hold together what some pattern looks for."""


def _repeated(text: str, length: int = LENGTH) -> str:
    return "".join(islice(cycle(text), length))


def _texts() -> list[str]:
    texts = []
    for place, unit in enumerate(UNITS):
        other = UNITS[(place + 7) % len(UNITS)]
        whole = _repeated(unit)
        texts += [
            whole,
            _repeated(unit, LENGTH - 1) + "!",
            "x" + _repeated(unit, LENGTH - 2) + "\n",
            _repeated(unit + other),
        ]
    return texts


BOMBS = tuple(dict.fromkeys(_texts()))[:200]


def _uploads() -> dict[str, Upload]:
    """Uploads that are as large as may be, and dear for careless readers."""
    rest = MB5 - 1024
    parts = b"".join(part(b"") for _ in range(rest // len(part(b""))))
    heads = [part(b"x", b'form-data; name="' + b";" * 3900) for _ in range(10)]
    return {
        "5 MB of numbers": described(filled("x", b"[", b"1", b"]", rest)),
        "5 MB of objects": described(filled("x", b"[", b"{}", b"]", rest)),
        "5 MB of objects in the value": described(filled("value", b'{"x":[', b"{}", b"]}", rest)),
        "5 MB of brackets": described(b"[" * rest),
        "5 MB of text": described(filled("value", b'{"x":[', b'"' + b"x" * 4000 + b'"', b"]}", rest)),
        "64 kB of numbers": described(filled("x", b"[", b"1", b"]", KB64)),
        "64 kB of objects": described(filled("x", b"[", b"{}", b"]", KB64)),
        "64 kB that grow": described(growing()),
        "5 MB of parts": Upload(parts),
        "5 MB of boundaries": Upload(f"\r\n--{BOUNDARY}".encode() * (rest // 12)),
        "5 MB of all but boundaries": described(SAID, f"\r\n--{BOUNDARY[:-1]}".encode() * (rest // 11)),
        "5 MB of a file": described(SAID, b"\r" * rest),
        "heads of semicolons": upload(part(SAID, NAMED, ACTIVITY), *heads),
        "a boundary of semicolons": Upload(described(SAID).body, 'multipart/form-data; boundary="' + ";" * 8000),
    }


UPLOADS = _uploads()
