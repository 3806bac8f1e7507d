"""Who works here: admins add accounts, set their roles, disable them, and issue one-time passwords."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from console.errors import BadForm, Conflict, NotFound
from console.passwords import Passwords, one_time_password
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import Action, Role, may
from desk.accounts import (
    Account,
    AccountChange,
    Source,
    linked,
    new_local,
    switched,
    with_one_time_password,
    with_roles,
)
from desk.errors import (
    AccountChanged,
    BadName,
    BadTeamsUser,
    DeskError,
    LastAdmin,
    NameTaken,
    NoRole,
    TeamsUserTaken,
)
from desk.ports import AccountStore
from desk.pressing import teams_user

PATH = "/accounts"
_PROBLEMS: dict[type[DeskError], str] = {
    NameTaken: "accounts.name-taken",
    BadName: "accounts.bad-name",
    NoRole: "accounts.no-role",
    BadTeamsUser: "accounts.teams.bad",
    TeamsUserTaken: "accounts.teams.taken",
}


class Accounts:
    """The section of accounts."""

    def __init__(self, accounts: AccountStore, passwords: Passwords, *, by_provider: bool) -> None:
        """``by_provider``: the identity provider looks after accounts, none is added here."""
        self._accounts, self._passwords, self._by_provider = accounts, passwords, by_provider

    def routes(self) -> Sequence[Route]:
        """See `Section`."""
        return (
            get(PATH, self.list),
            post(PATH, self.add),
            get(f"{PATH}/{{name}}", self.show),
            post(f"{PATH}/{{name}}/roles", self.set_roles),
            post(f"{PATH}/{{name}}/disable", self.disable),
            post(f"{PATH}/{{name}}/enable", self.enable),
            post(f"{PATH}/{{name}}/password", self.issue_password),
            post(f"{PATH}/{{name}}/teams", self.link),
        )

    def navigation(self) -> Sequence[NavEntry]:
        """See `Section`."""
        return (NavEntry("accounts", PATH, Action.SEE_ACCOUNTS),)

    @needs(Action.SEE_ACCOUNTS)
    async def list(self, visit: Visit) -> web.Response:
        """All accounts, and a form for another."""
        return await self._list(visit)

    @needs(Action.MANAGE_ACCOUNTS)
    async def add(self, visit: Visit) -> web.Response:
        """A new account; its one-time password is on the page that answers, and nowhere else."""
        if self._by_provider:
            raise NotFound
        name, password = visit.field("name"), one_time_password()
        try:
            change = new_local(
                name, _roles(visit), await self._passwords.hash(password), visit.account.name, visit.around.clock.now()
            )
            await self._accounts.apply(change)
        except (NameTaken, BadName, NoRole) as error:
            return await self._list(visit, _PROBLEMS[type(error)], name)
        return await visit.render("one-time-password.html", who=change.account, password=password)

    @needs(Action.SEE_ACCOUNTS)
    async def show(self, visit: Visit) -> web.Response:
        """One account, and what can be done with it."""
        return await self._show(visit, await self._asked(visit))

    @needs(Action.MANAGE_ACCOUNTS)
    async def set_roles(self, visit: Visit) -> web.Response:
        """Other roles; they hold from the next page on."""
        account = await self._ours(visit)
        try:
            change = with_roles(account, _roles(visit), visit.account.name, visit.around.clock.now())
        except NoRole:
            return await self._show(visit, account, "accounts.no-role")
        return await self._apply(visit, change, "accounts.roles-set")

    @needs(Action.MANAGE_ACCOUNTS)
    async def disable(self, visit: Visit) -> web.Response:
        """Nobody gets in with it any more."""
        return await self._switch(visit, disabled=True)

    @needs(Action.MANAGE_ACCOUNTS)
    async def enable(self, visit: Visit) -> web.Response:
        """It can be used again."""
        return await self._switch(visit, disabled=False)

    @needs(Action.MANAGE_ACCOUNTS)
    async def issue_password(self, visit: Visit) -> web.Response:
        """A new one-time password, on the page that answers."""
        account, password = await self._ours(visit), one_time_password()
        hashed = await self._passwords.hash(password)
        change = with_one_time_password(account, hashed, visit.account.name, visit.around.clock.now())
        await self._store(visit, change)
        return await visit.render("one-time-password.html", who=change.account, password=password)

    @needs(Action.MANAGE_ACCOUNTS)
    async def link(self, visit: Visit) -> web.Response:
        """Somebody in Teams works with it from the operators' channel, or nobody does any more."""
        account, written = await self._unchanged(visit), visit.field("user").strip()
        try:
            change = linked(
                account, teams_user(written) if written else None, visit.account.name, visit.around.clock.now()
            )
            return await self._apply(visit, change, "accounts.teams.linked" if written else "accounts.teams.unlinked")
        except (BadTeamsUser, TeamsUserTaken) as error:
            return await self._show(visit, account, _PROBLEMS[type(error)])

    async def _switch(self, visit: Visit, *, disabled: bool) -> web.Response:
        account = await self._unchanged(visit)
        change = switched(account, disabled, visit.account.name, visit.around.clock.now())
        return await self._apply(visit, change, "accounts.disabled-now" if disabled else "accounts.enabled-now")

    async def _apply(self, visit: Visit, change: AccountChange, said: str) -> web.Response:
        await self._store(visit, change)
        name = change.account.name
        if name == visit.account.name and not may(change.account.roles, Action.SEE_ACCOUNTS):
            return visit.go_to("")  # they have just given this page away
        return await visit.done(f"{PATH}/{name}", said, name=name)

    async def _store(self, visit: Visit, change: AccountChange) -> None:
        name = change.account.name
        try:
            await self._accounts.apply(change)
        except LastAdmin:
            raise Conflict("last-admin", back=f"{PATH}/{name}") from None
        except AccountChanged:
            raise _stale(visit, await self._asked(visit)) from None

    async def _asked(self, visit: Visit) -> Account:
        account = await self._accounts.find(visit.request.match_info["name"])
        if account is None:
            raise NotFound("not-found", back=PATH)
        return account

    async def _unchanged(self, visit: Visit) -> Account:
        """The account, if it still is as the page showed it."""
        account = await self._asked(visit)
        if visit.field("version") != str(account.version):
            raise _stale(visit, account)
        return account

    async def _ours(self, visit: Visit) -> Account:
        """The same, if we vouch for it."""
        account = await self._unchanged(visit)
        if account.source is not Source.LOCAL:
            raise Conflict("not-local", back=f"{PATH}/{account.name}")
        return account

    async def _list(self, visit: Visit, problem: str = "", name: str = "") -> web.Response:
        return await visit.render(
            "accounts.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
            accounts=await self._accounts.list(),
            roles=list(Role),
            problem=problem,
            name=name[:60],
            by_provider=self._by_provider,
        )

    async def _show(self, visit: Visit, account: Account, problem: str = "") -> web.Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
        return await visit.render("account.html", status=status, who=account, roles=list(Role), problem=problem)


def _roles(visit: Visit) -> frozenset[Role]:
    """The ticked ones. Raises `BadForm` for what is no role."""
    try:
        return frozenset(Role(value) for value in visit.form.get("role", []))
    except ValueError:
        raise BadForm from None


def _stale(visit: Visit, account: Account) -> Conflict:
    text = visit.words.text
    roles = ", ".join(visit.words.name("role", role) for role in Role if role in account.roles)
    state = text("accounts.disabled" if account.disabled else "accounts.enabled")
    facts = [(text("accounts.name"), account.name), (text("accounts.roles"), roles), (text("accounts.state"), state)]
    return Conflict(back=f"{PATH}/{account.name}", facts=facts)
