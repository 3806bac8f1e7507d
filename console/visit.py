"""One request of the console: who asks, in which language, and what a handler needs to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode

from aiohttp import hdrs, web

from cases.model import Actor, CaseChange, JsonObject, operator
from console.cookies import csrf_token
from console.errors import BadForm, Forbidden
from console.render import Renderer
from console.words import Words
from desk.access import Action, may
from desk.accounts import Account, Session
from desk.audit import Deed, Record
from desk.ports import AuditLog, SessionStore
from turn.ports import Clock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all visits share."""

    renderer: Renderer
    sessions: SessionStore
    audit: AuditLog
    clock: Clock


@dataclass(slots=True)
class Visit:
    """Handed to every handler, which returns a response."""

    request: web.Request
    words: Words
    around: Surroundings
    address: str = ""
    """Network address of the browser."""
    session_id: str = ""
    session: Session | None = None
    known: Account | None = None
    """Who is signed in, if anybody."""
    form: Mapping[str, list[str]] = field(default_factory=dict)
    """What was sent, by name."""

    @property
    def account(self) -> Account:
        """Who is signed in. Raises `Forbidden`: handlers that need an action other than VISIT always have one."""
        if self.known is None:
            raise Forbidden
        return self.known

    @property
    def actor(self) -> Actor:
        """Who is signed in, for the history of requests."""
        return operator(self.account.name)

    def may(self, action: Action) -> bool:
        """Whether whoever is signed in may do this."""
        return action is Action.VISIT or (self.known is not None and may(self.known.roles, action))

    def query(self, name: str) -> str:
        """A value of the address, without blanks around it; empty when it is not there."""
        return self.request.query.get(name, "").strip()

    def field(self, name: str) -> str:
        """A value of the form. Raises `BadForm` when it is not there."""
        if not (values := self.form.get(name)):
            raise BadForm
        return values[0]

    def url(self, path: str, **query: object) -> str:
        """Address of a page of the console (``/requests``); empty values are left out."""
        kept = {name: str(value) for name, value in query.items() if value is not None and value != ""}
        return self.around.renderer.base + path + (f"?{urlencode(kept)}" if kept else "")

    async def render(self, template: str, status: int = HTTPStatus.OK, **values: object) -> web.Response:
        """A page; a message that waits for it is shown and forgotten."""
        flash = self.session.flash if self.session else None
        if self.session and flash:
            await self.around.sessions.put_flash(self.session.id_hash, None)
        html = self.around.renderer.html(template, {**self._page_values(flash), **values})
        return web.Response(text=html, content_type="text/html", status=status)

    def go_to(self, path: str, **query: object) -> web.Response:
        """See another page."""
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: self.url(path, **query)})

    async def done(self, path: str, key: str, **values: str | int) -> web.Response:
        """After a change: see another page, which begins with this sentence."""
        if self.session:
            flash: JsonObject = {"key": key, "values": cast("JsonObject", values)}
            await self.around.sessions.put_flash(self.session.id_hash, flash)
        return self.go_to(path)

    async def record(self, deed: Deed, subject: str = "", **data: str | int) -> None:
        """Write into the audit log what whoever is signed in did."""
        await self.around.audit.write(self.as_record(deed, subject, cast("JsonObject", data)))

    def as_record(self, deed: Deed, subject: str = "", data: JsonObject | None = None, *, actor: str = "") -> Record:
        """The line of the audit log for what is done now; ``actor`` is whoever is signed in, if not given."""
        name = actor or (self.known.name if self.known else "")
        return Record(self.around.clock.now(), name, deed, subject, data or {}, self.address)

    def line(self, change: CaseChange) -> Record:
        """The line of the audit log for a change of a request."""
        data: JsonObject = {"kind": str(change.events[-1].kind)}
        return self.as_record(Deed.REQUEST_CHANGED, change.case.reference, data)

    def _page_values(self, flash: JsonObject | None) -> dict[str, object]:
        said = self.words.text(str(flash["key"]), **cast("dict[str, object]", flash["values"])) if flash else ""
        allowed = [entry for entry in self.around.renderer.navigation if self.known and self.may(entry.action)]
        return {
            "t": self.words.text,
            "w": self.words,
            "url": self.url,
            "may": self.may,
            "Action": Action,
            "account": self.known,
            "navigation": [] if self.known and self.known.must_change else allowed,
            "here": self.request.path,
            "here_full": self.request.path_qs,
            "flash": said,
            "form_token": csrf_token(self.session_id) if self.session else "",
        }


def inside(path: str, base: str) -> str:
    """``path`` if it is a page of the console, else nothing: a link that was made elsewhere leads nowhere else."""
    steps = path.partition("?")[0].split("/")[1:-1]
    clean = path.isprintable() and "\\" not in path and not {"", ".", ".."} & set(steps)
    return path if clean and (path == base or path.startswith((f"{base}/", f"{base}?"))) else ""
