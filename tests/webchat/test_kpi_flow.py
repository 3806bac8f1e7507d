"""A company reports invoices that its KPIs miss, in a real browser: typed, pasted, from a file; and is reminded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from playwright.sync_api import Browser, expect

from tests.turn.workbook import rows_of, workbook
from tests.webchat.conftest import Bot
from tests.webchat.visitor import Visitor

STORED = "SELECT type, state, language, batch, due, fields FROM cases"
HEADINGS = ("Month", "Year", "OMLP type", "Purchase unit", "Invoice number", "KPI value", "Revenue value")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def invoice(month: str, kind: str, unit: str, number: str, kpi: str, amount: str, currency: str) -> dict[str, object]:
    return {
        "month": month,
        "omlp-type": kind,
        "purchase-unit": unit,
        "invoice-number": number,
        "kpi-value": kpi,
        "revenue-value": {"amount": amount, "currency": currency},
    }


def stored_invoices(bot: Bot, language: str) -> list[dict[str, object]]:
    (row,) = bot.rows(STORED)
    assert row[:5] == ("kpi-discrepancy", "received", language, None, "2026-03-15"), "no batch; the next report"
    fields = json.loads(row[5])
    assert list(fields) == ["invoices"]
    return sorted(fields["invoices"], key=lambda row: str(row["invoice-number"]))


def send_file(visitor: Visitor, name: str, kind: str, content: bytes) -> None:
    file = {"name": name, "mimeType": kind, "buffer": content}
    visitor.page.locator(".webchat__upload-button--file-input").set_input_files(file)  # type: ignore[arg-type]
    visitor.box.press("Enter")


def test_invoices_typed_and_pasted(browser: Browser, rehearsal: Bot) -> None:
    with Visitor.arriving(browser, rehearsal.url) as visitor:
        visitor.open()
        visitor.say("our KPI report is wrong")
        visitor.hears("From which month and year")
        for answer, question in (
            ("January 2026", "Which type"),
            ("Courseware", "purchase unit"),
            ("seats", "number of the invoice"),
            ("INV-20931", "Which KPI value"),
        ):
            visitor.say(answer)
            visitor.hears(question)
        visitor.say("how many KPIs does gold require?")
        visitor.hears("Which KPI value")
        visitor.say("twelve")
        visitor.hears("What is the revenue value?")
        visitor.say("1,250.00 USD")
        visitor.hears("Is there another invoice")
        visitor.say("December\t2025\tILT\tseats\tINV-19000\t3\t90 EUR\nJan\t2026\tILT\tseats\tINV-20932\tabc\t40 EUR")
        visitor.hears("Row 2, KPI value", "abc", "Which KPI value")
        visitor.say("4")
        visitor.hears("Is there another invoice")
        visitor.press("No")
        visitor.hears("INV-20931", "INV-19000", "INV-20932", "USD 1,250.00")
        visitor.press("Send")
        told = visitor.hears("Access code")
        assert re.search(r"LP-[0-9A-Z]{5}-[0-9A-Z]", told)
        assert stored_invoices(rehearsal, "en") == [
            invoice("2025-12", "ILT", "seats", "INV-19000", "3", "90.00", "EUR"),
            invoice("2026-01", "Courseware", "seats", "INV-20931", "12", "1250.00", "USD"),
            invoice("2026-01", "ILT", "seats", "INV-20932", "4", "40.00", "EUR"),
        ]


def test_an_invoice_that_is_not_due_is_remembered(browser: Browser, rehearsal: Bot) -> None:
    with Visitor.arriving(browser, rehearsal.url, locale="zh-CN") as visitor:
        visitor.open()
        visitor.say("上报 KPI 差异")
        visitor.hears("发票是哪年哪月的")
        visitor.say("2026年2月")
        visitor.hears("2026年3月15日")
        visitor.press("到时提醒我")
        visitor.hears("2026年3月15日")
        assert rehearsal.rows(STORED) == []
        rehearsal.kill()
        visitor.expect_state("lost")
        rehearsal.set_clock(datetime(2026, 3, 15, 16, 30, tzinfo=UTC))
        rehearsal.start()
        visitor.expect_state("ready", within=30)
        visitor.hears("2026年2月的发票现在应该在 KPI 报表里了")


def test_a_file_is_read_as_a_pasted_table_is(browser: Browser, rehearsal: Bot) -> None:
    with Visitor.arriving(browser, rehearsal.url) as visitor:
        visitor.open()
        row = ("January", "2026", "=A1→Courseware", "seats", "INV-20931", "12", "1250.5 USD")
        send_file(visitor, "kpi.xlsx", EXCEL, workbook(rows_of(HEADINGS, row)))
        visitor.hears("Invoice rows read: 1", "Is there another invoice")
        csv = ",".join(HEADINGS) + '\nDec,2025,ILT,seats,INV-19000,3,"90,50 EUR"\n'
        send_file(visitor, "more.csv", "text/csv", csv.encode())
        visitor.hears("Invoice rows read: 1", "Is there another invoice")
        send_file(visitor, "invoice.pdf", "application/pdf", b"%PDF-1.7" + bytes(100))
        visitor.hears("Is there another invoice")
        expect(visitor.answers.filter(has_text="can't read that")).to_have_count(1)
        visitor.press("No")
        visitor.hears("INV-20931", "INV-19000")
        visitor.press("Send")
        visitor.hears("Access code")
        assert stored_invoices(rehearsal, "en") == [
            invoice("2025-12", "ILT", "seats", "INV-19000", "3", "90.50", "EUR"),
            invoice("2026-01", "Courseware", "seats", "INV-20931", "12", "1250.50", "USD"),
        ]
