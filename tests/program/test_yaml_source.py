from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from program.document import ContentErrors
from program.yaml_source import parse_yaml

GOOD = (Path(__file__).parents[1] / "content" / "good" / "en" / "faq.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", True),
        ("12", 12),
        ("-3", -3),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("12:30", "12:30"),
        ("2021-02-05", "2021-02-05"),
        ("'12'", "12"),
        ("9" * 30, "9" * 30),
        ("1_000", "1_000"),
        ("C# for all", "C# for all"),
        ("word # and a comment", "word"),
        ("{a: [1, b]}", {"a": [1, "b"]}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">\n  folded\n  text\n", "folded text\n"),
    ],
)
def test_a_plain_value_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    assert parse_yaml(f"key: {written}".encode(), "f").value == {"key": meant}


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    document = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x {y}\r\n  z\r\n", "f")
    assert document.value == {"a": 1, "b": "x {y}\nz\n"}
    assert str(document.place(("b",), offset=2)) == "f:3:5"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("key: some {x}", 5, "f:1:11"),
        ("key: 'some {x}'", 5, "f:1:12"),
        ("key: |\n\n    some\n    more {x}", 11, "f:4:10"),
        ("key: >\n  some\n  {x}", 5, "f:1:6"),  # folded: the place of the whole text
        ("key: some\n  more {x}", 10, "f:1:6"),
    ],
)
def test_a_character_of_a_text_has_its_place(text: str, offset: int, place: str) -> None:
    assert str(parse_yaml(text.encode(), "f").place(("key",), offset)) == place


def test_a_path_that_is_not_there_has_the_place_of_its_parent() -> None:
    document = parse_yaml(b"a:\n  - b: 1\n", "f")
    assert str(document.place(("a", 0, "c", "d"))) == "f:2:5"
    assert str(document.key_place(("a", 0, "b"))) == "f:2:5"
    assert str(document.key_place(("a", 0))) == "f:2:5"


def test_every_fault_before_the_syntax_breaks_is_told() -> None:
    with pytest.raises(ContentErrors) as caught:
        parse_yaml(b"a: &x 1\nb: !t 2\na: *x\nc: 'open\n", "f")
    assert [error.line for error in caught.value.errors] == [1, 2, 3, 3, 4]


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 12),
    st.text(alphabet="\t\n\r {}[]:,-#&*!|>'\"%@`\\~?<=0aU﻿\x00\x85\u2028\U0001f600", max_size=6),
)
@settings(max_examples=80, deadline=None)
def test_no_text_gets_past_the_typed_errors(at: int, cut: int, put: str) -> None:
    damaged = GOOD[:at] + put + GOOD[at + cut :]
    with suppress(ContentErrors):  # anything else fails the test
        parse_yaml(damaged.encode(), "f")


def test_hostile_nesting_is_refused_at_once() -> None:
    with pytest.raises(ContentErrors, match="levels deep"):
        parse_yaml(b"[" * 1_000_000, "f")
