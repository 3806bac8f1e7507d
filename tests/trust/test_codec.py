"""T13: what is stored is plain JSON. Anything comes back as it went in; hostile rows are data or a clean error."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.decision import Knowledge
from dialogs.form_state import read_form
from dialogs.state import ConversationState
from storage.codec import MAX_BYTES, from_json, to_json
from storage.errors import NotJson, TooLarge, Unreadable
from storage.turns import outcome_from_json
from tests.talk import Talk
from tests.trust.figures import figure

CASES, STATES = 2_000, 1_000
TEXTS = st.text(alphabet=st.characters(codec=None, exclude_categories=())).map(
    lambda text: json.loads(json.dumps(text))
)
"""As they come in JSON, where two halves of a letter that meet are the letter."""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=6)


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(OBJECTS)
def test_what_was_stored_comes_back_equal(value: dict[str, Any]) -> None:
    try:
        stored = to_json(value)
    except (TooLarge, NotJson):
        return
    assert len(stored.encode()) <= MAX_BYTES, "and it can be written as UTF-8"
    assert from_json(stored) == value


@settings(max_examples=STATES, deadline=None, suppress_health_check=list(HealthCheck))
@given(OBJECTS)
def test_any_state_that_is_read_is_written_again(value: dict[str, Any]) -> None:
    once = ConversationState.from_json(value).to_json()
    assert ConversationState.from_json(once).to_json() == once


FORBIDDEN = (
    "import",
    "exec",
    "compile",
    "open",
    "os.system",
    "subprocess.Popen",
    "pickle.find_class",
    "socket.connect",
)
_watching: list[tuple[int, list[str]]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in FORBIDDEN and threading.get_ident() == _watching[-1][0]:
        _watching[-1][1].append(f"{event} {arguments[:1]!r}"[:200])


sys.addaudithook(_audit)


@contextmanager
def audited() -> Iterator[list[str]]:
    """What this thread imports, runs, opens or calls meanwhile."""
    seen: list[str] = []
    _watching.append((threading.get_ident(), seen))
    try:
        yield seen
    finally:
        _watching.pop()


PICKLED = (
    "py/object", "py/reduce", "py/type", "py/function", "py/repr", "py/state", "py/tuple", "py/set", "py/id", "py/ref",
    "py/newargs", "py/newargsex", "py/initargs", "py/seq", "py/iterator", "py/bytes", "py/b64", "py/b85", "py/dict",
    "$t", "$type", "__type__", "__class__", "__reduce__", "__import__", "!!python/object/apply", "@class", "type",
    "_type",
)  # fmt: skip
"""Keys by which careless decoders make objects."""
CALLS = (
    {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["touch /tmp/pwned"]}]},
    "os.system",
    ["os.system", ["id"]],
)
DEEP = ("[" * 100_000, '{"a":' * 50_000, '{"a":' + "[" * 5_000 + "]" * 5_000 + "}", "[" * 990 + "]" * 990)
BROKEN = (
    "", " ", "{", "}", "[]", "null", "true", "1", '"x"', "{,}", "{'a': 1}", '{"a": }', '{"a": 1,}', '{"a": 1} x', "\0",
    '{"a": "\x01"}', '{"n": ' + "9" * 5_000 + "}", '{"a":1e99999}', "\ufeff{}", "\x80\x04N.", "gAROLg==", "<x/>",
    "--- !!python/object/apply:os.system [id]", "import os", "{}{}", "NaN",
)  # fmt: skip
LARGE = (
    '{"a":"' + "x" * 1_000_000 + '"}',
    '{"' + "k" * 1_000_000 + '":1}',
    "{" + ",".join(f'"{n}":{n}' for n in range(99_999)) + "}",
)
HOSTILE = (
    *(to_json({key: call, "dialog": {key: call}}) for key in PICKLED for call in CALLS[:1]),
    *(to_json({"dialog": {"form": call, "v": 1}}) for call in CALLS),
    *DEEP, *BROKEN, *LARGE,
)  # fmt: skip


def _decoded(row: str) -> bool:
    """Through everything that reads rows; whether it was taken for data."""
    try:
        value = from_json(row)
    except Unreadable:
        return False
    state = ConversationState.from_json(value)
    assert read_form(state.dialog) is None
    with suppress(KeyError, TypeError):
        outcome_from_json(value)
    return True


def test_hostile_rows_do_nothing() -> None:
    assert len(HOSTILE) >= 60
    _decoded("{}")
    with audited() as seen:
        taken = [_decoded(row) for row in HOSTILE]
    assert seen == []
    assert any(taken)
    assert not all(taken)
    figure(
        "T13",
        f"{CASES} round trips, {STATES} states; {len(HOSTILE)} hostile rows: {sum(taken)} data, the others refused",
    )


async def test_a_conversation_with_a_hostile_row_goes_on_or_says_so(knowledge: Knowledge) -> None:
    for row in HOSTILE:
        talk = Talk(knowledge)
        await talk.say("hello")
        ((key, (version, _)),) = talk.memory.state.items()
        talk.memory.state[key] = (version, row)
        with suppress(Unreadable, TooLarge):  # the edge answers 500 and logs the error's name
            assert await talk.say("What is the Learning Action Pack?")


@pytest.mark.parametrize("row", ["{", "[" * 100_000])
async def test_an_unreadable_row_is_a_clean_error(knowledge: Knowledge, row: str) -> None:
    talk = Talk(knowledge)
    await talk.say("hello")
    ((key, (version, _)),) = talk.memory.state.items()
    talk.memory.state[key] = (version, row)
    with pytest.raises(Unreadable) as caught:
        await talk.say("hello")
    assert row not in str(caught.value)


def test_teeth_of_the_audit() -> None:
    """A decoder that makes objects would be seen."""
    with audited() as seen:
        exec("import colorsys")
    assert {word.split()[0] for word in seen} >= {"exec"}
