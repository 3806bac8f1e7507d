"""Admins look after accounts; what they do is written down."""

from __future__ import annotations

import asyncio
import re

import pytest

from desk.access import Role
from desk.accounts import Account, switched
from desk.audit import AuditFilter
from tests.console.place import Answer, Browser, Place, visible


async def version(place: Place, name: str) -> dict[str, str]:
    account = await place.stores.accounts.find(name)
    assert account
    return {"version": str(account.version)}


async def found(place: Place, name: str) -> Account:
    account = await place.stores.accounts.find(name)
    assert account
    return account


def shown_password(answer: Answer) -> str:
    found = re.search(r'class="secret"><code>([^<]+)<', answer.text)
    assert found
    return found[1]


async def add(browser: Browser, name: str, *roles: str) -> Answer:
    return await browser.post("/accounts", {"name": name, "role": roles})


TEAMS_USER = "1a2b3c4d-1111-2222-3333-444455556666"


async def test_somebody_in_teams_is_linked(place: Place) -> None:
    """One account for each of them; an admin's word, written down without the id."""
    admin = await place.signed_in(Role.ADMIN, name="root")
    await add(admin, "bea", "operator")
    await add(admin, "cy", "operator")
    for name, user, said in (
        ("bea", f" {TEAMS_USER.upper()} ", "bea is linked."),
        ("cy", TEAMS_USER, "Another account is linked to this Teams user."),
        ("cy", "cy@contoso.com", "This is no object id."),
        ("bea", "", "bea is linked to nobody in Teams."),
        ("cy", TEAMS_USER, "cy is linked."),
    ):
        answer = await admin.post(f"/accounts/{name}/teams", {**await version(place, name), "user": user})
        page = answer.text or (await admin.get(f"/accounts/{name}")).text
        assert said in visible(page)
    assert [(await found(place, name)).teams_user for name in ("bea", "cy")] == [None, TEAMS_USER]
    records = (await place.stores.audit.list(AuditFilter("root"))).records
    deeds = [(str(record.deed), record.subject, record.data) for record in records if "teams" in record.deed]
    assert deeds == [("teams-linked", "cy", {}), ("teams-unlinked", "bea", {}), ("teams-linked", "bea", {})]
    bea = await place.signed_in(Role.OPERATOR, name="dora")
    assert (await bea.post("/accounts/cy/teams", {**await version(place, "cy"), "user": ""})).status == 403


