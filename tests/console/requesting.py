"""A console with requests in it: for the tests of the list, the batch and the due days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from cases.model import Case, CaseChange, CaseType, Contact, Draft, JsonObject, Owner, State, operator
from cases.usecases import ask_partner, change_state, open_case
from faq.library import Library
from program.windows import Calendar, calendar_of
from storage.outbox import SqlOutbox
from tests.console.place import NOW, Place

LISTING: JsonObject = {
    "display-name": "Contoso Learning",
    "country": "BR",
    "landing-page": "https://contoso.com/microsoft",
    "about-only": "yes",
    "no-competitors": "yes",
    "owned": "yes",
}
WAYS: dict[State, tuple[State, ...]] = {
    State.RECEIVED: (),
    State.IN_REVIEW: (State.IN_REVIEW,),
    State.READY: (State.IN_REVIEW, State.READY),
    State.SUBMITTED: (State.IN_REVIEW, State.READY, State.SUBMITTED),
    State.LISTED: (State.IN_REVIEW, State.READY, State.SUBMITTED, State.LISTED),
    State.INVESTIGATING: (State.INVESTIGATING,),
    State.WITHDRAWN: (State.WITHDRAWN,),
}
"""How a request gets there."""
CLERK = operator("clerk")


@dataclass
class Office:
    """A console with requests in it."""

    place: Place
    library: Library
    made: list[Case] = field(default_factory=list)

    @property
    def calendar(self) -> Calendar:
        """The program's."""
        return calendar_of(self.library.program)

    async def asked(
        self,
        state: State = State.RECEIVED,
        *,
        type_: CaseType = CaseType.LISTING,
        at: datetime = NOW,
        language: str = "en",
        **changed: Any,
    ) -> Case:
        """A partner's request that has come so far. ``changed``: fields, with ``_`` for ``-``."""
        number = len(self.made) + 1
        own = {name.replace("_", "-"): value for name, value in changed.items()}
        fields = {**LISTING, **own} if type_ is CaseType.LISTING else own
        contact = Contact("webchat", f"conversation-{number}", local=True)
        draft = Draft(type_, f"{number:032x}", fields, Owner("webchat", f"user-{number}"), contact, language)
        change = open_case(draft, at, self.calendar)
        case = await self._stored(change)
        waits = state is State.WAITING
        for target in WAYS[State.IN_REVIEW if waits else state]:
            case = await self._stored(change_state(case, target, CLERK, at, self.calendar))
        if waits:
            case = await self._stored(ask_partner(case, "landing-page", CLERK, at, self.calendar))
        self.made.append(case)
        return case

    async def move(self, case: Case, target: State, at: datetime = NOW) -> Case:
        """Somebody else takes it further."""
        return await self._stored(change_state(await self.now(case), target, CLERK, at, self.calendar))

    async def edited(self, case: Case, **changed: Any) -> Case:
        """Its fields become others; it stays where it is."""
        found = await self.now(case)
        own = {name.replace("_", "-"): value for name, value in changed.items()}
        after = replace(found, fields={**found.fields, **own}, version=found.version + 1)
        return await self._stored(CaseChange(after, found.version, ()))

    async def now(self, case: Case) -> Case:
        """The request as it is stored."""
        found = await self.place.desk.find(case.reference)
        assert found is not None
        return found

    async def told(self) -> int:
        """How many messages to partners wait."""
        return (await SqlOutbox(self.place.database, self.place.clock).waiting())[0]

    async def _stored(self, change: CaseChange) -> Case:
        await self.place.desk.apply(change)
        return change.case


def ticked(*cases: Case) -> list[str]:
    """As a page's boxes say it."""
    return [f"{case.reference}:{case.version}" for case in cases]


class Elements(HTMLParser):
    """All elements of a page, and attributes that run something or lead away."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        self.names.append(tag)
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "srcdoc")
            if name.startswith("on") or (leads and not (value or "").startswith(("/", "#", "?"))):
                self.handlers.append(name)


def elements(html: str) -> Elements:
    """What a browser makes of it."""
    parser = Elements()
    parser.feed(html)
    return parser
