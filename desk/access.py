"""Who may do what in the console: one matrix. What is not in it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody works as. An account may have several."""

    VIEWER = "viewer"
    """Looks at everything that is worked on."""
    OPERATOR = "operator"
    """Works on requests."""
    CURATOR = "curator"
    """Works on the answers."""
    ADMIN = "admin"
    """Does everything, and says who may do what."""


class Action(StrEnum):
    """What a page or a button of the console does."""

    VISIT = "visit"
    """What anybody who reaches the server may see: signing in, style sheets."""
    OWN_ACCOUNT = "own-account"
    """One's own password and session, whatever one's role."""
    SEE_REQUESTS = "see-requests"
    WORK_REQUESTS = "work-requests"
    """Move, assign, note, ask the partner."""
    EXPORT_REQUESTS = "export-requests"
    """Take them out of the console as a file."""
    SEE_BATCH = "see-batch"
    WORK_BATCH = "work-batch"
    """Freeze, export, mark as submitted or listed."""
    SEE_MISSED = "see-missed"
    CURATE = "curate"
    """Decide what becomes of a missed question."""
    SEE_OVERVIEW = "see-overview"
    EXPORT_OVERVIEW = "export-overview"
    SEE_ACCOUNTS = "see-accounts"
    MANAGE_ACCOUNTS = "manage-accounts"
    SEE_AUDIT = "see-audit"


EVERYBODY = frozenset(Role)
_SEEING = (Action.SEE_REQUESTS, Action.SEE_BATCH, Action.SEE_MISSED, Action.SEE_OVERVIEW)
_OPERATORS = frozenset({Role.OPERATOR, Role.ADMIN})
_CURATORS = frozenset({Role.CURATOR, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})

MATRIX: Mapping[Action, frozenset[Role]] = {
    Action.VISIT: EVERYBODY,
    Action.OWN_ACCOUNT: EVERYBODY,
    **dict.fromkeys(_SEEING, EVERYBODY),
    Action.WORK_REQUESTS: _OPERATORS,
    Action.EXPORT_REQUESTS: _OPERATORS,
    Action.WORK_BATCH: _OPERATORS,
    Action.CURATE: _CURATORS,
    Action.EXPORT_OVERVIEW: _OPERATORS | _CURATORS,
    Action.SEE_ACCOUNTS: _ADMINS,
    Action.MANAGE_ACCOUNTS: _ADMINS,
    Action.SEE_AUDIT: _ADMINS,
}
"""Which roles may do it. `Action.VISIT` needs no account at all."""


def allowed(role: Role, action: Action) -> bool:
    """Whether somebody in this role may do this."""
    return role in MATRIX.get(action, frozenset())


def may(roles: Iterable[Role], action: Action) -> bool:
    """Whether somebody with these roles may do this."""
    return any(allowed(role, action) for role in roles)
