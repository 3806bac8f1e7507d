"""Signing in with a part of it taken out: the very check of that part fails."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.passwords import Passwords
from tests.console import test_accounts, test_gate, test_signin
from tests.console.place import Place
from tests.teeth import FOUND_OUT

Check = Callable[..., Awaitable[None]]


async def counts_no_tries(*_: object) -> timedelta:
    return timedelta()


async def does_nothing(*_: object) -> None:
    return


def does_nothing_at_once(*_: object) -> None:
    return


async def compares_known_names_only(passwords: Passwords, stored: str | None, password: str) -> bool:
    return stored is not None and passwords._verify(stored, password)


def by_name_only(kind: str, value: str) -> str:
    return f"{kind} {value if kind == 'name' else secrets.token_hex(8)}"


def by_address_only(kind: str, value: str) -> str:
    return f"{kind} {value if kind == 'address' else secrets.token_hex(8)}"


def is_its_own_hash(session_id: str) -> str:
    return session_id


def whatever(*_: object) -> bool:
    return True


def never(*_: object) -> bool:
    return False


def anywhere(goal: str, _base: str) -> str:
    return goal


BREAKS: dict[str, tuple[Sequence[str], object, Check]] = {
    "a session lives on without a page": (
        ["console.gate.is_alive"],
        whatever,
        test_signin.test_a_session_ends_after_half_an_hour_without_a_page,
    ),
    "a session lives for ever": (
        ["desk.accounts.SESSION_AT_MOST"],
        timedelta.max,
        test_signin.test_a_session_ends_after_eight_hours_whatever_happens,
    ),
    "nobody notes that a session is used": (
        ["console.gate.is_stale"],
        never,
        test_signin.test_a_session_ends_after_half_an_hour_without_a_page,
    ),
    "a session's id is guessable": (
        ["console.signin.new_session_id"],
        lambda: "A" * 43,
        test_signin.test_a_session_gets_a_new_id_at_sign_in,
    ),
    "the id itself is stored": (
        ["console.signin.hash_of", "console.gate.hash_of"],
        is_its_own_hash,
        test_signin.test_only_a_hash_of_the_id_is_stored,
    ),
    "signing out only forgets the cookie": (
        ["storage.console.SqlSessions.end"],
        does_nothing,
        test_signin.test_signing_out_ends_the_session,
    ),
    "a disabled account goes on": (
        ["console.gate.Gate._counts"],
        whatever,
        test_signin.test_a_session_that_began_while_its_account_was_disabled_is_none,
    ),
    "tries are not counted": (
        ["storage.console.SqlTries.reserve"],
        counts_no_tries,
        test_signin.test_ten_wrong_sign_ins,
    ),
    "tries that come together are not counted": (
        ["storage.console.SqlTries.reserve"],
        counts_no_tries,
        test_signin.test_tries_that_come_together_are_all_counted,
    ),
    "only names are counted": (
        ["console.signin.try_key"],
        by_name_only,
        test_signin.test_an_address_is_limited_whatever_names_it_tries,
    ),
    "only addresses are counted": (["console.signin.try_key"], by_address_only, test_signin.test_ten_wrong_sign_ins),
    "unknown names are quick": (
        ["console.passwords.Passwords.fits"],
        compares_known_names_only,
        test_signin.test_unknown_names_cost_as_much_work_as_known_ones,
    ),
    "signing in leads anywhere": (
        ["console.signin.inside"],
        anywhere,
        lambda place: test_signin.test_signing_in_leads_into_the_console_only(
            place, "https://evil.example/", "/console"
        ),
    ),
    "other names lead here": (
        ["console.gate.Gate._check_host"],
        never,
        lambda place: test_gate.test_without_a_public_address_only_this_machine_is_served(place, "evil.example", 403),
    ),
    "the last admin may go": (
        ["storage.console._keep_an_admin"],
        does_nothing_at_once,
        test_accounts.test_the_last_admin_stays,
    ),
    "a form's token is not compared": (
        ["console.gate.hmac"],
        SimpleNamespace(compare_digest=whatever),
        lambda place: test_gate.test_forged_forms(place, "another token"),
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_teeth(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    places, careless, check = BREAKS[broken]
    for one in places:
        monkeypatch.setattr(one, careless)
    given = {"place": place, "tmp_path": tmp_path, "monkeypatch": monkeypatch}
    with pytest.raises(FOUND_OUT):
        await check(**{name: given[name] for name in inspect.signature(check).parameters})
