"""Buttons that operators press on cards in their channel. Nothing of it is a talk with a partner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeGuard

from bot.incoming import CARD_ACTION, reference_of
from bot.intake import ActivityDTO
from bot.operators.card import TEAMS
from bot.operators.writing import CardWriter
from bot.render import CARD
from bot.service_urls import ServiceUrls
from cases.errors import CaseChanged, CaseError, WordsMissing, WordsTooLong
from desk.accounts import Account
from desk.channel import Channel, ChannelStore
from desk.errors import BadPress
from desk.ports import AccountStore, AuditLog, Workbench
from desk.pressing import DO, Press, Standing, change_of, read_press, record_of, refusal_of, standing_of
from dialogs.reply import JsonObject
from program.windows import Calendar
from turn.errors import TooManyMessages
from turn.model import REPLY, Address, Post
from turn.ports import Clock, Outbox

MESSAGE: Final = "application/vnd.microsoft.activity.message"
ERROR: Final = "application/vnd.microsoft.error"
_FAULTS: Final[Mapping[type[CaseError], str]] = {
    CaseChanged: "card.stale",
    WordsMissing: "request.words.missing",
    WordsTooLong: "request.words.too-long",
}
_LEARNED: Final = ("serviceUrl", "bot", "tenant")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What whoever pressed gets to see."""

    said: str = ""
    """A sentence; empty when all went well."""
    content: JsonObject | None = None
    """The card as the request stands now, if there is one to be shown."""


class OperatorPresses:
    """Answers presses, and learns from the channel where it is."""

    def __init__(
        self,
        *,
        conversation: str,
        channel: ChannelStore,
        bench: Workbench,
        accounts: AccountStore,
        audit: AuditLog,
        writer: CardWriter,
        outbox: Outbox,
        calendar: Callable[[], Calendar],
        clock: Clock,
        service_urls: ServiceUrls,
        wait: Callable[[str], float],
    ) -> None:
        """``conversation`` is the operators' channel; ``wait`` gives the seconds that a user has to wait."""
        self._conversation, self._channel = conversation, channel
        self._bench, self._accounts, self._audit = bench, accounts, audit
        self._writer, self._outbox = writer, outbox
        self._calendar, self._clock, self._service_urls, self._wait = calendar, clock, service_urls, wait
        self._learned: JsonObject = {}

    async def noticed(self, activity: ActivityDTO) -> None:
        """Whatever was said in the channel tells how it is reached. Raises `ServiceUrlRefused`."""
        if not self._is_here(activity):
            return
        told = reference_of(activity, self._service_urls)
        learned: JsonObject = {name: told[name] for name in _LEARNED if name in told}  # type: ignore[misc] # plain JSON
        if learned != self._learned:
            await self._channel.learn(Channel(self._conversation, learned))
            self._learned = learned

    async def pressed(self, activity: ActivityDTO) -> JsonObject | None:
        """The body that answers an invoke; None when it is not about a button of ours. Raises `TooManyMessages`."""
        value = activity.value
        action = value.get("action") if activity.name == CARD_ACTION and isinstance(value, dict) else None
        data = action.get("data") if isinstance(action, dict) else None
        if not _is_ours(data):
            return None
        try:
            answer = await self._answer(activity, data)
        except BadPress as bad:
            return _body(HTTPStatus.BAD_REQUEST, ERROR, {"code": type(bad).__name__, "message": str(bad)})
        if answer.content is not None:
            return _body(HTTPStatus.OK, CARD, answer.content)
        return _body(HTTPStatus.OK, MESSAGE, answer.said)

    async def submitted(self, activity: ActivityDTO) -> bool:
        """Whether a message was a button of ours, pressed in a client that knows no better; then it is dealt with.

        Everybody sees the rewritten card. A refusal is said under it. Raises `TooManyMessages`.
        """
        if not _is_ours(activity.value):
            return False
        try:
            said = (await self._answer(activity, activity.value)).said
        except BadPress as bad:
            said = str(bad)
        if said:
            place = Address(TEAMS, activity.conversation.id, reference=reference_of(activity, self._service_urls))
            words: JsonObject = {"type": "message", "text": said, "textFormat": "plain"}
            await self._outbox.add([Post(f"said {activity.id}", REPLY, place, {"activity": words}, self._clock.now())])
        return True

    async def _answer(self, activity: ActivityDTO, data: Mapping[str, object]) -> _Answer:
        say, now = self._writer.say, self._clock.now()
        if not self._is_here(activity):
            return _Answer(say("card.elsewhere"))
        user = _user(activity)
        if seconds := self._wait(f"{TEAMS}|{user}"):
            raise TooManyMessages(seconds)
        account = await self._accounts.find_teams(user) if user else None
        standing = standing_of(account, now)
        if account is None or standing is not Standing.MAY:
            await self._audit.write(refusal_of(account, now))
            return _Answer(say(f"card.who.{standing}", user=user or "–"))
        return await self._carried_out(read_press(data), account)

    async def _carried_out(self, press: Press, account: Account) -> _Answer:
        """Do it by the console's rules, and write it down where the console does."""
        now, said, words = self._clock.now(), "", ""
        case = await self._bench.find(press.reference)
        if case is None:
            return _Answer(self._writer.say("card.gone"))
        try:
            change = change_of(press, case, account, now, self._calendar())
            await self._bench.apply(change, record_of(change, account, now))
        except CaseError as fault:
            said, words = self._writer.say(_FAULTS.get(type(fault), "card.impossible")), press.words
            case = await self._bench.find(press.reference) or case
        else:
            case = change.case
        return _Answer(said, await self._writer.card(case, said, words))

    def _is_here(self, activity: ActivityDTO) -> bool:
        """In Teams only: on other channels a client says by itself who somebody is."""
        return activity.channel_id == TEAMS and activity.conversation.id.partition(";")[0] == self._conversation


def _is_ours(data: Any) -> TypeGuard[dict[str, object]]:
    return isinstance(data, dict) and data.get("do") == DO


def _user(activity: ActivityDTO) -> str:
    """Whom Teams vouches for: their object id in Entra ID."""
    sender = activity.sender
    return (sender.aad_object_id or "").casefold() if sender else ""


def _body(status: HTTPStatus, kind: str, value: JsonObject | str) -> JsonObject:
    return {"statusCode": int(status), "type": kind, "value": value}
