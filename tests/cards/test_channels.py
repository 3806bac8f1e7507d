"""One contract for every channel: whatever the bot says is shown there, with what that channel's client can do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.cards import WEB_CHAT
from bot.render import SUGGESTIONS_SHOWN, WITHOUT_CARDS, ActivityRenderer
from dialogs.decision import Knowledge
from dialogs.reply import Ask, Open, Press, Reply
from tests.bot.test_cards import LARGEST
from tests.cards.collecting import Message
from tests.talk import START
from turn.model import Address, Happening, Incoming, Scope

CHANNELS = ("msteams", "emulator", "webchat", "directline", "terminal")
MOST_ACTIONS = 6
"""Teams shows no more buttons in one row."""
ACTIONS = {"Action.Submit", "Action.OpenUrl"}
"""What Web Chat, the Emulator, Agents Playground and Teams all know."""

pytestmark = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture
def said(messages: list[Message], knowledge: Knowledge, channel: str) -> list[tuple[Reply, dict[str, Any]]]:
    """Every reply, and what it is in the channel."""
    renderer = ActivityRenderer(lambda: knowledge.library)
    address = Address(channel, "c1", reference={"user": {"id": "ann", "name": "Ann"}})
    incoming = Incoming(address, "a1", "ann", Happening.MESSAGE, START, scope=Scope.PERSONAL)
    return [(one.reply, renderer.render(one.reply, one.language, incoming)) for one in messages if one.reply]


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in an activity, what buttons carry apart."""
    if isinstance(value, dict):
        yield value
        for name, part in value.items():
            if name != "data":
                yield from _parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _parts(part)


def _card(activity: dict[str, Any]) -> dict[str, Any] | None:
    return next((one["content"] for one in activity.get("attachments", [])), None)


def test_it_is_a_message_with_words_and_small(channel: str, said: list[tuple[Reply, dict[str, Any]]]) -> None:
    assert len(said) > 500
    for _, activity in said:
        assert activity["type"] == "message"
        card = _card(activity)
        assert (activity.get("text") or (card or {}).get("fallbackText", "")).strip()
        assert len(json.dumps(activity, ensure_ascii=False).encode()) <= LARGEST, channel


def test_there_are_cards_where_cards_are_shown(channel: str, said: list[tuple[Reply, dict[str, Any]]]) -> None:
    cards = [card for _, activity in said if (card := _card(activity))]
    assert bool(cards) is (channel not in WITHOUT_CARDS)
    for card in cards:
        assert card["version"] == "1.5"
        assert card["body"]


def test_its_buttons_are_those_that_the_client_knows(channel: str, said: list[tuple[Reply, dict[str, Any]]]) -> None:
    for _, activity in said:
        for part in _parts(_card(activity) or {}):
            if str(part.get("type", "")).startswith("Action."):
                assert part["type"] in ACTIONS
                assert part["title"].strip()
            if part.get("type") == "ActionSet" and channel not in WEB_CHAT:
                assert len(part["actions"]) <= MOST_ACTIONS
        suggested = activity.get("suggestedActions", {}).get("actions", [])
        assert len(suggested) <= SUGGESTIONS_SHOWN
        assert all(one["type"] == "imBack" for one in suggested)


def test_every_button_is_there_and_every_choice_can_be_typed(
    channel: str, said: list[tuple[Reply, dict[str, Any]]], knowledge: Knowledge
) -> None:
    """On a card as a button; in its text as a number, so that the reply works where cards are not shown."""
    for reply, activity in said:
        card = _card(activity)
        actions = [part for part in _parts(card or {}) if str(part.get("type", "")).startswith("Action.")]
        chips = activity.get("suggestedActions", {}).get("actions", [])
        if channel not in WITHOUT_CARDS:
            assert len([*actions, *chips]) >= len(reply.buttons)
        text = str((card or {}).get("fallbackText", activity.get("text")))
        presses = [one for one in reply.buttons if isinstance(one.action, Press) and not one.needs_card]
        links = [one for one in reply.buttons if isinstance(one.action, Open)]
        if card or channel in WITHOUT_CARDS:
            assert len(re.findall(r"(?m)^\d+\. ", text)) >= len(presses)
            assert all(knowledge.library.program.link(one.action.link) in text for one in links)  # type: ignore[union-attr]
        else:
            assert all(isinstance(one.action, Ask) for one in reply.buttons)


def test_what_needs_a_card_is_offered_only_where_there_are_cards(
    channel: str, said: list[tuple[Reply, dict[str, Any]]], knowledge: Knowledge
) -> None:
    packs = knowledge.library.languages.values()
    titles = {pack.catalog.text("form.card").strip() for pack in packs}
    shown = [activity for reply, activity in said if any(one.needs_card for one in reply.buttons)]
    assert shown
    for activity in shown:
        text = str((_card(activity) or {}).get("fallbackText", activity.get("text")))
        assert not [line for line in text.splitlines() if re.sub(r"^\d+\. ", "", line) in titles]
