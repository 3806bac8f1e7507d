"""A form as one card: fields to fill in, with what is known, and a word under each that could not be taken.

The card is another way to answer the questions, which go on for whoever prefers to type. What comes back is read by the
fields' own types, like any answer; what they refuse or doubt stays on the card as it was typed (`FormState.drafts`).
"""

from __future__ import annotations

from dataclasses import replace

from dialogs import asking
from dialogs.advancing import Step
from dialogs.fields.base import Doubtful, Reading, Refused, Understood
from dialogs.form import Field, Form, Setting, Values, sentence
from dialogs.form_state import FormState, Phase
from dialogs.reply import Button, Input, Inputs, JsonObject, JsonValue, Paragraph, Plain, Press, Reply, Text, Words

WORTH_A_CARD = 3
"""So many questions take longer than a card."""
LONGEST = 500
"""Characters of what is typed into a field."""
_FIELD, _OPTION = "field_", "option_"
"""Before a field's name: what was typed, and which reading of it is meant. After it stands the form's revision: some
clients take choices of the same name for one, also when they stand on an older card."""


def offered(form: Form, step: Step, setting: Setting) -> Step:
    """The step whose question may be answered by a card instead, where that is quicker."""
    state = step.state
    if state is None or state.phase is not Phase.ASKING or not step.replies:
        return step
    missing = [field for field in _fields(form, state, setting) if field.name not in state.values]
    if len(missing) < WORTH_A_CARD:
        return step
    last = step.replies[-1]
    return replace(
        step, replies=(*step.replies[:-1], replace(last, buttons=(*last.buttons, asking.card_button(state))))
    )


def shown(form: Form, state: FormState, setting: Setting) -> Reply:
    """The card with what is known, what was typed and could not be taken, and why."""
    fields = _fields(form, state, setting)
    inputs = tuple(part for field in fields for part in _inputs(form, field, state, setting))
    data: JsonObject = {"do": "form", "what": "filled", "instance": state.instance, "revision": state.revision}
    lead = Paragraph(Text("form.card.refused"), "attention") if state.drafts else Paragraph(Text("form.card.intro"))
    title = Paragraph(Text(f"{form.name}.title"), "heading")
    send = Button(Text("form.card.send"), Press(data, with_inputs=True), "positive", needs_card=True)
    return Reply((title, lead, Inputs(inputs)), (send, asking.cancel_button(state)), private=form.private)


def read(form: Form, state: FormState, setting: Setting, data: JsonObject) -> tuple[Values, Values]:
    """What a card brings: values, and texts that could not be taken. What nobody changed is left alone."""
    before = data.get("shown")
    before = before if isinstance(before, dict) else {}
    values: dict[str, JsonValue] = {}
    drafts: dict[str, JsonValue] = {}
    for field in _fields(form, state, setting):
        name = f"{field.name}_{data.get('revision')}"
        typed = _typed(data, _FIELD + name)
        same = typed == before.get(_FIELD + name) and field.name in state.values
        if not typed or (same and field.about not in values):
            continue
        reading = _reading(field, typed, _typed(data, _OPTION + name), setting)
        if isinstance(reading, Understood):
            values[field.name] = reading.value
        else:
            drafts[field.name] = typed
    return values, drafts


def _reading(field: Field, typed: str, option: str, setting: Setting) -> Reading:
    """The choice that was made, or the text as an answer to the field's question."""
    for _, value in field.buttons:
        if typed == value:
            return Understood(value)
    reading = field.type.read(typed, setting.reader)
    if isinstance(reading, Doubtful) and option:
        meant = [value for place, (_, value) in enumerate(reading.options) if option == f"{place} {typed}"]
        return Understood(meant[0]) if meant else reading
    return reading


def _typed(data: JsonObject, name: str) -> str:
    text = data.get(name)
    return text.strip()[:LONGEST] if isinstance(text, str) else ""


def _fields(form: Form, state: FormState, setting: Setting) -> list[Field]:
    return [field for field in form.fields if field.name in form.card and field.needed(state.values, setting)]


def _inputs(form: Form, field: Field, state: FormState, setting: Setting) -> list[Input]:
    """A field of the card; with another for the choice between readings of what was typed."""
    value, draft = state.values.get(field.name), str(state.drafts.get(field.name, ""))
    own, example = f"{field.name}_{state.revision}", Text(sentence(form.name, field.name, "example"))
    name = _FIELD + own
    if field.buttons:
        choices = tuple((Text(key), str(given)) for key, given in field.buttons)
        label = Text(sentence(form.name, field.name, "ask"))
        return [Input(name, label, None if value is None else Plain(str(value)), choices=choices)]
    label = Text(sentence(form.name, field.name, "label"))
    if not draft:
        return [Input(name, label, None if value is None else field.type.show(value, setting.reader), example)]
    reading = field.type.read(draft, setting.reader)
    if isinstance(reading, Doubtful) and reading.options:
        options = tuple((said, f"{place} {draft}") for place, (said, _) in enumerate(reading.options))
        doubt = Input(_OPTION + own, reading.question, choices=options, required=False)
        return [Input(name, label, Plain(draft), example), doubt]
    return [Input(name, label, Plain(draft), example, error=_fault(reading, example))]


def _fault(reading: Reading, example: Words) -> Words | None:
    match reading:
        case Refused(reason):
            return reason
        case Doubtful(question):
            return question
        case None:
            return example
        case _:
            return None
