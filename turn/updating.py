"""Changes messages that were sent: cards that are over, requests that moved on, answers to edited questions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from dialogs.reply import JsonObject
from turn.delivery import DELIVERY_LIMIT, Delivery
from turn.errors import DeliveryFailed
from turn.model import REPLY, Post
from turn.ports import Changer, Outbox, Sent, SentPosts
from turn.views import CardViews

GONE: Final = frozenset({404, 405})
"""Answers to a change that say: there is no such message any more, or this place changes none."""


class UpdateHandler:
    """The dispatcher's handler of changes. Payload: see `turn.cards`.

    One that ``replaces`` a message is an answer to an edited question: its activity is shown in the place of that
    message, or as a message of its own where that is not possible.
    """

    def __init__(
        self, *, outbox: Outbox, sent: SentPosts, views: CardViews, changer: Changer, delivery: Delivery
    ) -> None:
        self._outbox, self._sent, self._views = outbox, sent, views
        self._changer, self._delivery = changer, delivery

    async def __call__(self, post: Post) -> None:
        """Change the message, and write down what became of that. One that was never sent, or is gone, is left."""
        replaced = post.payload.get("replaces")
        name = str(replaced or post.payload.get("card"))
        target = (await self._sent.find([name])).get(name)
        if target is not None and target.waiting:  # not here, or it would have been sent before
            await self._delivery.wait_for_another(post)
            return
        try:
            changed = target is not None and bool(target.sent_as) and await self._change(target, post)
        except DeliveryFailed as refused:
            await self._delivery.postpone(post, refused)
            return
        if target is None or not changed:
            await self._left(post, asked_anew=bool(replaced))
            return
        await self._outbox.done(post.id, target.sent_as if replaced else "")

    async def _change(self, target: Sent, post: Post) -> bool:
        """False when the message is not there any more. Raises `DeliveryFailed`."""
        activity = await self._activity(target, post)
        if activity is None:
            return False
        try:
            async with asyncio.timeout(DELIVERY_LIMIT):
                await self._changer.change(target.post.address, target.sent_as, activity)
        except TimeoutError:
            raise DeliveryFailed(None) from None
        except DeliveryFailed as refused:
            if refused.status in GONE:
                return False
            raise
        return True

    async def _activity(self, target: Sent, post: Post) -> JsonObject | None:
        said = post.payload.get("activity")
        if isinstance(said, dict):
            return said
        return await self._views.now(target, post.payload if "words" in post.payload else None)

    async def _left(self, post: Post, *, asked_anew: bool) -> None:
        if asked_anew:
            await self._delivery.attempt(replace(post, kind=REPLY))
        else:
            await self._outbox.done(post.id)
