"""Where phrases are found in a text: at once, as one by one."""

from __future__ import annotations

import pytest

from dialogs.fields.phrases import PhraseTable, fold, joined, words_of

TABLE = PhraseTable.of(
    dict.fromkeys(("in", "in a", "in all", "a", "3", "no.", "?", "for 3", "发票", "票", "cafe", "'s", "3d"), True)
)
TEXTS = (
    "",
    "in a minute, in all? inn",
    "no.3 for 33 for 3d it's a_b  in",
    "in发票a票",
    "Café in ２３ 3² a³ no.",
    "three\nlines\tin\x0ba",
    "½ in ﷺ a",
)


@pytest.mark.parametrize("typed", [*TEXTS, *(f"{text}é" for text in TEXTS)])
def test_words_are_what_no_letter_or_figure_goes_on_in(typed: str) -> None:
    text = fold(typed).text
    cut = [place for place in range(len(text) + 1) if not 0 < place < len(text) or not joined(*text[place - 1 :][:2])]
    begun = tuple(place for place in cut if text[place : place + 1].strip(" "))
    assert tuple(words_of(text)) == begun
    assert words_of(text).ends >= {place for place in cut if place and text[place - 1] != " "}


@pytest.mark.parametrize("typed", [*TEXTS, *(f"{text}é" for text in TEXTS)])
def test_places_are_those_that_are_found_one_by_one(typed: str) -> None:
    text = fold(typed).text
    single = {start: found for start in range(len(text)) if (found := TABLE.at(text, start)) is not None}
    assert TABLE.places(text) == single
