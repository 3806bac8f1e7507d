"""Signing in and out, sessions, cookies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console import ConsoleSettings
from console.beginning import first_password
from console.cookies import hash_of
from desk.access import Role
from desk.accounts import SESSION_AT_MOST, SESSION_IDLE, switched
from desk.audit import AuditFilter, Deed, Record
from faq.library import Library
from tests.console.place import PASSWORD, Place, opened, stored_bytes, visible

WRONG = "This name and password do not fit"


async def test_a_one_time_password_is_changed_before_anything_else(place: Place) -> None:
    once = await first_password(place.stores.accounts, place.passwords, place.clock)
    assert once
    assert await first_password(place.stores.accounts, place.passwords, place.clock) is None
    browser = place.browser()
    assert (await browser.get("/requests")).goal == "/console/sign-in?next=%2Fconsole%2Frequests"
    assert (await browser.sign_in("admin", once)).goal == "/console"
    assert (await browser.get("/requests")).goal == "/console/password"
    page = await browser.get("/password")
    assert "one-time password" in visible(page.text)
    assert 'name="old"' not in page.text
    assert (await browser.post("/password", {"new": once, "again": once})).status == 422
    assert (await browser.post("/password", {"new": PASSWORD, "again": PASSWORD})).goal == "/console"
    assert (await browser.get("/requests")).status == 200
    assert (await place.browser().sign_in("admin", once)).status == 403
    assert (await place.browser().sign_in("admin")).status == 303


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short", "short", "too short"),
        ("x" * 201, "x" * 201, "too long"),
        ("aaaabbbbaaaa", "aaaabbbbaaaa", "easy to guess"),
        ("I am Ann the first", "I am Ann the first", "easy to guess"),
        (PASSWORD, PASSWORD, "the one you have now"),
        ("several other words", "several other word", "not the same"),
    ],
)
async def test_passwords_that_are_not_taken(place: Place, new: str, again: str, said: str) -> None:
    browser = await place.signed_in(Role.VIEWER, name="ann")
    answer = await browser.post("/password", {"old": PASSWORD, "new": new, "again": again})
    assert answer.status == 422
    assert said in visible(answer.text)
    assert (await place.browser().sign_in("ann")).status == 303


async def test_the_present_password_is_asked_for_and_other_sessions_end(place: Place) -> None:
    browser, other = await place.signed_in(Role.VIEWER, name="ann"), place.browser()
    await other.sign_in("ann")
    before = browser.session
    refused = await browser.post(
        "/password", {"old": "wrong", "new": "several other words", "again": "several other words"}
    )
    assert (refused.status, browser.session) == (422, before)
    await browser.post("/password", {"old": PASSWORD, "new": "several other words", "again": "several other words"})
    assert browser.session != before
    assert (await browser.get("/requests")).status == 200
    assert (await other.get("/requests")).status == 303


async def test_a_session_gets_a_new_id_at_sign_in(place: Place) -> None:
    await place.account("ann", Role.VIEWER)
    browser = place.browser()
    browser.cookies["console"] = "chosen-by-somebody-else"
    await browser.sign_in("ann")
    first = browser.session
    assert first != "chosen-by-somebody-else"
    assert await place.stores.sessions.find(hash_of("chosen-by-somebody-else")) is None
    await browser.sign_in("ann")
    assert browser.session != first
    assert await place.stores.sessions.find(hash_of(first)) is None


async def test_only_a_hash_of_the_id_is_stored(place: Place, tmp_path: Path) -> None:
    await place.account("ann", Role.VIEWER)
    browser = place.browser()
    await browser.sign_in("ann")
    assert (await browser.get("/requests")).status == 200
    stored = stored_bytes(tmp_path)
    assert hash_of(browser.session).encode() in stored
    assert browser.session.encode() not in stored
    assert PASSWORD.encode() not in stored


@pytest.mark.parametrize(
    ("public_url", "cookie"),
    [
        ("", r"console=…; HttpOnly; Path=/; SameSite=Lax"),
        ("https://desk.example", r"__Host-console=…; HttpOnly; Path=/; SameSite=Lax; Secure"),
        ("https://desk.example/bot", r"__Host-console=…; HttpOnly; Path=/; SameSite=Lax; Secure"),
    ],
)
async def test_flags_of_the_cookie(tmp_path: Path, library: Library, public_url: str, cookie: str) -> None:
    async with opened(tmp_path, library, ConsoleSettings(public_url)) as place:
        await place.account("ann", Role.VIEWER)
        browser = place.browser()
        await browser.sign_in("ann")
        (line,) = browser.set_cookies
        assert line.replace(browser.session, "…") == cookie


async def test_a_session_ends_after_half_an_hour_without_a_page(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER)
    for _ in range(4):
        place.clock.advance(SESSION_IDLE * 0.9)
        assert (await browser.get("/requests")).status == 200
    place.clock.advance(SESSION_IDLE)
    assert (await browser.get("/requests")).status == 303
    assert await place.stores.sessions.find(hash_of(browser.session)) is None


async def test_a_session_ends_after_eight_hours_whatever_happens(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER)
    ends = place.clock.now() + SESSION_AT_MOST
    while place.clock.now() + SESSION_IDLE * 0.9 < ends:
        place.clock.advance(SESSION_IDLE * 0.9)
        assert (await browser.get("/requests")).status == 200
    place.clock.at = ends
    assert (await browser.get("/requests")).status == 303


async def test_a_form_after_the_end_says_that_nothing_was_saved(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER)
    place.later(hours=9)
    answer = await browser.post("/password", {"old": PASSWORD, "new": "x", "again": "x"})
    assert answer.status == 401
    assert "nothing was saved" in visible(answer.text)


async def test_signing_out_ends_the_session(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER, name="ann")
    kept = browser.session
    assert (await browser.post("/sign-out")).goal == "/console/sign-in"
    assert not browser.session
    browser.cookies["console"] = kept
    assert (await browser.get("/requests")).status == 303
    assert await place.deeds("ann") == ["password-changed", "signed-in", "signed-out"]


async def test_a_disabled_account_is_out_at_once_and_stays_out(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER, name="ann")
    account = await place.stores.accounts.find("ann")
    assert account
    await place.stores.accounts.apply(switched(account, True, "admin", place.clock.now()))
    assert (await browser.get("/requests")).status == 303
    answer = await place.browser().sign_in("ann")
    assert (answer.status, WRONG in visible(answer.text)) == (403, True)


async def test_a_session_that_began_while_its_account_was_disabled_is_none(place: Place) -> None:
    """Disabling ends what is there; this one is written down a moment later."""
    browser = await place.signed_in(Role.VIEWER, name="ann")
    found = await place.stores.sessions.find(hash_of(browser.session))
    assert found
    session, account = found
    await place.stores.accounts.apply(switched(account, True, "admin", place.clock.now()))
    await place.stores.sessions.begin(session, Record(place.clock.now(), "ann", Deed.SIGNED_IN))
    assert (await browser.get("/requests")).status == 303
    assert await place.stores.sessions.find(session.id_hash) is None


async def test_ten_wrong_sign_ins(place: Place) -> None:
    await place.account("ann", Role.VIEWER)
    browser = place.browser()
    statuses, waits = [], []
    for _ in range(10):
        answer = await browser.sign_in("ann", "wrong")
        statuses.append(answer.status)
        waits.append(int(answer.headers.get("Retry-After", 0)))
    assert statuses == [403] * 5 + [429] * 5
    assert waits[5:] == [30] * 5
    assert (await browser.sign_in("ann")).status == 429  # the right one has to wait as well
    assert (await place.browser().sign_in("ann", "wrong")).status == 429  # as has another browser
    place.later(seconds=30)
    assert (await browser.sign_in("ann", "wrong")).status == 403
    doubled = await browser.sign_in("ann", "wrong")
    assert (doubled.status, doubled.headers["Retry-After"]) == (429, "60")
    place.later(seconds=60)
    assert (await browser.sign_in("ann")).status == 303
    assert [(await browser.sign_in("ann", "wrong")).status for _ in range(5)] == [403] * 5  # begun anew


async def test_an_address_is_limited_whatever_names_it_tries(place: Place) -> None:
    await place.account("ann", Role.VIEWER)
    browser = place.browser()
    guesses = [(await browser.sign_in(f"name{number}", "wrong", **{"X-Address": "203.0.113.7"})) for number in range(7)]
    assert [answer.status for answer in guesses] == [403] * 5 + [429] * 2
    assert (await browser.sign_in("ann", **{"X-Address": "203.0.113.8"})).status == 303


async def test_tries_that_come_together_are_all_counted(place: Place) -> None:
    await place.account("ann", Role.VIEWER)
    answers = await asyncio.gather(*(place.browser().sign_in("ann", f"guess {number}") for number in range(20)))
    assert sorted(answer.status for answer in answers) == [403] * 5 + [429] * 15


async def test_unknown_names_are_answered_alike_and_are_written_down_nowhere(place: Place, tmp_path: Path) -> None:
    await place.account("ann", Role.VIEWER)
    known, unknown = place.browser(), place.browser()
    answers = [await known.sign_in("ann", "wrong"), await unknown.sign_in("My-Secret-Password", "wrong")]
    first, second = (answer.text.replace("My-Secret-Password", "ann") for answer in answers)
    assert first == second
    assert [answer.status for answer in answers] == [403, 403]
    page = await place.stores.audit.list(AuditFilter())
    assert [(record.subject, record.data["reason"]) for record in page.records[:2]] == [
        ("", "unknown"),
        ("ann", "wrong"),
    ]
    assert b"My-Secret" not in stored_bytes(tmp_path)


async def test_unknown_names_cost_as_much_work_as_known_ones(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    verify = place.passwords._verify
    monkeypatch.setattr(
        place.passwords, "_verify", lambda stored, password: checked.append(1) or verify(stored, password)
    )
    await place.account("ann", Role.VIEWER)
    for name in ("ann", "nobody", "not a name!"):
        await place.browser().sign_in(name, "wrong")
    assert len(checked) == 3


@pytest.mark.parametrize(
    ("goal", "where"),
    [
        ("/console/requests?state=ready", "/console/requests?state=ready"),
        ("", "/console"),
        ("https://evil.example/", "/console"),
        ("//evil.example/console", "/console"),
        ("/console//evil.example", "/console"),
        ("/\\evil.example", "/console"),
        ("/console/../metrics", "/console"),
        ("/console/./requests", "/console"),
        ("/console\r\nX: y", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/consoles", "/console"),
    ],
)
async def test_signing_in_leads_into_the_console_only(place: Place, goal: str, where: str) -> None:
    await place.account("ann", Role.VIEWER)
    answer = await place.browser().post("/sign-in", {"name": "ann", "password": PASSWORD, "next": goal})
    assert answer.goal == where
