"""Requests that may be the same one made twice: they share a natural key, whoever made them.

A discrepancy: invoice, month and type of one of its invoices. A listing: name or landing page, in a country. Case,
width, blanks and punctuation do not matter, nor how an address begins and ends.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from cases.model import CaseType, JsonObject, JsonValue

_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?")
_TAIL = re.compile(r"(?:/(?:index\.html?|default\.aspx)?)?(?:[?#].*)?$")


def keys_of(type_: CaseType, fields: JsonObject) -> frozenset[str]:
    """The natural keys of a request, as digests: they tell nothing by themselves."""
    parts = {CaseType.LISTING: _listing, CaseType.KPI: _invoices}.get(type_)
    return frozenset(_digest(type_, part) for part in parts(fields)) if parts else frozenset()


def _listing(fields: JsonObject) -> list[tuple[str, ...]]:
    country = _letters(fields.get("country"))
    name, page = _letters(fields.get("display-name")), _address(fields.get("landing-page"))
    found = (("name", name, country), ("page", page, country))
    return [part for part in found if all(part)]


def _invoices(fields: JsonObject) -> list[tuple[str, ...]]:
    rows = fields.get("invoices")
    each = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    named = [tuple(_letters(row.get(name)) for name in ("invoice-number", "month", "omlp-type")) for row in each]
    return [part for part in named if part[0]]


def _letters(value: JsonValue) -> str:
    """Letters and digits alone, folded."""
    text = unicodedata.normalize("NFKC", value).casefold() if isinstance(value, str) else ""
    return "".join(character for character in text if character.isalnum())


def _address(value: JsonValue) -> str:
    text = unicodedata.normalize("NFKC", value).casefold().strip() if isinstance(value, str) else ""
    return _TAIL.sub("", _SCHEME.sub("", text), count=1)


def _digest(type_: CaseType, part: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join((type_, *part)).encode(errors="replace")).hexdigest()[:24]
