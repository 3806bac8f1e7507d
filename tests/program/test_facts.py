from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from program.facts import Program, ProgramError, UnknownFact, UnknownLink, UnknownSource, UntranslatedTitle

PROGRAM = Program(
    {"en": "Page"}, date(2021, 2, 5), {"day": 15}, {"help": "https://x.example"}, {"intro": {"en": "Intro"}}
)


PAGE = "https://learn.example/page"


@pytest.mark.parametrize(
    ("page", "anchors", "address"),
    [
        ({"en": PAGE}, {"intro": "the-start"}, f"{PAGE}#the-start"),
        ({"en": PAGE}, {}, PAGE),
        ({"fr": PAGE}, {"intro": "the-start"}, ""),
        ({}, {"intro": "the-start"}, ""),
    ],
)
def test_where_a_section_is_read(page: dict[str, str], anchors: dict[str, str], address: str) -> None:
    assert replace(PROGRAM, page_address=page, anchors=anchors).source_address("intro", "en") == address


def test_what_is_there_is_found() -> None:
    assert (PROGRAM.fact("day"), PROGRAM.link("help")) == (15, "https://x.example")
    assert (PROGRAM.source("intro", "en"), PROGRAM.title("en")) == ("Intro", "Page")


@pytest.mark.parametrize(
    ("look", "error"),
    [
        (lambda: PROGRAM.fact("week"), UnknownFact),
        (lambda: PROGRAM.link("shop"), UnknownLink),
        (lambda: PROGRAM.source("fees", "en"), UnknownSource),
        (lambda: PROGRAM.source("intro", "fr"), UntranslatedTitle),
        (lambda: PROGRAM.title("fr"), UntranslatedTitle),
    ],
)
def test_what_is_not_there_says_where_to_add_it(look: Callable[[], object], error: type[ProgramError]) -> None:
    with pytest.raises(error, match=r"add it .*\(.*\)"):
        look()
