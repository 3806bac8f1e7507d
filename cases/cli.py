"""Commands of ``python -m cases``: what operators do with requests."""

from __future__ import annotations

import asyncio
import csv
import getpass
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cases.errors import AlreadyErased, CaseError, MistypedReference, UnknownCase
from cases.model import Actor, Case, CaseChange, CaseType, Event, State, operator
from cases.notify import notice_of
from cases.ports import PAGE, CaseFilter, CaseReader, Forgetting, Recorder
from cases.reference import Mistyped, Reference, parse
from cases.sheet import rows, shown
from cases.usecases import ask_partner, change_state
from cases.usecases import assign as assign_case
from cases.usecases import note as note_on
from cases.usecases import withdraw as withdraw_case
from program.months import Month
from program.windows import Calendar

T = TypeVar("T")
EXPORT_PAGE = 500
ERASED = "(erased: its owner is forgotten)"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="See and work the requests of partners.")


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the commands work with."""

    desk: CaseReader
    now: datetime
    calendar: Calendar
    forgetting: Forgetting
    recorder: Recorder


Opener = Callable[[], AbstractAsyncContextManager[Workplace]]
"""Handed to ``app`` as ``obj``."""


def _month(text: str) -> Month:
    year, _, month = text.partition("-")
    try:
        return Month(int(year), int(month))
    except ValueError:
        raise typer.BadParameter("write a month as in 2026-03") from None


def _me() -> str:
    return getpass.getuser()


Ref = Annotated[str, typer.Argument(metavar="REFERENCE", help="As in LP-7K3QM-9, in any spelling.")]
As = Annotated[
    str, typer.Option("--as", default_factory=_me, show_default="your user name", help="Who you are, for the history.")
]
Words = Annotated[str, typer.Option("--words", help="What the partner is told besides.")]
OfType = Annotated[CaseType | None, typer.Option("--type")]
InState = Annotated[State | None, typer.Option("--state")]
OfMonth = Annotated[Month | None, typer.Option("--month", parser=_month, metavar="YYYY-MM", help="Directory batch.")]
Of = Annotated[str | None, typer.Option("--assignee")]
WithText = Annotated[str, typer.Option("--text", help="Words that all occur in the reference or the fields.")]


@app.command("list")
def list_(
    context: typer.Context,
    *,
    type_: OfType = None,
    state: InState = None,
    month: OfMonth = None,
    assignee: Of = None,
    text: WithText = "",
    limit: Annotated[int, typer.Option(min=1, max=EXPORT_PAGE)] = PAGE,
    after: Annotated[str | None, typer.Option(help="Go on after this reference.")] = None,
) -> None:
    """List requests, newest first."""
    which = CaseFilter(type_, state, None, month, assignee, text)
    page = _run(context, lambda place: place.desk.list(which, limit, after and _reference(after)))
    table = Table("reference", "type", "state", "batch", "due", "assignee", "updated", "about", box=None)
    for case in page.cases:
        about = ERASED if case.empty else next((shown(value) for value in case.fields.values() if value), "")
        facts = (case.reference, case.type, case.state, case.batch, case.due, case.assignee, _time(case.updated_at))
        table.add_row(*(_plain(fact) for fact in facts), _plain(about[:40]))
    console = _console()
    console.print(table if page.cases else "No such requests.")
    if page.next:
        console.print(f"More: --after {page.next}")


@app.command()
def show(context: typer.Context, reference: Ref) -> None:
    """Show a request and its history."""

    async def work(place: Workplace) -> tuple[Case, tuple[Event, ...]]:
        case = await _find(place, reference)
        return case, await place.desk.events(case.reference)

    case, events = _run(context, work)
    facts = Table(box=None, show_header=False)
    for name, value in (
        ("reference", case.reference),
        ("type", case.type),
        ("state", case.state),
        ("waits for", case.waiting_field),
        ("batch", case.batch),
        ("due", case.due),
        ("assignee", case.assignee),
        ("channel", case.owner.channel or None),
        ("language", case.language or None),
        ("muted", "yes" if case.muted and not case.empty else None),
        ("fields", ERASED if case.empty else None),
    ):
        if value is not None:
            facts.add_row(_plain(name), _plain(value))
    for name, content in case.fields.items():
        facts.add_row(Text(f"  {name}", "bold"), _plain(shown(content)))
    history = Table("#", "when", "who", "what", "", box=None)
    for event in events:
        facts_of = (event.number, _time(event.at), event.actor, event.kind)
        history.add_row(*(_plain(fact) for fact in facts_of), _told(event))
    console = _console()
    console.print(facts)
    console.print()
    console.print(history)


@app.command()
def advance(
    context: typer.Context,
    reference: Ref,
    state: State,
    *,
    who: As,
    words: Words = "",
    field: Annotated[str, typer.Option(help="For waiting-on-partner: what the partner is to give.")] = "",
) -> None:
    """Move a request to another state; the partner is told."""

    def move(case: Case, actor: Actor, place: Workplace) -> CaseChange:
        if state is State.WAITING and field:
            return ask_partner(case, field, actor, place.now, place.calendar, words=words)
        return change_state(case, state, actor, place.now, place.calendar, words=words)

    _change(context, reference, who, move)


@app.command()
def withdraw(context: typer.Context, reference: Ref, who: As, words: Words = "") -> None:
    """Withdraw a request for its owner; the partner is told."""
    _change(
        context,
        reference,
        who,
        lambda case, actor, place: withdraw_case(case, actor, place.now, place.calendar, words=words),
    )


@app.command()
def note(context: typer.Context, reference: Ref, text: str, who: As) -> None:
    """Write something down that the partner never sees."""
    _change(context, reference, who, lambda case, actor, place: note_on(case, text, actor, place.now))


@app.command()
def assign(
    context: typer.Context,
    reference: Ref,
    who: As,
    name: Annotated[str | None, typer.Argument(help="Who works on it; without a name nobody does.")] = None,
) -> None:
    """Say who works on a request."""
    _change(context, reference, who, lambda case, actor, place: assign_case(case, name, actor, place.now))


@app.command()
def erase(
    context: typer.Context,
    reference: Ref,
    who: As,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase all that is kept about the owner of a request, as when they say "delete my data" themselves.

    All of their requests are emptied, open ones are withdrawn. They are not told; answer their mail yourself.
    """

    async def find(place: Workplace) -> tuple[Case, ...]:
        case = await _find(place, reference)
        if case.empty:
            raise AlreadyErased(case.reference)
        return await _all(place, CaseFilter(owner=case.owner))

    own = _run(context, find)
    names = ", ".join(case.reference for case in own)
    if not yes:
        typer.confirm(f"Erase everything about this partner, with {names}?", abort=True)

    async def forget(place: Workplace) -> None:
        await place.forgetting.forget(own[0].owner, operator(who.strip()))
        for case in own:
            await place.recorder.erased(who.strip(), case.reference)

    _run(context, forget)
    left = _run(context, lambda place: _again(place, own))
    print("erased; left are " + ", ".join(f"{case.reference} ({case.state})" for case in left))


