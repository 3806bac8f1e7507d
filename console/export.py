"""Tables as files: CSV and XLSX whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

from aiohttp import hdrs, web
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cases.sheet import safe_cell
from program.months import Month

Cell = str | int | float | Decimal | date | datetime | Month | None
Row = Sequence[Cell]

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60
"""Characters of a column of a sheet."""
LONGEST_CELL = 32_767
"""Characters that Excel takes."""
_MARK = "\ufeff"  # tells Excel that it is UTF-8


def csv_text(rows: Iterable[Row]) -> str:
    """The table as CSV (RFC 4180), every cell in quotes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(
        [_text(cell) for cell in row] for row in rows
    )
    return _MARK + out.getvalue()


def xlsx_bytes(rows: Iterable[Row], title: str) -> bytes:
    """The table as a workbook of one sheet: the first row is its heading; numbers and days stay what they are."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new workbook has one
    sheet.title = "".join(character for character in title if character not in "[]:*?/\\")[:31] or "Sheet"
    widths: dict[int, int] = {}
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            _fill(sheet, number, column, value)
            cell.font = Font(bold=number == 1)
            widths[column] = min(max(widths.get(column, 8), len(_text(value)) + 2), WIDEST)
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_response(name: str, rows: Iterable[Row]) -> web.Response:
    """A download. ``name`` without its ending."""
    return _download(f"{name}.csv", csv_text(rows).encode(), CSV_TYPE, charset="utf-8")


def xlsx_response(name: str, rows: Iterable[Row], title: str) -> web.Response:
    """A download. ``name`` without its ending; ``title`` of the sheet."""
    return _download(f"{name}.xlsx", xlsx_bytes(rows, title), XLSX_TYPE)


def _download(name: str, body: bytes, content_type: str, charset: str | None = None) -> web.Response:
    headers = {hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name)}"}
    return web.Response(body=body, content_type=content_type, charset=charset, headers=headers)


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    # Only text can be a formula: a negative number stays one.
    return safe_cell(value) if isinstance(value, str) else str(value)


def _fill(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    cell = sheet.cell(row, column)
    if isinstance(value, int | float | Decimal) or (isinstance(value, date) and not isinstance(value, datetime)):
        cell.value = value
        return
    # As a string by type: openpyxl would take "=…" for a formula.
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", _text(value))[:LONGEST_CELL]
    cell.data_type = "s"
