"""Reminders that a dialog promised: a sentence, said when it is due."""

from __future__ import annotations

from dialogs.reply import JsonObject, Reply, Value, say
from program.months import Month
from turn.delivery import Delivery
from turn.messenger import Messenger
from turn.model import Post
from turn.ports import Outbox

REMIND = "remind"
"""Kind of the outbox post. Payload: ``key`` of the sentence, and ``month`` as 2026-03 when the sentence names one."""


def reminder_of(payload: JsonObject) -> Reply:
    """The sentence. Nobody else's business: what is waited for was said in confidence."""
    values: dict[str, Value] = {"month": Month.of_text(str(payload["month"]))} if payload.get("month") else {}
    return Reply(say(str(payload["key"]), **values).blocks, private=True)


class ReminderHandler:
    """The dispatcher's handler of reminders."""

    def __init__(self, *, delivery: Delivery, outbox: Outbox, messenger: Messenger) -> None:
        self._delivery = delivery
        self._outbox = outbox
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Say it, and write down what became of it."""
        library = self._messenger.library()
        key = str(post.payload.get("key"))
        if key not in library.languages[library.default_language].catalog.messages:
            await self._outbox.park(post.id, f"there is no sentence {key!r} any more")
            return
        await self._delivery.attempt(self._messenger.written(post, reminder_of(post.payload)))
