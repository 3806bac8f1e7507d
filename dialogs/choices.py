"""Picking from a numbered offer by typing: "2", "2.", "第二个", "the second one", "none of these"."""

from __future__ import annotations

import re
import unicodedata

_ORDINALS = {
    "first": 1, "1st": 1, "one": 1, "一": 1,
    "second": 2, "2nd": 2, "two": 2, "二": 2, "两": 2,
    "third": 3, "3rd": 3, "three": 3, "三": 3,
    "fourth": 4, "4th": 4, "four": 4, "四": 4,
}  # fmt: skip
_ENGLISH = re.compile(r"(?:the |number |option |no\.? ?|#)?([a-z]+|[1-9][a-z]{0,2})(?: one| option)?")
_CHINESE = re.compile(r"(?:选|要|我选|我要|就)?第?([一二两三四1-4])(?:个|项|条|种)?(?:吧)?")
_NONE = frozenset(
    {
        *("none", "none of these", "none of them", "none of the above", "neither", "no one of these", "not these"),
        *("都不是", "以上都不是", "都不对", "一个都不是", "都没有", "都不", "以上皆非", "没有一个"),
    }
)


def chosen(text: str, count: int) -> int | None:
    """The position (from 0) that ``text`` picks out of ``count`` choices, or None when it is no pick."""
    word = unicodedata.normalize("NFKC", text).strip().lower().rstrip(".!。！)）")
    match = _CHINESE.fullmatch(word) or _ENGLISH.fullmatch(word)
    if match is None:
        return None
    name = match.group(1)
    number = int(name) if name.isdigit() else _ORDINALS.get(name, 0)
    return number - 1 if 1 <= number <= count else None


def none_fits(text: str) -> bool:
    """Whether ``text`` turns all choices down."""
    return unicodedata.normalize("NFKC", text).strip().lower().rstrip(".!。！ ") in _NONE
