"""Signing in with the identity provider: authorization code with PKCE, state and nonce, all bound to the browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, NoReturn
from urllib.parse import urlencode, urlsplit

import structlog
from aiohttp import hdrs, web

from console.cookies import SIGNING_IN, Cookies
from console.errors import Conflict, ConsoleError, Forbidden, TooMany
from console.gate import SIGN_IN
from console.idtoken import Person, TokenRefused, checked, person
from console.provider import Provider, ProviderAway
from console.routing import NavEntry, Route, get, needs
from console.settings import ROOT, ConsoleSettings
from console.visit import Visit, inside
from desk.access import Action
from desk.accounts import Account, from_provider, name_from_claims, new_from_provider, try_key
from desk.audit import Deed
from desk.errors import AccountChanged, NameTaken, TeamsUserTaken
from desk.ports import AccountStore, TryStore

START, BACK = f"{SIGN_IN}/provider", f"{SIGN_IN}/provider/callback"
SCOPE: Final = "openid profile email"
MINUTES: Final = 10
"""For signing in at the provider."""
_PARTS: Final = 4
log = structlog.get_logger("console")

Begin = Callable[[Visit, Account, web.Response], Awaitable[web.Response]]


class Unreachable(ConsoleError):
    """The identity provider does not answer."""

    status = HTTPStatus.BAD_GATEWAY
    name = "provider-away"


class ProviderSignIn:
    """The section of those two addresses."""

    def __init__(
        self,
        *,
        settings: ConsoleSettings,
        provider: Provider,
        accounts: AccountStore,
        tries: TryStore,
        cookies: Cookies,
        begin: Begin,
    ) -> None:
        """``begin`` starts the session."""
        self._settings, self._provider, self._accounts = settings, provider, accounts
        self._tries, self._cookies, self._begin = tries, cookies, begin

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (get(START, self.leave), get(BACK, self.come_back))

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return ()

    @needs(Action.VISIT)
    async def leave(self, visit: Visit) -> web.Response:
        """Send the browser to the provider, and have it keep what only it may come back with."""
        try:
            found = await self._provider.discovered()
        except ProviderAway:
            raise Unreachable(back=SIGN_IN) from None
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self._provider.settings.client_id,
            "redirect_uri": self._redirect_uri(visit),
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(found.authorization).query else "?"
        goal = f"{found.authorization}{joint}{urlencode(asked)}"
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: goal})
        onward = base64.urlsafe_b64encode(visit.query("next").encode()[:1000]).decode()
        self._cookies.set(response, SIGNING_IN, ".".join((state, nonce, verifier, onward)), MINUTES * 60)
        return response

    @needs(Action.VISIT)
    async def come_back(self, visit: Visit) -> web.Response:
        """Believe nothing until state, token and roles are right; then begin a session."""
        state, nonce, verifier, onward = self._kept(visit)
        ours = hmac.compare_digest(visit.query("state").encode(), state.encode())
        if not ours or visit.query("error") or visit.query("iss") not in ("", self._provider.settings.issuer):
            await self._refuse(visit, "provider")
        keys = [try_key("address", visit.address)] if visit.address else []
        if keys and await self._tries.reserve(keys, visit.around.clock.now()):
            raise TooMany(back=SIGN_IN)
        known = await self._vouched(visit, verifier, nonce)
        response = await self._admit(visit, known, onward)
        await self._tries.forget(keys)
        self._cookies.delete(response, SIGNING_IN)
        return response

    async def _vouched(self, visit: Visit, verifier: str, nonce: str) -> Person:
        """Whom the provider vouches for."""
        provider = self._provider
        try:
            token = await provider.id_token(visit.query("code"), verifier, self._redirect_uri(visit))
            claims = checked(token, await provider.key_of(token), provider.settings, nonce)
            return person(claims, provider.settings)
        except TokenRefused as error:
            log.warning("id token refused", reason=str(error))
            await self._refuse(visit, "provider")
        except ProviderAway:
            raise Unreachable(back=SIGN_IN) from None

    async def _admit(self, visit: Visit, known: Person, onward: str) -> web.Response:
        if not known.roles:
            await self._refuse(visit, "role", known.name, "no-role")
        account = await self._account(visit, known)
        if account.disabled:
            await self._refuse(visit, "disabled", account.name)
        goal = inside(onward, self._settings.base) or visit.url("")
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: goal})
        return await self._begin(visit, account, response)

    async def _account(self, visit: Visit, known: Person) -> Account:
        """Theirs, with the roles of today; made at the first sign-in."""
        now = visit.around.clock.now()
        account, user = await self._accounts.find_subject(known.subject), await self._teams_user(known)
        if account is None:
            digest = hashlib.sha256(known.subject.encode()).hexdigest()
            taken = {each.name for each in await self._accounts.list()}
            name = name_from_claims(known.name, digest, taken)
            change = new_from_provider(name, known.shown, known.subject, known.roles, now, teams_user=user)
        else:
            changed = from_provider(account, known.shown, known.roles, now, teams_user=user)
            if changed is None:
                return account
            change = changed
        try:
            await self._accounts.apply(change)
        except (NameTaken, AccountChanged, TeamsUserTaken):  # in two windows at once
            again = await self._accounts.find_subject(known.subject)
            if again is None or again.roles != known.roles:
                raise Conflict(back=SIGN_IN) from None
            return again
        return change.account

    async def _teams_user(self, known: Person) -> str | None:
        """Theirs, unless an admin has linked another account to it."""
        if not known.teams_user:
            return None
        other = await self._accounts.find_teams(known.teams_user)
        return known.teams_user if other is None or other.subject == known.subject else None

    def _kept(self, visit: Visit) -> tuple[str, str, str, str]:
        parts = self._cookies.read(visit.request, SIGNING_IN).split(".")
        if len(parts) != _PARTS or not all(parts[:3]):
            raise Forbidden("sign-in-late", back=SIGN_IN)
        try:
            onward = base64.urlsafe_b64decode(parts[3]).decode()
        except ValueError:
            onward = ""
        return parts[0], parts[1], parts[2], onward

    async def _refuse(self, visit: Visit, reason: str, subject: str = "", said: str = "not-signed-in") -> NoReturn:
        await visit.record(Deed.SIGN_IN_REFUSED, subject, reason=reason)
        raise Forbidden(said, back=SIGN_IN)

    def _redirect_uri(self, visit: Visit) -> str:
        own = self._settings.public_url or f"http://{visit.request.headers.get(hdrs.HOST, '')}"
        return f"{own}{ROOT}{BACK}"


def _challenge(verifier: str) -> str:
    """Of PKCE (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
