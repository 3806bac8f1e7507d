"""What the console needs from the outside to know who is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cases.model import CaseChange, JsonObject
from cases.ports import CaseReader
from desk.accounts import Account, AccountChange, Session
from desk.audit import AuditFilter, AuditPage, Record

PAGE = 50


class AccountStore(Protocol):
    """Keeps accounts."""

    async def find(self, name: str) -> Account | None:
        """The account of this name."""
        ...

    async def find_subject(self, subject: str) -> Account | None:
        """The account of this person at the identity provider."""
        ...

    async def find_teams(self, teams_user: str) -> Account | None:
        """The account that is linked to this Teams user."""
        ...

    async def list(self) -> tuple[Account, ...]:
        """All, by name."""
        ...

    async def apply(self, change: AccountChange) -> None:
        """Store the change, its record, and the end of its sessions.

        Raises `NameTaken` for a new account, `AccountChanged` when somebody was faster, `LastAdmin` when nobody could
        administer any more, `TeamsUserTaken` when the Teams user belongs to another one; then nothing was stored.
        """
        ...


class SessionStore(Protocol):
    """Keeps who is signed in."""

    async def begin(self, session: Session, record: Record) -> None:
        """Store a new session, when its account was last signed in, and the record."""
        ...

    async def find(self, id_hash: str) -> tuple[Session, Account] | None:
        """The session and its account."""
        ...

    async def seen(self, id_hash: str, at: datetime) -> None:
        """It was used."""
        ...

    async def end(self, id_hash: str, record: Record | None = None) -> None:
        """It is over."""
        ...

    async def put_flash(self, id_hash: str, flash: JsonObject | None) -> None:
        """Keep a message for the next page, or forget it."""
        ...


class TryStore(Protocol):
    """Counts sign-ins that were not right."""

    async def reserve(self, keys: Sequence[str], now: datetime) -> timedelta:
        """Count one try for every key before it is made; if any has to wait, count nothing and tell how long."""
        ...

    async def forget(self, keys: Sequence[str]) -> None:
        """The try was right."""
        ...


class Workbench(CaseReader, Protocol):
    """Where requests are changed by those who answer for it."""

    async def apply(self, change: CaseChange, record: Record) -> None:
        """Store the change, what its owner is told, and the line of the audit log: all of it or nothing.

        Raises `cases.errors.CaseChanged`; then nothing was stored.
        """
        ...


class AuditLog(Protocol):
    """Keeps what was done."""

    async def write(self, record: Record) -> None:
        """Add a record."""
        ...

    async def list(self, which: AuditFilter, limit: int = PAGE, after: int | None = None) -> AuditPage:
        """Records, newest first; ``after`` is the `AuditPage.next` of the page before."""
        ...
