"""Missed questions and what is decided about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from desk.audit import Record
from desk.errors import QuestionDecided, QuestionGone
from desk.missed import MOST, NONE, PAGE, Abandoned, Decision, DecisionPage, Kind, Question, Reason
from storage.console import write_record
from storage.engine import Database
from storage.tables import decisions, exchanges, feedback, missed

_LOCK = 0x6C70626F75
"""Number of the advisory lock that whoever decides takes: content files are changed one after the other."""
_AT_ONCE = 500
_UNHELPFUL = and_(text("NOT helpful"), feedback.c.decision.is_(None))
_OPEN = missed.c.decision.is_(None)
_ANSWERED = ("answer", "topic")
_TABLES = {"m": missed, "f": feedback}


def _asked(what: str) -> ScalarSelect[Any]:
    """Of what was asked before a thumb pointed down: the question that the entry answered, or that it was offered for.

    One whose words are gone is still that question.
    """
    told, asked = exchanges.alias("told"), exchanges.alias("asked")
    shown = (
        select(told.c.at)
        .where(*_of_user(told), told.c.entry == feedback.c.entry, told.c.kind.in_((*_ANSWERED, "chosen")))
        .where(told.c.at <= feedback.c.at)
        .order_by(told.c.at.desc())
        .limit(1)
        .correlate(feedback)
        .scalar_subquery()
    )
    answered = and_(asked.c.kind.in_(_ANSWERED), asked.c.entry == feedback.c.entry)
    return (
        select(asked.c[what])
        .where(*_of_user(asked), or_(answered, asked.c.kind == "suggestions"))
        .where(asked.c.at <= shown)
        .order_by(asked.c.at.desc())
        .limit(1)
        .correlate(feedback)
        .scalar_subquery()
    )


def _of_user(table: Any) -> Sequence[ColumnElement[bool]]:
    return (table.c.channel == feedback.c.channel, table.c.user_id == feedback.c.user_id)


_ASKED = _asked("text")
_STAMP = (
    select(func.max(missed.c.id)),
    select(func.count()).select_from(missed).where(_OPEN),
    select(func.max(feedback.c.id)),
    select(func.count()).select_from(feedback).where(_UNHELPFUL),
    select(func.max(decisions.c.number)),
    select(func.count(decisions.c.undone_at)),
)


def unhelpful_after(asked: Collection[int]) -> Select[tuple[int]]:
    """Ids of undecided thumbs that pointed down on answers to these exchanges, given by their ids."""
    return select(feedback.c.id).where(_UNHELPFUL, _asked("id").in_(asked))


class SqlMissed:
    """`desk.missed.MissedStore` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stamp(self) -> str:
        """See the port."""

        def work(connection: Connection) -> str:
            return "-".join(str(connection.execute(each).scalar_one()) for each in _STAMP)

        return await self._database.read(work)

    async def questions(self, limit: int = MOST, known: Mapping[str, Question] = NONE) -> Sequence[Question]:
        """See the port."""
        return await self._database.read(lambda connection: _questions(connection, limit, known))

    async def decided(self, key: str) -> Decision | None:
        """See the port."""
        return await self._database.read(lambda connection: _decided(connection, key))

    async def decision(self, number: int) -> Decision | None:
        """See the port."""
        return await self._database.read(lambda connection: _decision(connection, number))

    async def decisions(self, ignored: bool, limit: int = PAGE, after: int | None = None) -> DecisionPage:
        """See the port."""
        kind = decisions.c.kind == str(Kind.IGNORED)
        which = [kind if ignored else ~kind]
        if after is not None:
            which.append(decisions.c.number < after)
        query = select(decisions).where(*which).order_by(decisions.c.number.desc()).limit(limit + 1)

        def work(connection: Connection) -> list[Decision]:
            return [_with_questions(connection, row) for row in connection.execute(query).all()]

        found = await self._database.read(work)
        return DecisionPage(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)

    async def decide(
        self, decision: Decision, keys: Collection[str], record: Record, publish: Callable[[], None]
    ) -> int:
        """See the port."""

        def work(connection: Connection) -> int:
            _one_at_a_time(connection)
            for table, ids in _parts(keys):
                taken = select(table.c.decision).where(table.c.id.in_(ids), table.c.decision.is_not(None)).limit(1)
                if connection.execute(taken).first():
                    raise QuestionDecided
            row = insert(decisions).values(_to_row(decision)).returning(decisions.c.number)
            number = int(connection.execute(row).scalar_one())
            changes = (update(table).where(table.c.id.in_(ids)).values(decision=number) for table, ids in _parts(keys))
            if not sum(connection.execute(change).rowcount for change in changes):
                raise QuestionGone
            write_record(connection, replace(record, data={**record.data, "number": number}))
            publish()
            return number

        return await self._database.write(work)

    async def undo(self, decision: Decision, record: Record, publish: Callable[[], None]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            _one_at_a_time(connection)
            here = (decisions.c.number == decision.number, decisions.c.undone_at.is_(None))
            undone = update(decisions).where(*here).values(undone_at=record.at, undone_by=record.actor)
            if connection.execute(undone).rowcount != 1:
                raise QuestionDecided
            for table in _TABLES.values():
                connection.execute(update(table).where(table.c.decision == decision.number).values(decision=None))
            write_record(connection, record)
            publish()

        await self._database.write(work)

    async def abandoned(self, since: datetime, before: datetime) -> Sequence[Abandoned]:
        """See the port."""
        return await self._database.read(lambda connection: _abandoned(connection, since, before))


def _one_at_a_time(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _questions(connection: Connection, limit: int, known: Mapping[str, Question]) -> list[Question]:
    asked = select(missed).where(_OPEN).order_by(missed.c.id.desc()).limit(limit)
    disliked = select(feedback, _ASKED.label("asked")).where(_UNHELPFUL).order_by(feedback.c.id.desc()).limit(limit)
    found = [
        *_known_or_read(connection, asked, "m", known, _missed),
        *_known_or_read(connection, disliked, "f", known, _unhelpful),
    ]
    return sorted(found, key=lambda question: (question.at, question.key))[-limit:]


def _known_or_read(
    connection: Connection,
    query: Select[Any],
    letter: str,
    known: Mapping[str, Question],
    read: Callable[[Any], Question | None],
) -> Iterator[Question]:
    """What the query finds; of what is known only that it is still there."""
    table = _TABLES[letter]
    ids = connection.execute(query.with_only_columns(table.c.id, maintain_column_froms=True)).scalars().all()
    new = [number for number in ids if f"{letter}{number}" not in known]
    if len(new) <= _AT_ONCE:
        yield from (known[key] for number in ids if (key := f"{letter}{number}") in known)
        query = query.where(table.c.id.in_(new))
    for row in connection.execute(query) if new else ():
        if question := read(row):
            yield question


def _missed(row: Any) -> Question:
    near = tuple(row.candidates["entries"])
    return Question(f"m{row.id}", row.text, row.language, row.channel, Reason(row.reason), near, row.at)


def _unhelpful(row: Any) -> Question | None:
    if not row.asked:
        return None
    return Question(f"f{row.id}", row.asked, row.language, row.channel, Reason.UNHELPFUL, (row.entry,), row.at)


def _decided(connection: Connection, key: str) -> Decision | None:
    for table, ids in _parts([key]):
        number = connection.execute(select(table.c.decision).where(table.c.id.in_(ids))).scalar()
        return None if number is None else _decision(connection, number)
    return None


def _decision(connection: Connection, number: int) -> Decision | None:
    row = connection.execute(select(decisions).where(decisions.c.number == number)).one_or_none()
    return None if row is None else _with_questions(connection, row)


def _with_questions(connection: Connection, row: Any) -> Decision:
    ours = [select(func.count()).select_from(each).where(each.c.decision == row.number) for each in _TABLES.values()]
    count = sum(connection.execute(each).scalar_one() for each in ours)
    samples = (
        select(missed.c.text).where(missed.c.decision == row.number).order_by(missed.c.id.desc()).limit(1),
        select(_ASKED).select_from(feedback).where(feedback.c.decision == row.number).limit(1),
    )
    found = (connection.execute(each).scalar() for each in samples)
    return replace(_to_decision(row), questions=count, sample=next((each for each in found if each), ""))


def _abandoned(connection: Connection, since: datetime, before: datetime) -> list[Abandoned]:
    talk = (exchanges.c.channel, exchanges.c.user_id, exchanges.c.conversation)
    place = func.row_number().over(partition_by=talk, order_by=(exchanges.c.at.desc(), exchanges.c.id.desc()))
    told = (exchanges.c.form, exchanges.c.step, exchanges.c.language, exchanges.c.at)
    last = select(*told, place.label("place")).where(exchanges.c.form != "", exchanges.c.at >= since).subquery()
    count = func.count().label("times")
    query = (
        select(last.c.form, last.c.step, last.c.language, count)
        .where(last.c.place == 1, last.c.at < before, last.c.step.not_in(("", "done")))
        .group_by(last.c.form, last.c.step, last.c.language)
        .order_by(count.desc(), last.c.form, last.c.step, last.c.language)
    )
    return [Abandoned(row.form, row.step, row.language, row.times) for row in connection.execute(query)]


def _parts(keys: Collection[str]) -> Iterator[tuple[Table, list[int]]]:
    """The tables and ids of questions, not too many at once."""
    for letter, table in _TABLES.items():
        ids = sorted(int(key[1:]) for key in keys if key[:1] == letter and key[1:].isdecimal())
        for start in range(0, len(ids), _AT_ONCE):
            yield table, ids[start : start + _AT_ONCE]


def _to_row(decision: Decision) -> dict[str, Any]:
    names = ("at", "actor", "language", "text", "entry", "patch", "applied")
    return {"kind": str(decision.kind), **{name: getattr(decision, name) for name in names}}


def _to_decision(row: Any) -> Decision:
    names = ("at", "actor", "language", "text", "entry", "patch", "applied", "undone_at", "number")
    values = {name: getattr(row, name) for name in names}
    return Decision(kind=Kind(row.kind), undone_by=row.undone_by or "", **values)
