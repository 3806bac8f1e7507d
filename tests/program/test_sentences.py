"""Whatever the rules say has its words in every language, with all values, and leads where the rule says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product

import pytest

from faq.library import Library
from program.eligibility import assess
from program.facts import Program
from program.months import Month
from program.questions import computed_answer
from program.rules import CHOICES
from program.sentence import Sentence
from program.windows import calendar_of
from wording.dates import fact_text

ENTRIES = ("kpi-invoice-visibility", "kpi-measurement-window", "directory-timeline", "kpi-report-schedule")
VALUES = (None, date(2024, 2, 29), date(2026, 3, 16), date(2027, 6, 30), Month(2020, 1), Month(2030, 5))
TODAY = date(2026, 3, 10)
SPARE = {"eligibility.verdict.open-gold"}
"""For rules in which the page would name the competencies with a Gold Learning option."""
OURS = re.compile(r"eligibility\.(verdict|requirement|reason|step)\.|calendar\.")


def on_the_calendar(program: Program) -> Iterator[tuple[Sentence, str | None]]:
    for entry, value, day in product(ENTRIES, VALUES, (10, 17)):
        found = computed_answer(entry, value, datetime(2026, 3, day, 20, tzinfo=UTC), calendar_of(program))
        if found:
            yield from ((sentence, None) for sentence in (*found.results, found.rule, *found.assumptions))


def on_eligibility(program: Program) -> Iterator[tuple[Sentence, str | None]]:
    """Each sentence with the link that the rules give for it."""
    values = {"mct": (0, 1), "competency": ("Data and AI", "unknown"), **CHOICES}
    for chosen in product(*values.values()):
        found = assess(dict(zip(values, chosen, strict=True)), program.eligibility, TODAY)
        yield found.headline, None
        yield from ((step.sentence, step.link) for step in found.next_steps)
        for need in (*found.requirements, *found.missing_for_next):
            yield from ((need.label, None), (need.reason, need.link))
    undecided = assess({}, program.eligibility, TODAY)
    yield undecided.headline, None
    yield from ((need.reason, None) for need in undecided.missing_for_next)


@pytest.fixture(scope="session")
def said(program: Program) -> dict[str, tuple[Sentence, str | None]]:
    """Every sentence that can be said, by key."""
    return {sentence.key: (sentence, link) for sentence, link in (*on_the_calendar(program), *on_eligibility(program))}


def test_there_are_words_for_all_and_no_others(said: dict[str, object], library: Library) -> None:
    for pack in library.languages.values():
        assert {key for key in pack.catalog.messages if OURS.match(key)} == said.keys() | SPARE


def test_every_value_has_its_place(said: dict[str, tuple[Sentence, str | None]], library: Library) -> None:
    for language, pack in library.languages.items():
        for sentence, _ in said.values():
            values = {name: fact_text(value, language) for name, value in sentence.params.items()}
            text = pack.catalog.text(sentence.key, values)
            results = ("calendar.invoice.expected", "calendar.window.day", "calendar.directory.promised")
            missing = [name for name, value in values.items() if value not in text]
            assert missing == [], (language, sentence.key, missing)
            assert sentence.key not in results or "**" in text


def test_a_sentence_links_where_the_rule_says(
    said: dict[str, tuple[Sentence, str | None]], library: Library, program: Program
) -> None:
    for pack in library.languages.values():
        for sentence, link in said.values():
            found = re.findall(r"\]\((.*?)\)", pack.catalog.messages[sentence.key])
            expected = [program.link(link)] if link else []
            if sentence.key.startswith("eligibility.step."):
                assert found == expected, sentence.key
            else:
                assert found in ([], expected), sentence.key
