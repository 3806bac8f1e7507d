"""A sentence as data: the rules name what is to be said, ``messages.yaml`` says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from program.months import Month

Value = int | str | date | Month
"""Shown in the reader's language; texts may be the user's own words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of ``messages.yaml`` with the values of its placeholders."""

    key: str
    params: Mapping[str, Value] = field(default_factory=dict)
