"""The console as a whole: what is behind it, put under ``/console``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from aiohttp import web

from console.assets import Assets
from console.cookies import Cookies
from console.errors import NotFound
from console.gate import Gate
from console.passwords import Passwords
from console.provider import Provider
from console.provider_signin import ProviderSignIn
from console.render import Renderer
from console.routing import Route, Section, get, needs
from console.settings import ROOT, ConsoleSettings
from console.signin import SignIn
from console.visit import Surroundings, Visit
from desk.access import Action
from desk.ports import AccountStore, AuditLog, SessionStore, TryStore
from faq.library import Library
from turn.ports import Clock


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the console keeps who works in it."""

    accounts: AccountStore
    sessions: SessionStore
    tries: TryStore
    audit: AuditLog


class Console:
    """The operators' pages."""

    def __init__(
        self,
        *,
        settings: ConsoleSettings,
        stores: Stores,
        passwords: Passwords,
        library: Callable[[], Library],
        clock: Clock,
        sections: Sequence[Section],
        address_of: Callable[[web.Request], str],
    ) -> None:
        """``library`` gives the live content; ``address_of`` the network address that a request comes from."""
        navigation = [entry for section in sections for entry in section.navigation()]
        self._assets = Assets()
        renderer = Renderer(settings.base, self._assets.names, list(library().languages), navigation)
        cookies = Cookies(secure=settings.secure)
        around = Surroundings(renderer, stores.sessions, stores.audit, clock)
        self._gate = Gate(settings, library, around, cookies, address_of)
        signing = SignIn(
            settings=settings,
            accounts=stores.accounts,
            tries=stores.tries,
            passwords=passwords,
            cookies=cookies,
            languages=lambda: library().languages,
        )
        self._provider = Provider(settings.provider) if settings.provider else None
        self._sections: list[Section] = [signing, *sections]
        if self._provider:
            self._sections.append(
                ProviderSignIn(
                    settings=settings,
                    provider=self._provider,
                    accounts=stores.accounts,
                    tries=stores.tries,
                    cookies=cookies,
                    begin=signing.begin,
                )
            )

    def register(self, app: web.Application) -> None:
        """Add the console's addresses to ``app``. Raises `NoAction` for a handler that does not say what it does."""
        for route in self._routes():
            app.router.add_route(route.method, ROOT + route.path, self._gate.guard(route.handler))
        app.router.add_route("*", ROOT + "{tail:(/.*)?}", self._gate.unknown)
        app.cleanup_ctx.append(self._connected)

    async def _connected(self, _: web.Application) -> AsyncIterator[None]:
        if self._provider:
            await self._provider.open()
        yield
        if self._provider:
            await self._provider.close()

    def _routes(self) -> Iterable[Route]:
        yield get("", self._home)
        yield get("/", self._home)
        yield get("/static/{name}", self._assets.show)
        for section in self._sections:
            yield from section.routes()

    @needs(Action.OWN_ACCOUNT)
    async def _home(self, visit: Visit) -> web.StreamResponse:
        for entry in visit.around.renderer.navigation:
            if visit.may(entry.action):
                return visit.go_to(entry.path)
        raise NotFound
