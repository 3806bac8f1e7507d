"""What a form says: questions, what it understood, ways to go on. Sentences by key, choices as buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialogs.fields.base import Doubtful
from dialogs.fields.text import InvoiceNumber, Name
from dialogs.form import Field, Form, Setting, Values, sentence
from dialogs.form_state import FormState, Phase
from dialogs.reply import Button, JsonObject, JsonValue, Open, Paragraph, Press, Reply, Row, Table, Text, Words, say


@dataclass(frozen=True, slots=True)
class Shown:
    """A choice as it is shown, and what it stands for."""

    label: Words
    value: JsonValue


def current(form: Form, state: FormState, setting: Setting) -> Reply:
    """What the form waits for, said (again)."""
    match state.phase:
        case Phase.LEAVING:
            return leave(form, state)
        case Phase.IDLE:
            return idle(form, state, setting)
        case Phase.DOUBT:
            return _doubt(form, state, setting)
        case Phase.SUMMARY:
            return _summary(form, state, setting)
        case Phase.CHANGING:
            return what_to_change(form, state, setting)
        case Phase.ASKING:
            return _question(form, state, setting)


def _question(form: Form, state: FormState, setting: Setting) -> Reply:
    field = form.field(state.asking)
    if field is None:
        return _summary(form, state, setting)
    buttons = [_choice(state, field.name, Text(key), value) for key, value in field.buttons]
    if field.optional:
        buttons.append(_button("form.skip", state, "skip"))
    return Reply((Paragraph(Text(sentence(form.name, field.name, "ask"))),), tuple(buttons))


def _doubt(form: Form, state: FormState, setting: Setting) -> Reply:
    shown = options(form, state, setting)
    if state.question:
        question = form.question(state.values, setting)
        text = question.text if question else Text("form.go-on")
        presses = [_press("pick", state, place=place) for place in range(len(shown))]
        buttons = tuple(Button(one.label, Press(press)) for one, press in zip(shown, presses, strict=True))
        return Reply((Paragraph(text),), buttons)
    reading = _reading(form, state, setting)
    buttons = tuple(_choice(state, state.asking, one.label, one.value) for one in shown)
    return Reply((Paragraph(reading.question if reading else Text("form.not-understood")),), buttons)


def options(form: Form, state: FormState, setting: Setting) -> tuple[Shown, ...]:
    """The choices of a doubt, read anew so that they are in the language of the moment."""
    if state.question:
        question = form.question(state.values, setting)
        return tuple(Shown(one.label, one.name) for one in question.options) if question else ()
    reading = _reading(form, state, setting)
    return tuple(Shown(label, value) for label, value in reading.options) if reading else ()


def _reading(form: Form, state: FormState, setting: Setting) -> Doubtful | None:
    field = form.field(state.asking)
    reading = field.type.read(state.raw, setting.reader) if field else None
    return reading if isinstance(reading, Doubtful) else None


def _summary(form: Form, state: FormState, setting: Setting) -> Reply:
    reply = form.summary(state.values, setting)
    buttons = (
        _button("form.confirm", state, "confirm", style="positive"),
        _button("form.change", state, "change"),
        _button("form.cancel", state, "cancel", style="destructive"),
    )
    return replace(reply, buttons=(*reply.buttons, *buttons))


def what_to_change(form: Form, state: FormState, setting: Setting) -> Reply:
    """The fields given so far, and parts of the values that can be laid open, as buttons."""
    fields = [field for name in state.order if (field := form.field(name))]
    buttons = tuple(
        Button(Text(sentence(form.name, field.name, "label")), Press(_press("ask", state, field=field.name)))
        for field in fields
    )
    parts = tuple(
        Button(part.label, Press(_press("part", state, field=part.name))) for part in form.parts(state.values, setting)
    )
    card = (card_button(state),) if form.card else ()
    return Reply((Paragraph(Text("form.what-to-change")),), (*buttons, *parts, *card))


def card_presses(form: Form, state: FormState) -> list[tuple[Words, JsonObject]]:
    """What the button of the card is called and does: it can be asked for at any time, though it is shown rarely."""
    return [(Text("form.card"), _press("card", state))] if form.card else []


def card_button(state: FormState) -> Button:
    """The form as one card."""
    return replace(_button("form.card", state, "card"), needs_card=True)


def cancel_button(state: FormState) -> Button:
    """Gives the form up, after asking once more."""
    return _button("form.cancel", state, "cancel", style="destructive")


def noted(form: Form, values: Values, setting: Setting) -> Reply:
    """What was understood."""
    rows = tuple(
        Row(Text(sentence(form.name, name, "label")), field.type.show(value, setting.reader))
        for name, value in values.items()
        if (field := form.field(name)) is not None
    )
    if len(rows) == 1:
        return say("form.noted", label=rows[0].label, value=rows[0].value)
    return Reply((Paragraph(Text("form.noted.several")), Table(rows)))


def leave(form: Form, state: FormState) -> Reply:
    """Asks once before everything is given up."""
    buttons = (
        _button("form.leave.yes", state, "leave", style="destructive"),
        _button("form.leave.no", state, "go-on"),
    )
    return Reply((Paragraph(Text("form.leave", {"title": Text(f"{form.name}.title")})),), buttons)


def left(form: Form) -> Reply:
    """Given up."""
    again = Button(Text("form.start-again"), Press({"do": "start", "form": form.name}))
    return Reply((Paragraph(Text("form.left", {"title": Text(f"{form.name}.title")})),), (again,))


def idle(form: Form, state: FormState, setting: Setting) -> Reply:
    """After a long silence: where we were, and whether to go on."""
    given = {name: state.values[name] for name in state.order if name in state.values}
    where = Paragraph(Text("form.idle", {"title": Text(f"{form.name}.title"), "date": state.at.date()}))
    rows = noted(form, given, setting).blocks[-1:] if len(given) > 1 else ()
    buttons = (
        _button("form.go-on", state, "go-on", style="positive"),
        _button("form.restart", state, "restart"),
        _button("form.cancel", state, "leave", style="destructive"),
    )
    return Reply((where, *rows), buttons)


def help_in_form(form: Form, state: FormState, setting: Setting) -> Reply:
    """What can be said right now, and the question again."""
    return together(say("form.help"), current(form, state, setting))


def why(form: Form, state: FormState, setting: Setting) -> Reply:
    """Why the current question is asked, and the question again."""
    reason = say(sentence(form.name, state.asking, "why")) if state.asking else say("form.why")
    return together(reason, current(form, state, setting))


def not_understood(form: Form, state: FormState, setting: Setting, reason: Reply | None, *, way_out: bool) -> Reply:
    """Why the answer was not taken, with an example; after several times, ways around the question."""
    reply = current(form, state, setting)
    example = (
        say(sentence(form.name, state.asking, "example")) if state.asking and state.phase is Phase.ASKING else None
    )
    reply = together(reason or (None if example is None else say("form.not-understood")), example or reply)
    if reason is None and example is None:
        reply = together(say("form.not-understood"), current(form, state, setting))
    reply = replace(reply, buttons=current(form, state, setting).buttons)
    if not way_out:
        return reply
    skip = (_button("form.skip", state, "skip"),) if state.asking else ()
    out = (
        *skip,
        Button(Text("button.support"), Open("support")),
        _button("form.cancel", state, "cancel", style="destructive"),
    )
    return replace(together(reply, say("form.way-out")), buttons=(*reply.buttons, *out))


def because(reason: Text) -> Reply:
    """A reason alone."""
    return Reply((Paragraph(reason),))


def opening(form: Form) -> Reply:
    """What this is going to be."""
    return say(f"{form.name}.opening")


def first_question() -> Reply:
    """There is nothing to go back to."""
    return say("form.first")


def still_needed() -> Reply:
    """Why a question comes again that was left for later."""
    return say("form.still-needed")


def asked_anew() -> Reply:
    """Why questions come again that were answered."""
    return say("form.asked-anew")


def ended(form: Form) -> Reply:
    """A button of a form that is over."""
    again = Button(Text("form.start-again"), Press({"do": "start", "form": form.name}))
    return Reply((Paragraph(Text("form.over", {"title": Text(f"{form.name}.title")})),), (again,))


def together(before: Reply | None, after: Reply) -> Reply:
    """Two replies as one message."""
    return after if before is None else replace(after, blocks=(*before.blocks, *after.blocks))


def takes_any_text(field: Field | None) -> bool:
    """Whether the field would take any words for its value, so that a question must be told from an answer first."""
    return field is not None and isinstance(field.type, Name | InvoiceNumber)


def stands_for_unknown(field: Field | None, value: JsonValue) -> bool:
    """Whether the value is what the field takes for "I don't know"."""
    return field is not None and isinstance(field.type, Name) and bool(value) and value == field.type.unknown


def is_optional(form: Form, name: str) -> bool:
    """Whether the form can do without the field."""
    field = form.field(name)
    return field is not None and field.optional


def _choice(state: FormState, field: str, label: Words, value: JsonValue) -> Button:
    return Button(label, Press({"do": "field", "instance": state.instance, "field": field, "value": value}))


def _button(key: str, state: FormState, what: str, style: str = "default") -> Button:
    return Button(Text(key), Press(_press(what, state)), style)


def _press(what: str, state: FormState, **more: JsonValue) -> JsonObject:
    return {"do": "form", "what": what, "instance": state.instance, "revision": state.revision, **more}
