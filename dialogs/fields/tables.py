"""Pasted tables: cells between tabs, bars, semicolons or commas, or lines of ``key: value``, as records by column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialogs.fields.phrases import PhraseTable, fold

Record = Mapping[str, str]
"""Texts of the cells, by column."""
_FEWEST_CELLS = 5
_FEWEST_NAMED = 3
_KEY_MARK = re.compile(r"[:：=]")
_LONGEST_KEY = 30
_PIECES = re.compile(r"[,，;；]|\n+")
_NARROW = str.maketrans("｜；，、", "|;,,")
_RULER = re.compile(r"[\s|:+-]+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was pasted. ``ragged`` is the number (from 1) of the first row with too few or too many cells, else 0."""

    records: tuple[Record, ...] = ()
    ragged: int = 0
    loose: bool = False
    """Only commas separate the cells: it may as well be a sentence."""


def sheet_of(text: str, columns: PhraseTable[str], orders: Sequence[Sequence[str]]) -> Sheet | None:
    """The records of a pasted table; None when it is none. ``orders``: columns of rows without headings."""
    keyed = _keyed(text, columns)
    if keyed:
        return Sheet(tuple(keyed))
    lines = [line for line in text.splitlines() if line.strip() and not _RULER.fullmatch(line)]
    if not lines:
        return None
    if not any("\t" in line for line in lines):
        lines = [line.translate(_NARROW) for line in lines]
    for mark in "\t|;,":
        widths = {len(order) for order in orders}
        rows = [_cells(line, mark, widths) for line in lines]
        if len(rows[0]) >= _FEWEST_CELLS:
            return sheet_of_cells(rows, columns, orders, loose=mark == ",")
    return None


def sheet_of_cells(
    rows: Sequence[Sequence[str]], columns: PhraseTable[str], orders: Sequence[Sequence[str]], *, loose: bool = False
) -> Sheet:
    """The records of rows of cells, with headings in the first row or in one of the ``orders``."""
    heading = _heading(rows[0], columns)
    body = rows[1:] if heading else rows
    records = []
    for number, row in enumerate(body, 2 if heading else 1):
        order = heading or next((order for order in orders if len(order) == len(row)), None)
        if order is None or len(order) != len(row):
            return Sheet(ragged=number, loose=loose and not heading)
        records.append({name: cell.strip() for name, cell in zip(order, row, strict=True) if name})
    return Sheet(tuple(records), loose=loose and not heading)


def _heading(row: Sequence[str], columns: PhraseTable[str]) -> list[str] | None:
    """Names of the columns (empty where unknown) when the row holds headings."""
    names = [columns.get(fold(cell).text.strip()) or "" for cell in row]
    known = [name for name in names if name]
    return names if len(known) >= _FEWEST_NAMED and len(set(known)) == len(known) else None


def _cells(line: str, mark: str, widths: Iterable[int]) -> list[str]:
    if mark == "\t":
        return line.strip(" ").split("\t")
    if mark == "|":
        return line.strip().strip("|").split("|")
    cells = next(csv.reader([line.strip()], delimiter=mark, skipinitialspace=True))
    if mark == "," and len(cells) not in widths:
        spaced = re.split(r",\s+", line.strip())  # "5, 1,200.50": only commas before a space separate
        return spaced if len(spaced) in widths else cells
    return cells


def _keyed(text: str, columns: PhraseTable[str]) -> list[Record]:
    """Records of ``key: value`` pieces; a key that comes again begins the next record."""
    records: list[dict[str, str]] = [{}]
    last, named = "", 0
    for mark, piece in _pieces(text):
        found = _KEY_MARK.search(piece)
        key = piece[: found.start()].strip() if found else ""
        name = columns.get(fold(key).text.strip()) if len(key) <= _LONGEST_KEY else None
        if found and name:
            if name in records[-1]:
                records.append({})
            records[-1][name] = piece[found.end() :].strip()
            last, named = name, named + 1
        elif last and piece.strip():
            records[-1][last] += mark + piece
    return [record for record in records if record] if named >= _FEWEST_NAMED else []


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Pieces between commas, semicolons and line ends, each with the mark before it."""
    start, mark = 0, ""
    for found in _PIECES.finditer(text):
        yield mark, text[start : found.start()]
        start, mark = found.end(), found[0]
    yield mark, text[start:]
