"""The console's lists: what they hold, in which order, page by page; the same in every database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, text, update

from cases.model import Case, CaseChange, CaseType, State
from desk.listing import Choices, Found, Group, Order, Query
from program.months import Month
from storage import desk
from storage.cases import SqlCaseStore
from storage.desk import SqlCaseFinder
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import cases
from tests.cases.samples import NOW, opened

TODAY = date(2026, 3, 25)
LISTING: dict[str, Any] = {"display-name": "Contoso", "landing-page": "https://contoso.com"}


async def _store(database: Database, number: int, type_: CaseType = CaseType.LISTING, **changes: Any) -> Case:
    at = NOW + timedelta(minutes=number)
    made = opened(type_, at, **changes.pop("draft", {}))
    case = replace(made.case, **changes)
    await SqlCaseStore(database).apply(CaseChange(case, 0, made.events))
    return case


@pytest.fixture
async def stored(database: Database) -> dict[str, Case]:
    german = {"fields": {**LISTING, "country": "DE"}, "language": "zh-CN"}
    return {
        "old": await _store(database, 1, due=date(2026, 3, 21), batch=Month(2026, 3)),
        "german": await _store(database, 2, draft=german, due=date(2026, 4, 21), batch=Month(2026, 5), assignee="bea"),
        "kpi": await _store(database, 3, CaseType.KPI, due=date(2026, 3, 25), assignee="ann"),
        "closed": await _store(database, 4, CaseType.KPI, state=State.RESOLVED, due=None, assignee="ann"),
        "message": await _store(database, 5, CaseType.MESSAGE, due=None),
        "waiting": await _store(database, 6, state=State.WAITING, due=None, assignee="ann"),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "waiting message closed kpi german old"),
        ({"order": Order.DUE}, "old kpi german waiting message closed"),
        ({"order": Order.DUE, "dated": True}, "old kpi german"),
        ({"type": CaseType.KPI}, "closed kpi"),
        ({"state": State.WAITING}, "waiting"),
        ({"group": Group.OPEN}, "waiting message kpi german old"),
        ({"group": Group.OVERDUE}, "old"),
        ({"group": Group.UNASSIGNED}, "message old"),
        ({"group": Group.MINE}, "waiting kpi"),
        ({"month": Month(2026, 5)}, "german"),
        ({"country": "DE"}, "german"),
        ({"assignee": "ann"}, "waiting closed kpi"),
        ({"language": "zh-CN"}, "german"),
        ({"text": "ＣＯＮＴＯＳＯ inv"}, ""),
        ({"text": "ＣＯＮＴＯＳＯ.com"}, "waiting german old"),
        ({"text": "%"}, ""),
        ({"group": Group.OPEN, "type": CaseType.LISTING, "country": "BR", "order": Order.DUE}, "old waiting"),
    ],
)
async def test_a_list(database: Database, stored: dict[str, Case], changes: dict[str, Any], expected: str) -> None:
    query = Query(TODAY, "ann", **changes)
    names = {case.reference: name for name, case in stored.items()}
    finder = SqlCaseFinder(database)
    whole = await finder.find(query)
    assert [names[case.reference] for case in whole.cases] == expected.split()
    assert whole.next is None
    for size in (1, 2):
        paged, after = [], ""
        while True:
            page = await finder.find(query, size, after)
            assert len(page.cases) <= size
            paged += [names[case.reference] for case in page.cases]
            if page.next is None:
                break
            after = page.next
        assert paged == expected.split(), size


async def test_a_list_in_pages_leaves_nothing_out_when_requests_come_in_between(
    database: Database, stored: dict[str, Case]
) -> None:
    finder, query = SqlCaseFinder(database), Query(TODAY)
    first = await finder.find(query, 3)
    await _store(database, 9)
    rest = await finder.find(query, 9, first.next or "")
    assert {case.reference for case in (*first.cases, *rest.cases)} == {case.reference for case in stored.values()}


@pytest.mark.parametrize("after", ["nonsense", "2026-02-31~LP", "~", "x~y~z"])
@pytest.mark.parametrize("order", list(Order))
async def test_a_place_that_cannot_be_read(
    database: Database, stored: dict[str, Case], order: Order, after: str
) -> None:
    found = await SqlCaseFinder(database).find(Query(TODAY, order=order), after=after)
    assert isinstance(found, Found)
    assert len(found.cases) in (0, len(stored))


async def test_what_filters_offer(database: Database) -> None:
    assert await SqlCaseFinder(database).choices() == Choices()
    await _store(database, 1, batch=Month(2025, 12), draft={"fields": {**LISTING, "country": "SE"}})
    await _store(database, 2, batch=Month(2026, 2), draft={"fields": {**LISTING, "country": "AT"}})
    await _store(database, 3, batch=None, draft={"fields": {**LISTING, "country": None}})
    months = (Month(2026, 2), Month(2026, 1), Month(2025, 12))
    assert await SqlCaseFinder(database).choices() == Choices(("AT", "SE"), months)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("学习", True),
        ("学", True),
        ("习帮", True),
        ("习学", False),
        ("ontos", True),
        ("O.C", True),
        ("北京 contoso", True),
        ("北京 nowhere", False),
        ("ontosoo", False),
        ("_", False),
    ],
)
async def test_words_are_found_inside_of_words_and_in_chinese(database: Database, words: str, found: bool) -> None:
    named = {**LISTING, "display-name": "北京学习帮助", "landing-page": "https://contoso.com"}
    case = await _store(database, 1, draft={"fields": named})
    await _store(database, 2, CaseType.MESSAGE)
    page = await SqlCaseFinder(database).find(Query(TODAY, text=words))
    assert [each.reference for each in page.cases] == [case.reference] * found


@pytest.mark.parametrize("soon", [2, 3, 1_000])
async def test_a_word_that_many_have_is_found_newest_first_page_by_page(
    database: Database, monkeypatch: pytest.MonkeyPatch, soon: int
) -> None:
    """However few of the newest are looked through at first, nothing is left out and nothing comes twice."""
    monkeypatch.setattr(desk, "SOON", soon)
    made = [await _store(database, number, state=State.READY) for number in range(7)]
    await _store(database, 8, CaseType.MESSAGE)
    await _store(database, 9, state=State.LISTED)
    finder, query, after, found = SqlCaseFinder(database), Query(TODAY, text="contoso", state=State.READY), "", []
    for _ in made:
        page = await finder.find(query, 2, after)
        found += [case.reference for case in page.cases]
        if (after := page.next or "") == "":
            break
    assert found == [case.reference for case in reversed(made)]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_postgres_asks_its_index_only_when_the_newest_do_not_fill_the_page(
    database: Database, stored: dict[str, Case]
) -> None:
    with _asked() as many:
        await SqlCaseFinder(database).find(Query(TODAY, text="contoso"), 2)
    with _asked() as few:
        await SqlCaseFinder(database).find(Query(TODAY, text="nowhere"), 2)
    assert ["text_pairs" in statement for statement, _ in many] == [False]
    assert ["text_pairs" in statement for statement, _ in few] == [False, True]


async def test_what_an_edit_took_away_is_no_longer_found(database: Database) -> None:
    case = await _store(database, 1)
    other = {"name": "Fabrikam", "country": "BR", "url": "https://fabrikam.com"}
    edited = replace(case, fields=other, version=2)
    await SqlCaseStore(database).apply(CaseChange(edited, 1, ()))
    finder = SqlCaseFinder(database)
    assert len((await finder.find(Query(TODAY, text="fabrikam"))).cases) == 1
    assert (await finder.find(Query(TODAY, text="contoso"))).cases == ()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(TODAY), "ix_cases_age"),
        (Query(TODAY, state=State.LISTED), "ix_cases_state_age"),
        (Query(TODAY, type=CaseType.KPI, state=State.DECLINED), "ix_cases_state "),
        (Query(TODAY, group=Group.OPEN), "ix_cases_open"),
        (Query(TODAY, "ann", group=Group.MINE), "ix_cases_assignee"),
        (Query(TODAY, group=Group.UNASSIGNED), "ix_cases_open"),
        (Query(TODAY, group=Group.OVERDUE, order=Order.DUE), "ix_cases_due "),
        (Query(TODAY, assignee="ann", order=Order.DUE, dated=True), "ix_cases_due_to"),
        (Query(TODAY, text="contoso"), "ix_cases_search"),
    ],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_lists_are_read_in_the_order_of_an_index(database: Database, query: Query, index: str) -> None:
    plans = await _plans(database, query)
    assert index in plans
    assert "TEMP B-TREE" not in plans


@contextmanager
def _asked() -> Iterator[list[tuple[str, Any]]]:
    """Statements on cases, with their values."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if "cases" in statement:
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def _plans(database: Database, query: Query) -> str:
    with _asked() as asked:
        await SqlCaseFinder(database).find(query)
    statement, values = asked[0]

    def explain(connection: Connection) -> str:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        return " ".join(f"{row[-1]} " for row in rows)

    return await database.read(explain)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_postgres_looks_pairs_of_characters_up(database: Database) -> None:
    query = "EXPLAIN SELECT 1 FROM cases WHERE text_pairs(search) @> text_pairs('学习ab')"

    def explain(connection: Connection) -> str:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return " ".join(connection.execute(text(query)).scalars())

    assert "ix_cases_pairs" in await database.snapshot(explain)
    pairs = await database.read(
        lambda connection: connection.execute(text("SELECT text_pairs('学习aab')")).scalar_one()
    )
    assert pairs == ["学习", "习a", "aa", "ab"]


