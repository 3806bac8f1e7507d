"""How values are stored: JSON as text, times as microseconds since 1970 in UTC. The same in every database."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pydantic_core

from dialogs.reply import JsonObject
from storage.errors import NaiveTime, NotJson, TooLarge, Unreadable

MAX_BYTES = 256 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_json(value: object) -> str:
    """JSON text of at most 256 kB in UTF-8. Raises `TooLarge`, and `NotJson` for what has no such form.

    ``value`` is a `JsonValue`. What is none, but has a usual form (times, sets), is written so and comes back as that.
    """
    try:
        written = pydantic_core.to_json(value)
    except (pydantic_core.PydanticSerializationError, ValueError):
        return _plainly(value)  # no JSON; or half of a surrogate pair, as clients do send
    if len(written) > MAX_BYTES:
        raise TooLarge(f"{len(written)} of at most {MAX_BYTES} bytes")
    if b"NaN" in written or b"Infinity" in written:  # numbers, which are refused, or words
        return _plainly(value)
    return written.decode()


def _plainly(value: object) -> str:
    """By the standard library: strict where pydantic is not, it knows more escapes, and takes three times as long."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except UnicodeEncodeError:  # half of a surrogate pair: only its escape can be stored
        text = json.dumps(value, separators=(",", ":"))
        size = len(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson(type(error).__name__) from None
    if size > MAX_BYTES:
        raise TooLarge(f"{size} of at most {MAX_BYTES} bytes")
    return text


def from_json(text: str) -> JsonObject:
    """The object that was written. Raises `Unreadable`."""
    try:
        value = _DECODE(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None
    if not isinstance(value, dict):
        raise Unreadable(type(value).__name__)
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # it could be read and not be written again
        raise ValueError(text)
    return number


_DECODE = json.JSONDecoder(parse_float=_finite, parse_constant=_finite).decode
"""Made once: `json.loads` with options makes one for every call, a fifth of its time."""


def to_micros(time: datetime) -> int:
    """Microseconds since 1970. Raises `NaiveTime`."""
    if time.tzinfo is None:
        raise NaiveTime
    return (time - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + micros * _MICROSECOND


def storable(text: str) -> str:
    """Text as every database takes it: PostgreSQL has no NUL, UTF-8 no half surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
