"""Presses on the cards of the operators' channel: who may, what is read, what it comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cases.errors import CaseChanged, CaseError, IllegalTransition, UnknownField, WordsMissing
from cases.model import CaseType, EventKind, State
from desk.access import Role
from desk.accounts import Account, Source, linked, new_local
from desk.audit import Deed
from desk.errors import BadPress, BadTeamsUser
from desk.pressing import VOUCHED_FOR, Standing, change_of, read_press, record_of, standing_of, teams_user
from tests.cases.samples import CALENDAR, NOW, case

BEA = "1a2b3c4d-1111-2222-3333-444455556666"
REFERENCE = case().reference
ACCOUNT = new_local("bea", frozenset({Role.OPERATOR}), "hash", "root", NOW).account

VOUCHED = replace(ACCOUNT, source=Source.PROVIDER)


def pressed(**parts: Any) -> dict[str, Any]:
    return {"do": "operate", "reference": REFERENCE, "version": 1, "what": "take", **parts}


@pytest.mark.parametrize(
    ("account", "standing"),
    [
        (None, Standing.UNKNOWN),
        (ACCOUNT, Standing.MAY),
        (replace(ACCOUNT, roles=frozenset({Role.ADMIN})), Standing.MAY),
        (replace(ACCOUNT, roles=frozenset({Role.VIEWER})), Standing.ROLE),
        (replace(ACCOUNT, roles=frozenset({Role.CURATOR})), Standing.ROLE),
        (replace(ACCOUNT, disabled=True), Standing.DISABLED),
        (replace(ACCOUNT, source=Source.PROVIDER), Standing.SIGN_IN),
        (replace(ACCOUNT, source=Source.PROVIDER, signed_in_at=NOW - VOUCHED_FOR), Standing.MAY),
        (
            replace(ACCOUNT, source=Source.PROVIDER, signed_in_at=NOW - VOUCHED_FOR - timedelta(seconds=1)),
            Standing.SIGN_IN,
        ),
    ],
)
def test_who_may(account: Account | None, standing: Standing) -> None:
    assert standing_of(account, NOW) is standing


@pytest.mark.parametrize(
    "parts",
    [
        {"reference": "LP-00000-1"},
        {"reference": 7},
        {"reference": None},
        {"version": "1"},
        {"version": True},
        {"version": 0},
        {"version": -1},
        {"version": 10**30},
        {"version": 1.0},
        {"what": "note"},
        {"what": ["take"]},
        {"what": "move"},
        {"what": "move", "to": "nowhere"},
        {"what": "move", "to": "waiting-on-partner"},
    ],
)
def test_what_no_button_says_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(BadPress):
        read_press(pressed(**parts))


@pytest.mark.parametrize(
    ("parts", "kind", "data"),
    [
        ({"what": "take"}, EventKind.ASSIGNED, {"from": None, "to": "bea"}),
        ({"what": "give-back"}, EventKind.ASSIGNED, {"from": None, "to": None}),
        ({"what": "move", "to": "in-review"}, EventKind.MOVED, {"from": "received", "to": "in-review"}),
        (
            {"what": "move", "to": "declined", "words": " Not yet. ", "ask-words": "other"},
            EventKind.MOVED,
            {"from": "received", "to": "declined", "words": "Not yet."},
        ),
        (
            {"what": "ask", "field": "url", "ask-words": "It is down.", "words": "other"},
            EventKind.ASKED,
            {"from": "received", "to": "waiting-on-partner", "field": "url", "words": "It is down."},
        ),
        (
            {"what": "move", "to": "in-review", "words": 5, "field": "url"},
            EventKind.MOVED,
            {"from": "received", "to": "in-review"},
        ),
    ],
)
def test_what_a_press_comes_to(parts: dict[str, Any], kind: EventKind, data: dict[str, Any]) -> None:
    change = change_of(read_press(pressed(**parts)), case(), ACCOUNT, NOW, CALENDAR)
    (event,) = change.events
    assert (str(event.actor), event.kind, event.data) == ("operator:bea", kind, data)
    record = record_of(change, ACCOUNT, NOW)
    assert (record.actor, record.deed, record.data) == ("bea", Deed.REQUEST_CHANGED, {"kind": str(kind)})


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"version": 2}, CaseChanged),
        ({"what": "move", "to": "listed"}, IllegalTransition),
        ({"what": "move", "to": "declined"}, WordsMissing),
        ({"what": "ask", "field": "colour"}, UnknownField),
    ],
)
def test_the_rules_are_those_of_requests(parts: dict[str, Any], error: type[CaseError]) -> None:
    with pytest.raises(error):
        change_of(read_press(pressed(**parts)), case(CaseType.LISTING, State.RECEIVED), ACCOUNT, NOW, CALENDAR)


@pytest.mark.parametrize("written", [BEA, f"  {BEA.upper()} "])
def test_a_teams_user_is_an_object_id(written: str) -> None:
    assert teams_user(written) == BEA
    link = linked(ACCOUNT, BEA, "root", NOW)
    assert (link.account.teams_user, link.record.deed, link.record.subject) == (BEA, Deed.TEAMS_LINKED, "bea")
    assert linked(link.account, None, "root", NOW).record.deed is Deed.TEAMS_UNLINKED


@pytest.mark.parametrize("written", ["", "29:1abc", "bea@contoso.com", BEA[:-1], f"{BEA}0", BEA.replace("a", "g", 1)])
def test_anything_else_is_none(written: str) -> None:
    with pytest.raises(BadTeamsUser):
        teams_user(written)
