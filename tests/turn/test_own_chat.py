"""What a request from a group or channel leads to later is told to its owner alone."""

from __future__ import annotations

import pytest

from cases.model import State, operator
from cases.ports import CaseFilter
from cases.usecases import change_state
from dialogs.decision import Knowledge
from dialogs.unfinished import REMIND_FORM
from program.windows import calendar_of
from tests.talk import START, Talk
from turn.model import REPLY, UPDATE, Happening, Scope
from turn.notices import notice_posts

FACTS = "list Contoso in Brazil, contoso.com/ms"
OWN, SHARED = "personal:ann", "c1"


async def _request(talk: Talk) -> None:
    for said in (FACTS, "yes", "yes", "yes", "send"):
        await talk.say(said)


@pytest.mark.parametrize(("scope", "told"), [(Scope.PERSONAL, SHARED), (Scope.GROUP, OWN), (Scope.CHANNEL, OWN)])
async def test_notices_and_page_reports(scope: Scope, told: str, knowledge: Knowledge) -> None:
    talk = Talk(knowledge, scope=scope)
    await _request(talk)
    (case,) = talk.memory.cases.page(CaseFilter(), 2, None).cases
    change = change_state(case, State.IN_REVIEW, operator("ann"), START, calendar_of(knowledge.library.program))
    effects = [
        stored.to_post()
        for stored in talk.memory.posts.values()
        if stored.post.kind not in (REPLY, UPDATE, REMIND_FORM)
    ]
    posts = [*notice_posts(change, START), *effects]
    assert [(post.kind, post.address.conversation) for post in posts] == [("notify", told), ("check-page", told)]
    for post in posts:
        assert ("personal" in post.address.reference) == (told == OWN)


@pytest.mark.parametrize("scope", Scope)
async def test_a_redelivery_is_answered_with_what_all_may_read(scope: Scope, knowledge: Knowledge) -> None:
    talk, told_alone = Talk(knowledge, scope=scope), 0
    for said in (FACTS, "yes", "yes", "yes", "send"):
        message = talk.incoming(Happening.MESSAGE, text=said)
        first, again = await talk.engine.run(message), await talk.engine.run(message)
        assert (again.activities, again.posts, again.replayed) == (first.activities, first.posts, True)
        told_alone += len(first.posts) > len(first.activities) > 0
    assert told_alone or scope is Scope.PERSONAL


async def test_an_aside_replies_to_nothing(knowledge: Knowledge) -> None:
    talk = Talk(knowledge, scope=Scope.GROUP)
    await _request(talk)
    asides = [activity for conversation, activity in talk.courier.sent if conversation == OWN]
    assert asides
    assert not any("replyToId" in activity for activity in asides)
