"""A card as it is now: for the client that pressed a button on it or asks for it anew, and for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cases.model import Owner
from cases.notify import NOTIFY
from cases.ports import CaseReader
from dialogs.decision import Knowledge
from dialogs.happening import Happening
from dialogs.reply import JsonObject
from dialogs.status import standing_of
from turn.cards import CHOICES, over, settling
from turn.messenger import Messenger
from turn.model import Incoming, Scope
from turn.notices import reply_of
from turn.ports import Outbox, Sent, SentPosts, Settler


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a card, and where."""

    channel: str
    conversation: str
    user: str
    alone: bool
    """Whether nobody else reads the conversation."""

    def sees(self, sent: Sent) -> bool:
        """Whether the message stands in this conversation, as far as that is known."""
        address = sent.post.address
        if address.channel != self.channel:
            return False
        aside = self.alone and "personal" in address.reference and sent.post.user == self.user
        return aside or address.conversation == self.conversation

    def owns(self, sent: Sent) -> bool:
        """Whether the message is theirs: others in a group see what they may not change."""
        return sent.post.user == self.user


def _is_choice_from_elsewhere(sent: Sent, value: JsonObject) -> bool:
    """A request's own card is none: it shows how things stand."""
    chosen = value.get("do") in CHOICES and "about" not in sent.post.payload
    return chosen and "personal" in sent.post.address.reference


class CardViews:
    """Shows cards. Reads only, but for `pressed`."""

    def __init__(
        self,
        *,
        sent: SentPosts,
        outbox: Outbox,
        cases: CaseReader,
        settler: Settler,
        messenger: Messenger,
        knowledge: Callable[[], Knowledge],
    ) -> None:
        self._sent, self._outbox, self._cases = sent, outbox, cases
        self._settler, self._messenger, self._knowledge = settler, messenger, knowledge

    async def shown(self, card: str, viewer: Viewer) -> JsonObject | None:
        """The activity of the card for somebody who looks at it; None when it is not known, or not in this place."""
        found = await self._sent.find([card, over(card)])
        if card not in found or not viewer.sees(found[card]):
            return None
        settlement = found[over(card)].post.payload if over(card) in found else None
        return await self.now(found[card], settlement)

    async def pressed(self, card: str, incoming: Incoming) -> JsonObject | None:
        """The same for somebody who pressed a button on it, after the turn that this made.

        A form's card is over by then, whatever the turn remembered of it. A notice is no turn's, and a choice that came
        here from a group is remembered there: they are settled here.
        """
        address = incoming.address
        viewer = Viewer(address.channel, address.conversation, incoming.user, incoming.scope is Scope.PERSONAL)
        found = await self._sent.find([card, over(card)])
        if card not in found or not viewer.sees(found[card]):
            return None
        sent, value = found[card], incoming.value or {}
        settled = found.get(over(card))
        if settled is None and viewer.owns(sent) and value.get("do") != "say":
            language = self._language(sent)
            late = value.get("do") in ("form", "field")
            if sent.post.kind == NOTIFY or late or _is_choice_from_elsewhere(sent, value):
                picked, place = None if late else value, sent.post.address
                post = settling(card, picked, "card.over", incoming, language, place=place)
                await self._outbox.add([post])
                return await self.now(sent, post.payload)
        return await self.now(sent, settled.post.payload if settled else None)

    async def now(self, sent: Sent, settlement: JsonObject | None) -> JsonObject | None:
        """The activity with its card as it is now; None for a post that is no message."""
        activity = self._said(sent)
        if activity is None:
            return None
        if settlement is not None:
            return self._settler.settled(activity, settlement)
        about = sent.post.payload.get("about")
        case = await self._cases.find(about) if isinstance(about, str) else None
        if case is None or case.owner != Owner(sent.post.address.channel, sent.post.user):
            return activity
        knowledge, at = self._knowledge(), self._messenger.clock.now()
        setting = Incoming(sent.post.address, sent.post.id, sent.post.user, Happening.MESSAGE, at)
        reply = standing_of(case, knowledge, at)
        return self._messenger.renderer.render(reply, self._language(sent), setting, sent.post.id)

    def _said(self, sent: Sent) -> JsonObject | None:
        """The activity as it was sent; of a notice, which is put into words when it is sent, the same again."""
        if sent.post.kind == NOTIFY:
            messenger = self._messenger
            reply = reply_of(sent.post.payload, sent.post.due_at, messenger.library())
            said = messenger.written(sent.post, reply).payload.get("activity")
        else:
            said = sent.post.payload.get("activity")
        return said if isinstance(said, dict) else None

    def _language(self, sent: Sent) -> str:
        library = self._messenger.library()
        activity = sent.post.payload.get("activity")
        said = activity.get("locale") if isinstance(activity, dict) else sent.post.payload.get("language")
        return said if isinstance(said, str) and said in library.languages else library.default_language
