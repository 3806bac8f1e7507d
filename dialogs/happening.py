"""What can happen in a conversation."""

from __future__ import annotations

from enum import StrEnum


class Happening(StrEnum):
    """What the user (or the channel) did."""

    MESSAGE = "message"
    PRESS = "press"
    """A button of ours, with its data."""
    JOINED = "joined"
    """The user was added to the conversation."""
    REACTED = "reacted"
    """The user put a reaction on a message; the text is the reaction's name."""
