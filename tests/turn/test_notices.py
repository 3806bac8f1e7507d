"""What owners are told: in words, in order, once on our own channels, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.render import ActivityRenderer
from cases.errors import CaseChanged
from cases.model import Case, CaseChange, CaseType, Contact, State, operator
from cases.notify import NOTIFY, notice_of
from cases.transitions import TRANSITIONS
from cases.usecases import ask_partner, change_state, mute, slip
from dialogs.decision import Knowledge
from dialogs.reply import JsonObject, Reply
from program.months import Month
from storage.memory import MemoryCaseStore
from tests.cases.samples import CALENDAR, case, opened
from tests.talk import START, Talk, shown
from turn.desk import Desk
from turn.dispatcher import Dispatcher
from turn.errors import DeliveryFailed
from turn.messenger import Messenger
from turn.model import Address, Happening, Incoming
from turn.notices import NoticeHandler, address_of, notice_posts, reply_of
from turn.ports import Conversation

ANN = operator("ann")
STATES = [(type_, state) for type_ in CaseType for state in TRANSITIONS[type_]]


@pytest.fixture
def talk(knowledge: Knowledge) -> Talk:
    return Talk(knowledge)


def _dispatcher(talk: Talk, knowledge: Knowledge) -> Dispatcher:
    messenger = Messenger(ActivityRenderer(lambda: knowledge.library), lambda: knowledge.library, talk.clock)
    handler = NoticeHandler(delivery=talk.delivery, messenger=messenger)
    return Dispatcher(
        outbox=talk.outbox,
        delivery=talk.delivery,
        clock=talk.clock,
        observer=talk.observer,
        handlers={NOTIFY: handler},
    )


def _moved(stands: Case, target: State = State.IN_REVIEW) -> CaseChange:
    return change_state(stands, target, ANN, START, CALENDAR)


def _text(reply: Reply, language: str, knowledge: Knowledge) -> str:
    setting = Incoming(Address("terminal", "c"), "a", "u", Happening.MESSAGE, START)
    return str(ActivityRenderer(lambda: knowledge.library).render(reply, language, setting)["text"]).replace("\\-", "-")


@pytest.mark.parametrize(("type_", "state"), STATES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_state_is_put_into_words(type_: CaseType, state: State, language: str, knowledge: Knowledge) -> None:
    messages = knowledge.library.languages[language].catalog.messages
    assert len(messages[f"case.{type_}.{state}.partner"]) < 40
    assert len(messages[f"case.{type_}.{state}.operator"]) < 40
    payload: JsonObject = {
        "reference": "LP-VK9HC-K",
        "type": type_,
        "state": state,
        "language": language,
        "batch": "2026-12" if type_ is CaseType.LISTING else None,
        "field": None,
        "words": "Because *of* it",
    }
    text = _text(reply_of(payload, START, knowledge.library), language, knowledge)
    assert text.count("LP-VK9HC-K") in (1, 2)
    assert "{" not in text
    assert "Because \\*of\\* it" in text
    open_listing = type_ is CaseType.LISTING and state in (
        State.RECEIVED,
        State.IN_REVIEW,
        State.READY,
        State.SUBMITTED,
    )
    assert (("7 January 2027" in text) or ("2027年1月7日" in text)) is open_listing  # visible by, across the year
    open_kpi = type_ is CaseType.KPI and state in (State.RECEIVED, State.INVESTIGATING, State.RESOLVED)
    assert (("15 March 2026" in text) or ("2026年3月15日" in text)) is open_kpi  # the next report
    dated = open_listing or open_kpi
    assert ("5 February 2021" in text or "2021年2月5日" in text) is dated, "a date comes with the rule's source"


def test_nothing_is_said_about_states_that_do_not_exist(knowledge: Knowledge) -> None:
    known = {f"case.{type_}.{state}.{part}" for type_, state in STATES for part in ("partner", "operator", "told")}
    keys = {key for key in knowledge.library.languages["en"].catalog.messages if key.startswith("case.")}
    assert keys == known | {"case.asked", "case.words"}


def test_a_question_names_its_field_and_the_operators_words(knowledge: Knowledge) -> None:
    stands = case(fields={"landing-page": "x"})
    asked = ask_partner(stands, "landing-page", ANN, START, CALENDAR, words="Which [one](x)?")
    notice = notice_of(asked)
    assert notice is not None
    text = _text(reply_of(notice.payload, START, knowledge.library), "en", knowledge)
    assert "Landing page" in text
    assert "[one](x)" not in text, "an operator's words are no Markdown"
    other = reply_of({**notice.payload, "field": "no-such-field"}, START, knowledge.library)
    assert "needed" not in _text(other, "en", knowledge)


@pytest.mark.parametrize(("language", "word"), [("en", "reviewed"), ("zh-CN", "审核"), ("xx", "reviewed")])
async def test_a_notice_goes_out_in_its_owners_language(
    talk: Talk, knowledge: Knowledge, language: str, word: str
) -> None:
    contact = Contact("msteams", "19:x", reference={"serviceUrl": "https://smba.example/", "activityId": "old"})
    await talk.outbox.add(notice_posts(_moved(case(language=language, contact=contact)), START))
    assert await _dispatcher(talk, knowledge).round() == 1
    [(conversation, activity)] = talk.courier.sent
    assert conversation == "19:x"
    assert word in shown(activity)
    assert "replyToId" not in activity
    assert address_of(contact).reference == {"serviceUrl": "https://smba.example/"}
    assert await talk.outbox.waiting() == (0, 0)


async def test_sent_twice_a_local_conversation_keeps_it_once(talk: Talk, knowledge: Knowledge) -> None:
    await talk.log.create(Conversation("conv-1", "ann", "webchat", START))
    [post] = notice_posts(_moved(case()), START)
    await talk.outbox.add([post])
    dispatcher = _dispatcher(talk, knowledge)

    async def lost(post_id: str) -> None:
        raise ConnectionError  # the process dies between sending and booking

    done, talk.outbox.done = talk.outbox.done, lost  # type: ignore[method-assign]
    await dispatcher.round()
    talk.outbox.done = done  # type: ignore[method-assign]
    assert await talk.outbox.waiting() == (1, 0)
    talk.clock.advance(timedelta(minutes=5))
    assert await dispatcher.round() == 1
    rows = (await talk.log.since("conv-1", 0)).activities
    assert [row["id"] for row in rows] == [post.id]
    assert talk.waker.woken == ["conv-1", "conv-1"]
    assert await talk.outbox.waiting() == (0, 0)


async def test_notices_of_a_conversation_keep_their_order(talk: Talk, knowledge: Knowledge) -> None:
    first = _moved(case(contact=Contact("msteams", "19:x")))
    second = _moved(first.case, State.READY)
    for change in (first, second):
        await talk.outbox.add(notice_posts(change, START))
    dispatcher = _dispatcher(talk, knowledge)
    talk.courier.failures = [DeliveryFailed(503)]
    assert await dispatcher.round() == 1
    assert await dispatcher.round() == 0, "the second waits for the first"
    talk.clock.advance(timedelta(minutes=1))
    assert await dispatcher.round() == 1
    assert await dispatcher.round() == 1
    assert ["being reviewed" in shown(activity) for _, activity in talk.courier.sent] == [True, False]


async def test_a_notice_to_a_conversation_that_is_gone_is_given_up(talk: Talk, knowledge: Knowledge) -> None:
    await talk.outbox.add(notice_posts(_moved(case()), START))
    await _dispatcher(talk, knowledge).round()
    assert await talk.outbox.waiting() == (0, 1)
    assert talk.observer.failures == []


class _Clock:
    def now(self) -> datetime:
        return START


async def test_the_desk_stores_a_change_with_its_notice_or_says_who_was_faster(talk: Talk) -> None:
    desk = Desk(MemoryCaseStore(talk.memory), _Clock())
    new = opened()
    await desk.apply(new)
    assert await talk.outbox.waiting() == (0, 0)
    await desk.apply(_moved(new.case))
    assert await talk.outbox.waiting() == (1, 0)
    with pytest.raises(CaseChanged, match="look at it again"):
        await desk.apply(_moved(new.case))
    assert await talk.outbox.waiting() == (1, 0)
    now = await desk.find(new.case.reference)
    assert now is not None
    await desk.apply(mute(now, True, ANN, START))
    await desk.apply(_moved(replace(now, muted=True, version=3), State.READY))
    assert await talk.outbox.waiting() == (1, 0)
    assert len(await desk.events(new.case.reference)) == 4


@pytest.mark.parametrize(("language", "words"), [("en", "April 2026 batch"), ("zh-CN", "2026年4月这一批")])
def test_who_slips_is_told_the_new_batch_and_its_day(language: str, words: str, knowledge: Knowledge) -> None:
    ready = replace(case(), state=State.READY, batch=Month(2026, 3))
    change = slip(ready, Month(2026, 4), ANN, START, CALENDAR)
    assert (change.case.state, change.case.due) == (State.READY, date(2026, 4, 21))
    notice = notice_of(change)
    assert notice is not None
    text = _text(reply_of(notice.payload, START, knowledge.library), language, knowledge)
    assert words in text
    assert ("7 May 2026" in text) or ("2026年5月7日" in text)
