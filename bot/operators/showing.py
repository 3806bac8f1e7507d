"""Shows requests in the operators' channel: the dispatcher's handler of the posts that their changes leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from bot.connector import Connector, activities_path, conversation_path
from bot.courier import addressed
from bot.operators.card import TEAMS, message_of
from bot.operators.writing import CardWriter
from bot.pace import PacedCourier
from cases.model import CLOSED, Case
from cases.ports import CaseReader
from desk.channel import Card, CardStore, Channel, ChannelStore
from dialogs.reply import JsonObject
from turn.delivery import Delivery, past_lease
from turn.errors import DeliveryFailed
from turn.model import Address, Post
from turn.ports import Clock, Outbox

WORLD: Final = "https://smba.trafficmanager.net/teams/"
"""Where Teams takes messages of a bot that knows of no nearer place (Microsoft Teams, "Proactive messages")."""
LOOK_AGAIN: Final = timedelta(seconds=1)
"""After this, when another process writes the same card."""


class CardShow:
    """Posts a request's card, and rewrites it in place from then on."""

    def __init__(
        self,
        *,
        cases: CaseReader,
        channel: ChannelStore,
        cards: CardStore,
        writer: CardWriter,
        poster: CardPoster,
        outbox: Outbox,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._cases, self._channel, self._cards = cases, channel, cards
        self._writer, self._poster = writer, poster
        self._outbox, self._delivery, self._clock = outbox, delivery, clock

    async def __call__(self, post: Post) -> None:
        """Show the request as it stands now, and write down what became of the post."""
        channel, now = await self._channel.find(), self._clock.now()
        if channel is None:  # there is none any more
            await self._outbox.done(post.id)
            return
        card = await self._cards.take(str(post.payload.get("reference")), now, past_lease(now))
        if card is None:
            await self._outbox.retry(post.id, now + LOOK_AGAIN, "somebody else writes this card")
            return
        try:
            card = await self._shown(card, channel)
        except DeliveryFailed as failure:
            await self._delivery.postpone(post, failure)
        else:
            await self._outbox.done(post.id)
        finally:
            await self._cards.put_back(card)

    async def _shown(self, card: Card, channel: Channel) -> Card:
        """The card after it was brought up to date, if it was behind. Raises `DeliveryFailed`."""
        case = await self._cases.find(card.reference)  # now that nobody else writes the card
        stands = card.activity != "" and card.conversation == channel.conversation
        if case is None or (stands and card.shown >= case.version) or (not stands and _needs_nobody(case)):
            return card
        message = message_of(await self._writer.card(case))
        activity = await self._poster.rewrite(channel, card.activity, message) if stands else ""
        activity = activity or await self._poster.post(channel, message)
        return replace(card, conversation=channel.conversation, activity=activity, shown=case.version)


class CardPoster:
    """Carries cards to the channel, at the pace that Teams allows."""

    def __init__(self, connector: Connector, pace: PacedCourier, bot: str) -> None:
        """``bot`` is the application id of the bot's registration; empty when it has none."""
        self._connector, self._pace, self._bot = connector, pace, bot

    async def post(self, channel: Channel, message: JsonObject) -> str:
        """Post it; returns its id there. Raises `DeliveryFailed`."""
        path = activities_path(channel.conversation)
        answer = await self._send("POST", channel, path, message)
        given = answer.get("id") if isinstance(answer, dict) else None
        return given if isinstance(given, str) else ""

    async def rewrite(self, channel: Channel, activity: str, message: JsonObject) -> str:
        """Rewrite it; empty when it is not there any more. Raises `DeliveryFailed`."""
        path = conversation_path(channel.conversation, "activities", activity)
        try:
            await self._send("PUT", channel, path, {**message, "id": activity})
        except DeliveryFailed as failure:
            if failure.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                return ""
            raise
        return activity

    async def _send(self, method: str, channel: Channel, path: str, message: JsonObject) -> object:
        address = self._address(channel)
        service_url = str(address.reference["serviceUrl"])
        body = addressed(address, message)

        async def send() -> object:
            return await self._connector.call(method, service_url, path, body)

        return await self._pace.through(address, send)

    def _address(self, channel: Channel) -> Address:
        """Raises `DeliveryFailed` for a bot without registration in a channel that it has not heard from."""
        learned = channel.learned
        if not self._bot and not learned:
            raise DeliveryFailed(None)
        reference = {"serviceUrl": WORLD, "bot": {"id": f"28:{self._bot}"}, **learned}
        return Address(TEAMS, channel.conversation, reference=reference)


def _needs_nobody(case: Case) -> bool:
    """Nothing is to be done about it: a card that is not there need not appear."""
    return case.empty or case.state in CLOSED
