"""Workbooks as Excel writes them, as small as they can be."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="KPI" sheetId="7" r:id="rId3"/>'
    '<sheet name="Other" sheetId="8" r:id="rId4"/></sheets></workbook>'
)
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId4" Target="worksheets/sheet2.xml"/>'
    '<Relationship Id="rId3" Target="worksheets/sheet1.xml"/></Relationships>'
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="mmm yyyy"/>'
    '<numFmt numFmtId="165" formatCode="&quot;day&quot; [Red]0.00"/></numFmts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)
SHARED = (
    f'<sst xmlns="{MAIN}"><si><t>Month</t></si><si><r><t>OMLP </t></r><r><t>type</t></r></si>'
    "<si><t>学习</t><rPh><t>xue</t></rPh></si></sst>"
)


def workbook(cells: str, **parts: str | None) -> bytes:
    """A file with ``cells`` as the content of its ``sheetData``; ``parts`` replaces parts by their short names."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    written: Mapping[str, str | None] = {
        "book": BOOK, "relations": RELATIONS, "styles": STYLES, "shared": SHARED, "sheet": sheet, **parts
    }  # fmt: skip
    names = {
        "book": "xl/workbook.xml",
        "relations": "xl/_rels/workbook.xml.rels",
        "styles": "xl/styles.xml",
        "shared": "xl/sharedStrings.xml",
        "sheet": "xl/worksheets/sheet1.xml",
    }
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written.items():
            if text is not None:
                archive.writestr(names[name], text)
    return packed.getvalue()


def rows_of(*rows: tuple[str, ...]) -> str:
    """Rows of texts kept in their cells; a number stays one, and what begins with ``=`` becomes a formula's result."""
    return "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)


def _cell(text: str) -> str:
    if text.startswith("="):
        formula, _, result = text[1:].partition("→")
        return f'<c t="str"><f>{formula}</f><v>{result}</v></c>'
    if text.replace(".", "", 1).isdigit():
        return f"<c><v>{text}</v></c>"
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'
