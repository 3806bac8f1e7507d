"""Checked content as plain data that JSON can hold, and back: by the types of its fields, so that nothing is guessed.

A dataclass is the list of its fields' values, so what was written is read by the same code only.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

Convert = Callable[[Any], Any]


class NotPlain(TypeError):
    """A type that no plain form is known for; add it to program/plain.py."""


class Codec(NamedTuple):
    """The two ways between values of a type and their plain form."""

    plain: Convert
    value: Convert
    """Of data that is not such a form it raises one of the errors that Python has for that, or makes a wrong value:
    give it only what `plain` made."""


def codec(kind: Any) -> Codec:
    """How to write and read values of ``kind``, an annotation. Raises `NotPlain`."""
    return _codec(kind)


@cache
def _codec(kind: Any) -> Codec:
    origin, inside = get_origin(kind) or kind, get_args(kind)
    if kind in (str, int, float, bool, type(None)):
        return Codec(_same, _same)
    if origin in (Union, types.UnionType):
        return _one_of(inside)
    if origin is tuple:
        return _items(tuple, codec(inside[0])) if inside[-1:] == (...,) else _row(tuple, inside)
    if origin is frozenset:
        return _set(codec(inside[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*inside)
    return _class(kind, origin)


def _class(kind: Any, origin: Any) -> Codec:
    if origin is date:
        return Codec(date.isoformat, date.fromisoformat)
    if origin is timedelta:
        return Codec(timedelta.total_seconds, lambda seconds: timedelta(seconds=seconds))
    if isinstance(origin, type) and issubclass(origin, Enum):
        return Codec(lambda member: member.value, origin)
    if is_dataclass(origin):
        return _fields(kind, origin)
    raise NotPlain(f"{kind}. {NotPlain.__doc__}")


def _same(value: Any) -> Any:
    return value


def _one_of(kinds: tuple[Any, ...]) -> Codec:
    """A value that may be None is itself or None; of several types, a pair of the type's place and the value."""
    others = [kind for kind in kinds if kind is not type(None)]
    if len(others) == 1:
        plain, value = codec(others[0])
        return Codec(lambda it: None if it is None else plain(it), lambda it: None if it is None else value(it))
    codecs = [codec(kind) for kind in kinds]
    # bool is an int to Python, not here: exact types.
    place = {get_origin(kind) or kind: number for number, kind in enumerate(kinds)}
    return Codec(
        lambda it: [place[type(it)], codecs[place[type(it)]].plain(it)], lambda pair: codecs[pair[0]].value(pair[1])
    )


def _items(made: Callable[[Any], Any], item: Codec) -> Codec:
    if item.plain is _same:
        return Codec(list, made)
    return Codec(lambda it: [item.plain(one) for one in it], lambda it: made([item.value(one) for one in it]))


def _set(item: Codec) -> Codec:
    return Codec(lambda it: sorted(item.plain(one) for one in it), lambda it: frozenset(map(item.value, it)))


def _mapping(key: Any, value: Any) -> Codec:
    if key is not str:
        raise NotPlain(f"a mapping of {key}. {NotPlain.__doc__}")
    inner = codec(value)
    if inner.plain is _same:
        return Codec(dict, dict)
    return Codec(
        lambda it: {name: inner.plain(one) for name, one in it.items()},
        lambda it: {name: inner.value(one) for name, one in it.items()},
    )


def _row(made: Callable[[Any], Any], kinds: tuple[Any, ...]) -> Codec:
    codecs = [codec(kind) for kind in kinds]
    return Codec(
        lambda it: [one.plain(value) for one, value in zip(codecs, it, strict=True)],
        lambda it: made([one.value(value) for one, value in zip(codecs, it, strict=True)]),
    )


def _fields(kind: Any, origin: Any) -> Codec:
    meant = dict(zip(getattr(origin, "__parameters__", ()), get_args(kind), strict=False))
    hints = get_type_hints(origin)
    names = tuple(field.name for field in fields(origin))
    codecs = [codec(_filled(hints[name], meant)) for name in names]
    return Codec(
        lambda it: [one.plain(getattr(it, name)) for one, name in zip(codecs, names, strict=True)],
        lambda it: origin(*[one.value(value) for one, value in zip(codecs, it, strict=True)]),
    )


def _filled(hint: Any, meant: Mapping[TypeVar, Any]) -> Any:
    """The annotation of a generic class's field, its variables filled in."""
    if isinstance(hint, TypeVar):
        return meant[hint]
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(meant[one] for one in parameters)] if parameters else hint
