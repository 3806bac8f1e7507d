"""Page checks from the outbox to the partner: reported once, resent without a second look, retried when we fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

import dispatching
import wiring
from bot.render import ActivityRenderer
from cases.ports import CaseFilter
from dialogs.decision import Knowledge
from ops.rates import Buckets, Rate
from pagecheck.fetch import Obstacle, Page, Unseen
from pagecheck.handler import AT_ONCE, CHECK_PAGE, PageChecks
from settings import Settings
from tests.talk import START, Talk, buttons, shown
from tests.waiting import PATIENCE
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import REPLY, Address, Post
from turn.ports import Conversation

TEAMS = Address("msteams", "19:x", reference={"serviceUrl": "https://smba.example/", "activityId": "old"})
LOCAL = Address("webchat", "conv-1", local=True)
UNLIMITED, HOURLY = Rate(0, 1), Rate(5 / 60, 5)
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

    def __init__(self, knowledge: Knowledge, fetcher: Pages | None, rate: Rate = UNLIMITED) -> None:
        self.talk = Talk(knowledge)
        messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, self.talk.clock)
        self.outbox = self.talk.outbox
        self.checks = PageChecks(
            fetcher=fetcher,
            outbox=self.outbox,
            messenger=messenger,
            clock=self.talk.clock,
            observer=self.talk.observer,
            users=Buckets(rate, lambda: self.talk.clock.now().timestamp()).take,
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


def check(number: int = 1, address: Address = TEAMS, language: str = "en", user: str = "ann") -> Post:
    payload = {"url": "https://contoso.com", "name": "Contoso", "language": language, "user": user}
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


LEFT_TO_PEOPLE = {"en": "left to the people who handle your request", "zh-CN": "留给处理申请的同事来看"}


async def _told(office: Office, posts: list[Post]) -> list[str]:
    """What the checks end with, one after the other."""
    before = len(office.sent)
    for post in posts:
        await office.outbox.add([post])
        await office.round()
        await office.round()
    return office.sent[before:]


@pytest.mark.parametrize("language", LEFT_TO_PEOPLE)
async def test_five_pages_an_hour_are_fetched_for_a_user_and_the_others_left_to_people(
    knowledge: Knowledge, language: str
) -> None:
    pages = Pages()
    office = Office(knowledge, pages, HOURLY)
    told = await _told(office, [check(number, language=language) for number in range(8)])
    assert [LEFT_TO_PEOPLE[language] in text for text in told] == [False] * 5 + [True] * 3
    assert len(pages.asked) == 5, "refused before anything is fetched"
    assert all("https://contoso.com" in text for text in told), "which page it is about"
    others = [check(11, user="bob"), check(12, Address("webchat", "c", reference=TEAMS.reference))]
    assert not any(LEFT_TO_PEOPLE["en"] in text for text in await _told(office, others))
    office.talk.clock.advance(timedelta(minutes=12))
    told = await _told(office, [check(21, language=language), check(22, language=language)])
    assert [LEFT_TO_PEOPLE[language] in text for text in told] == [False, True]
    assert await office.outbox.waiting() == (0, 0)


async def test_who_corrects_a_page_again_and_again_loses_nothing(knowledge: Knowledge) -> None:
    """A request and six corrections of its page: each is recorded and heard of, five pages are fetched."""
    pages = Pages()
    office = Office(knowledge, pages, HOURLY)
    talk = office.talk
    for text in ("list Contoso in Brazil, contoso.com/0", "yes", "yes", "yes", "send"):
        await talk.say(text)
    for number in range(1, 7):
        heard = await talk.say("status")
        await talk.press(dict(buttons(heard[0])["Change"]["data"]))  # type: ignore[call-overload]
        for text in (f"change the page to contoso.com/{number}", "yes", "yes", "yes", "send"):
            await talk.say(text)
        talk.clock.advance(timedelta(seconds=20))
        while await office.round():
            pass
    [case] = talk.memory.cases.page(CaseFilter(), 9, None).cases
    assert case.fields["landing-page"] == "https://contoso.com/6"
    assert pages.asked == [f"https://contoso.com/{number}" for number in range(5)]
    left = [text for text in office.sent if LEFT_TO_PEOPLE["en"] in text]
    assert [text.count(f"contoso.com/{number}") for number, text in zip((5, 6), left, strict=True)] == [1, 1]
    assert len([text for text in office.sent if "I have had a look" in text]) == 5


async def test_a_look_that_fails_is_counted_too(knowledge: Knowledge) -> None:
    """Otherwise a page on which we fail would be fetched again and again."""
    pages = Pages(RuntimeError("ours"))
    office = Office(knowledge, pages, HOURLY)
    await office.outbox.add([check()])
    for _ in range(60):
        await office.round()
        office.talk.clock.advance(timedelta(seconds=6))
    assert len(pages.asked) == 5
    assert LEFT_TO_PEOPLE["en"] in office.sent[0]


async def test_the_setting_is_the_rate_of_a_running_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages()
    monkeypatch.setattr(dispatching, "WebFetcher", lambda: pages)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/bot.db", rate_page_checks=2)
    async with wiring.running(settings) as parts:
        await parts.log.create(Conversation("conv-1", "ann", "webchat", parts.clock.now()))
        await parts.outbox.add([check(number, LOCAL) for number in range(4)])
        async with asyncio.timeout(PATIENCE):
            while len((await parts.log.since("conv-1", 0)).activities) < 4:  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.02)
    assert len(pages.asked) == 2


async def test_teeth_of_the_rate(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the bucket every page is fetched."""
    monkeypatch.setattr(Buckets, "take", lambda *_: 0.0)
    pages = Pages()
    await _told(Office(knowledge, pages, HOURLY), [check(number) for number in range(8)])
    assert len(pages.asked) == 8
