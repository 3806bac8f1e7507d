"""Names that nobody can guess."""

from __future__ import annotations

import re

from turn.fresh import FreshNames


def test_each_name_is_given_once_and_is_128_bits() -> None:
    fresh = FreshNames()
    names = [fresh() for _ in range(1000)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_two_sources_share_nothing() -> None:
    one, other = FreshNames(), FreshNames()
    assert not {one() for _ in range(200)} & {other() for _ in range(200)}
