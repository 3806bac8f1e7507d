"""Accounts, sessions and passwords: the rules. ``now`` is timezone-aware; nothing is stored here."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cases.model import JsonObject, JsonValue
from desk.access import Role
from desk.audit import Deed, Record
from desk.errors import BadName, NoRole, NotLocal

SESSION_AT_MOST = timedelta(hours=8)
SESSION_IDLE = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's last use is stored: not with every page."""
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
FEWEST_CHARACTERS = 5
"""Different ones in a password."""
FREE_TRIES = 5
"""Wrong sign-ins that cost no waiting."""
FIRST_WAIT = timedelta(seconds=30)
"""After the next one; it doubles with every further one."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
"""Without a further try, wrong ones are forgotten."""

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}", re.ASCII)


class Source(StrEnum):
    """Who vouches for an account."""

    LOCAL = "local"
    """We do, by a password."""
    PROVIDER = "provider"
    """The identity provider does, at every sign-in."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who works in the console."""

    name: str
    """Unique; stands in the history of requests."""
    roles: frozenset[Role]
    source: Source
    created_at: datetime
    shown: str = ""
    """As the identity provider writes the person's name."""
    subject: str | None = None
    """Issuer and subject at the identity provider; unique."""
    password_hash: str | None = None
    must_change: bool = False
    """The password is a one-time one."""
    disabled: bool = False
    signed_in_at: datetime | None = None
    version: int = 0
    """Counts changes, from 1."""
    teams_user: str | None = None
    """Object id in Entra ID of whoever works with it from the operators' channel; unique."""


@dataclass(frozen=True, slots=True)
class AccountChange:
    """An account after a change: stored with its record, if it still has the expected version, or not at all."""

    account: Account
    expected_version: int
    """0 for a new account."""
    record: Record
    ends_sessions: bool = False
    """Whoever is signed in with it has to sign in again."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. The browser holds the id, we its hash."""

    id_hash: str
    account: str
    created_at: datetime
    seen_at: datetime
    """Its last use, to `SEEN_EVERY`."""
    flash: JsonObject | None = None
    """A message for the next page: ``key`` and ``values``."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Sign-ins of a name or an address that were not right, or are not decided yet."""

    count: int = 0
    last: datetime | None = None


