"""Who gets to which page: role by action through real HTTP, forms from elsewhere, pages without an action."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import web

from cases.model import CaseType
from console import ConsoleSettings
from console.errors import Conflict, NoAction
from console.gate import Gate
from console.routing import NavEntry, Route, get, needs, post
from console.visit import Visit
from desk.access import MATRIX, Action, Role, allowed, may
from desk.audit import AuditFilter
from faq.library import Library
from tests.cases.samples import opened as opened_case
from tests.console.place import PASSWORD, Place, opened, visible

WORKING = [action for action in Action if action is not Action.VISIT]
EXPECTED = {
    Action.OWN_ACCOUNT: "viewer operator curator admin",
    Action.SEE_REQUESTS: "viewer operator curator admin",
    Action.WORK_REQUESTS: "operator admin",
    Action.EXPORT_REQUESTS: "operator admin",
    Action.SEE_BATCH: "viewer operator curator admin",
    Action.WORK_BATCH: "operator admin",
    Action.SEE_MISSED: "viewer operator curator admin",
    Action.CURATE: "curator admin",
    Action.SEE_OVERVIEW: "viewer operator curator admin",
    Action.EXPORT_OVERVIEW: "operator curator admin",
    Action.SEE_ACCOUNTS: "admin",
    Action.MANAGE_ACCOUNTS: "admin",
    Action.SEE_AUDIT: "admin",
}


class Doors:
    """A section with a page and a button for every action."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def routes(self) -> Sequence[Route]:
        return [route for action in Action for route in self._both(action)]

    def navigation(self) -> Sequence[NavEntry]:
        return ()

    def _both(self, action: Action) -> tuple[Route, Route]:
        @needs(action)
        async def enter(visit: Visit) -> web.Response:
            self.done.append(visit.request.method)
            return web.Response(text=str(action))

        return get(f"/door/{action}", enter), post(f"/door/{action}", enter)


class Careless:
    """A section whose handler does not say what it does."""

    def routes(self) -> Sequence[Route]:
        async def enter(visit: Visit) -> web.Response:
            return web.Response(text=visit.account.name)

        return (get("/careless", enter),)

    def navigation(self) -> Sequence[NavEntry]:
        return ()


