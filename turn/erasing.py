"""Forgets a user who asked for it: erases, says that it is done, and forgets whom that was said to."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from cases.errors import OwnerBusy
from cases.model import PARTNER, Actor, Owner
from dialogs.reply import JsonObject, Paragraph, Reply, Text
from turn.delivery import pause
from turn.messenger import Messenger
from turn.model import REPLY, Address, Post
from turn.ports import Clock, Eraser, Erasure, Observer, Outbox

ERASE_LATE = "erase-late"
"""Kind of the post that looks once more. Payload: the `Erasure` as `to_json` writes it."""
ATTEMPTS = 4
"""How often an operator's command tries while a message to the user is being sent."""
LOOK_AGAIN = timedelta(minutes=1)
"""By then every turn has ended that was at work when everything was erased, and the message was sent."""


class EraseHandler:
    """The dispatcher's handler of wishes to be forgotten. Payload: ``channel`` and ``user``, and ``language``."""

    def __init__(self, *, eraser: Eraser, outbox: Outbox, messenger: Messenger, observer: Observer) -> None:
        self._eraser = eraser
        self._outbox = outbox
        self._messenger = messenger
        self._observer = observer

    async def __call__(self, post: Post) -> None:
        """Erase; in the same transaction the message, and the second look, take the place of the wish.

        A wish is never given up, however often it fails.
        """
        try:
            erased = await self._erase(post)
        except Exception as error:  # noqa: BLE001 - whatever it is, the wish stands
            self._observer.failure(f"post {post.kind}", error)
            erased = False
        if not erased:
            due = self._messenger.clock.now() + pause(post.attempts)
            await self._outbox.retry(post.id, due, "not erased yet")

    async def _erase(self, post: Post) -> bool:
        now = self._messenger.clock.now()
        erasure = Erasure(
            owner=Owner(str(post.payload["channel"]), str(post.payload["user"])),
            actor=PARTNER,
            asked_at=post.first_due_at or post.due_at,
            until=now,
            post=post.id,
            conversation=post.address.conversation if post.address.local else "",
        )
        said = self._messenger.written(post, Reply((Paragraph(Text("privacy.deleted")),), private=True))
        said = replace(said, id=f"{post.id}-done", kind=REPLY, due_at=now, attempts=0, first_due_at=None)
        return await self._eraser.erase(erasure, (said, look_again(erasure, f"{post.id}-late")))


class EraseLateHandler:
    """The dispatcher's handler of the second look: it ends with the last trace of the user, this post."""

    def __init__(self, *, eraser: Eraser, outbox: Outbox, clock: Clock, observer: Observer) -> None:
        self._eraser = eraser
        self._outbox = outbox
        self._clock = clock
        self._observer = observer

    async def __call__(self, post: Post) -> None:
        """Erase what came late; until the message was sent or given up, look again every minute."""
        try:
            ended = await self._eraser.erase_late(replace(from_json(post.payload), post=post.id))
        except Exception as error:  # noqa: BLE001 - whatever it is, the user must be forgotten
            self._observer.failure(f"post {post.kind}", error)
            ended = False
        if not ended:
            await self._outbox.retry(post.id, self._clock.now() + LOOK_AGAIN, "the last message waits to be sent")


class Forgetter:
    """Forgets users on an operator's word: `cases.ports.Forgetting`. What is late is the running bot's."""

    def __init__(self, eraser: Eraser, clock: Clock) -> None:
        self._eraser = eraser
        self._clock = clock

    async def forget(self, owner: Owner, actor: Actor) -> None:
        """See the port."""
        for attempt in range(ATTEMPTS):
            now = self._clock.now()
            erasure = Erasure(owner, actor, asked_at=now, until=now)
            if await self._eraser.erase(erasure, (look_again(erasure, f"{secrets.token_hex(16)}-late"),)):
                return
            await asyncio.sleep(0.5 * 2**attempt)
        raise OwnerBusy


def look_again(erasure: Erasure, name: str) -> Post:
    """The post, with ``name`` as its id, that looks once more, a minute later."""
    owner, due = erasure.owner, erasure.until + LOOK_AGAIN
    return Post(name, ERASE_LATE, Address(owner.channel, ""), to_json(erasure), due, user=owner.user)


def to_json(erasure: Erasure) -> JsonObject:
    """As stored with a post."""
    return {
        "channel": erasure.owner.channel,
        "user": erasure.owner.user,
        "actor": str(erasure.actor),
        "asked_at": erasure.asked_at.isoformat(),
        "until": erasure.until.isoformat(),
        "conversation": erasure.conversation,
    }


def from_json(stored: JsonObject) -> Erasure:
    """What `to_json` wrote."""
    return Erasure(
        owner=Owner(str(stored["channel"]), str(stored["user"])),
        actor=Actor.from_text(str(stored["actor"])),
        asked_at=datetime.fromisoformat(str(stored["asked_at"])),
        until=datetime.fromisoformat(str(stored["until"])),
        conversation=str(stored["conversation"]),
    )
