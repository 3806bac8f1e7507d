"""Rows of cells from the bytes of a CSV or Excel file. Pure; the file is believed in nothing.

A workbook is a ZIP of XML: of it only the first sheet, its shared texts and its formats are read, each to a limit
that counts unpacked bytes. No formula is computed (the value that was last shown is taken), nothing outside the file is
looked up, macros are never touched, and a document that declares entities is refused.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from io import BytesIO
from xml.parsers import expat

from dialogs.form import Cells
from turn.errors import SheetUnreadable
from turn.markup import Element, elements_of
from turn.model import Attachment

LARGEST_FILE = 1_000_000
"""Bytes of a file that is read."""
LARGEST_PART = 2_000_000
"""Unpacked bytes of a part of a workbook."""
MOST_ROWS = 300
"""Rows after which reading ends: more than a form takes."""
MOST_COLUMNS = 50
_MARKS = "\t;|,"
_DATE_FORMATS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
"""Built-in number formats that show a day (ECMA-376 part 1, 18.8.30)."""
_SHOWN_LITERALLY = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_DATE_LETTERS = re.compile(r"[ymdYMD年月日]")
_BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError, LookupError, ValueError, EOFError, NotImplementedError)


def read_files(files: Iterable[Attachment]) -> tuple[tuple[Cells, ...], tuple[str, ...]]:
    """What is in those that can be read, and the names of the others."""
    sheets: list[Cells] = []
    unread: list[str] = []
    for file in files:
        try:
            sheets.append(cells_of(file))
        except SheetUnreadable:
            unread.append(file.name)
    return tuple(sheets), tuple(unread)


def cells_of(file: Attachment) -> Cells:
    """The rows of a ``.csv`` or ``.xlsx`` file, blank ones left out. Raises `SheetUnreadable`."""
    content = file.content
    if content is None or len(content) > LARGEST_FILE:
        raise SheetUnreadable
    name = file.name.lower()
    try:
        if name.endswith(".csv"):
            return _kept(_csv_rows(_text_of(content)))
        if name.endswith(".xlsx"):
            return _kept(_workbook_rows(content))
    except (*_BROKEN, csv.Error, RuntimeError):  # RuntimeError: a part with a password
        raise SheetUnreadable from None
    raise SheetUnreadable


def _kept(rows: Iterable[list[str]]) -> Cells:
    """Rows with something in them, as wide as the first one at least: cells that are left out at the end are empty."""
    kept: list[list[str]] = []
    for row in rows:
        while row and not row[-1].strip():
            row.pop()
        if row:
            kept.append(row + [""] * (len(kept[0]) - len(row) if kept else 0))
        if len(kept) == MOST_ROWS:
            break
    if not kept or max(map(len, kept)) > MOST_COLUMNS:
        raise SheetUnreadable
    return tuple(map(tuple, kept))


def _text_of(content: bytes) -> str:
    """As Excel writes it: Unicode, or the Chinese encoding of Windows. Others look alike and are not guessed."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb2312")


def _csv_rows(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    mark = max(_MARKS, key=first.count)
    return csv.reader(lines, delimiter=mark, skipinitialspace=True)


class _Workbook:
    """The parts of an open workbook."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(BytesIO(content))

    def part(self, name: str) -> list[Element]:
        """The elements of a part. Raises `KeyError` when there is none."""
        with self._archive.open(name) as packed:
            content = packed.read(LARGEST_PART + 1)  # what the archive says about sizes may be a lie
        if len(content) > LARGEST_PART:
            raise SheetUnreadable
        return elements_of(content)

    def part_if_any(self, name: str) -> list[Element]:
        """The same; nothing when there is none."""
        return self.part(name) if name in self._archive.namelist() else []


def _workbook_rows(content: bytes) -> Iterator[list[str]]:
    book = _Workbook(content)
    about = book.part("xl/workbook.xml")
    first = next(one for one in about if one.name == "sheet")
    targets = {one.get("Id"): one.get("Target") for one in book.part("xl/_rels/workbook.xml.rels")}
    place = targets[first.get("id")]
    sheet = book.part(place.lstrip("/") if place.startswith("/") else f"xl/{place}")
    texts = [one.text_of("t") for one in book.part_if_any("xl/sharedStrings.xml") if one.name == "si"]
    dates = _date_styles(book.part_if_any("xl/styles.xml"))
    epoch = date(1904, 1, 1) if any(one.get("date1904") in ("1", "true") for one in about) else date(1899, 12, 30)
    for row in sheet:
        if row.name == "row":
            yield _row(row, texts, dates, epoch)


def _row(row: Element, texts: list[str], dates: frozenset[int], epoch: date) -> list[str]:
    cells: list[str] = []
    for cell in row.children:
        column = _column(cell.get("r"), len(cells))
        cells += [""] * (column + 1 - len(cells))
        cells[column] = _shown(cell, texts, dates, epoch)
    return cells


def _column(reference: str, following: int) -> int:
    """Counted from 0; a cell without a reference follows the one before."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return following
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > MOST_COLUMNS:
        raise SheetUnreadable
    return column - 1


def _shown(cell: Element, texts: list[str], dates: frozenset[int], epoch: date) -> str:
    kind, value = cell.get("t"), cell.text_of("v")
    if kind == "s":
        return texts[int(value)]
    if kind == "inlineStr":
        return cell.text_of("t")
    if kind not in ("", "n") or not value:
        return value
    number = float(value)
    if int(cell.get("s") or 0) in dates and 0 < number < 2_958_466:  # the year 9999
        return (epoch + timedelta(days=int(number))).isoformat()
    return f"{number:.15g}"  # as many digits as a spreadsheet shows


def _date_styles(styles: list[Element]) -> frozenset[int]:
    """Places in the list of cell formats that show a day."""
    own = {int(one.get("numFmtId")): one.get("formatCode") for one in styles if one.name == "numFmt"}
    days = {number for number, code in own.items() if _DATE_LETTERS.search(_SHOWN_LITERALLY.sub("", code))}
    formats = next((one.children for one in styles if one.name == "cellXfs"), [])
    numbers = [int(one.get("numFmtId") or 0) for one in formats]
    return frozenset(place for place, number in enumerate(numbers) if number in days | _DATE_FORMATS - own.keys())
