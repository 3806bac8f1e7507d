"""Files with invoices: what is read, and what must never be."""

from __future__ import annotations

import time
import zipfile
from io import BytesIO

import pytest

from dialogs.decision import Knowledge
from tests.talk import Talk, buttons, shown
from tests.turn.workbook import MAIN, rows_of, workbook
from turn.errors import SheetUnreadable
from turn.model import Attachment
from turn.sheets import LARGEST_FILE, LARGEST_PART, cells_of

HEADINGS = "Month,Year,OMLP type,Purchase unit,Invoice number,KPI value,Revenue value"
ROW = 'January,2026,Courseware,seats,INV-1,12,"1,250.00 USD"'


def csv_file(content: bytes | str, name: str = "kpi.csv") -> Attachment:
    data = content.encode() if isinstance(content, str) else content
    return Attachment(name, "text/csv", len(data), data)


def excel(content: bytes, name: str = "kpi.xlsx") -> Attachment:
    return Attachment(name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", len(content), content)


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("a,b\n1,2\n", (("a", "b"), ("1", "2"))),
        ("a;b\n1,5;2\n", (("a", "b"), ("1,5", "2"))),
        ("a\tb\n\n1\t\n", (("a", "b"), ("1", ""))),
        ('a,b\r\n"1,250.00",2\r\n', (("a", "b"), ("1,250.00", "2"))),
        ("月份,数值\n一月,2\n".encode("gbk"), (("月份", "数值"), ("一月", "2"))),
        ("\ufeffa,b\n", (("a", "b"),)),
        ("a,b\n".encode("utf-16"), (("a", "b"),)),
        ("a,b\n1,2,3\n", (("a", "b"), ("1", "2", "3"))),
    ],
)
def test_csv(content: bytes | str, cells: tuple[tuple[str, ...], ...]) -> None:
    assert cells_of(csv_file(content, "KPI.CSV")) == cells


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ('<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c>', ("Month", "OMLP type", "学习")),
        ('<c r="A1"><v>1</v></c><c r="D1"><v>1250.5</v></c>', ("1", "", "", "1250.5")),
        ('<c r="A1"><v>0.30000000000000004</v></c>', ("0.3",)),
        ('<c r="A1" s="1"><v>46023</v></c><c r="B1" s="2"><v>46023.5</v></c>', ("2026-01-01", "2026-01-01")),
        ('<c r="A1" s="3"><v>46023</v></c>', ("46023",)),
        ('<c><f>SUM(A1:A9)</f><v>12</v></c><c t="str"><f>A1</f><v>x</v></c>', ("12", "x")),
        ('<c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c>', ("1", "#REF!")),
        ('<c t="inlineStr"><is><t>=1+1</t></is></c>', ("=1+1",)),
    ],
)
def test_excel(cells: str, row: tuple[str, ...]) -> None:
    assert cells_of(excel(workbook(f"<row/><row>{cells}</row>"))) == (row,)


def test_days_from_1904() -> None:
    book = workbook('<row><c s="2"><v>44561</v></c></row>', book=_book('<workbookPr date1904="1"/>'))
    assert cells_of(excel(book)) == (("2026-01-01",),)


def _book(more: str) -> str:
    sheets = '<sheets><sheet r:id="rId3"/></sheets>'
    return f'<workbook xmlns="{MAIN}" xmlns:r="urn:r">{more}{sheets}</workbook>'


