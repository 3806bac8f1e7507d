"""What whoever sent a message is told about its turn: once, and in time."""

from __future__ import annotations

import asyncio

from turn.errors import TurnTooSlow
from turn.model import Outcome

ANSWER_WITHIN = 4.5
"""Seconds after which the sender is told where the turn stands; channels are promised an answer within 5."""


class Answer:
    """A turn is its own task and goes on to its end, whether anybody still waits for it or not.

    To cancel what is being stored or sent would leave nobody knowing whether it was.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._told: asyncio.Future[Outcome] = loop.create_future()
        self._timer = loop.call_later(ANSWER_WITHIN, self._late)
        self._turn: asyncio.Task[None] | None = None
        self._stored: Outcome | None = None
        self._begun = False

    def come_from(self, turn: asyncio.Task[None]) -> None:
        """The task of the turn."""
        self._turn = turn
        turn.add_done_callback(self._over)

    async def told(self) -> Outcome:
        """Wait for it. Raises what the turn raises, or `TurnTooSlow`."""
        return await self._told

    def begin(self) -> None:
        """It is the turn's turn: from now on it is not given up."""
        self._begun = True

    def stored(self, outcome: Outcome) -> None:
        """The turn counts, whatever becomes of its replies."""
        self._stored = outcome

    def tell(self, outcome: Outcome) -> None:
        """The turn is over, but for its books."""
        self._timer.cancel()
        if not self._told.done():
            self._told.set_result(outcome)

    def fail(self, error: Exception) -> bool:
        """The turn failed. False when that is not what its sender is told: nobody waits any more, or it is stored."""
        self._timer.cancel()
        if self._stored is not None:
            self.tell(self._stored)
        if self._told.done():
            return False
        self._told.set_exception(error)
        return True

    def _late(self) -> None:
        if self._stored is not None:
            self.tell(self._stored)
            return
        if not self._begun and self._turn is not None:  # nothing was done: nothing is lost, and a queue has an end
            self._turn.cancel()
        self.fail(TurnTooSlow())

    def _over(self, _: asyncio.Task[None]) -> None:
        self._timer.cancel()
        self._told.cancel()
