"""Requests as the operators' channel sees them: samples, and the channel over the in-memory twin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from bot.connector import Connector
from bot.operators.card import View, card_of, message_of
from bot.operators.presses import OperatorPresses
from bot.operators.showing import CardPoster, CardShow
from bot.operators.writing import CardWriter, Requesters
from bot.pace import PacedCourier
from bot.service_urls import ServiceUrls
from cases.erasing import emptied
from cases.model import Case, CaseType, Contact, Draft, JsonObject, Owner, State, operator
from cases.usecases import ask_partner, assign, change_state, open_case
from desk.access import Role
from desk.accounts import Account, AccountChange, Source, linked, new_local
from desk.audit import AuditFilter, Record
from desk.channel import SHOW_CARD
from dialogs.decision import Knowledge
from dialogs.reply import JsonValue
from dialogs.speaking import Speaker
from program.windows import Calendar, calendar_of
from storage.memory import Memory, MemoryCaseStore, MemoryConversationLog, MemoryOutbox
from storage.memory_cards import MemoryOperatorsChannel, MemoryRequestCards
from storage.memory_following import MemoryTalks
from storage.memory_workbench import MemoryAuditLog, MemoryWorkbench
from tests.bot.fakes import Channel, teams_message
from turn.delivery import Delivery
from turn.desk import Desk
from turn.model import Exchange, Post

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
CHANNEL = "19:operators@thread.tacv2"
THREAD = f"{CHANNEL};messageid=1700000000001"
BEA = "11111111-2222-3333-4444-555555555555"
"""Bea's object id."""
RULES: dict[str, JsonValue] = dict.fromkeys(("about-only", "no-competitors", "owned"), "yes")
LISTING: JsonObject = {
    "display-name": "Contoso 学习",
    "country": "BR",
    "landing-page": "https://contoso.com/microsoft",
    **RULES,
}


def invoice(number: int, kind: str = "Courseware") -> JsonObject:
    """An invoice as the dialog stores it."""
    money: JsonObject = {"amount": "1250.00", "currency": "USD"}
    return {
        "month": "2026-01",
        "omlp-type": kind,
        "purchase-unit": "seats",
        "invoice-number": f"INV-{number}",
        "kpi-value": "12",
        "revenue-value": money,
    }


def draft(type_: CaseType = CaseType.LISTING, fields: JsonObject | None = None, service_url: str = "") -> Draft:
    """A request from Teams, of Ana."""
    user = {"id": "29:ana", "name": "Ana Silva", "aadObjectId": "99999999-2222-3333-4444-555555555555"}
    reference: dict[str, object] = {"user": user, **({"serviceUrl": service_url} if service_url else {})}
    contact = Contact("msteams", "a:1_personal", reference=reference)
    instance = f"{len(str(fields)):032x}"
    return Draft(type_, instance, LISTING if fields is None else fields, Owner("msteams", "29:ana"), contact, "en")


def exchange(minute: int, text: str, kind: str, entry: str = "") -> Exchange:
    """Something that Ana said."""
    at = NOW - timedelta(minutes=30 - minute)
    return Exchange("29:ana", "msteams", "a:1_personal", "en", text, kind, entry, 0.9, "v1", at)


TALK = (
    exchange(1, "What do we need for the *Learning* Action Pack?", "answer", "lap-requirements"),
    exchange(2, "一个讲师算两次吗 " * 30, "no-match"),
    exchange(3, "", "status"),
    exchange(4, "I want to talk to a human", "answer", "human"),
)


def cases(calendar: Calendar) -> Iterator[tuple[str, Case]]:
    """One of each kind, and the most that fits nowhere."""
    bea = operator("bea")
    listing = open_case(draft(), NOW, calendar).case
    yield "listing", listing
    taken = assign(listing, "bea", bea, NOW).case
    yield "taken", taken
    yield "reviewed", change_state(taken, State.IN_REVIEW, bea, NOW, calendar).case
    waiting = ask_partner(taken, "landing-page", bea, NOW, calendar, words="It does not open.").case
    yield "waiting", waiting
    yield "declined", change_state(taken, State.DECLINED, bea, NOW, calendar, words="Not a partner.").case
    yield "forgotten", emptied(taken, (), bea, NOW).case
    yield "kpi", open_case(draft(CaseType.KPI, {"invoices": [invoice(7), invoice(8)]}), NOW, calendar).case
    many: list[JsonValue] = [invoice(number, "课件与培训 *Courseware* <at>x</at> " * 9) for number in range(30)]
    yield "many invoices", open_case(draft(CaseType.KPI, {"invoices": many}), NOW, calendar).case
    message = open_case(
        draft(CaseType.MESSAGE, {"text": "Does one MCT count twice? [x](https://e.example)"}), NOW, calendar
    )
    yield "message", message.case
    yield "long message", open_case(draft(CaseType.MESSAGE, {"text": "很长的话 " * 800}), NOW, calendar).case


def messages(knowledge: Knowledge, language: str) -> Iterator[tuple[str, JsonObject]]:
    """A message for each of `cases`, as it goes to the channel."""
    calendar = calendar_of(knowledge.library.program)
    speaker = Speaker(knowledge.library, language, calendar.day_of(NOW))
    for name, case in cases(calendar):
        talk = TALK if case.type is CaseType.MESSAGE else ()
        view = View(knowledge, speaker, "https://bot.contoso.com/console", "ana@contoso.com", talk)
        yield name, message_of(card_of(case, view))
        if name == "taken":
            view = replace(
                view, note=knowledge.library.languages[language].console.text("card.stale"), words="Please wait."
            )
            yield "stale", message_of(card_of(case, view))


