"""Headers with parameters, such as ``form-data; name="file"; filename="a.png"``.

The standard library's reader takes quadratic time for quotes and semicolons, lets the sender choose any of Python's
codecs, some of which fail and some of which make half surrogate pairs, and fails on numbers of thousands of digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PARAMETER = re.compile(
    r""";[ \t]*([\w!#$&+^`|~.-]+\*?)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([^";]*))""", re.ASCII | re.DOTALL
)
_EXTENDED = re.compile(r"(utf-8|iso-8859-1)'[^']*'(.*)", re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the first semicolon, in small letters, and the parameters, the first of each name."""

    value: str
    parameters: dict[str, str]

    def get(self, name: str) -> str | None:
        """A parameter; one that says how it is encoded (``filename*=utf-8''…``, RFC 8187) goes before one that does
        not."""
        extended = _EXTENDED.fullmatch(self.parameters.get(f"{name}*", ""))
        if extended:
            return unquote(extended[2], extended[1], "replace")
        return self.parameters.get(name)


def read_header(text: str) -> Header:
    """Of a header's text without its name. What is no parameter is passed over; nothing is an error."""
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(text):
        name, quoted, bare = found.groups()
        parameters.setdefault(name.lower(), bare.strip() if quoted is None else _ESCAPED.sub(r"\1", quoted))
    return Header(text.partition(";")[0].strip().lower(), parameters)
