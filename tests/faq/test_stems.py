"""The forms of an English word are one; different words stay different."""

from __future__ import annotations

import pytest

from faq.normalize import ACRONYM_MARK
from faq.stems import stem
from faq.synonyms import CONCEPT_MARK


@pytest.mark.parametrize(
    "forms",
    [
        "charge charges charged charging",
        "try tries tried trying",
        "cancel cancels cancelled canceled cancelling",
        "stop stops stopped stopping",
        "pass passes passed passing",
        "pay pays paid paying",
        "buy buys bought buying",
        "person people",
        "use uses used using",
        "listing list lists listed",
        "quick quickly",
        "company companies",
    ],
)
def test_forms_of_a_word_are_one(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_different_words_stay_different() -> None:
    words = "red read thing bring bus business status this only reply lap lapse use us bed sing".split()  # noqa: SIM905 - reads better as words
    assert len({stem(word) for word in words}) == len(words)


@pytest.mark.parametrize("word", ["的", f"ad{ACRONYM_MARK}", f"{CONCEPT_MARK}12", "kpi", "naïves", "a"])
def test_other_scripts_marks_and_short_words_stay(word: str) -> None:
    assert stem(word) == word
