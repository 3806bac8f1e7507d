"""Microsoft 365 Agents Playground against a running bot: answers in the personal chat, a group and a channel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from dialogs.decision import Knowledge
from faq.model import Kind, Suggestions
from tests.clients.conftest import Arriving, Office
from tests.clients.person import CHANNEL, GROUP, playwright

REQUIREMENTS = "What do we need for the Learning Action Pack?"
RELATED = "directory-url-rules"
"""An entry that the answer on the directory leads on to."""
VAGUE = ("is gold or silver better for KPIs", "how many for the level", "invoices and levels", "landing page", "silver")
WELCOME = "Hello! I answer questions"


@dataclass(frozen=True)
class Unsure:
    """A question that is answered by a choice."""

    text: str
    number: str
    """Of a choice that is an answer: others begin a dialog."""
    title: str


@pytest.fixture(scope="module")
def unsure(knowledge: Knowledge) -> Unsure:
    entries = knowledge.library.languages["en"].knowledge.entries
    for text in VAGUE:
        found = knowledge.matcher.match(text, "en")
        for place, candidate in enumerate(found.candidates if isinstance(found, Suggestions) else (), start=1):
            if entries[candidate.entry].kind is Kind.ANSWER:
                return Unsure(text, str(place), entries[candidate.entry].title)
    raise AssertionError("every vague question has an answer now: think of vaguer ones")


async def test_a_personal_chat(arriving: Arriving, office: Office, knowledge: Knowledge, unsure: Unsure) -> None:
    async with arriving("personal") as ana:
        await ana.sees_card(WELCOME)
        await ana.press(REQUIREMENTS)
        await ana.sees_card("At least 1 Microsoft Certified Trainer")
        await ana.say("How does a company get into the directory?")
        await ana.sees_card("As of", 2)
        link = ana.card.get_by_role("link", name="FAQ: Learning Partner directory")
        await playwright.expect(link).to_have_attribute(
            "href", re.compile("^https://learn.microsoft.com/.*#q-why-dont-i")
        )
        await ana.press(knowledge.library.languages["en"].knowledge.entries[RELATED].title)
        await ana.sees_card("As of", 3)
        await ana.say(unsure.text)
        await ana.sees_card("Did you mean one of these?")
        await ana.press(unsure.title)
        await ana.sees_card("As of", 4)
        await ana.sees_card(f"✔ {unsure.title}")  # the pressed card was replaced in place
        await ana.say(unsure.text)
        await ana.sees_card("Did you mean one of these?", 2)
        await ana.press("None of these")
        await ana.sees_card("Could you put it in other words?")
        await ana.say("学习 Action Pack 有什么要求")
        await ana.sees_card("截至")
        link = ana.card.get_by_role("link", name="通过学习 Action Pack 注册")
        await playwright.expect(link).to_have_attribute(
            "href", re.compile("^https://learn.microsoft.com/zh-cn/.*#enroll")
        )
        await ana.send(type="messageReaction", reactionsAdded=[{"type": "like"}], replyToId="1")
        await ana.exchanged("messageReaction 200", 1)
        await ana.mock("Install application")
        await ana.exchanged("installationUpdate 200", 2)
        await ana.sees_card(WELCOME)
    feedback = office.rows("SELECT entry, language, helpful FROM feedback")
    assert feedback == [("lap-requirements", "zh-CN", 1)]
    assert {reason for (reason,) in office.rows("SELECT reason FROM missed")} == {"suggestions", "none-of-these"}
    assert office.rows("SELECT count(*) FROM outbox WHERE status <> 'done'") == [(0,)]


async def test_two_people_in_a_group(arriving: Arriving, office: Office, unsure: Unsure) -> None:
    async with arriving("ana", 0) as ana, arriving("bo", 1) as bo:
        for one in (ana, bo):
            await one.open(GROUP)
            await one.sees_card(WELCOME)
        await ana.mention(unsure.text)
        await ana.sees_card("Did you mean one of these?")
        await bo.mention(unsure.number)
        assert unsure.title not in await bo.hears("For Bo")  # the offer was Ana's
        await ana.mention(unsure.number)
        await ana.sees_card("As of")
        await bo.say("nobody mentioned the bot")
        await bo.mention("怎样登上学习合作伙伴目录？")
        await bo.sees_card("截至")
    stored = office.rows("SELECT user_id, value FROM state WHERE conversation = 'group-1' ORDER BY user_id")
    assert [(user, state["turn"], state["language"]) for user, text in stored for state in [json.loads(text)]] == [
        ("user-0", 2, "en"),
        ("user-1", 2, "zh-CN"),
    ]


async def test_one_welcome_however_often_somebody_joins(arriving: Arriving, office: Office) -> None:
    async with arriving("members") as ana:
        await ana.open(GROUP)
        await ana.sees_card(WELCOME)
        for updates, activity in enumerate(("Add user", "Add application", "Add user"), start=3):
            await ana.mock(activity)
            await ana.exchanged("conversationUpdate 200", updates)
        await ana.sees_card(WELCOME)
    assert office.rows("SELECT count(*) FROM outbox WHERE conversation = 'group-1'") == [(1,)]


async def test_a_thread_of_a_channel(arriving: Arriving, office: Office, knowledge: Knowledge) -> None:
    async with arriving("channel") as ana:
        await ana.open(CHANNEL)
        await ana.mention("How does a company get into the directory?", post=True)
        await ana.sees_card("As of")
        await ana.press(knowledge.library.languages["en"].knowledge.entries[RELATED].title)
        await ana.sees_card("As of", 2)
    ((thread,),) = office.rows("SELECT conversation FROM state WHERE conversation LIKE 'channel-1;messageid=%'")
    assert office.rows("SELECT status FROM outbox WHERE conversation = ?", thread) == [("done",), ("done",)]
