"""Named points of a turn: where a test looks on, or ends the process."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[[str], None]
"""Told the name of each point that is reached, on whatever thread that happens."""

POINTS = (
    "received",
    "opened",
    "decided",
    "storing",  # in the transaction, nothing written yet
    "remembered",  # the inbox row is written
    "stored",  # everything is written, not committed
    "committed",
    "posting",  # a reply is about to go to the channel
    "posted",  # the channel has it, the outbox does not know
    "done",
    "delivered",
    "claimed",  # the dispatcher has taken posts out of the outbox
)
"""In the order of a turn whose reply goes to another's channel."""


def unobserved(_: str) -> None:
    """The default probe: does nothing."""
