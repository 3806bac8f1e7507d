"""What is left of a card that is over: its words, what was chosen or filled in, and links; nothing to press."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.cards import paragraphs, text_block
from bot.render import CARD, speaker_text, summary
from dialogs.reply import JsonObject, JsonValue
from dialogs.speaking import escaped
from faq.library import Library

_OURS = frozenset({"card", "shown"})
"""Data of a button that say where it stands, not what it does."""
_KEPT = frozenset({"entry"})
"""What buttons do on cards on which another choice can still be made."""


class CardSettler:
    """The `turn.ports.Settler` for Adaptive Cards."""

    def __init__(self, library: Callable[[], Library]) -> None:
        """``library`` gives the content that is live right now."""
        self._library = library

    def settled(self, activity: JsonObject, settlement: JsonObject) -> JsonObject:
        """See the port. An activity without a card is replaced by the settlement's words."""
        attachments = activity.get("attachments")
        first = attachments[0] if isinstance(attachments, list) and attachments else None
        card = first.get("content") if isinstance(first, dict) else None
        if not isinstance(card, dict) or settlement.get("words") == "edit.gone":
            words = self._line(settlement, "")
            bare = {name: part for name, part in activity.items() if name not in ("attachments", "channelData")}
            return {**bare, "text": words, "textFormat": "markdown", "summary": summary(words)}
        left = self._left(card, settlement)
        return {**activity, "attachments": [{"contentType": CARD, "content": left}]}

    def _left(self, card: JsonObject, settlement: JsonObject) -> JsonObject:
        picked = settlement.get("picked")
        picked = picked if isinstance(picked, dict) else None
        elements = _objects(card.get("body"))
        chosen = next((one for one in _actions(elements) if picked and _does(one, picked)), None)
        body: list[JsonValue] = [left for one in elements for left in _rest(one, picked)]
        body.append(text_block(self._line(settlement, str(chosen.get("title")) if chosen else ""), "subtle"))
        words = "\n\n".join(_words(body))
        kept = {name: part for name, part in card.items() if name != "refresh"}
        return {**kept, "body": body, "fallbackText": words, "speak": speaker_text(words)}

    def _line(self, settlement: JsonObject, choice: str) -> str:
        library = self._library()
        language, key = str(settlement.get("language")), str(settlement.get("words"))
        pack = library.languages[language if language in library.languages else library.default_language]
        if key == "card.chosen" and not choice:
            key = "card.over"
        values = {"choice": escaped(choice)} if key == "card.chosen" else {}
        return pack.catalog.text(key, values).strip()


def _rest(element: JsonObject, picked: JsonObject | None) -> Iterator[JsonValue]:
    """What is left of an element."""
    kind = str(element.get("type"))
    if kind.startswith("Input."):
        yield from _filled(element, picked or {})
    elif kind == "ActionSet":
        actions: list[JsonValue] = [one for one in _objects(element.get("actions")) if _stays(one, picked)]
        if actions:
            yield {**element, "actions": actions}
    elif isinstance(pressed := element.get("selectAction"), dict):
        if _stays(pressed, picked):
            yield element
    elif not (element.get("color") == "Attention" and element.get("spacing") == "None"):  # why an input was refused
        yield element


def _filled(element: JsonObject, picked: JsonObject) -> Iterator[JsonValue]:
    value = str(picked.get(str(element.get("id")), element.get("value", ""))).strip()
    named = {one.get("value"): str(one.get("title")) for one in _objects(element.get("choices"))}
    if value:
        label = escaped(str(element.get("label", "")))
        yield text_block(f"**{label}** {escaped(named.get(value, value))}")


def _stays(action: JsonObject, picked: JsonObject | None) -> bool:
    """Links do, and of a choice that can be made again whatever was not chosen."""
    if action.get("type") == "Action.OpenUrl":
        return True
    return picked is not None and picked.get("do") in _KEPT and not _does(action, picked)


def _does(action: JsonObject, picked: JsonObject) -> bool:
    """Whether it is the button that sent the data."""
    data = action.get("data")
    if not isinstance(data, dict):
        return False
    return all(picked.get(name) == value for name, value in data.items() if name not in _OURS)


def _actions(elements: list[JsonObject]) -> Iterator[JsonObject]:
    for element in elements:
        yield from _objects(element.get("actions"))
        if isinstance(pressed := element.get("selectAction"), dict):
            yield pressed


def _words(body: list[JsonValue]) -> Iterator[str]:
    """The texts of a card, as paragraphs."""
    for element in _objects(body):
        if element.get("type") == "TextBlock":
            yield from paragraphs(str(element.get("text")))
        for fact in _objects(element.get("facts")):
            yield f"{fact.get('title')}: {fact.get('value')}"
        for column in _objects(element.get("columns")):
            yield from _words([*_objects(column.get("items"))])


def _objects(value: JsonValue) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
