"""One request: what was asked, how it stands, what can be done, and all that happened to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from aiohttp import web

from cases.errors import CaseChanged, CaseError, UnknownField, WordsMissing, WordsTooLong
from cases.model import Case, CaseChange, Event, EventKind, JsonValue, Role, State
from cases.ports import Likeness
from cases.reference import Reference, parse
from cases.transitions import SPOKEN, targets
from cases.usecases import ask_partner, assign, change_state, note
from console.errors import BadForm, Conflict, NotFound
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import Action
from desk.ports import Workbench
from dialogs.decision import Knowledge
from dialogs.fields.base import Reader
from dialogs.reply import Words
from dialogs.showing import label_of, tables_of
from dialogs.speaking import Speaker
from program.windows import Calendar, calendar_of
from turn.ports import Talks
from turn.talk import READ, Talk, talk_of

PATH = "/requests/{reference}"
ALIKE = 10
"""Likely duplicates that are shown."""
_MOVES = frozenset({EventKind.MOVED, EventKind.ASKED, EventKind.EDITED, EventKind.MISSING})
_FAULTS: Mapping[type[CaseError], str] = {
    WordsMissing: "request.words.missing",
    WordsTooLong: "request.words.too-long",
}
Work = Callable[[Case, Calendar], CaseChange]


@dataclass(frozen=True, slots=True)
class Line:
    """An event of the history in words."""

    event: Event
    who: str
    said: str
    words: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    """Label, before, after."""


class RequestPage:
    """The section of one request."""

    def __init__(self, bench: Workbench, knowledge: Callable[[], Knowledge], talks: Talks, likeness: Likeness) -> None:
        self._bench = bench
        self._knowledge = knowledge
        self._talks = talks
        self._likeness = likeness

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (
            get(PATH, self.show),
            post(f"{PATH}/move", self.move),
            post(f"{PATH}/ask", self.ask),
            post(f"{PATH}/assign", self.assign),
            post(f"{PATH}/note", self.note),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """It is reached from the list."""
        return ()

    @needs(Action.SEE_REQUESTS)
    async def show(self, visit: Visit) -> web.Response:
        """The request."""
        return await self._page(visit, await self._found(visit))

    @needs(Action.WORK_REQUESTS)
    async def move(self, visit: Visit) -> web.Response:
        """To another state, with words for the partner where they are needed."""
        to, words = visit.field("to"), visit.field("words")
        if to not in list(State) or to == State.WAITING:
            raise BadForm
        now = visit.around.clock.now()
        return await self._apply(
            visit, lambda case, calendar: change_state(case, State(to), visit.actor, now, calendar, words=words)
        )

    @needs(Action.WORK_REQUESTS)
    async def ask(self, visit: Visit) -> web.Response:
        """Wait until the partner gives a field anew."""
        field, words, now = visit.field("field"), visit.field("words"), visit.around.clock.now()
        return await self._apply(
            visit, lambda case, calendar: ask_partner(case, field, visit.actor, now, calendar, words=words)
        )

    @needs(Action.WORK_REQUESTS)
    async def assign(self, visit: Visit) -> web.Response:
        """Take it, or give it back."""
        takes = visit.field("take") == "yes"
        now, name = visit.around.clock.now(), visit.account.name
        return await self._apply(visit, lambda case, _: assign(case, name if takes else None, visit.actor, now))

    @needs(Action.WORK_REQUESTS)
    async def note(self, visit: Visit) -> web.Response:
        """Write something down that the partner never sees."""
        text, now = visit.field("text"), visit.around.clock.now()
        return await self._apply(visit, lambda case, _: note(case, text, visit.actor, now))

    async def _found(self, visit: Visit) -> Case:
        named = parse(visit.request.match_info["reference"])
        case = await self._bench.find(named.text) if isinstance(named, Reference) else None
        if case is None:
            raise NotFound(back="/requests")
        return case

    async def _apply(self, visit: Visit, work: Work) -> web.Response:
        """Do it to the request as the page showed it; a page that is old is refused with what is so now."""
        case = await self._found(visit)
        if visit.field("version") != str(case.version):
            raise self._stale(visit, case)
        try:
            change = work(case, calendar_of(self._knowledge().library.program))
        except (WordsMissing, WordsTooLong) as fault:
            return await self._page(visit, case, visit.words.text(_FAULTS[type(fault)]))
        except UnknownField:
            raise BadForm from None
        except CaseError:
            raise self._stale(visit, case) from None
        try:
            await self._bench.apply(change, visit.line(change))
        except CaseChanged:
            raise self._stale(visit, await self._found(visit)) from None
        return await visit.done(f"/requests/{case.reference}", "request.done", reference=case.reference)

    def _stale(self, visit: Visit, case: Case) -> Conflict:
        words = visit.words
        facts = [
            (words.text("requests.state"), words.name("state", case.state)),
            (words.text("requests.assignee"), case.assignee or "–"),
            (words.text("requests.updated"), words.moment(case.updated_at)),
        ]
        return Conflict(back=f"/requests/{case.reference}", facts=facts)

    async def _page(self, visit: Visit, case: Case, problem: str = "") -> web.Response:
        history = await self._bench.events(case.reference)
        library = self._knowledge().library
        today = calendar_of(library.program).day_of(visit.around.clock.now())
        told = Told(self._knowledge(), visit.words.language, today)
        ahead = sorted(targets(case, Role.OPERATOR) - {State.WAITING}, key=list(State).index)
        return await visit.render(
            "request.html",
            case=case,
            tables=told.tables(case),
            moves=[state for state in ahead if state not in SPOKEN],
            spoken=[state for state in ahead if state in SPOKEN],
            asks=[(name, told.label(case, name)) for name in case.fields]
            if State.WAITING in targets(case, Role.OPERATOR)
            else [],
            waits_for=told.label(case, case.waiting_field) if case.waiting_field else "",
            talk=await self._talk(visit, case),
            alike=await self._likeness.alike(case, ALIKE),
            history=[_line(event, case, told, visit) for event in reversed(history)],
            problem=problem,
        )

    async def _talk(self, visit: Visit, case: Case) -> Talk:
        """What was said until the request was made."""
        if case.empty:
            return Talk()
        found = await self._talks.before(case.owner, case.created_at, READ)
        return talk_of(found, self._knowledge(), visit.words)


@dataclass(frozen=True, slots=True)
class Told:
    """Fields in the operator's words."""

    knowledge: Knowledge
    language: str
    today: date

    def tables(self, case: Case) -> list[list[tuple[str, str]]]:
        """Labels and values, table by table."""
        guiding = self.knowledge.guiding
        if guiding is None:
            return []
        tables = tables_of(case, Reader(self.language, self.today, guiding.fields))
        return [[(self._say(row.label), self._say(row.value)) for row in table.rows] for table in tables]

    def label(self, case: Case, name: str) -> str:
        """What a field is called."""
        return self._say(label_of(case, name))

    def value(self, case: Case, name: str, value: JsonValue) -> str:
        """A field's value; of several, one line for each."""
        tables = self.tables(replace(case, fields={name: value}))
        return "\n".join(" · ".join(text for _, text in table) for table in tables) or "–"

    def _say(self, words: Words) -> str:
        return Speaker(self.knowledge.library, self.language, self.today).label(words)


def _line(event: Event, case: Case, told: Told, visit: Visit) -> Line:
    data, words = event.data, visit.words
    values = {"from": "", "to": "", "field": ""}
    if event.kind in _MOVES:
        values |= {part: words.name("state", data[part]) for part in ("from", "to") if part in data}
    if "field" in data:
        values["field"] = told.label(case, str(data["field"]))
    name = f"event.{event.kind}"
    if event.kind is EventKind.ASSIGNED:
        name = "event.assigned" if data.get("to") else "event.unassigned"
        values["to"] = str(data.get("to"))
    if event.kind is EventKind.MUTED and not data.get("muted"):
        name = "event.unmuted"
    who = event.actor.name or words.name("actor", event.actor.role)
    return Line(event, who, words.text(name, **values), str(data.get("words") or ""), _changes(event, case, told))


def _changes(event: Event, case: Case, told: Told) -> tuple[tuple[str, str, str], ...]:
    before, after = event.data.get("before"), event.data.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    return tuple(
        (told.label(case, name), told.value(case, name, before.get(name)), told.value(case, name, value))
        for name, value in after.items()
    )
