"""Only the public internet is ever connected to: 0 connections over the whole corpus, and each guard by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from aiohttp.abc import ResolveResult
from yarl import URL

from pagecheck import addresses, fetch, network
from pagecheck.addresses import is_public
from pagecheck.fetch import Obstacle, Page, Unseen, WebFetcher
from tests.pagecheck.corpus import INSIDE, OUTSIDE, SPELLINGS
from tests.pagecheck.web import OTHER, PUBLIC, PUBLIC_V6, Internet, Serve, answer, internet, plain

FETCHER = WebFetcher()


class Trap(dict[str, Sequence[Sequence[str]]]):
    """A resolver that sends every name inside."""

    def get(self, name: str, default: object = None) -> Sequence[Sequence[str]]:
        return [["127.0.0.1"]]


async def look(
    monkeypatch: pytest.MonkeyPatch, address: str, names: Mapping[str, Sequence[Sequence[str]]], serve: Serve = plain
) -> tuple[Page | Unseen, Internet]:
    async with internet(monkeypatch, names, serve) as web:
        return await FETCHER.fetch(address), web


def onward(*places: str) -> Serve:
    """A server that sends on from place to place, then shows a page."""
    left = list(places)

    async def serve(reader: object, writer: object, request: bytes) -> None:
        writer.write(answer(b"", 302, Location=left.pop(0)) if left else answer(b"<p>hello"))  # type: ignore[attr-defined]

    return serve


def inside(web: Internet) -> list[str]:
    """What must never be reached."""
    return [address for address in web.reached if address not in (PUBLIC, OTHER, PUBLIC_V6)]


def test_the_corpus_is_large_enough() -> None:
    assert len(INSIDE) >= 60
    assert len(SPELLINGS) >= 100
    assert len(set(INSIDE)) + len(set(SPELLINGS)) == len(INSIDE) + len(SPELLINGS)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "site.example", "127.1", "0x7f000001", "1.1.1.1 ", "999.1.1.1"])
def test_what_is_no_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("answers", ["alone", "behind a public one", "before a public one"])
async def test_a_name_that_leads_inside(monkeypatch: pytest.MonkeyPatch, address: str, answers: str) -> None:
    found = {"alone": [address], "behind a public one": [PUBLIC, address], "before a public one": [address, PUBLIC]}
    seen, web = await look(monkeypatch, "http://site.example/", {"site.example": [found[answers]]})
    assert seen == Unseen(Obstacle.NO_SITE)
    assert web.reached == []
    assert web.asked == ["site.example"]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_spelling_that_leads_inside(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    seen, web = await look(monkeypatch, spelling, Trap())
    assert isinstance(seen, Unseen)
    assert web.reached == []


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_redirect_that_leads_inside(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    names = {"start.example": [[PUBLIC]], "site.example": [["127.0.0.1"]], "localhost": [["127.0.0.1"]]}
    location = "".join(c for c in spelling if c not in "\r\n\x00")
    seen, web = await look(monkeypatch, "http://start.example/", names, onward(location))
    assert inside(web) == []
    assert web.reached[0] == PUBLIC
    assert isinstance(seen, Unseen) or set(web.asked) == {"start.example"}, "another page of the same site"


@pytest.mark.parametrize("hops", [1, 2, 3])
async def test_the_last_of_several_redirects_is_checked_too(monkeypatch: pytest.MonkeyPatch, hops: int) -> None:
    names = {"a.example": [[PUBLIC]], "b.example": [[OTHER]], "inner.example": [["10.0.0.1"]]}
    places = ["http://b.example/", "http://a.example/"][: hops - 1]
    seen, web = await look(monkeypatch, "http://a.example/", names, onward(*places, "http://inner.example/"))
    assert seen == Unseen(Obstacle.NO_SITE)
    assert web.reached == [PUBLIC, OTHER, PUBLIC][:hops]


@pytest.mark.parametrize(("redirects", "followed"), [(0, True), (3, True), (4, False), (8, False)])
async def test_few_redirects_are_followed(monkeypatch: pytest.MonkeyPatch, redirects: int, followed: bool) -> None:
    serve = onward(*[f"/{number}" for number in range(redirects)])
    seen, web = await look(monkeypatch, "http://a.example/", {"a.example": [[PUBLIC]]}, serve)
    assert isinstance(seen, Page) is followed
    assert len(web.reached) == min(redirects, 3) + 1
    if not followed:
        assert seen == Unseen(Obstacle.REDIRECTS)


async def test_a_name_that_changes_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"site.example": [[PUBLIC], ["127.0.0.1"]]}
    seen, web = await look(monkeypatch, "http://site.example/", names)
    assert isinstance(seen, Page)
    assert (web.asked, web.reached) == (["site.example"], [PUBLIC]), "asked once, connected to what was answered"
    seen, web = await look(monkeypatch, "http://site.example/", names, onward("/again"))
    assert seen == Unseen(Obstacle.NO_SITE), "a new connection, a new answer, a new check"
    assert (web.asked, web.reached) == (["site.example"] * 2, [PUBLIC])


async def test_private_names_and_unknown_ones_look_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    private, _ = await look(monkeypatch, "http://site.example/", {"site.example": [["10.0.0.1"]]})
    unknown, _ = await look(monkeypatch, "http://site.example/", {})
    assert private == unknown == Unseen(Obstacle.NO_SITE)


async def test_the_settings_of_a_proxy_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    seen, web = await look(monkeypatch, "http://site.example/", {"site.example": [[PUBLIC]]})
    assert isinstance(seen, Page)
    assert web.reached == [PUBLIC]


# Each guard by itself, and none: the corpus notices.


def _believing_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "target", lambda text, base=None: base.join(URL(text)) if base else URL(text))


def _believing_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(_: object, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        found = await network.look_up(host, port, family)
        return [ResolveResult(hostname=host, host=ip, port=port, family=kind, proto=0, flags=0) for kind, ip in found]

    monkeypatch.setattr(network.PublicResolver, "resolve", resolve)


def _believing_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda _: True)


async def _leaks(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many of a part of the corpus get inside: by name, by spelling."""
    by_name = [await look(monkeypatch, "http://a.example/", {"a.example": [[address]]}) for address in INSIDE[::6]]
    by_spelling = [await look(monkeypatch, spelling, Trap()) for spelling in SPELLINGS[:40]]
    return sum(bool(inside(web)) for _, web in by_name), sum(bool(inside(web)) for _, web in by_spelling)


async def test_the_socket_alone_keeps_everything_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _believing_targets(monkeypatch)
    _believing_resolver(monkeypatch)
    assert await _leaks(monkeypatch) == (0, 0)


async def test_without_the_table_the_corpus_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    _believing_everything(monkeypatch)
    by_name, by_spelling = await _leaks(monkeypatch)
    assert by_name == len(INSIDE[::6])
    assert by_spelling == 0, "figures are no names"


async def test_without_table_and_names_only_the_spellings_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    _believing_everything(monkeypatch)
    _believing_targets(monkeypatch)
    _, by_spelling = await _leaks(monkeypatch)
    assert by_spelling >= 10


async def test_without_the_socket_guard_an_address_in_figures_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    _believing_targets(monkeypatch)
    monkeypatch.setattr(network, "public_socket", lambda info: vars(network)["socket"].socket(*info[:3]))
    _, by_spelling = await _leaks(monkeypatch)
    assert by_spelling >= 1, "the resolver is not asked about it"
