"""The bot as the SDK sees it: hands what happened to the turn engine, which commits and delivers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity

from bot.errors import BadQuery
from bot.extension import QUERY, MessageExtension
from bot.incoming import CARD_ACTION, FEEDBACK_FORM, TURNS, UNDERSTOOD, deleted_of, scope_of, to_incoming
from bot.intake import ActivityDTO
from bot.operators.presses import OperatorPresses
from bot.replacing import TAKEN, CardAnswers, is_refresh
from bot.service_urls import ServiceUrls
from turn.model import Deleted, Incoming, Outcome
from turn.ports import Clock

Run = Callable[[Incoming], Awaitable[Outcome]]
"""One turn: the engine's ``run``."""
Forget = Callable[[Deleted], Awaitable[None]]
"""The engine's ``forget``."""


@dataclass(slots=True)
class Delivery:
    """One request on its way through the SDK: our own activity, and what the turns made of it."""

    KEY = "learning-partner.delivery"

    activity: ActivityDTO
    outcomes: list[tuple[Incoming, Outcome]] = field(default_factory=list)
    buffered: list[Activity] = field(default_factory=list)
    """What was sent through the `TurnContext` of an ``expectReplies`` request."""


class LearningPartnerBot(TeamsActivityHandler):  # type: ignore[misc] # the SDK has no types
    """Runs a turn for everything that happened in an activity. Sends nothing itself."""

    def __init__(
        self,
        run: Run,
        clock: Clock,
        service_urls: ServiceUrls,
        extension: MessageExtension | None = None,
        *,
        cards: CardAnswers | None = None,
        operators: OperatorPresses | None = None,
        forget: Forget | None = None,
    ) -> None:
        """``extension`` answers Teams' message extension, ``operators`` their channel; ``cards`` replaces cards.

        ``forget`` is told of messages that their senders deleted.

        Without one there is none.
        """
        super().__init__()
        self._extension, self._operators, self._cards = extension, operators, cards
        self._run, self._forget = run, forget
        self._clock = clock
        self._service_urls = service_urls

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Activities of no interest end here: the SDK reads some of them, and fails on odd ones."""
        if turn_context.activity.type in UNDERSTOOD:
            if self._operators is not None:
                await self._operators.noticed(turn_context.turn_state[Delivery.KEY].activity)
            await super().on_turn(turn_context)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Something was said, or a button pressed."""
        delivery: Delivery = turn_context.turn_state[Delivery.KEY]
        if self._operators is None or not await self._operators.submitted(delivery.activity):
            await self._turns(turn_context)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Somebody joined. (The SDK's own version asks the channel who they are, which we need not know.)"""
        await self._turns(turn_context)

    async def on_message_reaction_activity(self, turn_context: TurnContext) -> None:
        """A reaction to a message."""
        await self._turns(turn_context)

    async def on_message_update_activity(self, turn_context: TurnContext) -> None:
        """A message was changed by whoever sent it."""
        await self._turns(turn_context)

    async def on_message_delete_activity(self, turn_context: TurnContext) -> None:
        """A message was deleted by whoever sent it: forgotten, and nothing is said."""
        deleted = deleted_of(turn_context.turn_state[Delivery.KEY].activity)
        if deleted is not None and self._forget is not None:
            await self._forget(deleted)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """A button of a card, a search of the message extension, a word on an answer; any other invoke is not ours."""
        delivery: Delivery = turn_context.turn_state[Delivery.KEY]
        name = delivery.activity.name
        if name == QUERY and self._extension is not None:
            return await _searched(self._extension, delivery.activity)
        if name == FEEDBACK_FORM:
            return _taken({})
        if self._operators is not None and (answer := await self._operators.pressed(delivery.activity)) is not None:
            return InvokeResponse(status=int(HTTPStatus.OK), body=answer)
        if name not in TURNS:
            return _refused(HTTPStatus.NOT_FOUND, "NotSupported", "No such action.")
        if name == CARD_ACTION and is_refresh(delivery.activity):
            scope = scope_of(delivery.activity)
            return _taken(await self._cards.refreshed(delivery.activity, scope) if self._cards else TAKEN)
        await self._turns(turn_context)
        if name != CARD_ACTION:
            return _taken({})
        if not delivery.outcomes:
            return _taken(_NOT_OURS)
        return _taken(await self._cards.pressed(delivery.outcomes, delivery.activity) if self._cards else TAKEN)

    async def _turns(self, turn_context: TurnContext) -> None:
        delivery: Delivery = turn_context.turn_state[Delivery.KEY]
        for incoming in to_incoming(delivery.activity, self._clock.now(), self._service_urls):
            known = await self._cards.about(incoming, delivery.activity) if self._cards else incoming
            delivery.outcomes.append((known, await self._run(known)))


async def _searched(extension: MessageExtension, activity: ActivityDTO) -> InvokeResponse:
    try:
        return InvokeResponse(status=int(HTTPStatus.OK), body=await extension.query(activity))
    except BadQuery as bad:
        return _refused(HTTPStatus.BAD_REQUEST, type(bad).__name__, bad.message())


def _refused(status: HTTPStatus, code: str, message: str) -> InvokeResponse:
    """A 4xx: a 5xx, as the SDK gives for an unknown invoke, would make the client try again."""
    return InvokeResponse(status=int(status), body={"error": {"code": code, "message": message}})


def _taken(body: Mapping[str, object]) -> InvokeResponse:
    return InvokeResponse(status=int(HTTPStatus.OK), body=body)


_NOT_OURS: Final = {
    "statusCode": 400,
    "type": "application/vnd.microsoft.error",
    "value": {"code": "BadRequest", "message": "The action carries no data of this bot."},
}
