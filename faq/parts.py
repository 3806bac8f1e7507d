"""Several questions in one message, and questions that lean on the one before."""

from __future__ import annotations

import re
from functools import lru_cache

_SENTENCE_END = re.compile(r"(?<=[?!？！。；;\n])\s*|(?<=\.)\s+")
_JOINED = re.compile(
    r"[,;]?\s+(?:and|also|plus)(?:\s+also)?\s+"
    r"(?=(?:how|what|whats|what's|when|where|who|why|which|can|could|do|does|is|are|will|should|tell)\b)"
    r"|[,，、]\s*(?=(?:how|what|when|where|who|why|which)\b)"
    r"|[,，、]?(?:还有|另外|以及|同时|顺便问下|顺便问一下|并且|而且|再问一下|再问下)[,，、]?"
    r"|[,，]",
    re.IGNORECASE,
)
_FOLLOWING = re.compile(
    r"^\s*(?:and|but|so|ok|okay)?\s*(?:what about|how about|and for|for|same for|what if it is|and)\b\s*"
    r"|^\s*(?:那么|那|如果是|换成|要是)",
    re.IGNORECASE,
)
_FOLLOWING_ENDS = ("呢", "怎么样", "也一样吗", "也是吗")
_MARKS = "?？!！.。"
_BESIDE = re.compile(
    r"\s*(?:apart|aside|other\s+than|besides|except(?:\s+for)?|instead\s+of)\b|\s*(?:除了|除开|除去)", re.IGNORECASE
)
"""Begins a clause that only narrows the question after it."""
_MOST_PARTS = 3
_SHORT_WORDS = 4
_SHORT_HAN = 8


def sentences(text: str) -> tuple[str, ...]:
    """``text`` cut at the ends of sentences; at most three, empty when there is one."""
    return _several(_SENTENCE_END.split(text))


def clauses(text: str) -> tuple[str, ...]:
    """``text`` cut where a conjunction or a comma joins two questions; at most three, empty when there is one."""
    return () if _BESIDE.match(text) else _several(_JOINED.split(text))


def _several(pieces: list[str]) -> tuple[str, ...]:
    if len(pieces) == 1:
        return ()
    parts = tuple(piece.strip() for piece in pieces if piece and any(c.isalnum() for c in piece))
    return parts if 1 < len(parts) <= _MOST_PARTS else ()


@lru_cache(maxsize=64)  # a turn asks for the same text several times over
def leaning_part(text: str) -> str | None:
    """What is new in a question such as "and for gold?" or 那金牌呢？; None when it stands on its own."""
    start = _FOLLOWING.match(text)
    rest = _without_end(text[start.end() if start else 0 :])
    marked = start is not None or rest.strip() != text.strip().rstrip(f"{_MARKS} ")
    short = len(rest.split()) <= _SHORT_WORDS and len(rest) <= _SHORT_HAN * (1 if not rest.isascii() else _SHORT_HAN)
    return rest.strip() if marked and short and rest.strip() else None


def _without_end(text: str) -> str:
    core = text.rstrip().rstrip(_MARKS).rstrip()
    return next((core.removesuffix(end) for end in _FOLLOWING_ENDS if core.endswith(end)), core)
