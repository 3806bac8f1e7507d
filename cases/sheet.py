"""Requests as rows of a table, safe to open in a spreadsheet."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cases.model import Case, JsonValue

COLUMNS = ("reference", "type", "state", "created", "updated", "batch", "due", "assignee", "language", "channel")
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
_START = re.compile(rf"[\t\r\n]|[ \u3000]*[{_SIGNS}]")
_INSIDE = re.compile(rf"([\t\r\n;；][ \u3000]*)(?=[{_SIGNS}])")
"""Where a program that splits lines by its own lights would begin another cell."""


def rows(cases: Sequence[Case]) -> list[list[str]]:
    """A heading, then one row per request; after the `COLUMNS` one for every field that any of them has."""
    names = list(dict.fromkeys(name for case in cases for name in case.fields))
    heading = [safe_cell(name) for name in names]
    return [[*COLUMNS, *heading], *([*_facts(case), *_values(case, names)] for case in cases)]


def shown(value: JsonValue) -> str:
    """A field's value as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def safe_cell(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula: an apostrophe goes where one would begin."""
    inside = _INSIDE.sub(r"\1'", text)
    return f"'{inside}" if _START.match(inside) else inside


def _facts(case: Case) -> list[str]:
    created, updated = (time.isoformat(timespec="seconds") for time in (case.created_at, case.updated_at))
    facts = (case.type, case.state, created, updated, case.batch, case.due, case.assignee, case.language)
    return [case.reference, *(safe_cell("" if fact is None else str(fact)) for fact in facts), case.owner.channel]


def _values(case: Case, names: Sequence[str]) -> list[str]:
    return [safe_cell(shown(case.fields.get(name))) for name in names]
