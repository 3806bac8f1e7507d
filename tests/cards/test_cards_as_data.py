"""Every card that the bot makes: valid by Microsoft's schema, small, and readable where cards are not shown."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft6Validator

from bot.settled import CardSettler
from dialogs.decision import Knowledge
from tests.bot.test_cards import LARGEST
from tests.cards.collecting import LOCALES, Message


@pytest.fixture(scope="module")
def schema() -> Draft6Validator:
    text = (files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text(encoding="utf-8")
    return Draft6Validator(json.loads(text))


KINDS = {
    *("entry ", "none-of-these ", "start ", "field ", "status ", "status withdraw", "status edit"),
    *(f"form {what}" for what in ("confirm", "change", "cancel", "leave", "go-on", "restart", "ask", "pick", "skip")),
}
"""What buttons do on the cards that must be among those looked at."""


@pytest.mark.parametrize("language", LOCALES)
def test_every_kind_of_card_is_looked_at(messages: list[Message], language: str) -> None:
    said = [one for one in messages if one.language == language and one.cards]
    assert len(said) > 150
    assert {what for one in said if one.reply for shown in one.reply.buttons for what in _does(shown.action)} >= KINDS


def _does(action: object) -> list[str]:
    data = getattr(action, "data", None)
    return [f"{data.get('do')} {data.get('what', '')}"] if isinstance(data, dict) else []


def test_every_card_is_valid(messages: list[Message], schema: Draft6Validator) -> None:
    assert [one.name for one in messages for card in one.cards if not schema.is_valid(card)] == []


def test_every_card_that_is_over_is_valid_and_has_nothing_to_press(
    messages: list[Message], schema: Draft6Validator, knowledge: Knowledge
) -> None:
    """Teams replaces cards by what is left of them; links and other choices of an offer stay."""
    settler = CardSettler(lambda: knowledge.library)
    said = [one for one in messages if one.channel == "msteams" and one.reply]  # operators' cards are written anew
    for one in said:
        for words in ("card.answered", "card.moved", "card.over"):
            left = settler.settled(one.activity, {"words": words, "language": one.language})
            for card in replace(one, activity=left).cards:
                assert schema.is_valid(card), one.name
                assert card["fallbackText"].strip(), one.name
                assert card["speak"].strip(), one.name
                text = json.dumps(card)
                assert not any(part in text for part in ("Action.Execute", "Action.Submit", '"Input.')), one.name
        assert len(json.dumps(left, ensure_ascii=False).encode()) <= LARGEST


def test_cards_in_teams_are_those_that_can_be_replaced(messages: list[Message]) -> None:
    said = [one for one in messages if one.channel == "msteams" and one.reply and one.cards]
    rows = [
        (one.name, row["actions"]) for one in said for card in one.cards for row in card["body"] if "actions" in row
    ]
    pressed = [(name, action) for name, actions in rows for action in actions if action["type"] != "Action.OpenUrl"]
    assert len(pressed) > 100
    assert [name for name, action in pressed if action["type"] != "Action.Execute"] == []
    assert [name for name, action in pressed if action["fallback"]["data"] != action["data"]] == []
    assert {card["refresh"]["userIds"][0] for one in said for card in one.cards if "refresh" in card} == {"ann"}


def test_every_message_is_small(messages: list[Message]) -> None:
    size = {one.name: len(json.dumps(one.activity, ensure_ascii=False).encode()) for one in messages}
    assert {name: taken for name, taken in size.items() if taken > LARGEST} == {}


def test_every_card_can_be_read_without_cards(messages: list[Message]) -> None:
    """Notifications show the summary; clients without cards, and screen readers, get the words."""
    for one in messages:
        for card in one.cards:
            assert str(one.activity["summary"]).strip(), one.name
            assert card["fallbackText"].strip(), one.name
            assert card["speak"].strip(), one.name
            assert len(str(one.activity["summary"])) <= 120, one.name
