"""Addresses in a text: with a scheme, or like one by their ending; cut off from the sentence around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialogs.fields.base import Reader
from dialogs.fields.hosts import Page, ascii_host, page_at
from faq.han import is_han

_TAIL = r"[^\s<>\"“”‘’「」『』《》【】（），。；！？、]"
_WITH_SCHEME = re.compile(rf"[a-z][a-z0-9+.-]{{1,15}}://(?:(?![,;]https?://){_TAIL})*", re.IGNORECASE)
BARE = re.compile(
    rf"(?<![\w@.-])(?:[^\W_][\w-]{{0,62}}\.){{1,8}}[^\W\d_][\w-]{{1,62}}(?::\d{{1,6}})?\.?(?:[/?#]{_TAIL}*)?"
)
"""An address without a scheme."""
_PUNCTUATION = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_KEPT_WIDE = "（），；！？"


def links_in(text: str, reader: Reader) -> Iterator[tuple[int, int, Page]]:
    """Every address in a text, with its place."""
    end = 0
    for found in _WITH_SCHEME.finditer(text):
        yield from _bare_links(text, end, found.start(), reader)
        address = _trimmed(found[0])
        end = found.start() + len(address)
        yield found.start(), end, page_at(address)
    yield from _bare_links(text, end, len(text), reader)


def _bare_links(text: str, start: int, end: int, reader: Reader) -> Iterator[tuple[int, int, Page]]:
    for found in BARE.finditer(text, start, end):
        address = _trimmed(found[0])
        lead = _lead(address, reader)
        address = address[lead:]
        host = host_of(address)
        if host.lower() in reader.data.landing_page.not_addresses:
            continue
        if is_known(host, reader) or host.lower().startswith("www.") or address == text.strip():
            yield found.start() + lead, found.start() + lead + len(address), page_at(f"https://{address}")


def host_of(address: str) -> str:
    return re.split(r"[/?#:]", address, maxsplit=1)[0]


def is_known(host: str, reader: Reader) -> bool:
    """Whether the host ends like one: in a country's code or a known ending."""
    ending = ascii_host(f"x.{host.rpartition('.')[2]}")[0].rpartition(".")[2]
    return ending in reader.data.landing_page.endings or ending.upper() in reader.data.countries.names


def _lead(address: str, reader: Reader) -> int:
    """How much of a Chinese sentence stands before the host: 网址是contoso.com."""
    label = address.partition(".")[0]
    if not any(map(is_han, label)):
        return 0
    latin = next((index for index in range(len(label), 0, -1) if is_han(label[index - 1])), 0)
    if latin < len(label):
        return latin
    index = 0
    while index < len(label) and (found := reader.words.around.at(label, index)) and found[0] < len(label):
        index = found[0]
    return index


def _trimmed(address: str) -> str:
    """Without the sentence after it: closing marks, and Chinese that follows a Latin word without a slash."""
    scheme, mark, rest = address.partition("://")
    host, slash, tail = rest.partition("/") if mark else scheme.partition("/")
    if host.split(".")[-1][:1].isascii():
        cut = next(
            (index for index, character in enumerate(host) if is_han(character) and _endshost_of(host, index)), None
        )
        if cut is not None:
            host, slash, tail = host[:cut], "", ""
    for index in range(1, len(tail)):
        if is_han(tail[index]) and tail[index - 1].isascii() and tail[index - 1].isalnum():
            tail = tail[:index]
            break
    return _without_marks((f"{scheme}{mark}" if mark else "") + host + slash + tail)


def _without_marks(address: str) -> str:
    """Without punctuation at the end, and without brackets that were opened before the address."""
    end = len(address)
    surplus = {mark: address.count(mark) - address.count(opening) for mark, opening in _BRACKETS.items()}
    while end and (address[end - 1] in _PUNCTUATION or surplus.get(address[end - 1], 0) > 0):
        end -= 1
        if address[end] in surplus:
            surplus[address[end]] -= 1
    return address[:end]


def _endshost_of(host: str, index: int) -> bool:
    """Whether Chinese at ``index`` can only follow the host: its last label has begun in Latin letters."""
    return "." not in host[index:] and host[index - 1 : index].isascii() and host[index - 1 : index].isalnum()


def narrow(text: str) -> str:
    """Full-width letters and marks as narrow ones, character by character; those that end a sentence stay."""
    return text if text.isascii() else "".join(c if c in _KEPT_WIDE else c.translate(_NARROW) for c in text)
