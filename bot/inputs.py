"""Fields to fill in as elements of a card."""

from __future__ import annotations

from dialogs.reply import Input, Inputs, JsonObject, JsonValue, Reply
from dialogs.speaking import Speaker

LONGEST = 500
"""Characters that a field takes."""


def input_elements(shown: Input, speaker: Speaker) -> list[JsonValue]:
    """The field, and under it why what stands in it could not be taken."""
    element: JsonObject = {"id": shown.name, "label": speaker.label(shown.label)}
    if shown.value is not None:
        element["value"] = speaker.label(shown.value)
    if shown.required:
        element |= {"isRequired": True, "errorMessage": speaker.label_of("form.card.required")}
    if shown.choices:
        choices: list[JsonValue] = [{"title": speaker.label(words), "value": value} for words, value in shown.choices]
        return [{"type": "Input.ChoiceSet", "style": "expanded", "wrap": True, **element, "choices": choices}]
    if shown.hint is not None:
        element["placeholder"] = speaker.label(shown.hint)
    field: JsonObject = {"type": "Input.Text", "maxLength": LONGEST, **element}
    return [field] if shown.error is None else [field, _fault(speaker.markdown(shown.error))]


def _fault(text: str) -> JsonObject:
    return {"type": "TextBlock", "text": text, "wrap": True, "color": "Attention", "size": "Small", "spacing": "None"}


def filled_in(reply: Reply, speaker: Speaker) -> JsonObject | None:
    """What stands in the fields as they are shown, by name; None when there are none to fill in."""
    inputs = [one for block in reply.blocks if isinstance(block, Inputs) for one in block.inputs]
    if not inputs:
        return None
    return {one.name: speaker.label(one.value) for one in inputs if one.value is not None}
