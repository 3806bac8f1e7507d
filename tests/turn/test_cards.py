"""Cards that are over are replaced by what came of them, and edited questions are answered anew, in Teams."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.render import ActivityRenderer
from bot.settled import CardSettler
from cases.model import State, operator
from cases.ports import CaseFilter
from cases.usecases import change_state
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject
from program.windows import calendar_of
from storage.memory import MemoryCaseStore
from storage.memory_sent import MemorySentPosts
from tests.talk import Talk, buttons, shown
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import UPDATE, Happening, Scope
from turn.updating import UpdateHandler
from turn.views import CardViews, Viewer

FACTS = "list Contoso in Brazil, contoso.com/ms"


class Desk:
    """A talk in Teams, with what works its outbox off."""

    def __init__(self, knowledge: Knowledge, **options: Any) -> None:
        self.talk = talk = Talk(knowledge, **options)
        library = lambda: knowledge.library  # noqa: E731
        sent, self.cases = MemorySentPosts(talk.memory), MemoryCaseStore(talk.memory)
        self.views = CardViews(
            sent=sent,
            outbox=talk.outbox,
            cases=self.cases,
            settler=CardSettler(library),
            messenger=Messenger(ActivityRenderer(library), library, talk.clock),
            knowledge=lambda: knowledge,
        )
        update = UpdateHandler(
            outbox=talk.outbox, sent=sent, views=self.views, changer=talk.courier, delivery=talk.delivery
        )
        self.dispatcher = Dispatcher(
            outbox=talk.outbox,
            delivery=talk.delivery,
            clock=talk.clock,
            observer=talk.observer,
            handlers={UPDATE: update},
        )

    async def changes(self) -> list[tuple[str, JsonObject]]:
        """What the channel is told to change now."""
        before = len(self.talk.courier.changed)
        while await self.dispatcher.round():
            pass
        return self.talk.courier.changed[before:]

    async def press(self, activity: JsonObject, title: str, **more: Any) -> list[JsonObject]:
        return await self.talk.press(data_of(activity, title), **more)

    async def edit(self, text: str, of: str, **more: Any) -> list[JsonObject]:
        """A message is changed by whoever sent it."""
        said = self.talk.incoming(Happening.MESSAGE, text=text, edits=of, **more)
        return list((await self.talk.engine.run(said)).activities)

    def look(self, activity: JsonObject, user: str = "ann", conversation: str = "c1") -> Any:
        """The card as it is shown to somebody who looks at it."""
        return self.views.shown(str(activity["id"]), Viewer("msteams", conversation, user, True))


def data_of(activity: JsonObject, title: str) -> JsonObject:
    data = buttons(activity)[title]["data"]
    assert isinstance(data, dict)
    return data


@pytest.fixture
def desk(knowledge: Knowledge) -> Desk:
    return Desk(knowledge)


async def test_a_question_that_was_answered_by_its_button_says_so(desk: Desk) -> None:
    (asked,) = await desk.talk.say(FACTS)
    await desk.press(asked, "Yes")
    [(message, left)] = await desk.changes()
    assert message == "given-1"
    assert "✔ Yes" in shown(left)
    assert buttons(left) == {}
    assert "about your company only" in shown(left)
    assert left["summary"] == asked["summary"]


@pytest.mark.parametrize(
    ("words", "told"),
    [("yes", "✔ Answered"), ("when is the KPI report out?", "This goes on below."), ("cancel", "This goes on below.")],
)
async def test_a_question_that_was_answered_by_typing_says_so(desk: Desk, words: str, told: str) -> None:
    (asked,) = await desk.talk.say(FACTS)
    assert buttons(asked)
    await desk.talk.say(words)
    [(message, left)] = await desk.changes()
    assert (message, buttons(left)) == ("given-1", {})
    assert told in shown(left)


async def test_every_card_of_a_form_is_over_with_it(desk: Desk) -> None:
    for words in (FACTS, "yes", "yes", "yes", "send"):
        await desk.talk.say(words)
    changed = await desk.changes()
    assert [message for message, _ in changed] == ["given-1", "given-2", "given-3", "given-4"]
    assert all(buttons(left) == {} for _, left in changed)
    assert "✔ Answered" in shown(changed[-1][1])


async def test_a_card_that_was_filled_in_shows_what_was_entered(desk: Desk) -> None:
    (asked,) = await desk.talk.say("we want to be listed")
    (card,) = await desk.press(asked, "Fill in a card")
    data = data_of(card, "Continue")
    filled = {name: "Brazil" if "country" in name else "" for name in _inputs(card)}
    await desk.talk.press({**data, **filled})
    left = [activity for message, activity in await desk.changes() if message == "given-2"]
    assert "Brazil" in shown(left[0])
    assert _inputs(left[0]) == []
    assert "refresh" not in str(left[0])


def _inputs(activity: Any) -> list[str]:
    body = activity["attachments"][0]["content"]["body"]
    return [one["id"] for one in body if one["type"].startswith("Input.")]


async def test_a_choice_is_marked_and_the_others_can_still_be_made(desk: Desk) -> None:
    (offer,) = await desk.talk.say("is gold or silver better for KPIs")
    titles = [title for title in buttons(offer) if title != "None of these"]
    await desk.press(offer, titles[0])
    [(_, left)] = await desk.changes()
    assert f"✔ {titles[0]}" in shown(left)
    assert titles[0] not in buttons(left)
    assert set(titles[1:]) <= set(buttons(left))


async def test_a_request_is_shown_as_it_stands_wherever_it_is_shown(desk: Desk, knowledge: Knowledge) -> None:
    for words in (FACTS, "yes", "yes", "yes", "send"):
        await desk.talk.say(words)
    (standing,) = await desk.talk.say("What is the status of our request?")
    await desk.changes()
    assert "Received" in shown(standing)
    (case,) = (await desk.cases.list(CaseFilter(), 2)).cases
    calendar = calendar_of(knowledge.library.program)
    await desk.cases.apply(change_state(case, State.IN_REVIEW, operator("o"), desk.talk.clock.now(), calendar))
    assert "Being reviewed" in shown(await desk.look(standing))
    assert await desk.look(standing, user="bob", conversation="c2") is None
    (sure,) = await desk.press(standing, "Withdraw")
    await desk.press(sure, "Yes, withdraw it")
    changed = dict(await desk.changes())
    assert any("Withdrawn" in shown(left) for left in changed.values())


async def test_an_answer_costs_no_change(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?")
    await desk.talk.say("How often are the KPI reports updated?")
    assert [stored.post.kind for stored in desk.talk.memory.sent.values()] == ["reply", "reply"]
    assert await desk.changes() == []
    assert "cards" not in str(desk.talk.memory.state)


async def test_other_channels_change_nothing(knowledge: Knowledge) -> None:
    desk = Desk(knowledge, channel="emulator")
    (asked,) = await desk.talk.say(FACTS)
    assert "Action.Execute" not in str(asked)
    await desk.press(asked, "Yes")
    assert await desk.changes() == []


@pytest.mark.parametrize("status", [404, 405])
async def test_a_message_that_is_gone_is_left(desk: Desk, status: int) -> None:
    await desk.talk.say(FACTS)
    await desk.talk.say("yes")
    desk.talk.courier.failures = [DeliveryFailed(status, final=True)]
    assert await desk.changes() == []
    assert [kept for kept in desk.talk.memory.posts.values() if kept.post.kind == UPDATE] == []
    assert desk.talk.memory.parked == {}


async def test_a_change_that_was_refused_comes_later(desk: Desk) -> None:
    await desk.talk.say(FACTS)
    await desk.talk.say("yes")
    desk.talk.courier.failures = [DeliveryFailed(503)]
    assert await desk.changes() == []
    desk.talk.clock.advance(timedelta(minutes=1))
    assert len(await desk.changes()) == 1


async def test_a_press_is_shown_its_result_at_once_and_a_second_one_too(desk: Desk) -> None:
    (asked,) = await desk.talk.say(FACTS)
    for _ in range(2):
        await desk.press(asked, "Yes")
        assert desk.talk.last is not None
        seen = await desk.views.pressed(str(asked["id"]), desk.talk.last)
        assert seen is not None
        assert ("✔ Yes" in shown(seen), buttons(seen)) == (True, {})


async def test_somebody_else_in_a_group_changes_nothing(knowledge: Knowledge) -> None:
    desk = Desk(knowledge, scope=Scope.GROUP)
    (asked,) = await desk.talk.say(FACTS)
    await desk.press(asked, "Yes", user="bob")
    assert desk.talk.last is not None
    seen = await desk.views.pressed(str(asked["id"]), desk.talk.last)
    assert seen is not None
    assert "Yes" in buttons(seen)
    assert await desk.changes() == []


OWN = "personal:ann"


async def _alone(desk: Desk, words: str) -> JsonObject:
    """What somebody in a group is told in their own chat."""
    before = len(desk.talk.courier.sent)
    await desk.talk.say(words)
    (told,) = [activity for place, activity in desk.talk.courier.sent[before:] if place == OWN]
    return told


async def test_a_request_shown_aside_changes_with_what_is_said_in_the_group(knowledge: Knowledge) -> None:
    desk = Desk(knowledge, scope=Scope.GROUP)
    for words in (FACTS, "yes", "yes", "yes", "send"):
        await desk.talk.say(words)
    standing = await _alone(desk, "What is the status of our request?")
    given = next(kept.sent_as for kept in desk.talk.memory.sent.values() if kept.post.id == standing["id"])
    await desk.changes()
    await desk.talk.say("stop telling me about this request")
    posts = [kept.post for kept in desk.talk.memory.posts.values() if kept.post.kind == UPDATE]
    assert [post.address.conversation for post in posts] == [OWN]
    [(message, left)] = await desk.changes()
    assert message == given
    assert "News" in shown(left)


async def test_a_choice_made_aside_is_over_there(knowledge: Knowledge) -> None:
    """It is remembered where it was asked for, and pressed where it stands."""
    desk = Desk(knowledge, scope=Scope.GROUP)
    asked = await _alone(desk, "delete my data")
    choice = data_of(asked, "No, keep it")
    await desk.talk.press(choice, conversation="own", scope=Scope.PERSONAL)
    assert desk.talk.last is not None
    seen = await desk.views.pressed(str(asked["id"]), desk.talk.last)
    assert seen is not None
    assert ("✔ No, keep it" in shown(seen), buttons(seen)) == (True, {})
    settled = [kept.post for kept in desk.talk.memory.posts.values() if kept.post.kind == UPDATE]
    assert [(post.address.conversation, post.user) for post in settled] == [(OWN, "ann")]
    [(_, left)] = await desk.changes()
    assert buttons(left) == {}


async def test_a_card_is_shown_where_it_stands_and_nowhere_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (asked,) = await desk.talk.say(FACTS)
    assert await desk.look(asked) is not None
    assert await desk.look(asked, "bob", "c2") is None
    monkeypatch.setattr(Viewer, "sees", lambda *_: True)
    assert await desk.look(asked, "bob", "c2") is not None, "the guard is what keeps it from others"


async def test_that_what_is_gone_is_left_has_teeth(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turn.updating.GONE", frozenset())
    await desk.talk.say(FACTS)
    await desk.talk.say("yes")
    desk.talk.courier.failures = [DeliveryFailed(404, final=True)]
    await desk.changes()
    assert len(desk.talk.memory.parked) == 1, "nobody is to look into a message that its reader deleted"


async def test_an_edited_question_is_answered_in_the_place_of_the_answer(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?", activity_id="q")
    sent = len(desk.talk.courier.sent)
    await desk.edit("How often are the KPI reports updated?", "q")
    [(message, answer)] = await desk.changes()
    assert message == "given-1"
    assert "Once a month" in shown(answer)
    assert len(desk.talk.courier.sent) == sent
    await desk.edit("What is the Learning Action Pack?", "q")
    assert [message for message, _ in await desk.changes()] == ["given-1"]


async def test_an_edited_question_whose_answer_is_gone_is_answered_once_more(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?", activity_id="q")
    await desk.edit("How often are the KPI reports updated?", "q")
    desk.talk.courier.failures = [DeliveryFailed(404, final=True)]
    await desk.dispatcher.round()
    assert "Once a month" in shown(desk.talk.courier.sent[-1][1])


async def test_an_edit_of_an_unknown_message_is_answered(desk: Desk) -> None:
    (answer,) = await desk.edit("How often are the KPI reports updated?", "never seen")
    assert "Once a month" in shown(answer)
    assert len(desk.talk.courier.sent) == 1


async def test_an_edit_never_rewrites_what_a_form_was_told(desk: Desk) -> None:
    await desk.talk.say("we want to be listed")
    await desk.talk.say("Contoso", activity_id="name")
    (told,) = await desk.edit("Fabrikam", "name")
    assert "Editing a message doesn't change" in shown(told)
    (asked,) = await desk.talk.say("Brazil")
    assert "Fabrikam" not in shown(asked)


async def test_an_older_question_that_is_edited_answers_no_form(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?", activity_id="q")
    await desk.talk.say("we want to be listed")
    await desk.edit("How often are the KPI reports updated?", "q")
    assert [message for message, _ in await desk.changes()][-1] == "given-1"
    (told,) = await desk.edit("list Contoso in Brazil", "q")
    assert "Editing a message doesn't change" in shown(told)
    (asked,) = await desk.talk.say("Fabrikam")
    assert "Fabrikam" in shown(asked)


async def test_an_edit_is_taken_once(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?", activity_id="q")
    for _ in range(2):
        await desk.edit("How often are the KPI reports updated?", "q", activity_id="q:edited:1")
    assert len(await desk.changes()) == 1


async def test_feedback_on_an_older_answer_is_about_that(desk: Desk) -> None:
    await desk.talk.say("What is the Learning Action Pack?")
    await desk.talk.say("How often are the KPI reports updated?")
    value: JsonObject = {"entry": "lap-what-is", "version": "v1", "words": "clear, thanks"}
    said = desk.talk.incoming(Happening.REACTED, text="dislike")
    await desk.talk.engine.run(replace(said, value=value))
    verdict = [one for one in desk.talk.memory.records if type(one).__name__ == "Feedback"]
    assert [(one.entry, one.helpful) for one in verdict] == [("lap-what-is", False)]  # type: ignore[union-attr]
    assert "clear, thanks" in {getattr(one, "text", "") for one in desk.talk.memory.records}