@dataclass
class People:
    """`desk.ports.AccountStore`, as far as presses need it."""

    accounts: dict[str, Account] = field(default_factory=dict)

    def hire(self, name: str, *roles: Role, user: str = BEA, **changes: Any) -> Account:
        change = linked(new_local(name, frozenset(roles), "hash", "root", NOW).account, user, "root", NOW)
        self.accounts[user] = replace(change.account, **changes)
        return self.accounts[user]

    async def find_teams(self, teams_user: str) -> Account | None:
        return self.accounts.get(teams_user)

    async def find(self, name: str) -> Account | None:
        raise NotImplementedError

    async def find_subject(self, subject: str) -> Account | None:
        raise NotImplementedError

    async def list(self) -> tuple[Account, ...]:
        raise NotImplementedError

    async def apply(self, change: AccountChange) -> None:
        raise NotImplementedError


@dataclass
class Clock:
    """It is what it is told to be."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


class _Silent:
    def wake(self, conversation_id: str) -> None:
        """Nobody listens."""

    def typing(self, conversation_id: str) -> None:
        """Nobody looks."""


class Back:
    """A back office: everything behind the operators' channel, in memory; the channel itself is a fake over HTTP."""

    def __init__(self, knowledge: Knowledge, connector: Connector, service_url: str) -> None:
        self.clock, self.memory, self.people, self.audit = Clock(), Memory(), People(), MemoryAuditLog()
        self.knowledge, self.service_url = knowledge, service_url
        self.calendar = calendar_of(knowledge.library.program)
        self.cases = MemoryCaseStore(self.memory)
        self.outbox, self.channel = MemoryOutbox(self.memory), MemoryOperatorsChannel(self.memory)
        self.cards = MemoryRequestCards(self.memory)
        self.desk = Desk(self.cases, self.clock)
        self.slept: list[float] = []
        self.courier = PacedCourier(_Nobody(), now=self._seconds, sleep=self._sleep)
        self.writer = CardWriter(
            knowledge=lambda: knowledge,
            talks=MemoryTalks(self.memory),
            requesters=Requesters(connector),
            clock=self.clock,
            console="https://bot.contoso.com/console",
        )
        delivery = Delivery(
            outbox=self.outbox,
            courier=self.courier,
            log=MemoryConversationLog(self.memory),
            waker=_Silent(),
            clock=self.clock,
        )
        self.show = CardShow(
            cases=self.cases,
            channel=self.channel,
            cards=self.cards,
            writer=self.writer,
            poster=CardPoster(connector, self.courier, ""),
            outbox=self.outbox,
            delivery=delivery,
            clock=self.clock,
        )
        self.too_fast: list[str] = []
        self.presses = OperatorPresses(
            conversation=CHANNEL,
            channel=self.channel,
            bench=MemoryWorkbench(self.memory, self.audit, self.clock),
            accounts=self.people,
            audit=self.audit,
            writer=self.writer,
            outbox=self.outbox,
            calendar=lambda: self.calendar,
            clock=self.clock,
            service_urls=ServiceUrls.loopback(),
            wait=lambda user: 3.0 if user in self.too_fast else 0.0,
        )

    async def records(self) -> list[Record]:
        """The audit log, oldest first."""
        return [*reversed((await self.audit.list(AuditFilter())).records)]

    def _seconds(self) -> float:
        return self.clock.time.timestamp()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.time += timedelta(seconds=seconds)

    async def request(self, type_: CaseType = CaseType.LISTING, fields: JsonObject | None = None) -> Case:
        """Ana asks for something."""
        change = open_case(draft(type_, fields, self.service_url), self.clock.now(), self.calendar)
        await self.desk.apply(change)
        return change.case

    async def work_off(self) -> int:
        """What the dispatcher does with cards that are due; returns how many."""
        self.clock.time += timedelta(seconds=1)
        now = self.clock.now()
        due: list[Post] = await self.outbox.claim(now, now + timedelta(seconds=60), 20)
        mine = [post for post in due if post.kind == SHOW_CARD]
        for post in mine:
            await self.show(post)
        return len(mine)


class _Nobody:
    async def deliver(self, address: object, activities: object) -> None:
        raise AssertionError("nothing goes this way")

    async def typing(self, address: object) -> None:
        raise AssertionError("nothing goes this way")


def provider_account(**changes: Any) -> dict[str, Any]:
    """What makes a local account one of an identity provider."""
    return {"source": Source.PROVIDER, "subject": "issuer|bea", **changes}


def press(channel: Channel, case: Case, user: str | None = BEA, **changed: Any) -> dict[str, Any]:
    """A press as Teams sends it; ``data`` are changes of what the button says."""
    data = {"do": "operate", "reference": case.reference, "version": case.version, "what": "take"}
    data |= changed.pop("data", {})
    parts = {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "text": None,
        "value": {"action": {"type": "Action.Execute", "verb": "operate", "data": data}, "trigger": "manual"},
        "serviceUrl": channel.url,
        "from": {"id": "29:bea", "name": "Bea", **({"aadObjectId": user} if user else {})},
        "conversation": {"isGroup": True, "conversationType": "channel", "tenantId": "t-1", "id": THREAD},
        "replyToId": "given-1",
        **changed,
    }
    return teams_message(**parts)


def sent(channel: Channel) -> list[tuple[str, str]]:
    """What came to the channel: how, and where; questions about people left out."""
    return [(call.method, unquote(call.path)) for call in channel.calls if call.method != "GET"]


def words(card: Any) -> str:
    return json.dumps(card, ensure_ascii=False)
