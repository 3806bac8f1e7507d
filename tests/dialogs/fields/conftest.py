"""Readers of the real words, on a fixed day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dialogs.fields.base import Reader
from dialogs.fields.data import FieldData
from dialogs.fields.load import load_field_data
from program.load import load_program
from program.yaml_source import parse_yaml

CONTENT = Path(__file__).parents[3] / "content"
TODAY = date(2021, 3, 10)


@pytest.fixture(scope="session")
def field_data() -> FieldData:
    document = parse_yaml((CONTENT / "program.yaml").read_bytes(), "content/program.yaml")
    return load_field_data(CONTENT, load_program(document), ("en", "zh-CN"))


@pytest.fixture(scope="session")
def reader(field_data: FieldData) -> Callable[[str], Reader]:
    """A reader of a language."""
    return lambda language: Reader(language, TODAY, field_data)
