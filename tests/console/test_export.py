"""Cells of exports: nothing in them is a formula, and the text is otherwise as it was."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from cases.sheet import safe_cell
from console.export import Row, csv_response, csv_text, xlsx_bytes, xlsx_response
from program.months import Month

RISKY = {
    "=1+1": "'=1+1",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","x")': '\'=HYPERLINK("https://evil.example","x")',
    "=IMPORTXML(CONCAT(A1:A9))": "'=IMPORTXML(CONCAT(A1:A9))",
    "+1": "'+1",
    "+1+cmd": "'+1+cmd",
    "-1": "'-1",
    "-1+1|cmd": "'-1+1|cmd",
    "@SUM(1)": "'@SUM(1)",
    "\t=1": "'\t'=1",
    "\tx": "'\tx",
    "\r=1": "'\r'=1",
    "\rx": "'\rx",
    "\n=1": "'\n'=1",
    "\nx": "'\nx",
    " =1": "' =1",
    "   +1": "'   +1",
    "\u3000=1": "'\u3000=1",
    "＝1+1": "'＝1+1",
    "＋1": "'＋1",
    "－1": "'－1",
    "＠SUM": "'＠SUM",
    "﹦1": "'﹦1",
    "﹢1": "'﹢1",
    "﹣1": "'﹣1",
    "﹫x": "'﹫x",
    "a\n=1": "a\n'=1",
    "a\r\n=1": "a\r\n'=1",
    "a\r\n  =1": "a\r\n  '=1",
    "a\n@x\n-y": "a\n'@x\n'-y",
    "a;=1": "a;'=1",
    "a; =1": "a; '=1",
    "a;-1;+2": "a;'-1;'+2",
    "a；=1": "a；'=1",
    "a\t=1": "a\t'=1",
    '";=1': "\";'=1",
    ";=1": ";'=1",
    "a\n＝1": "a\n'＝1",
}
HARMLESS = [
    "",
    "Contoso",
    "a=b",
    "1-2",
    "a+b@example.com",
    "https://example.com/?a=1&b=+2",
    "'=1",
    '"=1"',
    "a, =1",
    "北京—上海",
    "第1批；第2批",
    "LP-7K3QM-9",
    "2026-03",
    "line one\nline two",
    'say "hello"',
    "a;b",
]


@pytest.mark.parametrize("text", [*RISKY, *HARMLESS])
def test_a_cell_in_csv_and_in_a_workbook(text: str) -> None:
    expected = RISKY.get(text, text)
    assert safe_cell(text) == expected
    written = csv_text([["head"], [text, "next"]])
    assert written.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert rows == [["head"], [expected, "next"]]
    cell = load_workbook(io.BytesIO(xlsx_bytes([["head"], [text, "next"]], "Sheet"))).active["A2"]
    assert cell.data_type != "f"
    assert (cell.value or "").replace("\r\n", "\n").replace("\r", "\n") == expected.replace("\r\n", "\n").replace(
        "\r", "\n"
    )


def test_the_corpus_is_large_enough() -> None:
    assert len(RISKY) + len(HARMLESS) >= 50


def test_numbers_and_days_stay_what_they_are() -> None:
    row: Row = [-5, Decimal("-1.50"), date(2026, 3, 1), Month(2026, 3), datetime(2026, 3, 1, 9, 30, tzinfo=UTC), None]
    assert csv_text([row]) == '\ufeff"-5","-1.50","2026-03-01","2026-03","2026-03-01 09:30:00+00:00",""\r\n'
    (cells,) = load_workbook(io.BytesIO(xlsx_bytes([row], "x"))).active.iter_rows(values_only=True)
    assert cells[:2] == (-5, -1.5)
    assert cells[2] == datetime(2026, 3, 1)  # noqa: DTZ001 - what a sheet holds has no zone
    assert cells[3:] == ("2026-03", "2026-03-01 09:30:00+00:00", None)


def test_what_a_sheet_does_not_take_is_left_out() -> None:
    (cells,) = load_workbook(
        io.BytesIO(xlsx_bytes([["a\x00b\x0bc", "x" * 40_000]], "a/b[c]:*?\\" + "d" * 40))
    ).active.iter_rows(values_only=True)
    assert cells[0] == "abc"
    assert len(cells[1]) == 32_767


def test_responses_are_downloads() -> None:
    made = csv_response("申请-2026", [["a"]]), xlsx_response("x", [["a"]], "Requests")
    assert [response.content_type for response in made] == [
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    assert made[0].headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E7%94%B3%E8%AF%B7-2026.csv"
    assert made[1].headers["Content-Disposition"] == "attachment; filename*=UTF-8''x.xlsx"


def test_a_build_that_only_looks_at_the_start_is_caught() -> None:
    naive = {text: f"'{text}" if text[:1] in "=+-@\t\r" else text for text in RISKY if text}
    assert {text for text, cell in naive.items() if cell != RISKY[text]}
