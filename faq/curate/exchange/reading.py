"""Reads the file to import as text: small enough, UTF-8, without characters that nobody sees."""

from __future__ import annotations

import re
from pathlib import Path

from faq.curate.exchange.pairs import BadFile, Pairs
from faq.curate.exchange.qna import parse_qna
from faq.curate.exchange.tsv import parse_tsv

MAX_BYTES = 5 * 1024 * 1024
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffc\ufffe\uffff]"
)
_DAMAGED = "\ufffd"
"""What a tool before this one could not read."""
_HARMLESS = str.maketrans({"\u00a0": " ", "\u200b": None, "\u2060": None, "\u00ad": None})
"""What web pages leave in copied text."""
_PARSERS = {".tsv": parse_tsv, ".txt": parse_tsv, ".qna": parse_qna}


def read_pairs(path: Path) -> Pairs:
    """The pairs of a ``.tsv`` or ``.qna`` file. Raises `BadFile` and `OSError`."""
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise BadFile(1, f"a file named {path.suffix or 'without ending'} is not known here, {', '.join(_PARSERS)} are")
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadFile(1, f"the file is larger than {MAX_BYTES // 2**20} MiB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(data.count(b"\n", 0, error.start) + 1, "this is not UTF-8; save the file as UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_HARMLESS)
    if found := _UNSEEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadFile(line, f"there is an invisible character (U+{ord(found[0]):04X})")
    pairs = parse(text.replace(_DAMAGED, "?"))
    if not pairs.pairs:
        raise BadFile(1, "there is no question with an answer")
    if _DAMAGED not in text:
        return pairs
    first, count = text.count("\n", 0, text.index(_DAMAGED)) + 1, text.count(_DAMAGED)
    return Pairs(pairs.pairs, (*pairs.lost, f"line {first}: the first of {count} damaged characters, now `?`"))
