"""The content that is shipped passes what `python -m faq check --quick` asks of it, with the engine that is shipped.

The whole check asks every phrasing without itself, which takes half a minute and more: `.ci/run` does that.
"""

from __future__ import annotations

from pathlib import Path

from faq.check import Severity, check
from faq.library import Library
from faq.matcher import Matcher
from faq.model import Kind

CONTENT = Path(__file__).parents[2] / "content"


def test_nothing_is_wrong_with_the_content(library: Library) -> None:
    day = library.program.as_of
    findings = check(CONTENT, day, Matcher)
    assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []


def test_every_answer_is_asked_in_many_ways(library: Library) -> None:
    for base in library.knowledge_bases.values():
        entries = [entry for entry in base.entries.values() if entry.kind is not Kind.OUT_OF_SCOPE]
        assert [entry.id for entry in entries if not 12 <= len(entry.phrasings) <= 28] == []
        assert [entry.id for entry in base.entries.values() if len(entry.phrasings) < 12 or len(entry.expect) < 2] == []
