"""Page checks from the outbox to the partner: reported once, resent without a second look, retried when we fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.render import ActivityRenderer
from dialogs.decision import Knowledge
from pagecheck.fetch import Obstacle, Page, Unseen
from pagecheck.handler import AT_ONCE, CHECK_PAGE, PageChecks
from tests.talk import START, Talk, shown
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import REPLY, Address, Post
from turn.ports import Conversation

TEAMS = Address("msteams", "19:x", reference={"serviceUrl": "https://smba.example/", "activityId": "old"})
LOCAL = Address("webchat", "conv-1", local=True)
GOOD = Page("https://contoso.com/", 200, "text/html", b"<p>Contoso: Microsoft training. " * 10, whole=True)


@dataclass
class Pages:
    """Fetches what it is told to, and remembers what was asked for."""

    seen: Page | Unseen | Exception = GOOD
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def fetch(self, address: str) -> Page | Unseen:
        self.asked.append(address)
        if self.hold:
            await self.hold.wait()
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen


class Office:
    """A bot's outbox at work, with page checks."""

    def __init__(self, knowledge: Knowledge, fetcher: Pages | None) -> None:
        self.talk = Talk(knowledge)
        messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, self.talk.clock)
        self.outbox = self.talk.outbox
        self.checks = PageChecks(
            fetcher=fetcher,
            outbox=self.outbox,
            messenger=messenger,
            clock=self.talk.clock,
            observer=self.talk.observer,
        )
        self.dispatcher = Dispatcher(
            outbox=self.outbox,
            delivery=self.talk.delivery,
            clock=self.talk.clock,
            observer=self.talk.observer,
            handlers={CHECK_PAGE: self.checks},
        )

    async def round(self) -> int:
        """One round, and the checks that it began."""
        taken = await self.dispatcher.round()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "page check"))
        return taken

    @property
    def sent(self) -> list[str]:
        return [shown(activity) for _, activity in self.talk.courier.sent]


def check(number: int = 1, address: Address = TEAMS, language: str = "en") -> Post:
    payload = {"url": "https://contoso.com", "name": "Contoso", "language": language, "user": "ann"}
    return Post(f"post-{number}", CHECK_PAGE, address, {**payload}, START)


@pytest.mark.parametrize(("language", "word"), [("en", "nothing to change"), ("zh-CN", "没有发现"), ("xx", "nothing")])
async def test_the_report_goes_out_in_the_partners_language(knowledge: Knowledge, language: str, word: str) -> None:
    pages = Pages()
    office = Office(knowledge, pages)
    await office.outbox.add([check(language=language)])
    assert await office.round() == 1
    assert office.sent == [], "handed to the outbox"
    assert await office.round() == 1
    [(conversation, activity)] = office.talk.courier.sent
    assert conversation == "19:x"
    assert word in shown(activity)
    assert "replyToId" not in activity
    assert pages.asked == ["https://contoso.com"]
    assert await office.outbox.waiting() == (0, 0)


async def test_a_page_that_cannot_be_seen_is_a_finding(knowledge: Knowledge) -> None:
    office = Office(knowledge, Pages(Unseen(Obstacle.NO_SITE)))
    await office.outbox.add([check()])
    await office.round()
    await office.round()
    assert "no website" in office.sent[0]
    assert await office.outbox.waiting() == (0, 0)


async def test_the_report_does_not_overtake_what_was_said_before(knowledge: Knowledge) -> None:
    office = Office(knowledge, Pages())
    earlier = Post("said", REPLY, TEAMS, {"activity": {"type": "message", "text": "Recorded."}}, START)
    office.talk.courier.failures = [DeliveryFailed(503)]
    await office.outbox.add([earlier, check()])
    await office.round()
    assert await office.round() == 0, "the report waits"
    office.talk.clock.advance(timedelta(minutes=1))
    await office.round()
    await office.round()
    assert len(office.sent) == 2
    assert office.sent[0] == "Recorded."