def _bomb() -> bytes:
    return workbook("<row>" + "<c><v>1</v></c>" * (LARGEST_PART // 14) + "</row>")


def _entities() -> str:
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst xmlns="{MAIN}"><si><t>&e;</t></si></sst>'


def _utf16_entities() -> bytes:
    packed = BytesIO(workbook(rows_of(("a",)), shared=None))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", _entities().encode("utf-16"))
    return packed.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        Attachment("kpi.csv", "text/csv", 10),
        csv_file(b""),
        csv_file(b"\xe9t\xe9,b\n"),
        csv_file(b"a,b\n" * (LARGEST_FILE // 4 + 1)),
        csv_file("," * 60 + "x"),
        csv_file('"' + "x" * 200_000),
        csv_file(ROW, "kpi.xlsm"),
        csv_file(ROW, "kpi.xlsx"),
        excel(b"PK\x03\x04" + bytes(50)),
        excel(workbook(rows_of(("a",)))[:-30]),
        excel(workbook(rows_of(("a",)), sheet=None)),
        excel(workbook(rows_of(("a",)), book=None)),
        excel(workbook(rows_of(("a",)), book=_book("").replace("rId3", "rId9"))),
        excel(workbook('<row><c t="s"><v>99</v></c></row>')),
        excel(workbook('<row><c r="ZZ1"><v>1</v></c></row>')),
        excel(workbook("<row><c><v>1e400000</v></c><unclosed></row>")),
        excel(workbook(rows_of(("a",)), sheet="<a>" * 100 + "</a>" * 100)),
        excel(workbook(rows_of(("a",)), shared=_entities())),
        excel(_utf16_entities()),
        excel(_bomb()),
    ],
)
def test_unreadable(file: Attachment) -> None:
    started = time.thread_time()
    with pytest.raises(SheetUnreadable):
        cells_of(file)
    assert time.thread_time() - started < 2


async def test_a_csv_file_fills_the_form(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    (asked,) = await talk.say("", attachments=(csv_file(f"{HEADINGS}\n{ROW}\n"),))
    assert "Invoice rows read: 1" in shown(asked)
    (summary,) = await talk.say("no")
    assert "January 2026, Courseware, seats, KPI 12, revenue USD 1,250.00" in shown(summary)


async def test_an_excel_file_goes_on_where_a_form_is_open(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    await talk.say("our KPI report is wrong")
    rows = rows_of(tuple(HEADINGS.split(",")), ("January", "2026", "ILT", "=A1→seats", "INV-2", "", "90 EUR"))
    (asked,) = await talk.say("here they are", attachments=(excel(workbook(rows)),))
    assert "Row 1, KPI value" in shown(asked)
    await talk.say("12")
    (summary,) = await talk.say("no")
    assert "January 2026, ILT, seats, KPI 12, revenue EUR 90" in shown(summary)


async def test_a_cell_that_a_spreadsheet_would_run_stays_a_text(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    row = ROW.replace("Courseware", '=HYPERLINK("x")').replace('"x"', "x")
    await talk.say("", attachments=(csv_file(f"{HEADINGS}\n{row}\n"),))
    assert "'=HYPERLINK(x)" in shown((await talk.say("no"))[0])


async def test_a_wrong_file_says_why_and_asks_on(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    await talk.say("our KPI report is wrong")
    heard = await talk.say("", attachments=(csv_file(b"MZ", "kpi.exe"),))
    assert "can't read that" in shown(heard[0])
    assert "From which month" in shown(heard[1])
    (ragged,) = await talk.say("", attachments=(csv_file(f"{HEADINGS}\n{ROW},more\n"),))
    assert "2" in shown(ragged)
    two = (csv_file(f"{HEADINGS}\n{ROW}\n"), csv_file(f"{HEADINGS}\n{ROW}\n"))
    assert "one CSV" in shown((await talk.say("", attachments=two))[0])


async def test_a_file_and_a_question(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    picture = Attachment("a.png", "image/png", 3, b"PNG")
    heard = await talk.say("How often are the KPI reports updated?", attachments=(picture,))
    assert "can't read that" in shown(heard[0])
    assert "Once a month" in shown(heard[1])
    assert buttons(heard[1])


async def test_another_form_is_finished_first(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, channel="webchat")
    await talk.say("list us")
    (told,) = await talk.say("", attachments=(csv_file(f"{HEADINGS}\n{ROW}\n"),))
    assert "Directory listing" in shown(told)
