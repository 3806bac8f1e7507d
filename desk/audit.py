"""What is written down of those who work in the console. Never a password, never what a stranger typed as a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cases.model import JsonObject


class Deed(StrEnum):
    """What was done, or refused."""

    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGN_IN_REFUSED = "sign-in-refused"
    """``reason``: wrong, unknown, disabled, wait, provider, role."""
    FORBIDDEN = "forbidden"
    """``action``: what the account may not do."""
    FORM_REFUSED = "form-refused"
    """``reason``: token, origin."""
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    PASSWORD_ISSUED = "password-issued"  # noqa: S105 - same
    ACCOUNT_ADDED = "account-added"
    ROLES_SET = "roles-set"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"
    TEAMS_LINKED = "teams-linked"
    """The account may be used from the operators' channel by somebody in Teams."""
    TEAMS_UNLINKED = "teams-unlinked"
    EXPORTED = "exported"
    """``what``, ``format``, ``rows``."""
    REQUEST_CHANGED = "request-changed"
    BATCH_CHANGED = "batch-changed"
    CONTENT_CHANGED = "content-changed"
    QUESTION_DECIDED = "question-decided"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the audit log. Never changed afterwards."""

    at: datetime
    actor: str
    """Name of the account; empty for a stranger."""
    deed: Deed
    subject: str = ""
    """An account's name, a request's reference, a file."""
    data: JsonObject = field(default_factory=dict)
    address: str = ""
    """Network address of sign-ins and refusals."""
    number: int = 0
    """Given when it is stored; counts upwards."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which records; what is left at its default does not matter."""

    actor: str = ""
    deed: Deed | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Records, newest first."""

    records: tuple[Record, ...]
    next: int | None = None
    """Where the next page goes on; None on the last one."""
