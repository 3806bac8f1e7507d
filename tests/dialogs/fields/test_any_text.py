"""No text whatever stops a parser, and what is found lies in the text."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.fields.base import Reader, Refused, Understood
from dialogs.fields.number import KPI_VALUE
from dialogs.fields.text import INVOICE_NUMBER, NAME
from tests.dialogs.fields.table import TYPES, rows

EVERY = {**TYPES, "quantity": KPI_VALUE, "invoice-number": INVOICE_NUMBER}
PIECES = sorted({piece for name in TYPES for row in rows(name) for piece in row.typed.split() if len(piece) < 30})
MIXED = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map(" ".join)
GLUED = st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=6).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | MIXED | GLUED, language=st.sampled_from(["en", "zh-CN"]))
def test_any_text_is_read(text: str, language: str, reader: Callable[[str], Reader]) -> None:
    one = reader(language)
    for field_type in EVERY.values():
        reading = field_type.read(text, one)
        found = field_type.find(text, one)
        if isinstance(reading, Understood):
            field_type.show(reading.value, one)
        if found:
            assert 0 <= found.start < found.end <= len(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(left=st.text(max_size=10), hidden=st.sampled_from("\u202e\u200b\u2066\x07\ufeff"), right=st.text(max_size=10))
def test_hidden_characters_are_in_no_name(left: str, hidden: str, right: str, reader: Callable[[str], Reader]) -> None:
    assert isinstance(NAME.read(f"{left}{hidden}{right}", reader("en")), Refused)
