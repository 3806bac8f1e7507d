"""Pasted invoices, checked cell by cell.

A value is ``{"rows": [...], "open": [...]}``. A row holds what was understood, by column (`COLUMNS`); ``open`` names
the cells that have to be asked for, each ``{"row", "column", "reason", "typed"}``: nothing that was given is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dialogs.fields.base import MAX_CHARACTERS, Doubtful, Found, Reader, Reading, Refused, Understood
from dialogs.fields.dates import dates_in
from dialogs.fields.money import MONEY
from dialogs.fields.month import INVOICE_MONTH
from dialogs.fields.number import KPI_VALUE
from dialogs.fields.phrases import fold
from dialogs.fields.tables import Record, Sheet, sheet_of, sheet_of_cells
from dialogs.fields.text import is_hidden, names_no_invoice
from dialogs.fields.year import INVOICE_YEAR
from dialogs.reply import JsonObject, JsonValue, Plain, Text, Words

COLUMNS = ("month", "omlp-type", "purchase-unit", "invoice-number", "kpi-value", "revenue-value")
_ORDERS = (("month", "year", *COLUMNS[1:]), COLUMNS)
"""Rows without headings: the seven details in the program's order, or six with the year beside the month."""
_LONGEST_CELL = 120
_MOST_ROWS = 200
_FORMULA = re.compile(r"[=@]|[+-](?!\s*[\d.,])")
"""What a spreadsheet would run instead of show."""


@dataclass(frozen=True, slots=True)
class _Fault:
    reason: str


_Checked = JsonValue | _Fault


@dataclass(frozen=True, slots=True)
class Invoices:
    """One or several invoices as a pasted table."""

    def read(self, text: str, reader: Reader) -> Reading:
        """The rows of a table. Cells that cannot be taken are named; documents that prove nothing are refused."""
        if len(text) > MAX_CHARACTERS:
            return Refused(Text("field.invoices.too-long", {"most": MAX_CHARACTERS}))
        sheet = sheet_of(text, reader.words.columns, _ORDERS)
        if sheet is None or (sheet.loose and not _begins_with_month(text, reader)):
            refused = names_no_invoice(text, reader.words) and not reader.is_question(text)
            return Refused(Text("field.invoices.not-an-invoice")) if refused else None
        return _judged(sheet, reader)

    def read_cells(self, rows: Sequence[Sequence[str]], reader: Reader) -> Reading:
        """The same for a file: rows of cells as texts."""
        kept = [row for row in rows if any(cell.strip() for cell in row)]
        if not kept:
            return Refused(Text("field.invoices.no-rows"))
        return _judged(sheet_of_cells(kept, reader.words.columns, _ORDERS), reader)

    def table(self, text: str, reader: Reader) -> list[JsonObject] | None:
        """The rows of a table with what was understood of each; None when it is none or was refused."""
        reading = self.read(text, reader)
        if not isinstance(reading, Understood) or not isinstance(reading.value, dict):
            return None
        rows = reading.value["rows"]
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None

    def find(self, text: str, reader: Reader) -> Found | None:  # noqa: ARG002 - a table is a whole message
        """Never: a table is a whole message."""
        return None

    def show(self, value: JsonValue, reader: Reader) -> Words:  # noqa: ARG002 - the catalogue writes the language
        """How many invoices there are."""
        rows = value.get("rows") if isinstance(value, dict) else None
        return Text("field.invoices.shown", {"count": len(rows) if isinstance(rows, list) else 0})


def cell_question(cell: JsonObject) -> Text:
    """What to say about one of the ``open`` cells."""
    return Text(
        "field.invoices.cell",
        {
            "row": int(str(cell["row"])) + 1,
            "column": Text(f"field.invoices.column.{cell['column']}"),
            "typed": Plain(str(cell["typed"])),
            "reason": Text(f"field.invoices.reason.{cell['reason']}"),
        },
    )


