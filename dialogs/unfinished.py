"""What waits for its owner before a batch's cut-off: a form that nobody confirmed, a request with a question.

A form's reminder is planned when it is opened; whether it is still wanted is found out when it is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cases.model import Case, CaseType, State
from dialogs import asking
from dialogs.advancing import Step
from dialogs.filling import Listener
from dialogs.following import button, mute_button
from dialogs.form import Effect, Form
from dialogs.form_state import FormState, Phase
from dialogs.reply import Button, JsonObject, JsonValue, Paragraph, Plain, Press, Reply, SourceLine, Text, Value
from program.windows import REMINDER_QUIET, Calendar, batch_of, is_reminder_time, month_of, reminder_at, start_of

REMIND_FORM = "remind-form"
"""Kind of the outbox post. Payload: ``form``, ``instance``, and ``left``: when the form rested at the last reminder."""
RESUME, QUIET = "resume", "quiet"
"""What the buttons of a reminder do."""


@dataclass(frozen=True, slots=True)
class Look:
    """What comes of a planned reminder that is due."""

    reminds: bool = False
    payload: JsonObject | None = None
    """Of the post that looks again; None when nothing is to be looked for any more."""
    again_at: datetime | None = None


def planned(form: Form, opened: FormState | None, calendar: Calendar) -> tuple[Effect, ...]:
    """The reminder of a form that is opened now; a form that changes a request has none: the request has."""
    if opened is None or not form.reminds or opened.about:
        return ()
    payload: JsonObject = {"form": form.name, "instance": opened.instance}
    return (Effect(REMIND_FORM, payload, reminder_at(opened.at, calendar)),)


def looked(payload: JsonObject, form: FormState | None, now: datetime, calendar: Calendar) -> Look:
    """Whether to remind now, and when to look again. ``form`` is the one that is open where the reminder was planned.

    Once for each batch, and only if something was said since the last reminder: who does not answer is left alone.
    """
    if form is None or form.quiet or form.instance != payload.get("instance"):
        return Look()
    left = form.at.isoformat()
    rests = form.at <= now - REMINDER_QUIET and payload.get("left") != left
    reminds = rests and is_reminder_time(now, calendar)
    over = start_of(batch_of(month_of(calendar.day_of(now)), calendar).first_day, calendar)
    since = over if reminds else max(form.at, now - REMINDER_QUIET + timedelta(minutes=1))
    kept: JsonValue = left if reminds else payload.get("left")
    return Look(reminds, {**payload, "left": kept}, reminder_at(since, calendar))


def form_reminder(form: FormState, now: datetime, calendar: Calendar) -> Reply:
    """You have not confirmed it; until when that makes this month's batch, and by which rule."""
    title, unconfirmed = Text(f"{form.form}.title"), form.phase is Phase.SUMMARY
    said = Text("unfinished.unconfirmed" if unconfirmed else "unfinished.form", {"title": title})
    buttons = (_button("form.go-on", RESUME, form, "positive"), _button("unfinished.quiet", QUIET, form))
    return Reply((Paragraph(said), *_cut_off("unfinished.until", now, calendar)), buttons, private=True)


def is_waiting(case: Case) -> bool:
    """Whether the owner of a listing request is to be reminded of what they were asked."""
    waits = case.type is CaseType.LISTING and case.state is State.WAITING
    return waits and not case.muted and not case.empty


def case_reminder(case: Case, now: datetime, calendar: Calendar) -> Reply:
    """The request waits for you; until when an answer can make this month's batch."""
    field = Text(f"{case.type}.{case.waiting_field}.label")
    said = Paragraph(Text("unfinished.case", {"reference": Plain(case.reference), "field": field}))
    buttons = (button("edit", case.reference, "unfinished.give", "positive"), mute_button(case.reference))
    return Reply((said, *_cut_off("unfinished.until-case", now, calendar)), buttons, private=True)


def pressed(what: str, state: FormState, listener: Listener) -> Step:
    """A button of a reminder, or the wish to hear no more."""
    state = replace(state, at=listener.setting.now)
    if what == QUIET:
        again = (_button("form.go-on", RESUME, state),)
        said = Text("unfinished.quieted", {"title": Text(f"{state.form}.title")})
        return Step(replace(state, quiet=True), (Reply((Paragraph(said),), again, private=True),))
    if state.phase is Phase.IDLE:
        return listener.taken_up(state)
    return Step(state, (asking.current(listener.form, state, listener.setting),))


def _cut_off(key: str, now: datetime, calendar: Calendar) -> tuple[Paragraph | SourceLine, ...]:
    batch = batch_of(month_of(calendar.day_of(now)), calendar)
    values: dict[str, Value] = {"day": batch.first_day, "month": batch.month, "visible": batch.visible_by}
    until = Paragraph(Text(key, {**values, "zone": Plain(calendar.zone_name)}))
    return until, Paragraph(Text("directory-listing.batch.rule"), "subtle"), SourceLine("faq-directory")


def press(what: str, form: FormState) -> JsonObject:
    """What a button of a reminder sends."""
    return {"do": "form", "what": what, "instance": form.instance}


def _button(key: str, what: str, form: FormState, style: str = "default") -> Button:
    return Button(Text(key), Press(press(what, form)), style)
