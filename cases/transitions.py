"""Where a request may go, and who may take it there: one table per type. Everything else is refused."""

from __future__ import annotations

from collections.abc import Mapping

from cases.errors import IllegalTransition, NotAllowed
from cases.model import Case, CaseType, Role, State

Transitions = Mapping[State, Mapping[State, frozenset[Role]]]
"""From, to, who."""

_OPERATOR = frozenset({Role.OPERATOR})
_EITHER = frozenset({Role.OPERATOR, Role.PARTNER})
_ANYONE = frozenset({Role.OPERATOR, Role.PARTNER, Role.SYSTEM})
_ASIDE: Mapping[State, frozenset[Role]] = {
    State.WAITING: _OPERATOR,
    State.DECLINED: _OPERATOR,
    State.WITHDRAWN: _EITHER,
}
"""From every state in which a request is worked on."""

TRANSITIONS: Mapping[CaseType, Transitions] = {
    CaseType.LISTING: {
        State.RECEIVED: {State.IN_REVIEW: _OPERATOR, **_ASIDE},
        State.IN_REVIEW: {State.READY: _OPERATOR, **_ASIDE},
        State.READY: {
            State.SUBMITTED: _OPERATOR,
            State.IN_REVIEW: _EITHER,  # a partner's edit of what was reviewed already
            **_ASIDE,
        },
        State.SUBMITTED: {
            State.LISTED: _ANYONE,  # "is your listing there?" - yes
            State.IN_REVIEW: _EITHER,  # ... - no
            State.DECLINED: _OPERATOR,
        },
        State.LISTED: {State.IN_REVIEW: _EITHER},
        State.WAITING: {
            State.RECEIVED: _EITHER,
            State.IN_REVIEW: _EITHER,
            State.DECLINED: _OPERATOR,
            State.WITHDRAWN: _EITHER,
        },
        State.DECLINED: {State.IN_REVIEW: _OPERATOR},
        State.WITHDRAWN: {},
    },
    CaseType.KPI: {
        State.RECEIVED: {State.INVESTIGATING: _OPERATOR, **_ASIDE},
        State.INVESTIGATING: {State.RESOLVED: _OPERATOR, **_ASIDE},
        State.RESOLVED: {State.INVESTIGATING: _EITHER},
        State.WAITING: {
            State.RECEIVED: _EITHER,
            State.INVESTIGATING: _EITHER,
            State.DECLINED: _OPERATOR,
            State.WITHDRAWN: _EITHER,
        },
        State.DECLINED: {State.INVESTIGATING: _OPERATOR},
        State.WITHDRAWN: {},
    },
    CaseType.MESSAGE: {
        State.RECEIVED: {State.ANSWERED: _OPERATOR, State.WITHDRAWN: _EITHER},
        State.ANSWERED: {State.RECEIVED: _EITHER},
        State.WITHDRAWN: {},
    },
}

INQUIRED = frozenset({State.SUBMITTED, State.LISTED})
"""Of a listing: in these its owner is asked "is your listing there?" on the visible-by day (`cases.inquiring`).

*Yes* makes it `State.LISTED`, by an event `EventKind.MOVED`, or `CONFIRMED` where it was listed already; *no* takes it
back to the state in `REOPENED`, by an event `EventKind.MISSING`.
"""

REOPENED: Mapping[State, State] = {
    State.SUBMITTED: State.IN_REVIEW,
    State.LISTED: State.IN_REVIEW,
    State.RESOLVED: State.INVESTIGATING,
    State.ANSWERED: State.RECEIVED,
}
"""Where a request goes on when its owner says that it is not done after all."""

EDITABLE: Mapping[CaseType, frozenset[State]] = {
    CaseType.LISTING: frozenset({State.RECEIVED, State.IN_REVIEW, State.READY, State.WAITING}),
    CaseType.KPI: frozenset({State.RECEIVED, State.INVESTIGATING, State.WAITING}),
    CaseType.MESSAGE: frozenset({State.RECEIVED}),
}
"""A listing until its batch is sent, others until they are done."""

SPOKEN = frozenset({State.DECLINED, State.ANSWERED})
"""The partner must be told in words why, or what."""


def targets(case: Case, role: Role) -> frozenset[State]:
    """Where ``role`` may take the request. One that waits goes back only to where it was, or aside."""
    possible = TRANSITIONS[case.type][case.state]
    return frozenset(target for target, roles in possible.items() if role in roles and not _detour(case, target))


def check(case: Case, target: State, role: Role) -> None:
    """Raises `IllegalTransition` or `NotAllowed`."""
    possible = [state for state in TRANSITIONS[case.type][case.state] if not _detour(case, state)]
    if target not in possible:
        raise IllegalTransition(case.state, target, possible)
    if role not in TRANSITIONS[case.type][case.state][target]:
        raise NotAllowed(f"{case.state} to {target}")


def _detour(case: Case, target: State) -> bool:
    back = case.returns_to
    return case.state is State.WAITING and target not in (back, State.DECLINED, State.WITHDRAWN)
