"""In front of every page: who is it, may they, and did the form come from us."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from console.cookies import LANGUAGE, SESSION, Cookies, csrf_token, hash_of
from console.errors import BadForm, ConsoleError, Forbidden, NotFound, SignInAgain
from console.routing import Handler, action_of
from console.settings import ConsoleSettings
from console.visit import Surroundings, Visit
from console.words import Words, choose_language
from desk.access import Action
from desk.accounts import Account, Session, Source, is_alive, is_stale
from desk.audit import Deed
from faq.library import Library
from program.windows import calendar_of

FORM_TYPE: Final = "application/x-www-form-urlencoded"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SIGN_IN, PASSWORD = "/sign-in", "/password"

log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class Gate:
    """Wraps handlers."""

    settings: ConsoleSettings
    library: Callable[[], Library]
    around: Surroundings
    cookies: Cookies
    address_of: Callable[[web.Request], str]

    def guard(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler behind the gate. Raises `NoAction` when it does not say what it does."""
        action = action_of(handler)

        async def guarded(request: web.Request) -> web.StreamResponse:
            visit = self._visit(request)
            try:
                response = await self._admitted(visit, action, handler)
            except ConsoleError as error:
                response = await self._refusal(visit, error)
            except web.HTTPException:
                raise
            except Exception as error:  # noqa: BLE001 - shown as a page, logged without its words
                response = await self._failure(visit, error)
            return self._with_headers(response)

        return guarded

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """Addresses that are nobody's."""
        visit = self._visit(request)
        try:
            self._check_host(request)
            await self._identify(visit)
            return self._with_headers(await self._refusal(visit, NotFound()))
        except ConsoleError as error:
            return self._with_headers(await self._refusal(visit, error))

    async def _admitted(self, visit: Visit, action: Action, handler: Handler) -> web.StreamResponse:
        self._check_host(visit.request)
        await self._identify(visit)
        if visit.request.method == hdrs.METH_POST:
            await self._read_form(visit)
        elif visit.known is None and action is not Action.VISIT:
            return visit.go_to(SIGN_IN, next=self._asked(visit.request))
        if visit.known is None and action is not Action.VISIT:
            raise SignInAgain(back=SIGN_IN)
        if visit.known and visit.known.must_change and action not in (Action.VISIT, Action.OWN_ACCOUNT):
            return visit.go_to(PASSWORD)
        if not visit.may(action):
            await visit.record(Deed.FORBIDDEN, action=str(action))
            raise Forbidden
        return await handler(visit)

    def _visit(self, request: web.Request) -> Visit:
        library = self.library()
        chosen = self.cookies.read(request, LANGUAGE)
        accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
        language = choose_language(chosen, accepted, library.languages.keys(), library.default_language)
        calendar = calendar_of(library.program)
        words = Words(library.languages[language].console, calendar.zone, calendar.zone_name)
        return Visit(request, words, self.around, self.address_of(request))

    def _check_host(self, request: web.Request) -> None:
        """Without a public address only this machine is served, by its own names: no other page's name leads here."""
        if self.settings.origin:
            return
        if _host_name(request.headers.get(hdrs.HOST, "")) not in LOOPBACK:
            raise Forbidden("host")

    async def _identify(self, visit: Visit) -> None:
        session_id = self.cookies.read(visit.request, SESSION)
        found = await self.around.sessions.find(hash_of(session_id)) if session_id else None
        if found is None:
            return
        session, account = found
        now = self.around.clock.now()
        if not is_alive(session, now) or not self._counts(account):
            await self.around.sessions.end(session.id_hash)
            return
        await self._touch(session)
        visit.session_id, visit.session, visit.known = session_id, session, account

    def _counts(self, account: Account) -> bool:
        """Whoever vouched for the account still does."""
        wanted = Source.PROVIDER if self.settings.provider else Source.LOCAL
        return account.source is wanted and not account.disabled

    async def _touch(self, session: Session) -> None:
        now = self.around.clock.now()
        if is_stale(session, now):
            await self.around.sessions.seen(session.id_hash, now)

    async def _read_form(self, visit: Visit) -> None:
        """Only our own pages may send forms, and only with the session's token."""
        request = visit.request
        if not self._from_us(request):
            await visit.record(Deed.FORM_REFUSED, reason="origin")
            raise Forbidden("origin")
        if request.content_type != FORM_TYPE:
            raise BadForm
        try:
            sent = await request.post()
        except (ValueError, LookupError):  # bytes that are no text, a charset that nobody knows
            raise BadForm from None
        visit.form = {name: [value for value in sent.getall(name) if isinstance(value, str)] for name in sent}
        if visit.session:
            token = visit.form.get("csrf", [""])[0]
            if not hmac.compare_digest(token.encode(), csrf_token(visit.session_id).encode()):
                await visit.record(Deed.FORM_REFUSED, reason="token")
                raise Forbidden("token")

    def _from_us(self, request: web.Request) -> bool:
        own = self.settings.origin or f"http://{request.headers.get(hdrs.HOST, '')}".lower()
        return request.headers.get(hdrs.ORIGIN, "").lower() == own

    def _asked(self, request: web.Request) -> str:
        """The page to go back to after signing in, as the browser sees it."""
        return self.settings.base.removesuffix("/console") + request.path_qs

    async def _refusal(self, visit: Visit, error: ConsoleError) -> web.StreamResponse:
        return await visit.render(
            "error.html", status=error.status, name=error.name, back=error.back, facts=error.facts
        )

    async def _failure(self, visit: Visit, error: Exception) -> web.StreamResponse:
        error_id = secrets.token_hex(8)
        resource = visit.request.match_info.route.resource
        log.error("page failed", error_id=error_id, route=resource.canonical if resource else None, exc_info=error)
        return await visit.render(
            "error.html",
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            name="failed",
            back="",
            facts=[(visit.words.text("error.id"), error_id)],
        )

    def _with_headers(self, response: web.StreamResponse) -> web.StreamResponse:
        # Sign-in leads to the identity provider by a link, not by a form, so it need not be a target of forms.
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            hdrs.CACHE_CONTROL: "no-store",
            # Not "no-referrer": with that, browsers send "Origin: null" with our own forms.
            "Referrer-Policy": "same-origin",
        }
        if self.settings.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


def _host_name(host: str) -> str:
    """The name in a Host header; empty when it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
