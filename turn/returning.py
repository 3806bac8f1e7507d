"""Tells somebody who comes back in a new conversation what became of their requests meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.model import Case, Contact, Event, Owner
from cases.notify import payload_of
from dialogs.reply import Block, Button, Paragraph, Plain, Press, Reply, SourceLine, Text
from faq.library import Library
from turn.delivery import Delivery
from turn.messenger import Messenger
from turn.model import Post
from turn.notices import reply_of
from turn.ports import News, Outbox

SHOWN = 5
"""Requests that are told about at once."""


class NewsHandler:
    """The dispatcher's handler of `dialogs.router.TELL_NEWS`: what is new, and from now on all news come here."""

    def __init__(self, *, news: News, delivery: Delivery, outbox: Outbox, messenger: Messenger) -> None:
        self._news = news
        self._delivery = delivery
        self._outbox = outbox
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Say it, if there is anything."""
        owner, address = Owner(post.address.channel, post.user), post.address
        found = await self._news.unseen(owner, post.first_due_at or post.due_at)
        if address.local:  # elsewhere the user's own chat stays where it was
            await self._news.follow(owner, Contact(address.channel, address.conversation, local=True))
        if not found:
            await self._outbox.done(post.id)
            return
        reply = news_reply(found, self._messenger.clock.now(), self._messenger.library())
        await self._delivery.attempt(self._messenger.written(post, reply))


def news_reply(found: Sequence[tuple[Case, Event]], now: datetime, library: Library) -> Reply:
    """Each request with what a notice would say; of one its buttons, of several a button that shows it."""
    told = [reply_of(payload_of(case, event), now, library) for case, event in found[:SHOWN]]
    blocks: list[Block] = [Paragraph(Text("news.one" if len(found) == 1 else "news.several"), "strong")]
    blocks += [block for reply in told for block in reply.blocks if not isinstance(block, SourceLine)]
    if len(found) > SHOWN:
        blocks.append(Paragraph(Text("news.more")))
    blocks += dict.fromkeys(block for reply in told for block in reply.blocks if isinstance(block, SourceLine))
    shows = (_shows(case) for case, _ in found[:SHOWN])
    return Reply(tuple(blocks), told[0].buttons if len(found) == 1 else tuple(shows), private=True)


def _shows(case: Case) -> Button:
    return Button(Plain(case.reference), Press({"do": "status", "reference": case.reference}))
