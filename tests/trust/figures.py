"""What the suite measured, told at the end of ``pytest -m trust``."""

from __future__ import annotations

measured: list[tuple[str, str]] = []


def figure(test: str, words: str) -> None:
    """Remember what a test of the table (``T9``) measured."""
    measured.append((test, words))


def in_order() -> list[str]:
    """One line each, in the order of the table."""
    return [
        f"{test:<5} {words}" for test, words in sorted(measured, key=lambda one: (int(one[0][1:].rstrip("b")), one))
    ]
