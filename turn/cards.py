"""Cards whose buttons still do something: what is remembered of them, and what becomes of them. Pure.

Only cards of open forms, of choices and of requests are remembered, with the user's state, and only where messages can
be changed (`turn.model.REPLACING`). An `UPDATE` post names a ``card`` by the id of the post that carried it. With a
settlement (``words``: a key; ``language``; ``picked``: the data of the button that was pressed) the card is over; its
post then has the id that `over` gives, so that whoever asks for the card finds it. Without, the card is shown anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from dialogs.decision import Decision
from dialogs.reply import JsonObject, Press, Reply
from turn.model import REPLACING, UPDATE, Address, Incoming, Post

MOST = 6
"""So many cards are remembered of a conversation; of older ones the buttons stay."""
CHOICES = frozenset({"entry", "none-of-these", "privacy", "status"})
"""What buttons do among which one is chosen once."""
_OF_THE_CLIENT = frozenset({"card", "shown"})


@dataclass(frozen=True, slots=True)
class Cards:
    """What a turn makes of the cards in its conversation."""

    live: tuple[JsonObject, ...]
    """As remembered: ``card``; and ``form`` (instance) with ``asks``, or ``about`` (reference), or ``choice``.

    ``aside`` is true of one that went from a group or channel to the user's own chat.
    """
    updates: tuple[Post, ...]


def over(card: str) -> str:
    """Id of the post that holds the settlement of a card."""
    return f"{card}-over"


def after(incoming: Incoming, decision: Decision, sent: Sequence[tuple[Post, Reply]]) -> Cards:
    """The cards after a turn that sent these replies with these posts."""
    if incoming.address.channel not in REPLACING:
        return Cards(decision.state.cards, ())
    dialog = decision.state.dialog if isinstance(decision.state.dialog, dict) else {}
    new = [live for post, reply in sent if (live := _live(post, reply, dialog, incoming))]
    # whether the form has said something in this turn
    spoken = bool(dialog) and dialog.get("at") == incoming.received_at.isoformat()
    asked = spoken and not incoming.edits
    pressed = str((incoming.value or {}).get("card", ""))
    changed = {change.case.reference for change in decision.cases}
    kept, updates = [], []
    for one in decision.state.cards:
        card = str(one.get("card"))
        place = incoming.own_address if one.get("aside") else incoming.address
        if "form" in one and (asked or one["form"] != dialog.get("instance")):
            picked = incoming.value if card == pressed else None
            updates.append(
                settling(card, picked, _words(one, dialog, decision), incoming, decision.language, place=place)
            )
        elif "choice" in one and card == pressed:
            updates.append(settling(card, incoming.value, "", incoming, decision.language, place=place))
        else:
            kept.append(one)
            if one.get("about") in changed:
                updates.append(_post(_id(incoming, card), {"card": card}, incoming, place))
    return Cards((*kept, *new)[-MOST:], tuple(updates))


def settling(
    card: str, picked: JsonObject | None, words: str, incoming: Incoming, language: str, *, place: Address
) -> Post:
    """The post after which the card in this place is over: by a press with the data ``picked``, or with ``words``."""
    settlement: JsonObject = {"words": words, "language": language}
    if picked is not None:
        data = {name: value for name, value in picked.items() if name not in _OF_THE_CLIENT}
        settlement |= {"words": "card.chosen", "picked": data}
    return _post(over(card), {"card": card, **settlement}, incoming, place)


def gone(card: str, incoming: Incoming, language: str) -> Post:
    """The post that takes back an answer for which there is no other."""
    return _post(
        _id(incoming, card), {"card": card, "words": "edit.gone", "language": language}, incoming, incoming.address
    )


def facts(reply: Reply, incoming: Incoming, decision: Decision, version: str) -> JsonObject:
    """What is kept with a message beside its words: the entry it answers, the request it shows, whether a form asks."""
    found: JsonObject = {}
    if incoming.address.channel not in REPLACING:
        return found
    if reply.helpful:
        found |= {"entry": reply.helpful, "version": version}
    if reply.about:
        found["about"] = reply.about
    if decision.trace.get("kind") == "form":
        found["form"] = True
    return found


def _live(post: Post, reply: Reply, dialog: JsonObject, incoming: Incoming) -> JsonObject | None:
    what = _answerable(reply, dialog)
    if what is None:
        return None
    aside: JsonObject = {} if post.address == incoming.address else {"aside": True}
    return {"card": post.id, **aside, **what}


def _answerable(reply: Reply, dialog: JsonObject) -> JsonObject | None:
    """What the buttons of a reply are about, while they do something; None when there are no such buttons."""
    if reply.about:
        return {"about": reply.about}
    for shown in reply.buttons:
        data = shown.action.data if isinstance(shown.action, Press) else {}
        if data.get("do") in ("form", "field"):
            return {"form": data.get("instance"), "asks": dialog.get("asking")}
        if data.get("do") in CHOICES:
            return {"choice": True}
    return None


def _words(one: JsonObject, dialog: JsonObject, decision: Decision) -> str:
    """Why a form's card is over, when none of its buttons was pressed."""
    if one["form"] != dialog.get("instance"):
        return "card.answered" if decision.cases else "card.over"
    values = dialog.get("values")
    answered = isinstance(values, dict) and one.get("asks") in values
    return "card.answered" if answered else "card.moved"


def _post(name: str, payload: JsonObject, incoming: Incoming, place: Address) -> Post:
    return Post(name, UPDATE, place, payload, incoming.received_at, user=incoming.user)


def _id(incoming: Incoming, card: str) -> str:
    return hashlib.sha256(f"{incoming.inbox_key}|update {card}".encode()).hexdigest()[:32]
