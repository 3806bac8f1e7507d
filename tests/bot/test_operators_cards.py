"""Requests in the operators' channel, over a fake of Teams: a card for each, posted once and rewritten in place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

from cases.erasing import emptied
from cases.model import CLOSED, SYSTEM, CaseType, State
from cases.model import operator as by
from cases.usecases import change_state, note
from desk.pressing import read_press
from dialogs.decision import Knowledge
from tests.bot.fakes import Channel
from tests.bot.operating import CHANNEL, NOW, TALK, Back, messages, sent, words


async def test_one_card_that_is_rewritten(back: Back, channel: Channel) -> None:
    case = await back.request()
    await back.work_off()
    for target in (State.IN_REVIEW, State.READY):
        change = change_state(case, target, by("ann"), NOW, back.calendar)
        await back.desk.apply(change)
        case = change.case
        await back.work_off()
    await back.work_off()
    place = f"/v3/conversations/{CHANNEL}/activities"
    posted = next(call for call in channel.calls if call.method == "POST")
    mine = f"given-{channel.calls.index(posted) + 1}"
    assert sent(channel) == [("POST", place), ("PUT", f"{place}/{mine}"), ("PUT", f"{place}/{mine}")]
    bodies = [call.body for call in channel.calls if call.method != "GET"]
    for body, state in zip(bodies, ("Received", "In review", "Ready for the batch"), strict=True):
        assert (body["from"], body["conversation"]["id"]) == ({"id": "28:bot"}, CHANNEL)
        assert state in words(body["attachments"][0]["content"]["body"])
    assert back.memory.parked == {}


async def test_late_and_repeated_posts_show_what_is_so_now(back: Back, channel: Channel) -> None:
    """Three changes before anything is sent, in any order, at once: one message, of the newest state."""
    case = await back.request()
    for target in (State.IN_REVIEW, State.READY):
        change = change_state(case, target, by("ann"), NOW, back.calendar)
        await back.desk.apply(change)
        case = change.case
    posts = await back.outbox.claim(back.clock.now(), back.clock.now() + timedelta(seconds=60), 20)
    await asyncio.gather(*(back.show(post) for post in reversed(posts)))
    for _ in range(3):
        await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST"]
    assert "Ready for the batch" in words(channel.calls[-1].body)


async def test_two_processes_make_one_card(back: Back, channel: Channel, session: aiohttp.ClientSession) -> None:
    channel.delay = 0.05
    case = await back.request()
    await back.desk.apply(note(case, "look at it", by("ann"), NOW))
    posts = await back.outbox.claim(back.clock.now(), back.clock.now() + timedelta(seconds=60), 20)
    assert len(posts) == 2
    await asyncio.gather(*(back.show(post) for post in posts))
    await back.work_off()
    assert [method for method, _ in sent(channel)].count("POST") == 1


async def test_without_the_hold_on_a_card_there_would_be_two(
    back: Back, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Teeth of the test before."""
    taken = back.cards.take
    monkeypatch.setattr(back.cards, "take", lambda reference, _, until: taken(reference, until, until))
    channel.delay = 0.05
    case = await back.request()
    await back.desk.apply(note(case, "look at it", by("ann"), NOW))
    posts = await back.outbox.claim(back.clock.now(), back.clock.now() + timedelta(seconds=60), 20)
    await asyncio.gather(*(back.show(post) for post in posts))
    assert [method for method, _ in sent(channel)].count("POST") == 2


async def test_a_card_that_was_deleted_is_posted_anew(back: Back, channel: Channel) -> None:
    case = await back.request()
    await back.work_off()
    back.writer._requesters._known["29:ana"] = "ana@contoso.com"  # no question gets the fault
    channel.faults = [(404, {})]
    await back.desk.apply(change_state(case, State.IN_REVIEW, by("ann"), NOW, back.calendar))
    await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST", "PUT", "POST"]


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "7"}), (412, {}), (502, {}), (504, {})])
async def test_what_passes_is_tried_again(back: Back, channel: Channel, status: int, headers: dict[str, str]) -> None:
    back.writer._requesters._known["29:ana"] = "ana@contoso.com"
    channel.faults = [(status, headers)]
    await back.request()
    await back.work_off()
    await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST"]  # not at once
    back.clock.time += timedelta(seconds=10)
    await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST", "POST"]
    assert (await back.outbox.waiting()) == (0, 0)