async def test_requests_from_before_get_their_country(new_url: str) -> None:
    from storage.engine import open_database

    database = await open_database(new_url)
    await database.write(lambda connection: upgrade(connection, "0005"))
    rows = (("LP-1", "a", '{"country":"BR"}'), ("LP-2", "b", '{"country":[1]}'))
    for reference, instance, fields in rows:
        statement = text(
            "INSERT INTO cases (reference, instance, type, state, channel, user_id, contact, language, fields, version,"
            " created_at, updated_at, muted, access_code_hash, wrong_codes, search)"
            " VALUES (:r, :i, 'message', 'received', 'c', 'u', '{}', 'en', :f, 1, 1, 1, false, '', 0, '')"
        )
        values = {"r": reference, "i": instance, "f": fields}
        await database.write(partial(Connection.execute, statement=statement, parameters=values))
    await database.write(upgrade)
    query = select(cases.c.reference, cases.c.country).order_by(cases.c.reference)
    stored = await database.read(lambda connection: [tuple(row) for row in connection.execute(query)])
    assert stored == [("LP-1", "BR"), ("LP-2", None)]
    await database.close()


async def test_the_country_follows_the_fields(database: Database) -> None:
    case = await _store(database, 1)
    moved = replace(case, fields={**case.fields, "country": "CL"}, version=2)
    await SqlCaseStore(database).apply(CaseChange(moved, 1, ()))
    assert [c.reference for c in (await SqlCaseFinder(database).find(Query(TODAY, country="CL"))).cases] == [
        case.reference
    ]
    await database.write(lambda connection: connection.execute(update(cases).values(country=None)))  # teeth
    assert (await SqlCaseFinder(database).find(Query(TODAY, country="CL"))).cases == ()
