"""The list of requests: found, sorted, and worked on several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from cases.model import Case, CaseChange, CaseType, Role, State
from cases.reference import Mistyped, Reference, parse
from cases.transitions import SPOKEN, targets
from cases.usecases import LONGEST_WORDS, assign, change_state
from console.bulk import chosen_in, do_each
from console.errors import BadForm
from console.naming import Naming
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import Action, may
from desk.accounts import Account
from desk.listing import CaseFinder, Group, Order, Query
from desk.ports import AccountStore, Workbench
from program.months import Month

PATH = "/requests"
NOBODY = "-"
"""As an assignee."""
_E = TypeVar("_E", bound=StrEnum)
Work = Callable[[Case], CaseChange]


class Requests:
    """The section of requests."""

    def __init__(self, bench: Workbench, finder: CaseFinder, accounts: AccountStore, naming: Naming) -> None:
        self._bench, self._finder, self._accounts, self._naming = bench, finder, accounts, naming

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (get(PATH, self.list), post(PATH, self.work))

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("requests", PATH, Action.SEE_REQUESTS),)

    @needs(Action.SEE_REQUESTS)
    async def list(self, visit: Visit) -> web.Response:
        """Requests that fit the filters in the address."""
        return await self._page(visit)

    @needs(Action.WORK_REQUESTS)
    async def work(self, visit: Visit) -> web.Response:
        """Assign, or move, what was ticked; the address carries the filters."""
        chosen = chosen_in(visit.form.get("shown" if visit.form.get("all") else "chosen", []))
        kind, _, value = visit.field("do").partition(":")
        words = visit.field("words").strip()
        if not chosen or not kind:
            return await self._page(visit, problem="bulk.nothing", words=words)
        if kind == "assign":
            work = await self._assigning(visit, value)
        elif kind == "move" and value in list(State) and value != State.WAITING:
            if fault := _fault(State(value), words):
                return await self._page(visit, problem=fault, words=words)
            work = self._moving(visit, State(value), words)
        else:
            raise BadForm
        outcome = await do_each(self._bench, chosen, work, visit.line)
        kept = urlencode(self._kept(visit))
        where = f"{PATH}?{kept}" if kept else PATH
        return await visit.done(where, "bulk.result", result=outcome.told(visit.words))

    async def _assigning(self, visit: Visit, name: str) -> Work:
        if name != NOBODY and name not in [account.name for account in await self._workers()]:
            raise BadForm
        now, assignee = visit.around.clock.now(), None if name == NOBODY else name
        return lambda case: assign(case, assignee, visit.actor, now)

    def _moving(self, visit: Visit, target: State, words: str) -> Work:
        now, calendar = visit.around.clock.now(), self._naming.calendar
        return lambda case: change_state(case, target, visit.actor, now, calendar, words=words)

    async def _workers(self) -> Sequence[Account]:
        accounts = await self._accounts.list()
        return [each for each in accounts if not each.disabled and may(each.roles, Action.WORK_REQUESTS)]

    def _kept(self, visit: Visit) -> dict[str, str]:
        """The filters of the address, as far as they mean something."""
        which = self._query(visit)
        values = {
            "text": which.text,
            "type": which.type,
            "state": which.state or which.group,
            "month": which.month,
            "country": which.country,
            "assignee": which.assignee,
            "language": which.language,
            "order": None if which.order is Order.NEWEST else which.order,
        }
        return {name: str(value) for name, value in values.items() if value}

    def _query(self, visit: Visit) -> Query:
        parsed, state = parse(text := visit.query("text")), visit.query("state")
        return Query(
            self._naming.today(visit.around.clock.now()),
            visit.account.name,
            type=_choice(CaseType, visit.query("type")),
            state=_choice(State, state),
            group=_choice(Group, state),
            month=_month(visit.query("month")),
            country=visit.query("country")[:2],
            assignee=visit.query("assignee")[:40],
            language=visit.query("language") if visit.query("language") in self._naming.languages() else "",
            text=parsed.text if isinstance(parsed, Reference) else text[:200],
            order=_choice(Order, visit.query("order")) or Order.NEWEST,
        )

    async def _page(self, visit: Visit, problem: str = "", words: str = "") -> web.Response:
        which, after = self._query(visit), visit.query("after")
        page, choices = await self._finder.find(which, after=after), await self._finder.choices()
        workers = await self._workers() if visit.may(Action.WORK_REQUESTS) else ()
        ahead = {state for case in page.cases for state in targets(case, Role.OPERATOR)} - {State.WAITING}
        countries = [(code, self._naming.country(code, visit.words.language)) for code in choices.countries]
        return await visit.render(
            "requests.html",
            page=page,
            which=which,
            kept=self._kept(visit),
            first=not after,
            mistyped=isinstance(parse(which.text), Mistyped),
            countries=sorted(countries, key=lambda each: each[1]),
            months=choices.months,
            request_languages=list(self._naming.languages()),
            names=sorted({each.name for each in await self._accounts.list()} | {which.assignee} - {""}),
            workers=[each.name for each in workers],
            moves=sorted(ahead, key=list(State).index),
            about=self._naming.about,
            spoken=SPOKEN,
            types=list(CaseType),
            states=list(State),
            groups=list(Group),
            orders=list(Order),
            nobody=NOBODY,
            problem=problem,
            words=words,
        )


def _fault(target: State, words: str) -> str:
    if target in SPOKEN and not words:
        return "bulk.words-missing"
    return "bulk.words-too-long" if len(words) > LONGEST_WORDS else ""


def _month(text: str) -> Month | None:
    try:
        return Month.of_text(text)
    except ValueError:
        return None


def _choice(kind: type[_E], value: str) -> _E | None:
    """A value of a list; what is not in it counts as no choice."""
    return kind(value) if value in list(kind) else None
