"""What the overview counts: the same whether days were rolled up or not, once, and without the rows they came from."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from cases.model import Case, CaseChange, CaseType, Contact, Event, EventKind, Owner, State, operator
from desk.overview import Figures, Measure, Which
from storage.cases import SqlCaseStore
from storage.engine import Database
from storage.overview import KEPT_DAYS, SqlOverview, roll_up
from storage.records import insert_records
from storage.tables import daily, exchanges, feedback
from turn.model import Exchange, Feedback, Record

ZONE = ZoneInfo("America/Los_Angeles")
TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
"""In summer time, which began there on 8 March."""

_OWNER = Owner("directline", "u")
_CASE = Case("", CaseType.LISTING, "", {}, _OWNER, Contact("directline", "c"), "en", State.RECEIVED, 1, NOW, NOW, "")


def _said(kind: str, at: datetime, entry: str = "e", **changed: str) -> Exchange:
    values = {"user": "u", "channel": "directline", "conversation": "c", "language": "en", **changed}
    return Exchange(text="?", kind=kind, entry=entry, score=0.9, knowledge_version="v", at=at, **values)


async def _stored(database: Database, *records: Record) -> None:
    await database.write(lambda connection: insert_records(connection, records))


async def _seen(database: Database, days: int = 28, **chosen: str) -> Figures:
    which = Which(TODAY - timedelta(days=days - 1), TODAY, **chosen)
    return await SqlOverview(database, lambda: ZONE).figures(which, TODAY)


def _plain(figures: Figures) -> tuple[object, ...]:
    return (
        {day: dict(counts) for day, counts in figures.days.items() if counts},
        {measure: dict(counts) for measure, counts in figures.sums.items() if counts},
        {place: dict(counts) for place, counts in figures.places.items()},
        dict(figures.requests),
    )


def _any(draw: random.Random) -> Record:
    at = NOW - timedelta(minutes=draw.randrange(100 * 24 * 60))
    channel, language = draw.choice(["directline", "msteams"]), draw.choice(["en", "zh-CN"])
    entry, person = f"entry-{draw.randrange(5)}", f"user-{draw.randrange(9)}"
    if draw.random() < 0.2:
        return Feedback(person, channel, language, entry, "v", draw.random() < 0.7, at)
    kind = draw.choice(["answer", "suggestions", "no-match", "topic", "chosen", "form", "status"])
    form, step = ("directory-listing", draw.choice(["name", "country", "done"])) if kind == "form" else ("", "")
    return _said(
        kind, at, entry, user=person, conversation=person, channel=channel, language=language, form=form, step=step
    )


@pytest.mark.parametrize("days", [7, 28, 90, 365])
async def test_rolled_up_or_not_it_is_the_same(database: Database, days: int) -> None:
    draw = random.Random(days)
    await _stored(database, *(_any(draw) for _ in range(600)))
    live = [_plain(await _seen(database, days)), _plain(await _seen(database, days, channel="msteams", language="en"))]
    assert await roll_up(database, NOW, ZONE) > 90
    assert await roll_up(database, NOW, ZONE) == 0
    # What is over is not looked at again: its rows may go.
    await database.write(lambda connection: connection.execute(delete(exchanges).where(exchanges.c.at < MIDNIGHT)))
    await database.write(lambda connection: connection.execute(delete(feedback).where(feedback.c.at < MIDNIGHT)))
    after = [_plain(await _seen(database, days)), _plain(await _seen(database, days, channel="msteams", language="en"))]
    assert after == live
    spans = await database.read(lambda connection: connection.execute(select(daily.c.span).distinct()).scalars().all())
    assert set(spans) == {1, 7}


async def test_days_are_those_of_the_program(database: Database) -> None:
    second = timedelta(seconds=1)
    await _stored(database, _said("answer", MIDNIGHT - second), _said("no-match", MIDNIGHT, ""))
    expected = {TODAY - timedelta(days=1): {"answer": 1}, TODAY: {"no-match": 1}}
    for _ in range(2):
        assert {day: dict(counts) for day, counts in (await _seen(database)).days.items()} == expected
        await roll_up(database, NOW, ZONE)


async def test_a_day_is_finished_a_while_after_midnight(database: Database) -> None:
    await _stored(database, _said("answer", MIDNIGHT - timedelta(hours=1)))
    assert await roll_up(database, MIDNIGHT + timedelta(minutes=1), ZONE) == 0
    await _stored(database, _said("answer", MIDNIGHT - timedelta(seconds=1)))  # a turn that took long
    assert await roll_up(database, MIDNIGHT + timedelta(minutes=16), ZONE) == 1
    assert (await _seen(database)).sums[Measure.ANSWERED] == {"e": 2}


async def test_days_on_which_nothing_ran_are_made_up_for(database: Database) -> None:
    await _stored(database, *(_said("answer", NOW - timedelta(days=day)) for day in (20, 12, 3, 0)))
    assert await roll_up(database, NOW - timedelta(days=15), ZONE) == 5
    assert await roll_up(database, NOW, ZONE) == 15
    assert (await _seen(database)).sums[Measure.ANSWERED] == {"e": 4}


async def test_dialogs_by_how_far_they_came(database: Database) -> None:
    def at(minute: int) -> datetime:
        return NOW - timedelta(days=1, minutes=60 - minute)

    for talk, steps in (("a", ["name", "country", "done"]), ("b", ["name", "name"]), ("c", ["name", ""])):
        await _stored(
            database,
            *(
                _said("form", at(minute), user=talk, conversation=talk, form="listing", step=step)
                for minute, step in enumerate(steps)
            ),
        )
    for _ in range(2):
        sums = (await _seen(database)).sums
        assert sums[Measure.BEGUN] == {"listing": 3}
        reached = {"listing/name": 3, "listing/country": 1, "listing/done": 1, "listing/": 1}
        assert sums[Measure.REACHED] == reached
        assert sums[Measure.STOPPED] == {"listing/done": 1, "listing/name": 1, "listing/": 1}
        await roll_up(database, NOW, ZONE)


async def test_how_long_listings_took_and_what_is_open(database: Database) -> None:
    store = SqlCaseStore(database)
    for number, (age, state, took) in enumerate(
        [(40, State.LISTED, 23), (5, State.IN_REVIEW, None), (1, State.RECEIVED, None)]
    ):
        made = NOW - timedelta(days=age)
        case = replace(_CASE, reference=f"LP-0000{number}-X", instance=f"{number}", created_at=made, state=state)
        events = [Event(case.reference, 1, made, operator("ann"), EventKind.OPENED)]
        if took is not None:
            moved = {"from": "submitted", "to": "listed"}
            when = made + timedelta(days=took, hours=1)
            events.append(Event(case.reference, 2, when, operator("ann"), EventKind.MOVED, dict(moved)))
        await store.apply(CaseChange(case, 0, tuple(events)))
    for _ in range(2):
        figures = await _seen(database, 90)
        assert figures.sums[Measure.LISTED] == {"23": 1}
        assert figures.sums[Measure.OPENED] == {"directory-listing": 3}
        assert figures.requests == {("listed", 4): 1, ("in-review", 1): 1, ("received", 0): 1}
        await roll_up(database, NOW, ZONE)


async def test_counts_do_not_grow_for_ever_and_hold_nothing_personal(database: Database) -> None:
    await _stored(database, _said("answer", NOW - timedelta(days=KEPT_DAYS + 30)), _said("answer", NOW))
    await roll_up(database, NOW, ZONE)
    rows = await database.read(lambda connection: connection.execute(select(daily)).all())
    assert rows == []
    assert not {"text", "user_id", "conversation", "reference"} & set(daily.c.keys())
