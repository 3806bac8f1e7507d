"""The first account: made when there is none, with a password that is shown once."""

from __future__ import annotations

from console.passwords import Passwords, one_time_password
from desk.access import Role
from desk.accounts import new_local
from desk.errors import NameTaken
from desk.ports import AccountStore
from turn.ports import Clock

FIRST = "admin"


async def first_password(accounts: AccountStore, passwords: Passwords, clock: Clock) -> str | None:
    """Make the admin unless there is an account already; returns the one-time password to show, and nobody else's."""
    if await accounts.list():
        return None
    password = one_time_password()
    change = new_local(FIRST, frozenset({Role.ADMIN}), await passwords.hash(password), "", clock.now())
    try:
        await accounts.apply(change)
    except NameTaken:  # another process was faster, and shows its own
        return None
    return password
