"""What was done in the console, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.routing import NavEntry, Route, get, needs
from console.visit import Visit
from desk.access import Action
from desk.audit import AuditFilter, Deed

PATH = "/audit"


class Audit:
    """The section of the audit log."""

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (get(PATH, self.list),)

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("audit", PATH, Action.SEE_AUDIT),)

    @needs(Action.SEE_AUDIT)
    async def list(self, visit: Visit) -> web.Response:
        """Records by who and what."""
        chosen, after = visit.query("deed"), visit.query("after")
        which = AuditFilter(visit.query("actor").casefold(), Deed(chosen) if chosen in list(Deed) else None)
        number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
        page = await visit.around.audit.list(which, after=number)
        return await visit.render("audit.html", page=page, which=which, deeds=list(Deed), first=number is None)
