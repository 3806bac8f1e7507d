"""Missed questions in the console: what is shown, to whom, and that nothing in it runs."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from desk.access import Role
from desk.missed import Kind
from tests.console.missing import (
    NEW,
    PHRASE,
    TOPIC,
    Desk,
    decided,
    listed,
    missed,
    said,
    thumb,
)
from tests.console.place import Browser, visible
from tests.console.requesting import elements
from tests.webchat.payloads import PAYLOADS


async def test_what_is_nearly_the_same_stands_together_most_frequent_first(desk: Desk, curator: Browser) -> None:
    await desk.asked(
        missed("Do you sell donuts?", 1),
        missed("when is lunch", 2, "suggestions", "en", "opening"),
        missed("do you SELL donuts", 3),
        missed("甜甜圈怎么卖", 4, "no-match", "zh-CN"),
        missed("donuts: do you sell them", 5, "none-of-these", "en", "fee", "opening"),
        said("answer", "fee", "what about money", 6),
        thumb("fee", 7),
        thumb("fee", 8, helpful=True),
        thumb("opening", 9),  # nobody knows what was asked
        said("suggestions", "opening", "somehow the door", 10, user="v"),
        said("chosen", "opening", "2", 11, user="v"),
        said("no-match", "", "something else", 12, user="v"),
        thumb("opening", 13, user="v"),
    )
    table = {
        "": [
            (3, "donuts: do you sell them"),
            (1, "somehow the door"),
            (1, "what about money"),
            (1, "甜甜圈怎么卖"),
            (1, "when is lunch"),
        ],
        "reason=unhelpful": [(1, "somehow the door"), (1, "what about money")],
        "reason=none-of-these": [(3, "donuts: do you sell them")],
        "language=zh-CN": [(1, "甜甜圈怎么卖")],
        "channel=msteams": [],
        "text=DONUTS+sell": [(3, "donuts: do you sell them")],
        "text=%25": [],
        "reason=x&language=": [],
        "after=3": [(1, "甜甜圈怎么卖"), (1, "when is lunch")],
        "after=-1&text=lunch": [(1, "when is lunch")],
    }
    for query, expected in table.items():
        page = await curator.get(f"/missed?{query}")
        assert listed(page) == expected, query
    words = visible((await curator.get("/missed/m1")).text)
    assert "Asked: 3" in words
    assert "Do you sell donuts?" in words
    assert "user-of" not in words
    assert (await curator.get("/missed/m99")).status == 404


async def test_pages_of_a_long_list_leave_nothing_out(desk: Desk, curator: Browser) -> None:
    letters = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" * 3 for n in range(65)]
    await desk.asked(*(missed(f"{word} gadget", n) for n, word in enumerate(letters)))
    seen, address = [], "/missed?language=en"
    while address:
        page = await curator.get(address)
        seen += [text for _, text in listed(page)]
        found = re.search(r'rel="next" href="/console([^"]+)"', page.text)
        address = html.unescape(found[1]) if found else ""
        assert not address or "language=en" in address
    assert sorted(seen) == sorted(f"{word} gadget" for word in letters)


async def test_where_dialogs_are_left(desk: Desk, curator: Browser) -> None:
    day = 24 * 60
    listing = {"form": "directory-listing"}
    await desk.asked(
        said("form", "", "x", -2 * day, step="country", user="a", **listing),
        said("form", "", "x", -2 * day, step="country", user="b", **listing),
        said("form", "", "x", -2 * day, step="country", user="c", **listing),
        said("form", "", "x", -2 * day + 5, step="done", user="c", **listing),  # finished
        said("form", "", "x", -2 * day, step="summary", user="d", **listing),
        said("form", "", "x", -2 * day + 5, step="", user="d", **listing),  # given up in so many words
        said("form", "", "x", -60, step="country", user="e", **listing),  # may come back
        said("answer", "fee", "x", -2 * day + 6, user="a"),
        said("form", "", "x", -40 * day, step="country", user="f", **listing),
    )
    page = visible((await curator.get("/missed/abandoned")).text)
    assert page.partition("Times are")[0].rstrip().endswith("Directory listing country English 2"), page


MATRIX = [
    (role, method, path)
    for role in Role
    for method, path in (
        ("get", "/missed"),
        ("get", "/missed/m1"),
        ("get", "/missed/decided"),
        ("get", "/missed/decisions/1"),
        ("post", "/missed/m1/preview"),
        ("post", "/missed/m1/patch"),
        ("post", "/missed/m1/decide"),
        ("post", "/missed/m1/ignore"),
        ("post", "/missed/decisions/1/undo"),
        ("get", "/missed/decisions/1/patch"),
    )
]


async def test_everybody_sees_and_curators_decide(desk: Desk) -> None:
    await desk.asked(missed("when is lunch"), missed("asdf"))
    await (await desk.place.signed_in(Role.CURATOR)).post("/missed/m2/ignore")
    browsers = {role: await desk.place.signed_in(role) for role in Role}
    assert len(MATRIX) == 40
    for role, method, path in MATRIX:
        browser = browsers[role]
        works = role in (Role.CURATOR, Role.ADMIN) or (method == "get" and not path.endswith("patch"))
        if works and method == "post":
            continue  # done for real elsewhere
        page = await (browser.get(path) if method == "get" else browser.post(path, PHRASE))
        assert (page.status == 403) is not works, (role, path)
        if path == "/missed/m1" and works:
            assert ("<textarea" in page.text) is (role in (Role.CURATOR, Role.ADMIN))
    stranger = await browsers[Role.CURATOR].post("/missed/m1/ignore", {"csrf": "wrong"})
    assert stranger.status == 403
    foreign = await browsers[Role.CURATOR].post("/missed/m1/ignore", Origin="https://evil.example")
    assert foreign.status == 403


async def test_no_payload_runs_anywhere(desk: Desk, curator: Browser) -> None:
    await desk.asked(*(missed(payload, number, "no-match", "en", payload) for number, payload in enumerate(PAYLOADS)))
    pages = ["/missed", "/missed?after=30", "/missed?after=60", f"/missed?{urlencode({'text': PAYLOADS[0]})}"]
    pages += [f"/missed/m{number + 1}" for number in range(len(PAYLOADS))]
    got = [await curator.get(path) for path in pages]
    for payload in PAYLOADS[:12]:
        got.append(await curator.post("/missed/m1/preview", {**PHRASE, "entry": "-", "other": payload}))
        got.append(await curator.post("/missed/m1/preview", {**NEW, "id": payload, "title-en": payload}))
    got.append(await curator.post("/missed/m1/preview", {**PHRASE, "phrasings": PAYLOADS[0]}))
    for page in got:
        found = elements(page.text)
        assert "script" not in found.names
        assert found.handlers == []


@pytest.mark.parametrize("kind", list(Kind))
async def test_both_languages_say_everything(desk: Desk, curator: Browser, kind: Kind) -> None:
    curator.language = "zh-CN"
    await desk.asked(missed("when may I come in"))
    forms = {Kind.PHRASING: PHRASE, Kind.ENTRY: NEW, Kind.TOPIC: TOPIC}
    if kind is Kind.IGNORED:
        await curator.post("/missed/m1/ignore")
    else:
        await decided(curator, "m1", dict(forms[kind]))
    for path in ("/missed", "/missed/decided", "/missed/ignored", "/missed/abandoned", "/missed/decisions/1", "/audit"):
        page = await curator.get(path)
        if path == "/audit":
            continue
        assert page.status == 200
        assert "missed." not in visible(page.text)
