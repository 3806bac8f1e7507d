"""Puts into words, when it is sent, what the owner of a request is told about a change (`cases.notify`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cases.model import CLOSED, CaseChange, CaseType, Contact, EventKind
from cases.notify import NOTIFY, notice_of
from dialogs.following import inquiry_buttons, mute_button
from dialogs.reply import Block, Button, JsonObject, Paragraph, Plain, Reply, SourceLine, Text, Value
from faq.library import Library
from program.months import Month
from program.windows import Calendar, calendar_of, next_report_day, visible_by
from turn.delivery import Delivery
from turn.messenger import Messenger
from turn.model import Address, Post
from wording.fill import placeholders

SOURCES: Mapping[CaseType, str] = {CaseType.LISTING: "faq-directory", CaseType.KPI: "faq-kpi-discrepancy"}
"""Where the rule behind the dates is from."""
ASKS: Mapping[str, str] = {EventKind.INQUIRED: "inquiry.ask", EventKind.SLIPPED: "batch.slipped"}
"""By kind of event, what is said instead of how the request stands."""


def notice_posts(change: CaseChange, now: datetime) -> tuple[Post, ...]:
    """The outbox post of a change that its owner is told about; nothing for others."""
    notice = notice_of(change)
    if notice is None:
        return ()
    case = change.case
    return (Post(notice.id, NOTIFY, address_of(case.contact), notice.payload, now, user=case.owner.user),)


def address_of(contact: Contact) -> Address:
    """Where a message goes that answers nothing that was said there."""
    reference = {name: value for name, value in contact.reference.items() if name != "activityId"}
    return Address(contact.channel, contact.conversation, contact.local, reference)


def reply_of(payload: JsonObject, now: datetime, library: Library) -> Reply:
    """The notice as a reply: how it stands and what follows, what is asked, words of the operator, source of dates."""
    type_, messages = CaseType(str(payload["type"])), library.languages[library.default_language].catalog.messages
    event = str(payload.get("event", ""))
    key = ASKS.get(event, f"case.{type_}.{payload['state']}.told")
    dates = _dates(payload, now, calendar_of(library.program))
    blocks: list[Block] = [Paragraph(Text(key, {"reference": str(payload["reference"]), **dates}))]
    label = f"{type_}.{payload.get('field')}.label"
    if label in messages:
        blocks.append(Paragraph(Text("case.asked", {"field": Text(label)})))
    if words := payload.get("words"):
        blocks += [Paragraph(Text("case.words"), "strong"), Paragraph(Plain(str(words)))]
    if type_ in SOURCES and any(named.name in dates for named in placeholders(messages[key])):
        blocks.append(SourceLine(SOURCES[type_]))
    return Reply(tuple(blocks), _buttons(payload, event), private=True)


def _buttons(payload: JsonObject, event: str) -> tuple[Button, ...]:
    """What can be answered, and the way to hear no more; there is none where nothing more will come."""
    reference = str(payload["reference"])
    if event == EventKind.INQUIRED:
        return inquiry_buttons(reference)
    quiet = payload.get("muted") or payload["state"] in CLOSED
    return () if quiet else (mute_button(reference),)


class NoticeHandler:
    """The dispatcher's handler of notices: in their owner's language, with the content of the moment."""

    def __init__(self, *, delivery: Delivery, messenger: Messenger) -> None:
        self._delivery = delivery
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Render, deliver, and write down what became of it."""
        messenger = self._messenger
        reply = reply_of(post.payload, messenger.clock.now(), messenger.library())
        await self._delivery.attempt(messenger.written(post, reply))


def _dates(payload: JsonObject, now: datetime, calendar: Calendar) -> dict[str, Value]:
    dates: dict[str, Value] = {"next_report": next_report_day(calendar.day_of(now), calendar)}
    if batch := payload.get("batch"):
        year, _, month = str(batch).partition("-")
        dates["batch"] = Month(int(year), int(month))
        dates["visible_by"] = visible_by(Month(int(year), int(month)), calendar)
    return dates