async def test_somebody_is_added_comes_in_and_is_given_other_roles(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    answer = await add(admin, "Bea", "operator", "curator")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    once = shown_password(answer)
    bea = place.browser()
    assert (await bea.sign_in("bea", once)).status == 303
    await bea.post("/password", {"new": "several other words", "again": "several other words"})
    assert (await bea.get("/accounts")).status == 403
    changed = await admin.post("/accounts/bea/roles", {**await version(place, "bea"), "role": "admin"})
    assert changed.goal == "/console/accounts/bea"
    assert "The roles of bea are saved" in visible((await admin.get("/accounts/bea")).text)
    assert "The roles of bea are saved" not in visible((await admin.get("/accounts/bea")).text)
    assert (await bea.get("/accounts")).status == 200  # from the next page on
    records = (await place.stores.audit.list(AuditFilter("root"))).records
    assert [(str(record.deed), record.subject, record.data) for record in records][:2] == [
        ("roles-set", "bea", {"from": ["operator", "curator"], "to": ["admin"]}),
        ("account-added", "bea", {"roles": ["operator", "curator"]}),
    ]
    assert once not in (await admin.get("/audit")).text


@pytest.mark.parametrize(
    ("name", "roles", "said"),
    [
        ("root", ("viewer",), "There is an account of this name already"),
        ("ＲＯＯＴ", ("viewer",), "There is an account of this name already"),
        ("x", ("viewer",), "Use 2 to 40"),
        ("<script>", ("viewer",), "Use 2 to 40"),
        ("9lives", ("viewer",), "Use 2 to 40"),
        ("bea", (), "Choose at least one role"),
    ],
)
async def test_accounts_that_are_not_added(place: Place, name: str, roles: tuple[str, ...], said: str) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    answer = await add(admin, name, *roles)
    assert answer.status == 422
    assert said in visible(answer.text)
    assert "<script>" not in answer.text
    assert [account.name for account in await place.stores.accounts.list()] == ["root"]


async def test_a_role_that_does_not_exist_is_no_form_of_ours(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN)
    assert (await add(admin, "bea", "emperor")).status == 400


async def test_disabled_enabled_and_a_new_password(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    bea = await place.signed_in(Role.VIEWER, name="bea")
    await admin.post("/accounts/bea/disable", await version(place, "bea"))
    assert (await bea.get("/requests")).status == 303
    assert "Disabled" in visible((await admin.get("/accounts")).text)
    await admin.post("/accounts/bea/enable", await version(place, "bea"))
    assert (await bea.sign_in("bea")).status == 303
    answer = await admin.post("/accounts/bea/password", await version(place, "bea"))
    assert (await bea.get("/requests")).status == 303
    assert (await bea.sign_in("bea")).status == 403
    assert (await bea.sign_in("bea", shown_password(answer))).status == 303


async def test_the_last_admin_stays(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    for what, form in (("disable", {}), ("roles", {"role": "viewer"})):
        answer = await admin.post(f"/accounts/root/{what}", {**await version(place, "root"), **form})
        assert answer.status == 409
        assert "last admin" in visible(answer.text)
    other = await place.signed_in(Role.ADMIN, name="second")
    assert (
        await admin.post("/accounts/root/roles", {**await version(place, "root"), "role": "viewer"})
    ).goal == "/console"
    assert (await admin.get("/accounts")).status == 403
    assert (await other.get("/accounts")).status == 200


async def test_two_admins_cannot_remove_each_other(place: Place) -> None:
    first, second = await place.signed_in(Role.ADMIN, name="first"), await place.signed_in(Role.ADMIN, name="second")
    answers = await asyncio.gather(
        first.post("/accounts/second/disable", await version(place, "second")),
        second.post("/accounts/first/disable", await version(place, "first")),
    )
    assert sorted(answer.status for answer in answers)[0] == 303
    assert sum(not account.disabled for account in await place.stores.accounts.list()) == 1


async def test_an_old_page_is_refused_with_what_is_so_now(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    await place.account("bea", Role.VIEWER)
    old = await version(place, "bea")
    bea = await found(place, "bea")
    await place.stores.accounts.apply(switched(bea, True, "second", place.clock.now()))
    for what in ("roles", "disable", "enable", "password"):
        answer = await admin.post(f"/accounts/bea/{what}", {**old, "role": "admin"})
        assert answer.status == 409
        assert "This is how it stands now" in visible(answer.text)
        assert "Disabled" in visible(answer.text)
    assert await found(place, "bea") == switched(bea, True, "second", place.clock.now()).account


async def test_an_account_that_is_not_there(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN)
    assert (await admin.get("/accounts/nobody")).status == 404
    assert (await admin.post("/accounts/nobody/disable", {"version": "1"})).status == 404


async def test_the_audit_log_by_who_and_what(place: Place) -> None:
    admin = await place.signed_in(Role.ADMIN, name="root")
    await place.browser().sign_in("bea", "wrong", **{"X-Address": "203.0.113.7"})
    for number in range(60):
        await place.account(f"person-{number}", Role.VIEWER)
    page = visible((await admin.get("/audit?deed=sign-in-refused")).text)
    assert "Not signed in" in page
    assert "unknown name" in page
    assert "203.0.113.7" in page
    everything = await admin.get("/audit?deed=account-added")
    assert everything.text.count("<tr>") == 51
    onward = re.search(r'rel="next" href="/console([^"]+)"', everything.text)
    assert onward
    rest = await admin.get(onward[1].replace("&amp;", "&"))
    assert rest.text.count("<tr>") == 12
    assert 'rel="next"' not in rest.text
    assert "Nothing fits" in visible((await admin.get("/audit?actor=nobody")).text)
    for odd in ("after=x", "after=²", "after=" + "9" * 30, "deed=x", "actor=%00"):
        assert (await admin.get(f"/audit?{odd}")).status == 200
