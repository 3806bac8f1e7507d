"""What the partner is told about the page."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.reply import Paragraph, Plain, Reply, Row, SourceLine, Table, Text
from pagecheck.findings import Finding, State

SOURCE = "faq-directory"
"""Where the rules are from."""


def report(address: str, findings: Sequence[Finding]) -> Reply:
    """The findings with their evidence, and that they decide nothing."""
    rows = tuple(Row(Text(f"page-check.{found.about}"), found.evidence, found.state) for found in findings)
    return Reply(
        (
            Paragraph(Text("page-check.title"), "heading"),
            Paragraph(Plain(address), "subtle"),
            Table(rows),
            Paragraph(Text(_verdict(findings))),
            Paragraph(Text("page-check.advice"), "subtle"),
            SourceLine(SOURCE),
        )
    )


def passed_over(address: str) -> Reply:
    """That this page was not looked at, that the request is none the worse for it, and the rules to check it by."""
    return Reply(
        (
            Paragraph(Text("page-check.passed-over.title"), "heading"),
            Paragraph(Plain(address), "subtle"),
            Paragraph(Text("page-check.passed-over")),
            SourceLine(SOURCE),
        )
    )


def _verdict(findings: Sequence[Finding]) -> str:
    states = {found.state for found in findings}
    if State.NOT_MET in states:
        return "page-check.look"
    return "page-check.unsure" if State.UNKNOWN in states else "page-check.fine"
