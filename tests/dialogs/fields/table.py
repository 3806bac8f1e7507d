"""The tables of inputs, as rows: what was typed, and what must be understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.fields.base import Doubtful, FieldType, Reading, Refused, Understood
from dialogs.fields.choice import ChoiceType
from dialogs.fields.country import COUNTRY
from dialogs.fields.day import ANNIVERSARY
from dialogs.fields.invoices import COLUMNS, INVOICES
from dialogs.fields.money import MONEY
from dialogs.fields.month import INVOICE_MONTH
from dialogs.fields.number import Count
from dialogs.fields.text import NAME
from dialogs.fields.url import LANDING_PAGE
from dialogs.fields.year import INVOICE_YEAR
from dialogs.fields.yes_no import YES_NO
from program.yaml_source import parse_yaml

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh-CN")
TYPES: dict[str, FieldType] = {
    "choice": ChoiceType("level"),
    "number": Count("mct"),
    "money": MONEY,
    "month": INVOICE_MONTH,
    "year": INVOICE_YEAR,
    "day": ANNIVERSARY,
    "country": COUNTRY,
    "url": LANDING_PAGE,
    "text": NAME,
    "yes_no": YES_NO,
    "invoices": INVOICES,
}


@dataclass(frozen=True)
class Row:
    """``kind`` is ``understood``, ``doubtful``, ``refused`` or ``nothing``; ``value`` the value or the reason."""

    type: str
    language: str
    typed: str
    kind: str
    value: Any = None


def document(name: str) -> Any:
    path = FOLDER / f"{name}.yaml"
    return parse_yaml(path.read_bytes(), path.name).value


def rows(name: str) -> list[Row]:
    """All rows of a type. ``<202E>`` stands for a character that no file should hold."""
    return _rows(name, document(name))


def second_look(name: str) -> list[Row]:
    return _rows(name, document("second_look").get(name, {}))


def _rows(name: str, languages: Any) -> list[Row]:
    found = []
    for language, kinds in languages.items():
        for kind, items in kinds.items():
            pairs = items.items() if isinstance(items, dict) else ((item, None) for item in items)
            found += [Row(name, language, _unescaped(str(typed)), kind, value) for typed, value in pairs]
    return found


def _unescaped(typed: str) -> str:
    return re.sub(r"<([0-9A-F]{4})>", lambda code: chr(int(code[1], 16)), typed)


def as_row(row: Row, reading: Reading) -> Row:
    """The reading, written as the tables write it."""
    match reading:
        case Understood(value):
            return Row(row.type, row.language, row.typed, "understood", _written(value))
        case Doubtful():
            return Row(row.type, row.language, row.typed, "doubtful")
        case Refused(reason):
            return Row(row.type, row.language, row.typed, "refused", reason.key.rpartition(".")[2])
    return Row(row.type, row.language, row.typed, "nothing")


def _written(value: Any) -> Any:
    if isinstance(value, dict) and "rows" in value:
        opened = {(cell["row"], cell["column"]): cell["reason"] for cell in value["open"]}
        return [
            "|".join(_cell(row, index, name, opened) for name in COLUMNS) for index, row in enumerate(value["rows"])
        ]
    if isinstance(value, dict):
        return f"{value['amount']} {value['currency'] or '-'}"
    return value


def _cell(row: Any, index: int, name: str, opened: Any) -> str:
    if name not in row:
        reason = opened[index, name]
        return "?" if reason == "missing" else f"?{reason}"
    return row[name] if isinstance(row[name], str) else _written(row[name]).removesuffix(" -")
