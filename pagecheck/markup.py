"""The words of an HTML page, as its readers see or hear them. Linear in the page, however broken it is.

The standard library's parser takes minutes for a quarter of a megabyte of ``<a <a <a``, so this one is our own: it
knows only what carries words.
"""

from __future__ import annotations

import html
import re

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.-]{2,20})""", re.IGNORECASE)
_SAFE_CHARSETS = re.compile(
    r"utf-?8|us-ascii|gb2312|gbk|gb18030|big5(-hkscs)?|shift[_-]jis|euc-(jp|kr)|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]",
    re.IGNORECASE,
)
_AS_READ = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "us-ascii": "windows-1252"}
"""As browsers read what is named so."""
_DECLARED_WITHIN = 1_024
_TAG_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9-]{0,30}")
_WORDLESS = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "textarea", "object"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u", "wbr"}
)
_SPOKEN = re.compile(r"""(?<![\w-])(alt|title|aria-label|content)\s{0,9}=\s{0,9}("[^"]*"|'[^']*')""", re.IGNORECASE)
_SPOKEN_META = re.compile(r"""["'\s:=](title|description|site_name)["'\s/>]""", re.IGNORECASE)
_HUGE_REFERENCE = re.compile(r"&#x?[0-9a-f]{8,}", re.IGNORECASE)
"""No character has such a number, and reading one can fail."""
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Characters without a look of their own: they could hide a word, or turn the line around in which it is quoted."""
_SPACE = re.compile(r"\s+")
_LONGEST_TAG = 4_000
"""What stands further behind in a tag is not read."""


def decoded(body: bytes, content_type: str) -> str:
    """The body as text, in the character set that the header or the page names; UTF-8 otherwise."""
    declared = _CHARSET.search(content_type) or _CHARSET.search(body[:_DECLARED_WITHIN].decode("latin-1"))
    name = declared[1].lower() if declared else "utf-8"
    if not _SAFE_CHARSETS.fullmatch(name) or body.startswith(b"\xef\xbb\xbf"):
        name = "utf-8"
    try:
        return body.decode(_AS_READ.get(name, name), "replace").removeprefix("\ufeff")
    except LookupError:
        return body.decode("utf-8", "replace")


def words_of(markup: str) -> str:
    """Title, descriptions, text, and the texts that stand for pictures; every run of white space is one space."""
    pieces: list[str] = []
    place = 0
    while place < len(markup):
        opening = markup.find("<", place)
        if opening < 0:
            pieces.append(markup[place:])
            break
        pieces.append(markup[place:opening])
        place = _after(markup, opening, pieces)
    text = html.unescape(_HUGE_REFERENCE.sub(" ", "".join(pieces)))
    return _SPACE.sub(" ", _UNSEEN.sub("", text)).strip()


def _after(markup: str, opening: int, pieces: list[str]) -> int:
    """Where reading goes on behind what begins at ``opening``; the end when it never ends."""
    if markup.startswith("<!--", opening):
        return _behind(markup, "-->", opening + 2)
    name = _TAG_NAME.match(markup, opening + 1)
    if name is None:
        if markup.startswith(("<!", "<?"), opening):
            return _behind(markup, ">", opening)
        pieces.append("<")
        return opening + 1
    end = _behind(markup, ">", name.end())
    tag = name[0].lower()
    pieces.append(_spoken(tag, markup[name.end() : min(end, name.end() + _LONGEST_TAG)]))
    return _behind_element(markup, tag, end) if tag in _WORDLESS else end


def _spoken(tag: str, attributes: str) -> str:
    """Words inside a tag, and the space that it is."""
    if tag == "meta":
        if not _SPOKEN_META.search(attributes):
            return ""
    elif tag not in ("img", "area", "input"):
        return "" if tag.removeprefix("/") in _INLINE else " "
    return f" {' '.join(said[2][1:-1] for said in _SPOKEN.finditer(attributes))} "


def _behind(markup: str, mark: str, start: int) -> int:
    found = markup.find(mark, start)
    return len(markup) if found < 0 else found + len(mark)


def _behind_element(markup: str, tag: str, start: int) -> int:
    """Behind the content of an element whose content is not for readers."""
    closing = re.compile(rf"</{tag}", re.IGNORECASE).search(markup, start)
    return len(markup) if closing is None else _behind(markup, ">", closing.end())
