"""Cards that Teams replaces in place: ``Action.Execute``, with ``Action.Submit`` for older clients, and refresh."""

from __future__ import annotations

from typing import Any

from dialogs.reply import Inputs, JsonObject, JsonValue, Reply

REFRESH = "refresh"
"""Verb by which a client asks for the card as it is now."""


PRESS = "press"
"""Verb of every button; what it does stands in its data. Agents Playground sends nothing for one without a verb."""
SOME_CARD = "\N{NULL}card"
"""Name of a card that is rendered once for many; no text of ours has that character."""


Places = tuple[tuple[str | int, "Places"], ...]
"""Keys (of objects) and indexes (of lists) that lead to the name of a card; where they end it stands itself."""


def executable(element: JsonValue, card: str) -> JsonValue:
    """A row of buttons, or a line that can be pressed, whose presses name the ``card`` that they are on.

    A line stays ``Action.Submit``: Agents Playground sends nothing at all for one with ``Action.Execute``. What it
    makes of its card comes to whoever pressed by the same change as to all others.
    """
    if not isinstance(element, dict):
        return element
    actions, pressed = element.get("actions"), element.get("selectAction")
    if isinstance(actions, list):
        return {**element, "actions": [_executed(action, card) for action in actions]}
    return {**element, "selectAction": _submitted(pressed, card)} if pressed else element


def _executed(action: JsonValue, card: str) -> JsonValue:
    submit = _submitted(action, card)
    if not isinstance(submit, dict) or submit.get("type") != "Action.Submit":
        return submit
    return {**submit, "type": "Action.Execute", "verb": PRESS, "fallback": submit}


def _submitted(action: JsonValue, card: str) -> JsonValue:
    data = action.get("data") if isinstance(action, dict) else None
    return {**action, "data": {**data, "card": card}} if isinstance(action, dict) and isinstance(data, dict) else action


def is_changing(reply: Reply) -> bool:
    """Whether time changes what the reply says: how a request stands, and what is still to be filled in."""
    return bool(reply.about) or any(isinstance(block, Inputs) for block in reply.blocks)


def refresh(card: str, user: str) -> JsonObject:
    """What makes the client of ``user``, and no other, ask for the card anew whenever it is looked at."""
    data: JsonObject = {"do": REFRESH, "card": card}
    return {"action": {"type": "Action.Execute", "verb": REFRESH, "data": data}, "userIds": [user]}


def places_of(rendered: JsonValue) -> Places | None:
    """Where the name stands in what was rendered for `SOME_CARD`, itself included; None where it does not."""
    if rendered == SOME_CARD:
        return ()
    if not isinstance(rendered, dict | list):
        return None
    inside = rendered.items() if isinstance(rendered, dict) else enumerate(rendered)
    return tuple((key, places) for key, value in inside if (places := places_of(value)) is not None) or None


def named(rendered: Any, card: str, places: Places) -> Any:
    """What was rendered for `SOME_CARD` as the card of this name: new on the way to the name's places, else shared."""
    copy = rendered.copy()
    for key, inner in places:
        copy[key] = named(copy[key], card, inner) if inner else card
    return copy
