"""Cards that Teams replaces in place: ``Action.Execute``, with ``Action.Submit`` for older clients, and refresh."""

from __future__ import annotations

from dialogs.reply import Inputs, JsonObject, JsonValue, Reply

REFRESH = "refresh"
"""Verb by which a client asks for the card as it is now."""


SOME_CARD = "\N{NULL}card"
"""Name of a card that is rendered once for many; no text of ours has that character."""


def executable(element: JsonValue, card: str) -> JsonValue:
    """A row of buttons, or a button of its own, whose presses name the ``card`` that they are on."""
    if not isinstance(element, dict):
        return element
    actions, pressed = element.get("actions"), element.get("selectAction")
    if isinstance(actions, list):
        return {**element, "actions": [_executed(action, card) for action in actions]}
    return {**element, "selectAction": _executed(pressed, card)} if pressed else element


def _executed(action: JsonValue, card: str) -> JsonValue:
    if not isinstance(action, dict) or action.get("type") != "Action.Submit":
        return action
    data = action.get("data")
    submit: JsonObject = {**action, "data": {**data, "card": card} if isinstance(data, dict) else data}
    return {**submit, "type": "Action.Execute", "fallback": submit}


def is_changing(reply: Reply) -> bool:
    """Whether time changes what the reply says: how a request stands, and what is still to be filled in."""
    return bool(reply.about) or any(isinstance(block, Inputs) for block in reply.blocks)


def refresh(card: str, user: str) -> JsonObject:
    """What makes the client of ``user``, and no other, ask for the card anew whenever it is looked at."""
    data: JsonObject = {"do": REFRESH, "card": card}
    return {"action": {"type": "Action.Execute", "verb": REFRESH, "data": data}, "userIds": [user]}


def named(activity: JsonObject, card: str) -> JsonObject:
    """A copy of what was rendered for `SOME_CARD`, as the card of this name: a tenth of what rendering it costs."""
    return {name: _named(value, card) for name, value in activity.items()}


def _named(value: JsonValue, card: str) -> JsonValue:
    if isinstance(value, dict):
        return {name: _named(inner, card) for name, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, card) for inner in value]
    return card if value == SOME_CARD else value
