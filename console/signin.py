"""Signing in with a name and a password, signing out, one's own password, the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from http import HTTPStatus

from aiohttp import hdrs, web

from console.cookies import LANGUAGE, SESSION, YEAR, Cookies, hash_of, new_session_id
from console.errors import NotFound, TooMany
from console.gate import PASSWORD, SIGN_IN
from console.passwords import Passwords
from console.routing import NavEntry, Route, get, needs, post
from console.settings import ConsoleSettings
from console.visit import Visit, inside
from desk.access import Action
from desk.accounts import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Account,
    PasswordFault,
    Session,
    Source,
    account_name,
    password_fault,
    try_key,
    with_password,
)
from desk.audit import Deed
from desk.errors import BadName
from desk.ports import AccountStore, TryStore


class SignIn:
    """The section of those pages."""

    def __init__(
        self,
        *,
        settings: ConsoleSettings,
        accounts: AccountStore,
        tries: TryStore,
        passwords: Passwords,
        cookies: Cookies,
        languages: Callable[[], Collection[str]],
    ) -> None:
        self._settings, self._accounts, self._tries = settings, accounts, tries
        self._passwords, self._cookies, self._languages = passwords, cookies, languages

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (
            get(SIGN_IN, self.show),
            post(SIGN_IN, self.sign_in),
            post("/sign-out", self.sign_out),
            get(PASSWORD, self.show_password),
            post(PASSWORD, self.change_password),
            get("/language/{language}", self.choose_language),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """None of these pages is in it."""
        return ()

    @needs(Action.VISIT)
    async def show(self, visit: Visit) -> web.Response:
        """The form, or the page itself for whoever is signed in already."""
        if visit.known:
            return self._onward(visit, visit.query("next"))
        return await self._form(visit, visit.query("next"))

    @needs(Action.VISIT)
    async def sign_in(self, visit: Visit) -> web.Response:
        """Check name and password; every try counts before it is made."""
        if self._settings.provider:
            raise NotFound
        written, password, goal = visit.field("name"), visit.field("password"), visit.field("next")
        keys = [try_key("name", written), *([try_key("address", visit.address)] if visit.address else [])]
        wait = await self._tries.reserve(keys, visit.around.clock.now())
        if wait:
            await visit.record(Deed.SIGN_IN_REFUSED, reason="wait")
            return await self._wait(visit, goal, wait)
        account = await self._find(written)
        right = await self._passwords.fits(account.password_hash if account else None, password[: LONGEST_PASSWORD + 1])
        if account is None or not right or account.disabled:
            reason = "unknown" if account is None else "disabled" if right else "wrong"
            await visit.record(Deed.SIGN_IN_REFUSED, account.name if account else "", reason=reason)
            return await self._form(visit, goal, visit.words.text("sign-in.wrong"), written)
        await self._tries.forget(keys)
        return await self.begin(visit, account, self._onward(visit, goal))

    async def begin(self, visit: Visit, account: Account, response: web.Response) -> web.Response:
        """Sign ``account`` in: always with a new id, whatever the browser came with."""
        now = visit.around.clock.now()
        session_id = new_session_id()
        if visit.session:
            await visit.around.sessions.end(visit.session.id_hash)
        record = visit.as_record(Deed.SIGNED_IN, account.name, actor=account.name)
        await visit.around.sessions.begin(Session(hash_of(session_id), account.name, now, now), record)
        self._cookies.set(response, SESSION, session_id)
        return response

    @needs(Action.OWN_ACCOUNT)
    async def sign_out(self, visit: Visit) -> web.Response:
        """End the session here and in the database."""
        if visit.session:
            await visit.around.sessions.end(visit.session.id_hash, visit.as_record(Deed.SIGNED_OUT))
        response = visit.go_to(SIGN_IN)
        self._cookies.delete(response, SESSION)
        return response

    @needs(Action.OWN_ACCOUNT)
    async def show_password(self, visit: Visit) -> web.Response:
        """The form for one's own password."""
        return await self._password_form(visit)

    @needs(Action.OWN_ACCOUNT)
    async def change_password(self, visit: Visit) -> web.Response:
        """Take the new password; all other sessions of the account end, and this one gets a new id."""
        account, new, again = visit.account, visit.field("new"), visit.field("again")
        if account.source is not Source.LOCAL:
            raise NotFound
        if not account.must_change and not await self._old_fits(visit):
            return await self._password_form(visit, "password.wrong")
        same = await self._passwords.fits(account.password_hash, new[: LONGEST_PASSWORD + 1])
        fault = password_fault(new, again, account, same=same)
        if fault is not None:
            return await self._password_form(visit, f"password.{fault}")
        changed = with_password(account, await self._passwords.hash(new), visit.around.clock.now())
        await self._accounts.apply(changed)
        return await self.begin(visit, changed.account, visit.go_to(""))

    @needs(Action.VISIT)
    async def choose_language(self, visit: Visit) -> web.Response:
        """Keep the choice, and go back to where it was made."""
        language = visit.request.match_info["language"]
        if language not in self._languages():
            raise NotFound
        goal = inside(visit.query("back"), self._settings.base) or self._settings.base
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: goal})
        self._cookies.set(response, LANGUAGE, language, YEAR)
        return response

    async def _find(self, written: str) -> Account | None:
        try:
            account = await self._accounts.find(account_name(written))
        except BadName:
            return None
        return account if account and account.source is Source.LOCAL else None

    async def _old_fits(self, visit: Visit) -> bool:
        """Whether the present password was given; wrong ones count like wrong sign-ins."""
        keys = [try_key("name", visit.account.name)]
        if await self._tries.reserve(keys, visit.around.clock.now()):
            raise TooMany(back=PASSWORD)
        old = visit.field("old")[: LONGEST_PASSWORD + 1]
        right = await self._passwords.fits(visit.account.password_hash, old)
        if right:
            await self._tries.forget(keys)
        return right

    async def _form(self, visit: Visit, goal: str, problem: str = "", name: str = "") -> web.Response:
        return await visit.render(
            "sign-in.html",
            status=HTTPStatus.FORBIDDEN if problem else HTTPStatus.OK,
            goal=inside(goal, self._settings.base),
            problem=problem,
            name=name[:60],
            by_provider=self._settings.provider is not None,
        )

    async def _wait(self, visit: Visit, goal: str, wait: timedelta) -> web.Response:
        minutes = max(1, math.ceil(wait / timedelta(minutes=1)))
        response = await self._form(visit, goal, visit.words.text("sign-in.wait", minutes=minutes))
        response.set_status(HTTPStatus.TOO_MANY_REQUESTS)
        response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait.total_seconds()))
        return response

    async def _password_form(self, visit: Visit, problem: str = "") -> web.Response:
        if visit.account.source is not Source.LOCAL:
            raise NotFound
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
        return await visit.render("password.html", status=status, problem=problem, shortest=SHORTEST_PASSWORD)

    def _onward(self, visit: Visit, goal: str) -> web.Response:
        target = inside(goal, self._settings.base)
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: target or visit.url("")})


FAULTS = tuple(f"password.{fault}" for fault in PasswordFault)
"""Sentences that `SignIn` may say by a computed key."""
