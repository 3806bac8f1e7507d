"""What Teams tells the bot besides messages, sent from Agents Playground's menu; and what the bot says unasked."""

from __future__ import annotations

from tests.clients.conftest import Arriving, Office
from tests.clients.person import CHANNEL, GROUP

TEAM_CHANGES = ("Add channel", "Rename channel", "Rename team", "Remove channel", "Remove user", "Add user")


async def test_installed_removed_and_installed_again(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.hears("Hello!")
        for times, activity in enumerate(("Uninstall application", "Install application"), start=2):
            await ana.mock(activity)
            await ana.exchanged("installationUpdate 200", times)
        await ana.say("What is the Learning Action Pack?")
        await ana.hears("Learning Action Pack", "As of 5 February 2021")
        assert len(await ana.said()) == 2
    assert "failed" not in office.bot.log


async def test_a_group_that_changes(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.open(GROUP)
        await ana.hears("Hello!")
        for times, activity in enumerate(("Add user", "Remove user", "Remove application", "Add application"), start=3):
            await ana.mock(activity)
            await ana.exchanged("conversationUpdate 200", times)
        await ana.mention("")
        await ana.hears("You can ask me about", "Learning Action Pack")
        assert len(await ana.said()) == 2
    assert "failed" not in office.bot.log


async def test_a_team_that_changes(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.open(CHANNEL)
        await ana.sees_card("Hello!")
        for times, activity in enumerate(TEAM_CHANGES, start=3):
            await ana.mock(activity)
            await ana.exchanged("conversationUpdate 200", times)
        await ana.sees_card("Hello!")
    assert "failed" not in office.bot.log


async def test_a_reaction_is_a_word_on_the_answer(arriving: Arriving, office: Office) -> None:
    async with arriving("ana") as ana:
        await ana.hears("Hello!")
        await ana.say("What is the Learning Action Pack?")
        await ana.hears("As of 5 February 2021")
        await ana.send(type="messageReaction", reactionsAdded=[{"type": "like"}], replyToId="1")
        await ana.exchanged("messageReaction 200", 1)
        assert len(await ana.said()) == 2
    assert office.rows("SELECT user_id, entry, helpful FROM feedback") == [("user-0", "lap-what-is", 1)]
    assert "failed" not in office.bot.log


async def test_a_message_that_was_deleted_is_forgotten(arriving: Arriving, office: Office) -> None:
    """The Playground's own menu deletes nothing for the bot, so the activity is written by hand."""
    async with arriving("ana") as ana:
        await ana.hears("Hello!")
        await ana.say("What is the Learning Action Pack?")
        await ana.hears("As of 5 February 2021")
        [(message, text)] = office.rows("SELECT activity, text FROM exchanges")
        assert text == "What is the Learning Action Pack?"
        await ana.send(type="messageDelete", id=message, channelData={"eventType": "softDeleteMessage"})
        await ana.exchanged("messageDelete 200", 1)
        assert len(await ana.said()) == 2
    assert office.rows("SELECT kind, text FROM exchanges") == [("answer", "")]
    assert "failed" not in office.bot.log
