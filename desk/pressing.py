"""A press on the card of a request in the operators' channel: what it asks for, who may, what it comes to. Pure.

The same use cases and the same record as on the request's page in the console.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cases.errors import CaseChanged, IllegalTransition
from cases.model import Case, CaseChange, State, operator
from cases.reference import Reference, parse
from cases.usecases import ask_partner, assign, change_state
from desk.access import Action, may
from desk.accounts import Account, Source
from desk.audit import Deed, Record
from desk.errors import BadPress, BadTeamsUser
from program.windows import Calendar

DO = "operate"
"""What the data of these buttons says to do: no button of a partner's card says it."""
VOUCHED_FOR = timedelta(days=7)
"""So long after their last sign-in the roles hold that an identity provider gave somebody: there is no sign-in here."""
LARGEST_VERSION = 10**9
_TEAMS_USER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Verb(StrEnum):
    """What a button does."""

    TAKE = "take"
    GIVE_BACK = "give-back"
    MOVE = "move"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, with what was filled in."""

    verb: Verb
    reference: str
    version: int
    """Of the request, as the card showed it."""
    to: State | None = None
    """Where `Verb.MOVE` takes it."""
    field: str = ""
    """What `Verb.ASK` asks for."""
    words: str = ""
    """For the partner."""


class Standing(StrEnum):
    """Whether somebody may work on requests from the channel."""

    MAY = "may"
    UNKNOWN = "unknown"
    """No account is linked to them."""
    DISABLED = "disabled"
    ROLE = "role"
    """Their roles do not allow it."""
    SIGN_IN = "sign-in"
    """The identity provider has not vouched for their roles for too long."""


def teams_user(written: str) -> str:
    """The object id of somebody in Entra ID, as it is kept. Raises `BadTeamsUser`."""
    plain = written.strip().casefold()
    if not _TEAMS_USER.fullmatch(plain):
        raise BadTeamsUser
    return plain


def standing_of(account: Account | None, now: datetime) -> Standing:
    """What somebody with this account may do; None is somebody without one."""
    if account is None:
        return Standing.UNKNOWN
    if account.disabled:
        return Standing.DISABLED
    if not may(account.roles, Action.WORK_REQUESTS):
        return Standing.ROLE
    seen = account.signed_in_at
    if account.source is Source.PROVIDER and (seen is None or now - seen > VOUCHED_FOR):
        return Standing.SIGN_IN
    return Standing.MAY


def read_press(data: Mapping[str, object]) -> Press:
    """What was pressed. Raises `BadPress` for what none of our buttons says."""
    named, version, verb = parse(_text(data, "reference")), data.get("version"), _text(data, "what")
    if not isinstance(named, Reference) or verb not in list(Verb):
        raise BadPress
    if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < LARGEST_VERSION:
        raise BadPress
    to = _text(data, "to")
    if verb == Verb.MOVE and (to not in list(State) or to == State.WAITING):
        raise BadPress
    moves = State(to) if verb == Verb.MOVE else None
    asked = verb == Verb.ASK
    words = _text(data, "ask-words" if asked else "words")
    return Press(Verb(verb), named.text, version, moves, _text(data, "field") if asked else "", words)


def change_of(press: Press, case: Case, account: Account, now: datetime, calendar: Calendar) -> CaseChange:
    """What it makes of the request as it stands. Raises `CaseChanged` for an old card, or another `CaseError`."""
    if press.version != case.version:
        raise CaseChanged
    actor = operator(account.name)
    match press.verb:
        case Verb.TAKE:
            return assign(case, account.name, actor, now)
        case Verb.GIVE_BACK:
            return assign(case, None, actor, now)
        case Verb.ASK:
            return ask_partner(case, press.field, actor, now, calendar, words=press.words)
        case Verb.MOVE:
            if press.to is None:
                raise IllegalTransition(case.state, "nowhere", ())
            return change_state(case, press.to, actor, now, calendar, words=press.words)


def record_of(change: CaseChange, account: Account, now: datetime) -> Record:
    """The line of the audit log: the one that the console writes."""
    return Record(now, account.name, Deed.REQUEST_CHANGED, change.case.reference, {"kind": str(change.events[-1].kind)})


def refusal_of(account: Account | None, now: datetime) -> Record:
    """The line of the audit log for somebody who may not; a stranger has no name there."""
    data = {"action": str(Action.WORK_REQUESTS)}
    return Record(now, account.name if account else "", Deed.FORBIDDEN, "", {**data})


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else ""