@app.command()
def export(
    context: typer.Context,
    *,
    who: As,
    type_: OfType = None,
    state: InState = None,
    month: OfMonth = None,
    assignee: Of = None,
    text: WithText = "",
    output: Annotated[
        typer.FileTextWrite | None,
        typer.Option(encoding="utf-8-sig", help="File to write; the screen by default."),  # the mark is for Excel
    ] = None,
) -> None:
    """Write requests as CSV, safe to open in a spreadsheet."""
    which = CaseFilter(type_, state, None, month, assignee, text)

    async def find(place: Workplace) -> tuple[Case, ...]:
        found = await _all(place, which)
        await place.recorder.exported(who.strip(), len(found))
        return found

    found = _run(context, find)
    csv.writer(output or sys.stdout, lineterminator="\n").writerows(rows(found))


def _change(
    context: typer.Context, reference: str, who: str, move: Callable[[Case, Actor, Workplace], CaseChange]
) -> None:
    async def work(place: Workplace) -> CaseChange:
        case = await _find(place, reference)
        change = move(case, operator(who.strip()), place)
        await place.recorder.apply(who.strip(), change)
        return change

    change = _run(context, work)
    told = "the partner is told" if notice_of(change) else "the partner is not told"
    print(f"{change.case.reference}: {change.case.state}; {told}")


def _run(context: typer.Context, work: Callable[[Workplace], Awaitable[T]]) -> T:
    async def run() -> T:
        opener: Opener = context.obj
        async with opener() as place:
            return await work(place)

    try:
        return asyncio.run(run())
    except CaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


async def _all(place: Workplace, which: CaseFilter) -> tuple[Case, ...]:
    page = await place.desk.list(which, EXPORT_PAGE)
    cases = page.cases
    while page.next:
        page = await place.desk.list(which, EXPORT_PAGE, page.next)
        cases += page.cases
    return cases


async def _again(place: Workplace, cases: tuple[Case, ...]) -> tuple[Case, ...]:
    return tuple([await _find(place, case.reference) for case in cases])


async def _find(place: Workplace, written: str) -> Case:
    reference = _reference(written)
    case = await place.desk.find(reference)
    if case is None:
        raise UnknownCase(reference)
    return case


def _reference(written: str) -> str:
    match parse(written):
        case Reference(text):
            return text
        case Mistyped(text):
            raise MistypedReference(text)
        case None:
            raise typer.BadParameter("write a reference as in LP-7K3QM-9")


def _console() -> Console:
    """Wide enough for a table when nobody looks: a pipe has no width."""
    return Console(width=None if sys.stdout.isatty() else 200)


def _plain(value: object) -> Text:
    """Users' words steer no terminal: neither markup nor control characters."""
    text = "" if value is None else str(value)
    return Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def _told(event: Event) -> Text:
    return _plain(", ".join(f"{name}: {shown(value)}" for name, value in event.data.items() if value is not None))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
