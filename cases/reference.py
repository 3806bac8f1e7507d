"""References of requests, ``LP-XXXXX-C``, and the codes that prove whose they are.

Both are made from the dialog instance's id, so that the same instance always gives the same. Characters are
Crockford's base 32: no I, L, O, U. The check character ``C`` comes from a weighted sum over the field of 32 elements
with a different weight for each place: every single wrong character and every swap of two characters is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from cases.errors import NoFreeReference

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 5
CODE_LENGTH = 8
CANDIDATES = 16
"""References that one instance may get: with a million requests the first is taken 3 times in 100."""
MOST_IN_A_TEXT = 5

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans("OIL", "011")
_WEIGHTS = (2, 4, 8, 16, 5)
"""Powers 1 to 5 of the generator x of GF(32) = GF(2)[x] / (x^5 + x^2 + 1); the check character has power 0."""
_MODULUS = 0b100101

_DASH = r"[-\u2010-\u2015\u2212_]"
_GAP = rf"[ \t]?{_DASH}?[ \t]?"
_WRITTEN = re.compile(
    rf"(?<![0-9a-z])lp({_GAP}#?)([0-9a-z]{{{LENGTH}}})({_GAP})([0-9a-z])(?![0-9a-z])", re.IGNORECASE | re.ASCII
)
_BARE = re.compile(rf"([0-9a-z]{{{LENGTH}}}){_GAP}([0-9a-z])", re.IGNORECASE | re.ASCII)
_ALMOST = re.compile(
    rf"(?<![0-9a-z])lp ?{_DASH} ?([0-9a-z]{{4,8}}(?: ?{_DASH} ?[0-9a-z]{{1,3}})?)(?![0-9a-z])", re.IGNORECASE | re.ASCII
)
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Reference:
    """A well-formed reference, as in ``LP-7K3QM-9``."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Mistyped:
    """Something that is meant to be a reference and cannot be one."""

    text: str
    """As it was written, in capitals."""


def reference_for(instance: str, taken: Collection[str] = ()) -> str:
    """The reference of a dialog instance: the first of its candidates that is not ``taken``.

    Raises `NoFreeReference`.
    """
    for attempt in range(CANDIDATES):
        body = _characters(f"learning-partner reference {attempt}\0{instance}", LENGTH)
        reference = f"LP-{body}-{check_character(body)}"
        if reference not in taken:
            return reference
    raise NoFreeReference


def check_character(body: str) -> str:
    """The character that makes the weighted sum of all six zero."""
    total = 0
    for weight, character in zip(_WEIGHTS, body, strict=True):
        total ^= _product(weight, _VALUES[character])
    return ALPHABET[total]


def parse(text: str) -> Reference | Mistyped | None:
    """The first reference in a text; else what was meant to be one; else None.

    Case, look-alikes (O for 0, I and L for 1), spaces, other dashes, none at all and full-width characters are
    taken for what they mean. Words that merely follow "LP" are not references.
    """
    found = _found(text)
    return next((item for item in found if isinstance(item, Reference)), found[0] if found else None)


def references_in(text: str) -> tuple[str, ...]:
    """The well-formed references in a text, at most `MOST_IN_A_TEXT`, each once."""
    written = (item.text for item in _found(text) if isinstance(item, Reference))
    return tuple(dict.fromkeys(written))[:MOST_IN_A_TEXT]


def without_references(text: str) -> str:
    """The text with a blank for each well-formed reference; widths are made plain."""
    plain = unicodedata.normalize("NFKC", text)
    kept = _WRITTEN.sub(lambda match: " " if _checked(match[2], match[4]) else match[0], plain)
    return "" if _BARE.fullmatch(plain.strip()) and references_in(plain) else " ".join(kept.split())


def access_code(instance: str) -> str:
    """The code that proves ownership, as in ``4F7K-92QM``."""
    code = _characters(f"learning-partner access code\0{instance}", CODE_LENGTH)
    return f"{code[:4]}-{code[4:]}"


def code_hash(code: str) -> str:
    """What is stored of an access code, however it is written."""
    plain = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", code[:100]).upper()).translate(_LOOKALIKES)
    return hashlib.sha256(f"learning-partner stored code\0{plain}".encode()).hexdigest()


def code_fits(code: str, stored_hash: str) -> bool:
    """Whether this is the code; takes the same time for every wrong one."""
    return hmac.compare_digest(code_hash(code), stored_hash)


def _found(text: str) -> list[Reference | Mistyped]:
    plain = unicodedata.normalize("NFKC", text).strip()
    whole = _BARE.fullmatch(plain)
    if whole and _DIGIT.search(plain) and (known := _checked(whole[1], whole[2])):
        return [known]
    if "lp" not in plain.lower():
        return []
    found: list[tuple[int, Reference | Mistyped]] = []
    for match in _WRITTEN.finditer(plain):
        right, certain, likely = _checked(match[2], match[4]), *_looks_meant(match, plain)
        if certain or (right and likely):
            found.append((match.start(), right or Mistyped(match[0].upper())))
    starts = {start for start, _ in found}
    for match in _ALMOST.finditer(plain):
        if match.start() not in starts and _DIGIT.search(match[1]) and _size(match[1]) != LENGTH + 1:
            found.append((match.start(), Mistyped(match[0].upper())))
    return [item for _, item in sorted(found, key=lambda place: place[0])]


def _looks_meant(match: re.Match[str], text: str) -> tuple[bool, bool]:
    """Whether it is certainly, or at least likely, meant as a reference. "LP needs 2" and "LP renew a" are neither."""
    first, body, second, _ = match.groups()
    certain = bool(_DIGIT.search(body)) or all(gap.strip(" \t#") for gap in (first, second))
    return certain, certain or body.isupper() or not (first or second) or match[0] == text


def _checked(body: str, check: str) -> Reference | None:
    body, check = (part.upper().translate(_LOOKALIKES) for part in (body, check))
    if not set(body) <= _VALUES.keys() or check_character(body) != check:
        return None
    return Reference(f"LP-{body}-{check}")


def _size(written: str) -> int:
    return sum(character.isalnum() for character in written)


def _characters(seed: str, count: int) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(count))


def _product(left: int, right: int) -> int:
    """In GF(32)."""
    result = 0
    while left:
        if left & 1:
            result ^= right
        left >>= 1
        right <<= 1
        if right & 32:
            right ^= _MODULUS
    return result