async def test_a_channel_that_is_down_costs_no_second_look(knowledge: Knowledge) -> None:
    pages = Pages()
    office = Office(knowledge, pages)
    await office.outbox.add([check()])
    await office.round()
    office.talk.courier.failures = [DeliveryFailed(503), DeliveryFailed(None)]
    for _ in range(3):
        await office.round()
        office.talk.clock.advance(timedelta(minutes=1))
    assert len(office.sent) == 1
    assert len(pages.asked) == 1


@pytest.mark.parametrize("dies_before", ["done", "add"])
async def test_after_a_crash_a_local_conversation_has_one_report(knowledge: Knowledge, dies_before: str) -> None:
    pages = Pages()
    office = Office(knowledge, pages)
    await office.talk.log.create(Conversation("conv-1", "ann", "webchat", START))
    await office.outbox.add([check(address=LOCAL)])

    async def lost(*_: object) -> None:
        raise ConnectionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.outbox, dies_before, lost)
        patch.setattr(office.outbox, "retry", lost)  # a dead process books nothing at all
        await asyncio.gather(office.round(), return_exceptions=True)
    office.talk.clock.advance(timedelta(minutes=2))
    for _ in range(3):
        await office.round()
    rows = (await office.talk.log.since("conv-1", 0)).activities
    assert [row["id"] for row in rows] == ["post-1"]
    assert len(pages.asked) == 2, "at least once"
    assert await office.outbox.waiting() == (0, 0)


async def test_our_own_failure_is_tried_again_and_given_up_in_the_end(knowledge: Knowledge) -> None:
    pages = Pages(RuntimeError("ours"))
    office = Office(knowledge, pages)
    await office.outbox.add([check(), check(2)])
    await office.round()
    assert office.talk.observer.failures == [("page check", "RuntimeError")] * 2
    assert await office.outbox.waiting() == (2, 0)
    assert await office.round() == 0, "not at once"
    pages.seen = GOOD
    office.talk.clock.advance(timedelta(seconds=5))
    assert await office.round() == 2
    await office.round()
    await office.round()
    assert len(office.sent) == 2
    pages.seen = RuntimeError("ours")
    await office.outbox.add([check(3)])
    office.talk.clock.advance(timedelta(hours=2))
    await office.round()
    assert await office.outbox.waiting() == (0, 1)


async def test_a_damaged_post_is_not_looked_at(knowledge: Knowledge) -> None:
    pages = Pages()
    office = Office(knowledge, pages)
    await office.outbox.add([Post("odd", CHECK_PAGE, TEAMS, {}, START)])
    await office.round()
    assert pages.asked == []
    assert office.talk.observer.failures == [("page check", "KeyError")]


async def test_slow_pages_hold_up_nothing_else(knowledge: Knowledge) -> None:
    pages = Pages(hold=asyncio.Event())
    office = Office(knowledge, pages)
    await office.outbox.add([check(number) for number in range(AT_ONCE + 2)])
    await office.outbox.add([Post("said", REPLY, TEAMS, {"activity": {"type": "message", "text": "Hello."}}, START)])
    await office.dispatcher.round()
    assert office.sent == ["Hello."]
    await asyncio.sleep(0)
    assert len(pages.asked) == AT_ONCE
    assert pages.hold
    pages.hold.set()
    for _ in range(2 * AT_ONCE + 6):
        await office.round()
        office.talk.clock.advance(timedelta(seconds=6))
    assert len(office.sent) == 1 + AT_ONCE + 2
    assert await office.outbox.waiting() == (0, 0)


async def test_stopping_ends_the_checks_and_loses_none(knowledge: Knowledge) -> None:
    pages = Pages(hold=asyncio.Event())
    office = Office(knowledge, pages)
    await office.outbox.add([check()])
    await office.dispatcher.round()
    await asyncio.sleep(0)
    await office.checks.stop()
    assert await office.outbox.waiting() == (1, 0)
    assert office.talk.observer.failures == []
    pages.hold = None
    office.talk.clock.advance(timedelta(minutes=2))
    await office.round()
    await office.round()
    assert len(office.sent) == 1


async def test_switched_off_nothing_is_fetched_and_nothing_said(knowledge: Knowledge) -> None:
    office = Office(knowledge, None)
    await office.outbox.add([check()])
    await office.round()
    assert office.sent == []
    assert await office.outbox.waiting() == (0, 0)
