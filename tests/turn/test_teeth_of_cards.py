"""The guards of cards that are replaced: what they keep from happening happens without them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs import router
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from tests.talk import buttons, shown
from tests.turn.test_cards import FACTS, Desk
from turn.model import Happening, Scope
from turn.views import Viewer


@pytest.mark.parametrize("channel", ["emulator", "webchat", "directline", "terminal", "slack"])
async def test_no_channel_but_teams_is_told_to_change_anything(
    knowledge: Knowledge, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def changes() -> tuple[int, bool]:
        desk = Desk(knowledge, channel=channel)
        await desk.talk.say(FACTS)
        await desk.talk.say("yes")
        return len(await desk.changes()), "cards" in str(desk.talk.memory.state)

    assert await changes() == (0, False)
    for module in ("turn.cards", "turn.commit", "turn.delivery", "bot.render"):
        monkeypatch.setattr(f"{module}.REPLACING", frozenset({channel}))
    assert await changes() == (1, True)


@pytest.mark.parametrize(("guarded", "company"), [(True, "Contoso"), (False, "Fabrikam")])
async def test_an_edit_never_rewrites_a_form(
    knowledge: Knowledge, guarded: bool, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:  # taken like any other message
        monkeypatch.setattr("dialogs.router._edited", router._HANDLERS[Happening.MESSAGE])
    desk = Desk(knowledge)
    await desk.talk.say("we want to be listed")
    await desk.talk.say("Contoso", activity_id="name")
    await desk.talk.say("Brazil")
    await desk.edit("the name is Fabrikam", "name")
    assert company in str(desk.talk.memory.state)
    assert ({"Contoso", "Fabrikam"} - {company}).pop() not in str(desk.talk.memory.state)


async def _pressed_by_bob(desk: Desk, conversation: str = "c1") -> tuple[JsonObject | None, list[JsonObject]]:
    """What Bob sees of Ann's card after he pressed a button on it, and what everybody else's becomes."""
    (asked,) = await desk.talk.say(FACTS)
    await desk.press(asked, "Yes", user="bob", conversation=conversation)
    assert desk.talk.last is not None
    seen = await desk.views.pressed(str(asked["id"]), desk.talk.last)
    return seen, [activity for _, activity in await desk.changes()]


@pytest.mark.parametrize("guarded", [True, False])
async def test_only_its_owner_ends_a_card(knowledge: Knowledge, guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not guarded:
        monkeypatch.setattr(Viewer, "owns", lambda *_: True)
    seen, changed = await _pressed_by_bob(Desk(knowledge, scope=Scope.GROUP))
    assert seen is not None
    assert ("Yes" in buttons(seen), len(changed)) == ((True, 0) if guarded else (False, 1))


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_card_is_not_shown_for_a_press_from_elsewhere(
    knowledge: Knowledge, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        monkeypatch.setattr(Viewer, "sees", lambda *_: True)
    seen, _ = await _pressed_by_bob(Desk(knowledge), "c2")
    assert (seen is None) is guarded


@pytest.mark.parametrize(
    ("changed", "sees"),
    [
        ({}, True),
        ({"user": "bob"}, False),
        ({"alone": False}, False),
        ({"channel": "emulator"}, False),
        ({"conversation": "personal:ann", "alone": False}, True),
    ],
)
async def test_who_sees_a_card_that_went_to_the_personal_chat(
    knowledge: Knowledge, changed: dict[str, str | bool], sees: bool
) -> None:
    """The chat's id is not known: it is whoever the card is for, where nobody else reads."""
    desk = Desk(knowledge, scope=Scope.GROUP)
    await desk.talk.say("delete my data")
    (asked,) = [activity for place, activity in desk.talk.courier.sent if place == "personal:ann"]
    viewer = replace(Viewer("msteams", "own", "ann", alone=True), **changed)  # type: ignore[arg-type]
    assert (await desk.views.shown(str(asked["id"]), viewer) is not None) is sees


@pytest.mark.parametrize("most", [6, 2])
async def test_a_few_cards_are_remembered_and_the_newest_of_them(
    knowledge: Knowledge, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if most != 6:
        monkeypatch.setattr("turn.cards.MOST", most)
    desk = Desk(knowledge)
    offers = [(await desk.talk.say("is gold or silver better for KPIs"))[0] for _ in range(9)]
    ((_, state),) = desk.talk.memory.state.values()
    kept = [str(offer["id"]) for offer in offers if str(offer["id"]) in state]
    assert kept == [str(offer["id"]) for offer in offers[-most:]]
    title = next(iter(buttons(offers[0])))
    await desk.press(offers[0], title)
    assert await desk.changes() == [], "of older ones the buttons stay"
    await desk.press(offers[-1], title)
    ((_, left),) = await desk.changes()
    assert f"✔ {title}" in shown(left)
