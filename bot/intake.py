"""An activity as it comes in: bytes → checked, reduced data. Anything else is a `BadActivity`, never a crash.

Only the fields that the bot needs are declared; whatever else an activity holds is not looked at. Texts that are too
long are cut and lists that are too long are shortened: a person wrote them. Ids that are too long or odd are refused: a
program made them.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Annotated, Any, Final, NoReturn

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

from bot.errors import BadActivity

DEEPEST: Final = 40
LONGEST_TEXT: Final = 4000
LONGEST_LABEL: Final = 256
LONGEST_ID: Final = 1024
MOST_ATTACHMENTS: Final = 20
MOST_ENTITIES: Final = 50
MOST_MEMBERS: Final = 50
MOST_REACTIONS: Final = 5

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # no database takes these inside a text
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""The only way in which JSON can write one of them; half of a pair alone, or both halves of an ordinary letter."""
_ID = r"^\.*[^.\s\x00-\x1f\x7f\x{fffd}][^\s\x00-\x1f\x7f\x{fffd}]*$"
"""No blank and no control character, and not only dots, which are a path. For pydantic: `re` takes thrice as long."""
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def _cut_to(length: int) -> AfterValidator:
    return AfterValidator(lambda value: value[:length])


def _at_most(count: int) -> BeforeValidator:
    """Lists may be absent, null or too long."""
    return BeforeValidator(lambda value: [] if value is None else value[:count] if isinstance(value, list) else value)


_NONE: Any = Field(default_factory=list)


def locale_of(value: object) -> str | None:
    """A locale is a hint: anything that is none is no hint."""
    return value if isinstance(value, str) and _LOCALE.fullmatch(value) else None


Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=_ID)]
OptionalId = Annotated[Id | None, BeforeValidator(lambda value: None if value == "" else value)]
Label = Annotated[str, _cut_to(LONGEST_LABEL)]
Words = Annotated[str, _cut_to(LONGEST_TEXT)]
Locale = Annotated[str | None, BeforeValidator(locale_of)]


_CONFIG: Final = ConfigDict(extra="ignore", alias_generator=to_camel)
"""For data classes: the attributes of a model take three times as long to get, and a turn reads a hundred of them."""


@dataclass(config=_CONFIG, frozen=True, slots=True, kw_only=True)
class AccountDTO:
    """A user or the bot."""

    id: Id
    name: Label | None = None
    aad_object_id: OptionalId = None


@dataclass(config=_CONFIG, frozen=True, slots=True, kw_only=True)
class ConversationDTO:
    """Where it was said."""

    id: Id
    name: Label | None = None
    conversation_type: Label | None = None
    is_group: StrictBool | None = None
    tenant_id: OptionalId = None


@dataclass(config=_CONFIG, frozen=True, slots=True, kw_only=True)
class AttachmentDTO:
    """A file, a picture, or what Teams adds to formatted messages."""

    content_type: Label | None = None
    name: Label | None = None
    content_url: str | None = None


@dataclass(config=_CONFIG, frozen=True, slots=True, kw_only=True)
class ReactionDTO:
    """``like``, ``heart`` …"""

    type: Label


@dataclass(config=_CONFIG, frozen=True, slots=True, kw_only=True)
class ActivityDTO:
    """What the bot reads of an activity; field names as in the Bot Framework protocol."""

    type: Id
    channel_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    service_url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    conversation: ConversationDTO
    id: OptionalId = None
    sender: Annotated[AccountDTO | None, Field(alias="from")] = None
    recipient: AccountDTO | None = None
    timestamp: Label | None = None
    local_timestamp: Label | None = None
    name: Label | None = None
    text: Words | None = None
    value: Any = None
    locale: Locale = None
    reply_to_id: OptionalId = None
    delivery_mode: Label | None = None
    attachments: Annotated[list[AttachmentDTO], _at_most(MOST_ATTACHMENTS)] = _NONE
    members_added: Annotated[list[AccountDTO], _at_most(MOST_MEMBERS)] = _NONE
    reactions_added: Annotated[list[ReactionDTO], _at_most(MOST_REACTIONS)] = _NONE
    entities: Annotated[Any, _at_most(MOST_ENTITIES)] = None
    """Unchecked: read it with `mappings`."""
    channel_data: Any = None
    """Unchecked."""


_ACTIVITY: Final = TypeAdapter(ActivityDTO)


def parse_activity(body: bytes) -> ActivityDTO:
    """The activity in a request's body. Raises `BadActivity`."""
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode()
        document = _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadActivity("not JSON") from error
    if not isinstance(document, dict):
        raise BadActivity("not an object")
    try:
        return _ACTIVITY.validate_python(document if _is_storable(text) else _storable(document, DEEPEST))
    except ValidationError as error:
        raise BadActivity(_where(error)) from error


def mappings(value: object) -> list[dict[str, Any]]:
    """The JSON objects in a list of anything."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_storable(text: str) -> bool:
    """Whether a look at the JSON tells that `_storable` would change and refuse nothing: it takes half of the time."""
    return text.count("{") + text.count("[") <= DEEPEST and not _ESCAPED.search(text)


def _storable(value: Any, levels: int) -> Any:
    """The same JSON with texts that every database takes. Raises `BadActivity` when it is nested too deeply."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict | list) and levels == 0:
        raise BadActivity("nested too deeply")
    if isinstance(value, dict):
        return {_UNSTORABLE.sub("\ufffd", key): _storable(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadActivity("number too large")
    return number


_JSON: Final = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _where(error: ValidationError) -> str:
    """Declared field names and the kind of fault: never what was sent."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['type']}"