async def test_what_is_final_is_parked(back: Back, channel: Channel) -> None:
    back.writer._requesters._known["29:ana"] = "ana@contoso.com"
    channel.faults = [(403, {})]
    await back.request()
    await back.work_off()
    assert (await back.outbox.waiting()) == (0, 1)


async def test_many_at_once_keep_the_pace_of_teams(back: Back, channel: Channel) -> None:
    for number in range(12):
        await back.request(fields={"display-name": f"Company {'x' * number}", "country": "BR"})
    for _ in range(30):
        await back.work_off()
    assert [method for method, _ in sent(channel)] == ["POST"] * 12
    assert back.slept


async def test_a_channel_that_was_never_heard_is_waited_for(back: Back, channel: Channel) -> None:
    """Without a registration the bot does not know where to post."""
    await back.channel.configure("19:other@thread.tacv2")
    await back.request()
    await back.work_off()
    assert (sent(channel), await back.outbox.waiting()) == ([], (1, 0))


async def test_what_needs_nobody_gets_no_card(back: Back, channel: Channel) -> None:
    case = await back.request()
    await back.desk.apply(change_state(case, State.WITHDRAWN, by("ann"), NOW, back.calendar))
    await back.work_off()
    assert State.WITHDRAWN in CLOSED
    assert sent(channel) == []


async def test_a_card_forgets_with_its_requester(back: Back, channel: Channel) -> None:
    case = await back.request()
    await back.work_off()
    bare = emptied(case, await back.cases.events(case.reference), SYSTEM, NOW)
    back.memory.cases.put(bare)
    back.memory.announce([bare.case])
    await back.work_off()
    (method, _), shown = sent(channel)[-1], words(channel.calls[-1].body)
    assert method == "PUT"
    assert all(personal not in shown for personal in ("Contoso", "Ana", "ana@"))
    assert "Action.Execute" not in shown


async def test_a_message_brings_the_talk_before_it(back: Back, channel: Channel) -> None:
    back.memory.records.extend(TALK)
    await back.request(CaseType.MESSAGE, {"text": "Does one MCT count twice?"})
    await back.work_off()
    shown = words(channel.calls[-1].body)
    assert "What was said before" in shown
    assert "had no answer" in shown
    assert "一个讲师算两次吗" in shown


async def test_a_chat_with_whoever_is_known(back: Back, channel: Channel) -> None:
    """Teams names people for chats by what they sign in with, and tells it when asked."""
    back.writer._requesters._known["29:ana"] = "ana+x@contoso.com"
    await back.request()
    await back.work_off()
    assert "https://teams.microsoft.com/l/chat/0/0?users=ana%2Bx@contoso.com" in words(channel.calls[-1].body)
    back.writer._requesters._known.clear()
    await back.request(fields={"display-name": "Fabrikam"})
    await back.work_off()
    assert ("GET", "/v3/conversations/a:1_personal/members/29:ana") in [
        (call.method, unquote(call.path)) for call in channel.calls
    ]
    assert "l/chat" not in words(channel.calls[-1].body)  # this channel does not tell


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_button_can_be_pressed_and_fits(knowledge: Knowledge, language: str) -> None:
    """Whatever is on a card: our data, a fallback for old clients, and little enough for Teams."""
    for name, message in messages(knowledge, language):
        text = words(message)
        assert len(text.encode()) < 25_000, name
        buttons = list(executes(message))
        assert bool(buttons) is (name != "forgotten"), name
        for button in buttons:
            fallback = button["fallback"]
            assert (fallback["type"], fallback["data"]) == ("Action.Submit", button["data"])
            assert read_press({**button["data"], "field": "url"}).version > 0
        assert "https://bot.contoso.com/console/requests/LP-" in text


def executes(value: Any) -> Iterator[dict[str, Any]]:
    """Every ``Action.Execute`` in it."""
    if isinstance(value, dict):
        if value.get("type") == "Action.Execute":
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from executes(part)
