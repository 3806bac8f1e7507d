"""What a card needs besides its request: looked up when it is written."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bot.connector import Connector, conversation_path
from bot.operators.card import TEAMS, Sentences, View, card_of
from cases.model import Case, CaseType
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from dialogs.speaking import Speaker
from program.windows import calendar_of
from turn.errors import DeliveryFailed
from turn.ports import Clock, Talks

READ: Final = 20
"""Exchanges that are looked through."""
SECONDS: Final = 3.0
"""How long a card waits for the requester's address; without it there is no link to a chat."""
MOST: Final = 1_000
"""Addresses that are remembered, of those asked for last."""
_ADDRESS: Final = re.compile(r"[^\s@/?#&]{1,128}@[^\s@/?#&]{1,128}")


class Requesters:
    """Tells how to chat with whoever made a request in Teams: by the name that they sign in with."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._known: OrderedDict[str, str] = OrderedDict()

    async def address_of(self, case: Case) -> str:
        """Their user principal name; empty when they did not come through Teams, or Teams does not tell."""
        contact, service_url = case.contact, case.contact.reference.get("serviceUrl")
        if case.owner.channel != TEAMS or contact.local or not isinstance(service_url, str):
            return ""
        known = self._known.get(case.owner.user)
        if known is None:
            known = await self._asked(service_url, contact.conversation, case.owner.user)
        if known:
            self._known[case.owner.user] = known
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return known

    async def _asked(self, service_url: str, conversation: str, user: str) -> str:
        path = conversation_path(conversation, "members", user)
        try:
            member = await self._connector.call("GET", service_url, path, within=SECONDS)
        except DeliveryFailed:
            return ""
        name = member.get("userPrincipalName") if isinstance(member, dict) else None
        return name if isinstance(name, str) and _ADDRESS.fullmatch(name) else ""


class CardWriter:
    """Writes cards, in the channel's language and with the content of the moment."""

    def __init__(
        self,
        *,
        knowledge: Callable[[], Knowledge],
        talks: Talks,
        requesters: Requesters,
        clock: Clock,
        language: str = "",
        console: str = "",
    ) -> None:
        """``language`` is the content's own when it is empty; ``console`` is the console's address, if it has one."""
        self._knowledge, self._talks, self._requesters = knowledge, talks, requesters
        self._clock, self._language, self._console = clock, language, console

    async def card(self, case: Case, note: str = "", words: str = "") -> JsonObject:
        """The card that shows how the request stands; ``note`` and ``words`` as in `View`."""
        knowledge = self._knowledge()
        library = knowledge.library
        today = calendar_of(library.program).day_of(self._clock.now())
        asks = case.type is CaseType.MESSAGE and not case.empty
        view = View(
            knowledge,
            Speaker(library, self._speaks(knowledge), today),
            console=self._console,
            chat="" if case.empty else await self._requesters.address_of(case),
            talk=await self._talks.before(case.owner, case.created_at, READ) if asks else (),
            note=note,
            words=words,
        )
        return card_of(case, view)

    def say(self, key: str, **values: object) -> str:
        """One of the operators' sentences."""
        knowledge = self._knowledge()
        pack = knowledge.library.languages[self._speaks(knowledge)]
        return Sentences(pack.console).text(key, **values)

    def _speaks(self, knowledge: Knowledge) -> str:
        library = knowledge.library
        return self._language if self._language in library.languages else library.default_language