def test_the_matrix_is_the_expected_one() -> None:
    found = {action: {role for role in Role if allowed(role, action)} for action in WORKING}
    assert found == {action: {Role(name) for name in names.split()} for action, names in EXPECTED.items()}
    assert set(MATRIX) == set(Action)
    assert may({Role.OPERATOR, Role.CURATOR}, Action.CURATE)
    assert not may(set(), Action.SEE_REQUESTS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_role_by_action(tmp_path: Path, library: Library, role: Role, method: str) -> None:
    """4 roles, 13 actions, both ways in: 104 cases."""
    doors = Doors()
    async with opened(tmp_path, library, sections=[doors]) as place:
        browser = await place.signed_in(role)
        for action in WORKING:
            ask = browser.get if method == "GET" else browser.post
            expected = 200 if str(role) in EXPECTED[action].split() else 403
            assert (await ask(f"/door/{action}")).status == expected, action
        assert len(doors.done) == sum(str(role) in names.split() for names in EXPECTED.values())
        refused = [
            record for record in (await place.stores.audit.list(AuditFilter())).records if record.deed == "forbidden"
        ]
        assert len(refused) == len(WORKING) - len(doors.done)


async def test_strangers_reach_only_what_is_open(tmp_path: Path, library: Library) -> None:
    doors = Doors()
    async with opened(tmp_path, library, sections=[doors]) as place:
        stranger = place.browser()
        for action in WORKING:
            assert (await stranger.get(f"/door/{action}")).goal.startswith("/console/sign-in?next=")
            assert (await stranger.post(f"/door/{action}")).status == 401
        assert doors.done == []
        assert (await stranger.get("/door/visit")).text == "visit"


async def test_a_handler_without_an_action_is_not_registered(tmp_path: Path, library: Library) -> None:
    with pytest.raises(NoAction, match=r"put ``@needs.+ on it. \(Careless"):
        async with opened(tmp_path, library, sections=[Careless()]):
            pass


async def test_every_page_of_ours_says_what_it_does(place: Place) -> None:
    """Whoever is not signed in sees the sign-in page, style sheets, and nothing else."""
    open_doors = set()
    for route in place.console._routes():
        path = route.path.replace("{name}", "x").replace("{reference}", "LP-7K3QM-9").replace("{language}", "x")
        stranger = place.browser()
        answer = await (stranger.get(path) if route.method == "GET" else stranger.post(path))
        if answer.status != 401 and not answer.goal.startswith("/console/sign-in?next="):
            open_doors.add(f"{route.method} {route.path}")
    assert open_doors == {
        "GET /sign-in",
        "POST /sign-in",
        "GET /language/{language}",
        "GET /static/{name}",
    }


async def test_a_build_that_lets_everybody_in_is_caught(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Visit, "may", lambda _visit, _action: True)
    with pytest.raises(AssertionError):
        await test_role_by_action(tmp_path, library, Role.VIEWER, "GET")


FORGED = {
    "no origin": ({"Origin": ""}, {}, 403),
    "another origin": ({"Origin": "https://evil.example"}, {}, 403),
    "origin null": ({"Origin": "null"}, {}, 403),
    "another port": ({"Origin": "http://127.0.0.1:1"}, {}, 403),
    "another scheme": ({"Origin": "https://127.0.0.1"}, {}, 403),
    "no token": ({}, {"csrf": ""}, 403),
    "another token": ({}, {"csrf": "A" * 43}, 403),
    "a token with odd letters": ({}, {"csrf": "ü\u202e"}, 403),
}


@pytest.mark.parametrize("name", FORGED)
async def test_forged_forms(place: Place, name: str) -> None:
    headers, form, status = FORGED[name]
    browser = await place.signed_in(Role.ADMIN, name="root")
    answer = await browser.post("/accounts", {"name": "mallory", "role": "admin", **form}, **headers)
    assert answer.status == status
    assert await place.stores.accounts.find("mallory") is None
    assert (await place.deeds())[-1] == "form-refused"


async def test_the_token_of_another_session_is_none(place: Place) -> None:
    browser, other = await place.signed_in(Role.ADMIN, name="root"), await place.signed_in(Role.ADMIN, name="second")
    page = await other.get("/accounts")
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert (await browser.post("/accounts", {"name": "mallory", "role": "admin", "csrf": token})).status == 403
    assert (await other.post("/accounts", {"name": "bea", "role": "admin", "csrf": token})).status == 200


async def test_signing_in_is_from_our_page_too(place: Place) -> None:
    await place.account("ann", Role.VIEWER)
    for origin in ("", "https://evil.example", "null"):
        browser = place.browser()
        assert (await browser.sign_in("ann", PASSWORD, Origin=origin)).status == 403
        assert not browser.session


async def test_a_build_without_the_origin_check_is_caught(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gate, "_from_us", lambda _gate, _request: True)
    with pytest.raises(AssertionError):
        await test_signing_in_is_from_our_page_too(place)


async def test_forms_are_forms(place: Place) -> None:
    browser = await place.signed_in(Role.ADMIN)
    headers = {"Origin": browser.origin, "Cookie": f"console={browser.session}"}
    for kind, body in (
        ("application/json", b'{"name": "x"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"csrf=%ff%fe&name"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\x00"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"name=x"),
    ):
        headers["Content-Type"] = kind
        async with place.http.post(f"{place.url}/console/accounts", data=body, headers=headers) as response:
            assert response.status in (400, 403), kind


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3978", 303),
        ("127.0.0.1", 303),
        ("[::1]:3978", 303),
        ("LOCALHOST", 303),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("192.0.2.1", 403),
        ("", 403),
        ("[::1", 403),
    ],
)
async def test_without_a_public_address_only_this_machine_is_served(place: Place, host: str, status: int) -> None:
    answer = await place.browser().get("/requests", Host=host)
    assert answer.status == status
    assert (await place.browser().get("/nowhere", Host=host)).status == (404 if status == 303 else 403)


async def test_behind_a_public_address_forms_come_from_there(tmp_path: Path, library: Library) -> None:
    async with opened(tmp_path, library, ConsoleSettings("https://Desk.example/bot")) as place:
        browser = await place.signed_in(Role.VIEWER)
        assert (await browser.get("/requests", Host="127.0.0.1:3978")).status == 200
        page = await browser.get("/requests")
        assert 'href="/bot/console/static/console.' in page.text
        assert 'action="/bot/console/sign-out"' in page.text
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert (await browser.post("/sign-out", Origin=place.url)).status == 403
        stranger = place.browser()
        assert (
            await stranger.get("/requests?a=1")
        ).goal == "/bot/console/sign-in?next=%2Fbot%2Fconsole%2Frequests%3Fa%3D1"
        assert (await browser.post("/sign-out")).goal == "/bot/console/sign-in"


