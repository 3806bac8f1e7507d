"""Checks a document against a pydantic model and says in plain words what to correct, and where."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from program.document import LANGUAGE, ContentError, ContentErrors, Document, KeyPath
from program.spelling import did_you_mean

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
FACT_NAME = r"^[a-z][a-z0-9_]*$"
MESSAGE_KEY = r"^[a-z0-9]+([.-][a-z0-9]+)*$"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ADDRESS = r"^https://[^\s<>()\[\]\\\"'{}]+$"
PAGE_ADDRESS = r"^https://[^\s<>()\[\]\\\"'{}#]+$"
ANCHOR = r"^[^\s<>()\[\]\\\"'{}#]+$"

_PATTERNS = {
    NAME: "use lower-case letters, digits and single hyphens, as in `kpi-report`",
    FACT_NAME: "use lower-case letters, digits and underscores, as in `kpi_report_day`",
    MESSAGE_KEY: "use lower-case letters, digits, single hyphens and dots, as in `no-match.title`",
    LANGUAGE: "use a language tag such as `en` or `zh-CN`",
    ADDRESS: "write a whole https:// address without spaces, brackets or quotes",
    PAGE_ADDRESS: "write a whole https:// address without spaces or quotes; what follows a # stands in `anchors`",
    ANCHOR: "write what follows the # in the section's address, without the # itself",
}

_M = TypeVar("_M", bound=BaseModel)


class Strict(BaseModel):
    """Base of everything read from a file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def iso_day(value: object) -> date:
    """A day written as 2021-02-05. Raises pydantic's error."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "write a day that exists as year-month-day, as in 2021-02-05")


Name = Annotated[str, Field(pattern=NAME)]
FactName = Annotated[str, Field(pattern=FACT_NAME)]
MessageKey = Annotated[str, Field(pattern=MESSAGE_KEY)]
Language = Annotated[str, Field(pattern=LANGUAGE)]
Address = Annotated[str, Field(pattern=ADDRESS, max_length=500)]
PageAddress = Annotated[str, Field(pattern=PAGE_ADDRESS, max_length=500)]
"""Of a whole page."""
Anchor = Annotated[str, Field(pattern=ANCHOR, max_length=500)]
"""Of a section within its page."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n]*$")]
"""One line of text."""
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""Markdown of any number of paragraphs."""
Day = Annotated[date, BeforeValidator(iso_day), WithJsonSchema({"type": "string", "format": "date"})]


def check_shape(document: Document, model: type[_M]) -> _M:
    """The document as ``model``. Raises `ContentErrors` with every deviation."""
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        raise ContentErrors(_in_words(document, model, detail) for detail in error.errors()) from None


def _in_words(document: Document, model: type[BaseModel], detail: ErrorDetails) -> ContentError:
    path: KeyPath = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if path and path[-1] == "[key]":
        return ContentError.at(document.key_place(path[:-1]), f"the name `{path[-2]}` is not allowed: {_rule(context)}")
    if kind == "missing":
        return ContentError.at(document.place(path[:-1]), f"`{path[-1]}` is missing: add it")
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        hint = did_you_mean(str(path[-1]), known) or f" (known here: {', '.join(known)})"
        return ContentError.at(document.key_place(path), f"unknown key `{path[-1]}`: correct or remove it{hint}")
    return ContentError.at(document.place(path), f"{_subject(path)}{_fault(kind, context, detail)}")


def _subject(path: KeyPath) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f"`{names[-1]}`: " if names else ""


_FAULTS: Mapping[str, str] = {
    "string_type": "this must be text: put it in quotes",
    "int_type": "write a whole number, without quotes",
    "float_type": "write a number, without quotes",
    "list_type": "write a list: one item per line, each after a hyphen",
    "tuple_type": "write a list: one item per line, each after a hyphen",
    "dict_type": "write a block: indented `key: value` lines",
    "model_type": "write a block: indented `key: value` lines",
    "string_too_short": "the text is empty: write it, or remove the key",
    "string_too_long": "the text is too long: keep it under {max_length} characters",
    "too_short": "this list is too short: give at least {min_length}",
    "too_long": "this list is too long: give at most {max_length}",
    "enum": "write one of {expected}",
    "literal_error": "write one of {expected}",
    "greater_than": "write a number above {gt}",
    "less_than_equal": "write a number not above {le}",
}


def _fault(kind: str, context: Mapping[str, Any], detail: ErrorDetails) -> str:
    if kind == "string_pattern_mismatch":
        return _rule(context)
    return _FAULTS.get(kind, detail["msg"]).format(**context)


def _rule(context: Mapping[str, Any]) -> str:
    return _PATTERNS.get(str(context.get("pattern")), "keep it on one line")


def _keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that a block may have."""
    kind: Any = model
    for step in path:
        kind = _inner(kind, step)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _inner(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.model_fields[str(step)].annotation
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated or origin in {Union, types.UnionType}:
        return _inner(inside[0], step)
    return inside[-1] if origin in {dict, Mapping} else inside[0]
