"""Reminders in the week before a batch's cut-off: of forms that nobody confirmed, of requests that wait."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from cases.model import Case
from cases.ports import CaseReader
from cases.reminding import remind
from dialogs.form_state import read_form
from dialogs.reply import JsonObject, Reply
from dialogs.state import ConversationState
from dialogs.unfinished import case_reminder, form_reminder, is_waiting, looked
from faq.library import Library
from program.windows import (
    REMINDER_DAYS,
    REMINDER_QUIET,
    Calendar,
    batch_of,
    calendar_of,
    is_reminder_time,
    month_of,
    start_of,
)
from turn.delivery import Delivery
from turn.errors import StateConflict
from turn.messenger import Messenger
from turn.model import Post
from turn.notices import address_of
from turn.ports import CaseStore, Clock, Outbox, Unfinished

EVERY = timedelta(hours=1)
BATCH = 50
REMIND_CASE = "remind-case"
"""Kind of the outbox post. Payload: ``reference``, ``language``."""


class FormReminder:
    """The dispatcher's handler of `dialogs.unfinished.REMIND_FORM`: looks whether the form is still open."""

    def __init__(self, *, unfinished: Unfinished, delivery: Delivery, outbox: Outbox, messenger: Messenger) -> None:
        self._unfinished = unfinished
        self._delivery = delivery
        self._outbox = outbox
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Remind, if that is still wanted, and plan the next look; or plan it only; or nothing is left to remind of."""
        now, calendar = self._messenger.clock.now(), calendar_of(self._messenger.library().program)
        state = ConversationState.from_json(await self._unfinished.remembered(post.address, post.user))
        form = read_form(state.dialog)
        look = looked(post.payload, form, now, calendar)
        if look.payload is not None and look.again_at is not None:
            again = replace(post, id=_id(post.id, look.again_at.isoformat()), payload=look.payload, attempts=0)
            await self._outbox.add([replace(again, due_at=look.again_at, first_due_at=None)])
        if form is None or not look.reminds:
            await self._outbox.done(post.id)
            return
        spoken = replace(post, payload={**post.payload, "language": state.language or post.payload.get("language")})
        await self._delivery.attempt(self._messenger.written(spoken, form_reminder(form, now, calendar)))


class CaseReminder:
    """The dispatcher's handler of `REMIND_CASE`: looks once more whether the request still waits."""

    def __init__(self, *, cases: CaseReader, delivery: Delivery, outbox: Outbox, messenger: Messenger) -> None:
        self._cases = cases
        self._delivery = delivery
        self._outbox = outbox
        self._messenger = messenger

    async def __call__(self, post: Post) -> None:
        """Remind, unless the owner has answered, or it is too late."""
        now, calendar = self._messenger.clock.now(), calendar_of(self._messenger.library().program)
        case = await self._cases.find(str(post.payload.get("reference")))
        if case is None or not is_waiting(case) or not is_reminder_time(now, calendar):
            await self._outbox.done(post.id)
            return
        reply: Reply = case_reminder(case, now, calendar)
        await self._delivery.attempt(self._messenger.written(post, reply))


class WaitingReminder:
    """Reminds every owner of a request that waits for them, once for each batch, by day."""

    def __init__(
        self, *, unfinished: Unfinished, cases: CaseStore, library: Callable[[], Library], clock: Clock
    ) -> None:
        self._unfinished = unfinished
        self._cases = cases
        self._library = library
        self._clock = clock

    async def run(self) -> int:
        """Remind whoever is to be reminded now; returns how many that were."""
        now, calendar = self._clock.now(), calendar_of(self._library().program)
        if not is_reminder_time(now, calendar):
            return 0
        since, reminded = _week_before(now, calendar), 0
        while cases := await self._unfinished.waiting(now - REMINDER_QUIET, since, BATCH):
            before = reminded
            for case in cases:
                reminded += await self._remind(case, now)
            if reminded == before:
                break
        return reminded

    async def _remind(self, case: Case, now: datetime) -> bool:
        change = remind(case, now)
        payload: JsonObject = {"reference": case.reference, "language": case.language, "user": case.owner.user}
        name = _id(case.reference, str(change.case.version))
        post = Post(name, REMIND_CASE, address_of(case.contact), payload, now, user=case.owner.user)
        try:
            await self._cases.apply(change, (post,))
        except StateConflict:  # somebody is at it: the next round sees what became of it
            return False
        return True


def _week_before(now: datetime, calendar: Calendar) -> datetime:
    first = batch_of(month_of(calendar.day_of(now)), calendar).first_day
    return start_of(first - timedelta(days=REMINDER_DAYS), calendar)


def _id(*parts: str) -> str:
    return hashlib.sha256("|".join(("reminder", *parts)).encode()).hexdigest()[:32]