class PasswordFault(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    PLAIN = "plain"
    """Too few different characters, or the account's name is in it."""
    SAME = "same"
    """It is the one that is to be replaced."""
    DIFFERENT = "different"
    """It was not typed twice alike."""


def account_name(written: str) -> str:
    """The name as it is kept. Raises `BadName`."""
    name = _plain(written)
    if not _NAME.fullmatch(name):
        raise BadName
    return name


def name_from_claims(claimed: str, subject_hash: str, taken: Collection[str]) -> str:
    """A free name for somebody whom the identity provider calls ``claimed`` (an address, or a name)."""
    plain = unicodedata.normalize("NFKD", claimed.partition("@")[0]).casefold()
    cleaned = re.sub(r"[^a-z0-9._-]+", ".", plain).strip("._-")[:34].lstrip("0123456789._-")
    base = cleaned if len(cleaned) > 1 else f"person-{subject_hash[:6]}"
    return base if base not in taken else f"{base}-{subject_hash[:5]}"


def is_alive(session: Session, now: datetime) -> bool:
    """Whether it may still be used."""
    return now - session.created_at < SESSION_AT_MOST and now - session.seen_at < SESSION_IDLE


def is_stale(session: Session, now: datetime) -> bool:
    """Whether its use should be stored."""
    return now - session.seen_at >= SEEN_EVERY


def password_fault(password: str, again: str, account: Account, *, same: bool) -> PasswordFault | None:
    """Why ``password`` is not taken for the account, or None. ``same``: it is the one that the account has."""
    if password != again:
        return PasswordFault.DIFFERENT
    if len(password) < SHORTEST_PASSWORD:
        return PasswordFault.SHORT
    if len(password) > LONGEST_PASSWORD:
        return PasswordFault.LONG
    if len(set(password)) < FEWEST_CHARACTERS or account.name in password.casefold():
        return PasswordFault.PLAIN
    return PasswordFault.SAME if same else None


def try_key(kind: str, value: str) -> str:
    """What tries of a ``name`` or an ``address`` are counted by: a digest, for passwords are typed into wrong boxes.

    However a name is written, its tries are counted together.
    """
    return hashlib.sha256(f"{kind}|{_plain(value)}".encode()).hexdigest()


def wait_after(tries: Tries, now: datetime) -> timedelta:
    """How long the next try has to wait; zero when it may be made."""
    if tries.last is None or tries.count < FREE_TRIES:
        return timedelta(0)
    factor: int = 2 ** min(tries.count - FREE_TRIES, 10)
    until = tries.last + min(FIRST_WAIT * factor, LONGEST_WAIT)
    return max(until - now, timedelta(0))


def tried(tries: Tries, now: datetime) -> Tries:
    """With one more. It counts from its beginning: tries that are made at once do not get around it."""
    old = tries.last is None or now - tries.last >= FORGOTTEN_AFTER
    return Tries(1 if old else tries.count + 1, now)


def new_local(name: str, roles: frozenset[Role], password_hash: str, by: str, now: datetime) -> AccountChange:
    """A new account with a one-time password. Raises `BadName`, `NoRole`."""
    account = Account(
        account_name(name), _some(roles), Source.LOCAL, now, password_hash=password_hash, must_change=True, version=1
    )
    return AccountChange(account, 0, Record(now, by, Deed.ACCOUNT_ADDED, account.name, {"roles": _listed(roles)}))


def with_roles(account: Account, roles: frozenset[Role], by: str, now: datetime) -> AccountChange:
    """The account with other roles. Raises `NoRole`, `NotLocal`."""
    data: JsonObject = {"from": _listed(account.roles), "to": _listed(roles)}
    return _changed(_local(account), Deed.ROLES_SET, by, now, data, roles=_some(roles))


def switched(account: Account, disabled: bool, by: str, now: datetime) -> AccountChange:
    """The account disabled, or enabled again, whoever vouches for it; disabling ends its sessions."""
    deed = Deed.ACCOUNT_DISABLED if disabled else Deed.ACCOUNT_ENABLED
    return replace(_changed(account, deed, by, now, {}, disabled=disabled), ends_sessions=disabled)


def with_one_time_password(account: Account, password_hash: str, by: str, now: datetime) -> AccountChange:
    """The account with a new one-time password; its sessions end. Raises `NotLocal`."""
    change = _changed(_local(account), Deed.PASSWORD_ISSUED, by, now, {}, password_hash=password_hash, must_change=True)
    return replace(change, ends_sessions=True)


def with_password(account: Account, password_hash: str, now: datetime) -> AccountChange:
    """The account with its owner's own password; its sessions end. Raises `NotLocal`."""
    change = _changed(
        _local(account), Deed.PASSWORD_CHANGED, account.name, now, {}, password_hash=password_hash, must_change=False
    )
    return replace(change, ends_sessions=True)


def linked(account: Account, teams_user: str | None, by: str, now: datetime) -> AccountChange:
    """The account linked to a Teams user, or to nobody; see `desk.pressing.teams_user`."""
    deed = Deed.TEAMS_LINKED if teams_user else Deed.TEAMS_UNLINKED
    return _changed(account, deed, by, now, {}, teams_user=teams_user)


def from_provider(
    known: Account, shown: str, roles: frozenset[Role], now: datetime, *, teams_user: str | None = None
) -> AccountChange | None:
    """The account as the identity provider describes it now; None when nothing changed. Raises `NoRole`.

    A link to a Teams user stays when the provider tells of none.
    """
    user = teams_user or known.teams_user
    if (known.roles, known.shown, known.teams_user) == (roles, shown, user):
        return None
    if known.roles == roles and known.teams_user != user:
        change = linked(known, user, known.name, now)
        return replace(change, account=replace(change.account, shown=shown))
    data: JsonObject = {"from": _listed(known.roles), "to": _listed(roles)}
    return _changed(known, Deed.ROLES_SET, known.name, now, data, roles=_some(roles), shown=shown, teams_user=user)


def new_from_provider(
    name: str, shown: str, subject: str, roles: frozenset[Role], now: datetime, *, teams_user: str | None = None
) -> AccountChange:
    """The account of somebody whom the identity provider sends for the first time. Raises `NoRole`."""
    account = Account(name, _some(roles), Source.PROVIDER, now, shown, subject, version=1, teams_user=teams_user)
    return AccountChange(account, 0, Record(now, name, Deed.ACCOUNT_ADDED, name, {"roles": _listed(roles)}))


def _changed(account: Account, deed: Deed, by: str, now: datetime, data: JsonObject, **fields: Any) -> AccountChange:
    after = replace(account, version=account.version + 1, **fields)
    return AccountChange(after, account.version, Record(now, by, deed, account.name, data))


def _plain(written: str) -> str:
    return unicodedata.normalize("NFKC", written).strip().casefold()


def _some(roles: frozenset[Role]) -> frozenset[Role]:
    if not roles:
        raise NoRole
    return roles


def _local(account: Account) -> Account:
    if account.source is not Source.LOCAL:
        raise NotLocal
    return account


def _listed(roles: Collection[Role]) -> list[JsonValue]:
    return [str(role) for role in Role if role in roles]
