"""Inputs that want to break the bot: the same ones for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", " ", "x", "\0", "\ud800", [], {}, [[]], [None], {"": None}, {"id": {}},
    "x" * 5000, ["x"] * 300, {"__class__": "x"}, "\u202e", -0.0, [0] * 9, {"type": "message"},
)  # fmt: skip
INJECTIONS = (
    "' OR '1'='1", "'; DROP TABLE state; --", "{{7*7}}", "${7*7}", "{0.__class__}", "%s%s%n", "{text.__globals__}",
    "../../../etc/passwd", "..\\..\\x", "\r\nSet-Cookie: a=b", "\x00", "\x1b[2J", "<script>alert(1)</script>",
    "<!--#exec x-->", "$(id)", "`id`", "|id", "=cmd|' /C calc'!A0", "__proto__", "constructor",
    "!!python/object/apply:os.system [id]",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "() { :;}; id", "jndi:ldap://x", "﷽" * 50,
    "Z̴̡͖͇̮̈́̄͝a" * 40, "\u200f\u202e" * 200, "🏴‍☠️" * 300, "(" * 4000, "a" * 4000, "1" * 4000, "的" * 4000, "?" * 4000,
    "LP-" * 1300, "1/1/1" * 800, "2026-01," * 500, "\t".join("ab" * 300), "http://" * 500, "٣" * 3000, "\n" * 4000,
)  # fmt: skip
BROKEN_UTF8 = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xe4\xb8", b"\xfe\xff")
DEEP = ("[", '{"a":', '[{"a":', '{"value":[')
Activity = dict[str, Any]
Mutation = Callable[[Activity, random.Random], bytes]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield (*path, place)
            yield from _places(inner, (*path, place))


def _replaced(activity: Activity, chance: random.Random, values: tuple[Any, ...]) -> bytes:
    changed = deepcopy(activity)
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(list(_places(changed)))
        holder: Any = changed
        for step in way:
            holder = holder[step]
        holder[last] = deepcopy(chance.choice(values))
    return json.dumps(changed).encode()


def other_types(activity: Activity, chance: random.Random) -> bytes:
    return _replaced(activity, chance, WRONG)


def injections(activity: Activity, chance: random.Random) -> bytes:
    text = chance.choice(INJECTIONS)
    if chance.random() < 0.5:
        return json.dumps({**activity, "text": text}).encode()
    return _replaced(activity, chance, (text,))


def flipped_bytes(activity: Activity, chance: random.Random) -> bytes:
    data = bytearray(json.dumps(activity).encode())
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def broken_utf8(activity: Activity, chance: random.Random) -> bytes:
    data = json.dumps(activity, ensure_ascii=False).encode()
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(BROKEN_UTF8) + data[at:]


def deep(activity: Activity, chance: random.Random) -> bytes:
    times = chance.choice((41, 100, 900, 5000))
    nested = chance.choice(DEEP) * times
    if chance.random() < 0.5:
        return nested.encode()[:60_000]
    closed = "[" * times + "]" * times
    return (json.dumps(activity)[:-1] + f', "value": {closed}}}').encode()


def huge(activity: Activity, chance: random.Random) -> bytes:
    size = chance.choice((10_000, 60_000, 66_000, 200_000))
    filler: Any = chance.choice(
        ("x" * size, "你" * (size // 6), [0] * (size // 3), {str(n): n for n in range(size // 12)})
    )
    return json.dumps({**activity, chance.choice(("text", "value", "channelData", "entities", "x")): filler}).encode()


def random_bytes(_: Activity, chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 10, 1000, 60_000)))


def cut_off(activity: Activity, chance: random.Random) -> bytes:
    data = json.dumps(activity).encode()
    return data[: chance.randrange(len(data))] + chance.choice((b"", b"}", b"]", b'"', data))


MUTATIONS: tuple[Mutation, ...] = (
    other_types, other_types, injections, flipped_bytes, broken_utf8, deep, huge, random_bytes, cut_off,
)  # fmt: skip


def hostile(activity: Activity, chance: random.Random) -> bytes:
    """One hostile body made of a good activity."""
    return chance.choice(MUTATIONS)(activity, chance)
