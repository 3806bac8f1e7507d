"""Rules of accounts, sessions, passwords and tries, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.access import Role
from desk.accounts import (
    Account,
    PasswordFault,
    Session,
    Source,
    Tries,
    account_name,
    from_provider,
    is_alive,
    is_stale,
    name_from_claims,
    new_from_provider,
    new_local,
    password_fault,
    switched,
    tried,
    try_key,
    wait_after,
    with_one_time_password,
    with_password,
    with_roles,
)
from desk.audit import Deed
from desk.errors import BadName, NoRole, NotLocal

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
ANN = Account("ann", frozenset({Role.OPERATOR}), Source.LOCAL, NOW, password_hash="h", version=3)
THEIRS = Account("bea", frozenset({Role.OPERATOR}), Source.PROVIDER, NOW, shown="Bea", subject="s", version=1)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ann", "ann"),
        ("  Ann ", "ann"),
        ("ＡＮＮ.lee", "ann.lee"),
        ("a1-_.x", "a1-_.x"),
        ("a" * 40, "a" * 40),
        ("a", None),
        ("a" * 41, None),
        ("1ann", None),
        ("ann lee", None),
        ("ann\n", "ann"),
        ("ann\x00", None),
        ("ann:admin", None),
        ("李", None),
        ("äöü", None),
        ("", None),
    ],
)
def test_names(written: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(BadName):
            account_name(written)
    else:
        assert account_name(written) == name


@pytest.mark.parametrize(
    ("claimed", "taken", "name"),
    [
        ("Ann.Lee@contoso.com", set(), "ann.lee"),
        ("Ann.Lee@contoso.com", {"ann.lee"}, "ann.lee-abcde"),
        ("Zoë Müller", set(), "zo.mu.ller"),
        ("李娜", set(), "person-abcdef"),
        ("", set(), "person-abcdef"),
        ("<script>", set(), "script"),
        ("12345", set(), "person-abcdef"),
        ("operator:root", set(), "operator.root"),
        ("x" * 100, {"x" * 34}, "x" * 34 + "-abcde"),
    ],
)
def test_names_from_claims_are_names(claimed: str, taken: set[str], name: str) -> None:
    made = name_from_claims(claimed, "abcdef0123", taken)
    assert made == account_name(made)
    if "ü" not in claimed:
        assert made == name


@pytest.mark.parametrize(
    ("age", "idle", "alive", "stale"),
    [
        (timedelta(0), timedelta(0), True, False),
        (timedelta(hours=7, minutes=59), timedelta(seconds=59), True, False),
        (timedelta(hours=7, minutes=59), timedelta(minutes=1), True, True),
        (timedelta(hours=8), timedelta(0), False, False),
        (timedelta(hours=1), timedelta(minutes=29, seconds=59), True, True),
        (timedelta(hours=1), timedelta(minutes=30), False, True),
    ],
)
def test_sessions(age: timedelta, idle: timedelta, alive: bool, stale: bool) -> None:
    session = Session("h", "ann", NOW - age, NOW - idle)
    assert (is_alive(session, NOW), is_stale(session, NOW)) == (alive, stale)


@pytest.mark.parametrize(
    ("password", "again", "same", "fault"),
    [
        ("seven quiet rivers", "seven quiet rivers", False, None),
        ("七条安静的河流，一直向东流", "七条安静的河流，一直向东流", False, None),
        ("seven quiet rivers", "seven quiet river", False, PasswordFault.DIFFERENT),
        ("eleven char", "eleven char", False, PasswordFault.SHORT),
        ("", "", False, PasswordFault.SHORT),
        ("ab c" * 51, "ab c" * 51, False, PasswordFault.LONG),
        ("abababababab", "abababababab", False, PasswordFault.PLAIN),
        ("I am ANN, hello", "I am ANN, hello", False, PasswordFault.PLAIN),
        ("seven quiet rivers", "seven quiet rivers", True, PasswordFault.SAME),
    ],
)
def test_passwords(password: str, again: str, same: bool, fault: PasswordFault | None) -> None:
    assert password_fault(password, again, ANN, same=same) == fault


@pytest.mark.parametrize(
    ("count", "ago", "seconds"),
    [(0, 0, 0), (4, 0, 0), (5, 0, 30), (5, 29, 1), (5, 30, 0), (6, 0, 60), (7, 0, 120), (10, 0, 900), (500, 0, 900)],
)
def test_waiting(count: int, ago: int, seconds: int) -> None:
    tries = Tries(count, NOW - timedelta(seconds=ago))
    assert wait_after(tries, NOW) == timedelta(seconds=seconds)
    assert wait_after(Tries(), NOW) == timedelta(0)


def test_tries_are_forgotten_after_an_hour() -> None:
    assert tried(Tries(), NOW) == Tries(1, NOW)
    assert tried(Tries(7, NOW - timedelta(minutes=59)), NOW) == Tries(8, NOW)
    assert tried(Tries(7, NOW - timedelta(hours=1)), NOW) == Tries(1, NOW)


def test_tries_of_a_name_are_counted_together_however_it_is_written() -> None:
    assert len({try_key("name", text) for text in ("ann", " Ann", "ＡＮＮ", "aNn\t")}) == 1
    assert len({try_key("name", "ann"), try_key("address", "ann"), try_key("name", "bea")}) == 3
    assert "ann" not in try_key("name", "ann")


def test_changes_and_their_records() -> None:
    made = new_local("Ann", frozenset({Role.CURATOR, Role.VIEWER}), "h", "root", NOW)
    assert (made.account.must_change, made.expected_version, made.account.version) == (True, 0, 1)
    assert (made.record.actor, made.record.deed, made.record.data) == (
        "root",
        Deed.ACCOUNT_ADDED,
        {"roles": ["viewer", "curator"]},
    )
    roles = with_roles(ANN, frozenset({Role.ADMIN}), "root", NOW)
    assert (roles.expected_version, roles.account.version, roles.ends_sessions) == (3, 4, False)
    assert roles.record.data == {"from": ["operator"], "to": ["admin"]}
    assert switched(ANN, True, "root", NOW).ends_sessions
    assert not switched(ANN, False, "root", NOW).ends_sessions
    issued, own = with_one_time_password(ANN, "new", "root", NOW), with_password(ANN, "new", NOW)
    assert [change.account.must_change for change in (issued, own)] == [True, False]
    assert [change.record.actor for change in (issued, own)] == ["root", "ann"]
    assert all(change.ends_sessions for change in (issued, own))
    assert "new" not in repr(issued.record) + repr(own.record)


def test_whom_the_provider_vouches_for_is_its_business() -> None:
    for change in (
        lambda: with_roles(THEIRS, frozenset({Role.ADMIN}), "root", NOW),
        lambda: with_one_time_password(THEIRS, "h", "root", NOW),
        lambda: with_password(THEIRS, "h", NOW),
    ):
        with pytest.raises(NotLocal):
            change()
    assert switched(THEIRS, True, "root", NOW).account.disabled
    assert from_provider(THEIRS, "Bea", THEIRS.roles, NOW) is None
    renamed = from_provider(THEIRS, "Beatrice", frozenset({Role.ADMIN}), NOW)
    assert renamed
    assert (renamed.account.shown, renamed.account.roles) == ("Beatrice", {Role.ADMIN})


def test_nobody_is_without_a_role() -> None:
    for change in (
        lambda: new_local("ann", frozenset(), "h", "root", NOW),
        lambda: with_roles(ANN, frozenset(), "root", NOW),
        lambda: new_from_provider("ann", "", "s", frozenset(), NOW),
        lambda: from_provider(THEIRS, "Bea", frozenset(), NOW),
    ):
        with pytest.raises(NoRole):
            change()