async def test_headers_of_every_page(place: Place) -> None:
    browser = await place.signed_in(Role.ADMIN)
    for path in ("/requests", "/sign-in", "/nowhere", "/accounts"):
        headers = (await browser.get(path)).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_files_are_kept_for_ever_under_names_of_their_content(place: Place) -> None:
    page = (await place.browser().get("/sign-in")).text
    sheet = page.partition('<link rel="stylesheet" href="/console')[2].partition('"')[0]
    answer = await place.browser().get(sheet)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for name in ("console.css", "console.000000000000.css", "../console.py", "%2e%2e%2fconsole.py"):
        assert (await place.browser().get(f"/static/{name}")).status == 404


class Failing:
    """A section that refuses and fails."""

    def routes(self) -> Sequence[Route]:
        return (get("/old", self.old), get("/broken", self.broken))

    def navigation(self) -> Sequence[NavEntry]:
        return ()

    @needs(Action.SEE_REQUESTS)
    async def old(self, visit: Visit) -> web.Response:
        raise Conflict(back="/requests", facts=[(visit.words.text("requests.state"), "<b>listed</b>")])

    @needs(Action.SEE_REQUESTS)
    async def broken(self, visit: Visit) -> web.Response:
        raise RuntimeError("canary")


async def test_refusals_and_failures_are_pages_in_the_operators_language(tmp_path: Path, library: Library) -> None:
    async with opened(tmp_path, library, sections=[Failing()]) as place:
        browser = await place.signed_in(Role.VIEWER)
        old = await browser.get("/old")
        assert old.status == 409
        assert "Somebody was faster" in visible(old.text)
        assert "&lt;b&gt;listed&lt;/b&gt;" in old.text
        assert 'href="/console/requests"' in old.text
        browser.language = "zh-CN"
        broken = await browser.get("/broken")
        assert broken.status == 500
        assert "我们这边出错了" in broken.text
        assert "canary" not in broken.text
        assert "这里没有内容" in (await browser.get("/nowhere")).text


async def test_the_language_is_the_browsers_until_one_is_chosen(place: Place) -> None:
    browser = place.browser()
    for wished, lang in (
        ("zh-CN,en;q=0.5", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("fr, en;q=0.1", "en"),
        ("", "en"),
        ("zh;q=x", "en"),
    ):
        browser.language = wished
        assert f'<html lang="{lang}">' in (await browser.get("/sign-in")).text
    chosen = await browser.get("/language/zh-CN?back=/console/sign-in?next=%2Fconsole%2Faudit")
    assert chosen.goal == "/console/sign-in?next=/console/audit"
    assert '<html lang="zh-CN">' in (await browser.get("/sign-in")).text
    assert (await browser.get("/language/xx")).status == 404
    assert (await browser.get("/language/en?back=https://evil.example/")).goal == "/console"


async def test_the_list_of_requests(place: Place) -> None:
    browser = await place.signed_in(Role.VIEWER)
    assert "No request fits" in visible((await browser.get("/requests")).text)
    made = [opened_case(CaseType.LISTING) for _ in range(60)]
    for change in made:
        await place.desk.apply(change)
    message = opened_case(CaseType.MESSAGE)
    await place.desk.apply(message)
    page = await browser.get("/requests?type=directory-listing&text=contoso")
    assert page.text.count('<th scope="row"') == 50
    onward = page.text.partition('rel="next" href="/console')[2].partition('"')[0].replace("&amp;", "&")
    rest = await browser.get(onward)
    assert rest.text.count('<th scope="row"') == 10
    assert 'rel="next"' not in rest.text
    only = await browser.get(f"/requests?text={message.case.reference}")
    assert only.text.count('<th scope="row"') == 1
    for odd in ("type=x", "state=%00", "after=x", "text=%00%ff", "text=" + "x" * 3000):
        assert (await browser.get(f"/requests?{odd}")).status == 200, odd


async def test_the_navigation_shows_what_one_may_do(place: Place) -> None:
    viewer, admin = await place.signed_in(Role.VIEWER), await place.signed_in(Role.ADMIN)
    assert "/console/accounts" not in (await viewer.get("/requests")).text
    assert 'href="/console/requests" aria-current="page"' in (await admin.get("/requests")).text
    assert 'href="/console/accounts" aria-current="page"' in (await admin.get("/accounts")).text
    assert (await viewer.get("")).goal == "/console/requests"
