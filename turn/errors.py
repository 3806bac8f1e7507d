"""Errors of a turn. The docstring is the message."""

from __future__ import annotations


class TurnError(Exception):
    """A turn could not be completed."""

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").strip()


class StateConflict(TurnError):
    """The conversation's state changed while the turn was decided; open the turn again."""


class ReferenceTaken(StateConflict):
    """Another request has this reference; open the turn again and choose another one."""

    def __init__(self, reference: str) -> None:
        super().__init__()
        self.reference = reference


class SheetUnreadable(TurnError):
    """The file holds no table that can be read; send it as CSV in UTF-8 or as .xlsx, without a password."""


class DuplicateActivity(TurnError):
    """This activity was committed by another delivery; open the turn again to read its outcome."""


class ReusedActivityId(TurnError):
    """An activity with this id and other content was handled before; send it with a new id."""


class TooManyMessages(TurnError):
    """The user sends faster than the bot answers; wait, then go on more slowly."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds."""


class TurnTooSlow(TurnError):
    """The bot is too busy to answer in time; send it again in a moment: what was done meanwhile is not done twice."""


class UnknownConversation(TurnError):
    """There is no such conversation; start a new one."""


class StateUnreadable(TurnError):
    """The stored state was written by a newer version of the bot; update this process."""


class DeliveryFailed(TurnError):
    """The channel did not take the message; it stays in the outbox."""

    def __init__(self, status: int | None, retry_after: float | None = None, final: bool = False) -> None:
        super().__init__(f"{self.__doc__} (status {status})")
        self.status = status
        self.retry_after = retry_after
        """Seconds that the channel asked to wait."""
        self.final = final
        """True when trying again cannot help."""
