"""Finds what a curator may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint to append to a message, such as `` (did you mean `phrasings`?)``; empty when nothing is close."""
    best = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f" (did you mean `{best[0]}`?)" if best else ""
