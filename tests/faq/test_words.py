"""Words that nobody knows: bridged to those that they are most like, whichever were looked at."""

from __future__ import annotations

import random

import pytest
from rapidfuzz import fuzz

from faq.words import WordIndex

KNOWN = ["alpha", "banana", "bananas", "mississippi", "invoice", "invoices", "partner", "发票", "possesses", "zoology"]


@pytest.mark.parametrize("word", KNOWN)
def test_no_word_that_is_near_is_missed(word: str) -> None:
    chance = random.Random(word)
    index = WordIndex.of([(known,) for known in sorted(KNOWN)])
    for _ in range(300):
        place = chance.randrange(len(word))
        asked = (
            word[:place] + chance.choice("aabeilnopsz票") * chance.randrange(3) + word[place + chance.randrange(2) :]
        )
        if asked in KNOWN or len(asked) < 3:
            continue
        near = {known: fuzz.ratio(asked, known) for known in KNOWN if fuzz.ratio(asked, known) >= 75}
        found = {sorted(KNOWN)[term]: like for term, like in index.bridge(asked)}
        assert len(found) == min(len(near), 3)
        assert all(like == near[known] / 100 for known, like in found.items())
