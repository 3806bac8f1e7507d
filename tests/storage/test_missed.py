"""Missed questions and decisions: the same in every database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from desk.audit import AuditFilter, Deed, Record
from desk.errors import QuestionDecided, QuestionGone
from desk.missed import Decision, Kind, Reason
from storage.console import SqlAuditLog
from storage.engine import Database
from storage.missed import SqlMissed
from storage.records import insert_records
from tests.storage.samples import NOW, later
from turn.model import Exchange, Feedback, Missed

IGNORED = Decision(NOW, "cora", Kind.IGNORED, "en")
RECORD = Record(NOW, "cora", Deed.QUESTION_DECIDED, "", {"what": "ignored"})


def asked(text: str, at: float = 0, user: str = "u", **changes: Any) -> Missed:
    values = {"language": "en", "channel": "c", "reason": "no-match", "candidates": ("a", "b"), **changes}
    return Missed(text, at=later(at), user=user, **values)


def said(kind: str, entry: str, text: str, at: float, user: str = "u", form: str = "", step: str = "") -> Exchange:
    return Exchange(user, "c", f"of {user}", "en", text, kind, entry, 0.5, "v", later(at), form, step)


def disliked(entry: str, at: float, user: str = "u", *, helpful: bool = False) -> Feedback:
    return Feedback(user, "c", "en", entry, "v", helpful, later(at))


async def keep(database: Database, *records: Any) -> SqlMissed:
    await database.write(lambda connection: insert_records(connection, records))
    return SqlMissed(database)


def nothing() -> None:
    """Publish it."""


async def test_questions_are_read_oldest_first(database: Database) -> None:
    store = await keep(
        database, asked("one", 1, language="zh-CN", reason="suggestions", candidates=()), asked("two", 2)
    )
    first, second = await store.questions()
    assert (first.text, first.language, first.reason, first.candidates) == ("one", "zh-CN", Reason.SUGGESTIONS, ())
    assert (second.text, second.candidates, second.at) == ("two", ("a", "b"), later(2))
    assert [each.text for each in await store.questions(1)] == ["two"]
    known = {first.key: first, "m999": first, "f7": second}
    assert await store.questions(known=known) == [first, second]
    assert (await store.questions(known={first.key: second}))[0] == second  # taken as it is


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ([said("answer", "fee", "how much", 1)], ["how much"]),
        ([said("answer", "fee", "first", 1), said("answer", "fee", "second", 2)], ["second"]),
        ([said("answer", "fee", "how much", 1), said("answer", "fee", "after it", 9)], ["how much"]),
        ([said("answer", "fee", "how much", 1), said("answer", "other", "the door", 2)], ["how much"]),
        ([said("answer", "fee", "how much", 1), said("suggestions", "x", "the door", 2)], ["how much"]),
        ([said("suggestions", "x", "the door", 1), said("chosen", "fee", "2", 2)], ["the door"]),
        ([said("topic", "fee", "it rains", 1)], ["it rains"]),
        ([said("answer", "fee", "of another", 1, "v")], []),
        ([said("answer", "other", "how much", 1)], []),
        ([], []),
    ],
)
async def test_what_was_asked_before_a_thumb_pointed_down(
    database: Database, exchanges: list[Exchange], expected: list[str]
) -> None:
    store = await keep(database, *exchanges, disliked("fee", 5), disliked("fee", 6, helpful=True))
    found = await store.questions()
    assert [each.text for each in found] == expected
    assert all(each.reason is Reason.UNHELPFUL and each.candidates == ("fee",) for each in found)


async def test_a_decision_is_stored_with_its_record_and_taken_back(database: Database) -> None:
    store = await keep(database, asked("x", 1), asked("y", 2), said("answer", "fee", "z", 1), disliked("fee", 3))
    keys, stamps = [each.key for each in await store.questions()], [await store.stamp()]
    number = await store.decide(IGNORED, [keys[0], keys[2]], RECORD, nothing)
    stamps.append(await store.stamp())
    assert [each.key for each in await store.questions()] == [keys[1]]
    decision = await store.decided(keys[2])
    assert decision is not None
    assert (decision.number, decision.actor, decision.questions, decision.sample) == (number, "cora", 2, "x")
    assert await store.decided(keys[1]) is None
    assert await store.decided("m999999") is None
    undone = Record(later(9), "dora", Deed.QUESTION_DECIDED, "", {"what": "undone"})
    await store.undo(decision, undone, nothing)
    stamps.append(await store.stamp())
    assert [each.key for each in await store.questions()] == keys
    after = await store.decision(number)
    assert after is not None
    assert (after.undone_by, after.undone_at, after.questions) == ("dora", later(9), 0)
    with pytest.raises(QuestionDecided):
        await store.undo(decision, undone, nothing)
    assert len(set(stamps)) == 3
    records = (await SqlAuditLog(database).list(AuditFilter())).records
    assert [record.data for record in records] == [{"what": "undone"}, {"what": "ignored", "number": number}]


async def test_what_cannot_be_published_is_not_decided_nor_taken_back(database: Database) -> None:
    store = await keep(database, asked("x"))
    (question,) = await store.questions()

    def fail() -> None:
        raise OSError

    with pytest.raises(OSError):
        await store.decide(IGNORED, [question.key], RECORD, fail)
    assert await store.decided(question.key) is None
    assert (await store.decisions(ignored=True)).decisions == ()
    await store.decide(IGNORED, [question.key], RECORD, nothing)
    decision = await store.decided(question.key)
    assert decision is not None
    with pytest.raises(OSError):
        await store.undo(decision, RECORD, fail)
    assert await store.decided(question.key) == decision
    assert len((await SqlAuditLog(database).list(AuditFilter())).records) == 1


async def test_of_several_at_once_one_decides(database: Database) -> None:
    store = await keep(database, asked("x"), asked("x"), disliked("fee", 1), said("answer", "fee", "x", 0))
    keys = [each.key for each in await store.questions()]
    published: list[int] = []
    tries = (store.decide(IGNORED, keys[n % 2 :], RECORD, lambda: published.append(1)) for n in range(6))
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, int) for each in done) == 1
    assert sum(isinstance(each, QuestionDecided) for each in done) == 5
    assert set(published) == {1}


async def test_questions_that_are_not_kept_any_more_cannot_be_decided(database: Database) -> None:
    store = await keep(database, asked("x"))
    for keys in (["m999"], [], ["x1", "m", "m-1", "f²"]):
        with pytest.raises(QuestionGone):
            await store.decide(IGNORED, keys, RECORD, nothing)
    assert (await store.decisions(ignored=True)).decisions == ()


async def test_decisions_in_pages(database: Database) -> None:
    store = await keep(database, *(asked(f"q{n}", n) for n in range(1_205)))
    keys = [each.key for each in await store.questions()]
    await store.decide(IGNORED, keys[7:], RECORD, nothing)
    for number in range(7):
        made = Decision(later(number), "cora", Kind.PHRASING, "en", f"t{number}", "fee", "--- a", applied=True)
        await store.decide(made, [keys[number]], RECORD, nothing)
    seen: list[tuple[str, str, bool]] = []
    after = None
    while True:
        page = await store.decisions(ignored=False, limit=3, after=after)
        seen += [(each.text, each.sample, each.applied) for each in page.decisions]
        if page.next is None:
            break
        after = page.next
    assert seen == [(f"t{n}", f"q{n}", True) for n in reversed(range(7))]
    (ignored,) = (await store.decisions(ignored=True)).decisions
    assert ignored.questions == 1_198


async def test_where_dialogs_were_left(database: Database) -> None:
    day = 86_400
    store = await keep(
        database,
        said("form", "", "", -3 * day, "a", "listing", "country"),
        said("form", "", "", -2 * day, "a", "listing", "page"),
        said("answer", "fee", "x", 0, "a"),
        said("form", "", "", -2 * day, "b", "listing", "page"),
        said("form", "", "", -2 * day, "c", "listing", "page"),
        said("form", "", "", -1.5 * day, "c", "listing", "done"),
        said("form", "", "", -2 * day, "d", "kpi", "month"),
        said("form", "", "", -1.5 * day, "d", "kpi", ""),
        said("form", "", "", -0.5 * day, "e", "kpi", "month"),
        said("form", "", "", -50 * day, "f", "kpi", "month"),
    )
    found = await store.abandoned(NOW - timedelta(days=30), NOW - timedelta(days=1))
    assert [(each.form, each.step, each.language, each.count) for each in found] == [("listing", "page", "en", 2)]