def _judged(sheet: Sheet, reader: Reader) -> Reading:
    if sheet.ragged:
        return Refused(Text("field.invoices.columns", {"row": sheet.ragged}))
    if not sheet.records:
        return Refused(Text("field.invoices.no-rows"))
    if len(sheet.records) > _MOST_ROWS:
        return Refused(Text("field.invoices.too-many", {"most": _MOST_ROWS}))
    if any(names_no_invoice(cell, reader.words) for record in sheet.records for cell in record.values()):
        return Refused(Text("field.invoices.not-an-invoice"))
    rows: list[JsonValue] = []
    opened: list[JsonValue] = []
    for number, record in enumerate(sheet.records):
        checked = {name: check(record, reader) for name, check in _CHECKS.items()}
        rows.append({name: value for name, value in checked.items() if not isinstance(value, _Fault)})
        opened += [
            {"row": number, "column": name, "reason": fault.reason, "typed": _typed(record, name)}
            for name, fault in checked.items()
            if isinstance(fault, _Fault)
        ]
    return Understood({"rows": rows, "open": opened})


def _typed(record: Record, name: str) -> str:
    year = record.get("year", "") if name == "month" else ""
    return f"{record.get(name, '')} {year}".strip()[:_LONGEST_CELL]


def _month(record: Record, reader: Reader) -> _Checked:
    month, year = record.get("month", ""), record.get("year", "")
    if not month:
        return _Fault("missing")
    if _FORMULA.match(month) or _FORMULA.match(year):
        return _Fault("formula")
    alone = _understood(INVOICE_MONTH.read(month, reader), "two-digit")
    if _has_year(month, reader):
        said = _understood(INVOICE_YEAR.read(year, reader), "two-digit") if year else None
        agrees = said is None or (isinstance(alone, str) and alone.startswith(str(said)))
        return alone if isinstance(alone, _Fault) or agrees else _Fault("unclear")
    if not year:
        return alone if isinstance(alone, _Fault) and alone.reason != "unclear" else _Fault("year")
    said = _understood(INVOICE_YEAR.read(year, reader), "two-digit")
    if isinstance(said, _Fault):
        return said
    joined = f"{said}-{month}" if fold(month).text.strip().isdigit() else f"{said}年{month}"
    if month[-1:].isalpha() and month[-1:].isascii():
        joined = f"{month} {said}"
    return _understood(INVOICE_MONTH.read(joined, reader))


def _has_year(month: str, reader: Reader) -> bool:
    found = dates_in(fold(month).text.strip(), reader.words, reader.today).found
    return any(when.year is not None for one in found for when in one.whens)


def _words_of(name: str) -> Callable[[Record, Reader], _Checked]:
    def check(record: Record, _: Reader) -> _Checked:
        cell = " ".join(record.get(name, "").split())
        if not cell:
            return _Fault("missing")
        if is_hidden(cell) or len(cell) > _LONGEST_CELL:
            return _Fault("unclear")
        return f"'{cell}" if _FORMULA.match(cell) else cell

    return check


def _kpi(record: Record, reader: Reader) -> _Checked:
    return _figure(record.get("kpi-value", ""), lambda cell: KPI_VALUE.read(cell, reader))


def _revenue(record: Record, reader: Reader) -> _Checked:
    return _figure(record.get("revenue-value", ""), lambda cell: MONEY.read(cell, reader))


def _figure(cell: str, read: Callable[[str], Reading]) -> _Checked:
    if not cell:
        return _Fault("missing")
    if _FORMULA.match(cell) and not re.match(r"-\s*\W{0,3}\s*\d", cell):
        return _Fault("formula")
    return _understood(read(cell))


def _understood(reading: Reading, doubt: str = "") -> _Checked:
    """A cell is a value and nothing but a value."""
    match reading:
        case Understood(value, True):
            return value
        case Refused(reason):
            return _Fault(reason.key.rpartition(".")[2])
        case Doubtful(_, options) if doubt or len(options) > 1:
            return _Fault(doubt or "ambiguous")
    return _Fault("unclear")


def _begins_with_month(text: str, reader: Reader) -> bool:
    """Whether something that may be a sentence with many commas is a row."""
    first = re.split(r"[,，、]", text.strip(), maxsplit=1)[0]
    found = dates_in(fold(first[:_LONGEST_CELL]).text.strip(), reader.words, reader.today).found
    return any(when.month is not None for one in found for when in one.whens)


_CHECKS: dict[str, Callable[[Record, Reader], _Checked]] = {
    "month": _month,
    "omlp-type": _words_of("omlp-type"),
    "purchase-unit": _words_of("purchase-unit"),
    "invoice-number": _words_of("invoice-number"),
    "kpi-value": _kpi,
    "revenue-value": _revenue,
}
INVOICES = Invoices()
