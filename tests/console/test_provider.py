"""Signing in with an identity provider: the way in, and everything that is no way in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from console import ConsoleSettings, ProviderSettings, idtoken
from desk.access import Role
from desk.accounts import Source, switched
from desk.audit import AuditFilter
from faq.library import Library
from tests.console.idp import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.console.place import Answer, Browser, Place, opened, visible

REFUSED = "The identity provider did not vouch for you"


@pytest.fixture
async def idp() -> AsyncIterator[IdentityProvider]:
    async with identity_provider() as provider:
        yield provider


@pytest.fixture
async def place(tmp_path: Path, library: Library, idp: IdentityProvider) -> AsyncIterator[Place]:
    provider = ProviderSettings(idp.url, CLIENT, SECRET, roles={"Desk Admins": Role.ADMIN})
    async with opened(tmp_path, library, ConsoleSettings(provider=provider)) as running:
        yield running


async def signed_in(place: Place, idp: IdentityProvider, browser: Browser | None = None) -> tuple[Browser, Answer]:
    """Through the provider and back."""
    browser = browser or place.browser()
    left = await browser.get("/sign-in/provider?next=/console/requests?state=ready")
    assert left.status == 303, visible(left.text)
    return browser, await browser.get(idp.approve(left.goal))


async def test_the_way_in(place: Place, idp: IdentityProvider) -> None:
    browser = place.browser()
    browser.cookies["console"] = "chosen-by-somebody-else"
    assert "Sign in with your work account" in (await browser.get("/sign-in")).text
    left = await browser.get("/sign-in/provider?next=/console/requests?state=ready")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left.goal).query).items()}
    assert left.goal.startswith(f"{idp.url}/authorize?")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{place.url}/console/sign-in/provider/callback"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    (cookie,) = browser.set_cookies
    assert cookie.endswith("HttpOnly; Max-Age=600; Path=/; SameSite=Lax")
    back = await browser.get(idp.approve(left.goal))
    assert (back.status, back.goal) == (303, "/console/requests?state=ready")
    assert browser.session != "chosen-by-somebody-else"
    assert "console-signing-in" not in browser.cookies
    page = await browser.get("/requests")
    assert page.status == 200
    assert "Ann Lee" in page.text
    account = await place.stores.accounts.find("ann.lee")
    assert account
    assert (account.roles, account.source, account.subject) == ({Role.OPERATOR}, Source.PROVIDER, f"{idp.url}|person-1")
    assert await place.deeds("ann.lee") == ["account-added", "signed-in"]
    assert (await browser.get("/password")).status == 404


async def test_roles_are_those_of_the_last_sign_in(place: Place, idp: IdentityProvider) -> None:
    browser, _ = await signed_in(place, idp)
    idp.claims = {"roles": ["Desk Admins", "unknown"], "name": "Ann\u202e Leé\x00"}
    browser, _ = await signed_in(place, idp)
    assert (await browser.get("/accounts")).status == 200
    account = await place.stores.accounts.find("ann.lee")
    assert account
    assert (account.roles, account.shown) == ({Role.ADMIN}, "Ann Leé")


async def test_somebody_else_of_the_same_name_is_somebody_else(place: Place, idp: IdentityProvider) -> None:
    await signed_in(place, idp)
    idp.claims = {"sub": "person-2"}
    await signed_in(place, idp)
    first, second = await place.stores.accounts.list()
    assert first.name == "ann.lee"
    assert second.name.startswith("ann.lee-")
    assert {first.subject, second.subject} == {f"{idp.url}|person-1", f"{idp.url}|person-2"}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"roles": "curator"}, Role.CURATOR),
        ({"roles": None, "realm_access": {"roles": ["viewer"]}}, None),
        ({"roles": []}, None),
        ({"roles": None}, None),
        ({"roles": {"operator": True}}, None),
        ({"roles": ["OPERATOR", 7, None]}, None),
        ({"roles": ["Desk Admins"]}, Role.ADMIN),
    ],
)
async def test_roles_of_the_claim(
    place: Place, idp: IdentityProvider, claims: dict[str, Any], role: Role | None
) -> None:
    idp.claims = claims
    browser, answer = await signed_in(place, idp)
    if role:
        account = await place.stores.accounts.find("ann.lee")
        assert account
        assert account.roles == {role}
        return
    assert answer.status == 403
    assert "You have no role here yet" in visible(answer.text)
    assert not browser.session
    page = await place.stores.audit.list(AuditFilter())
    assert page.records[0].data == {"reason": "role"}
    assert await place.stores.accounts.list() == ()


async def test_a_claim_inside_another(tmp_path: Path, library: Library, idp: IdentityProvider) -> None:
    provider = ProviderSettings(idp.url, CLIENT, SECRET, roles_claim="realm_access.roles")
    idp.claims = {"realm_access": {"roles": ["viewer"]}}
    async with opened(tmp_path, library, ConsoleSettings(provider=provider)) as place:
        assert (await signed_in(place, idp))[1].status == 303


async def test_a_disabled_account_stays_out(place: Place, idp: IdentityProvider) -> None:
    browser, _ = await signed_in(place, idp)
    account = await place.stores.accounts.find("ann.lee")
    assert account
    await place.stores.accounts.apply(switched(account, True, "admin", place.clock.now()))
    assert (await browser.get("/requests")).status == 303
    assert (await signed_in(place, idp))[1].status == 403


async def test_passwords_are_no_way_in_where_there_is_a_provider(place: Place) -> None:
    local = await place.signed_in(Role.ADMIN, name="root")
    assert (await local.get("/requests")).status == 303
    assert (await place.browser().sign_in("root")).status == 404
    assert 'name="password"' not in (await place.browser().get("/sign-in")).text


async def test_the_secret_in_the_form_where_the_provider_wants_it_there(place: Place, idp: IdentityProvider) -> None:
    idp.by_form = True
    assert (await signed_in(place, idp))[1].status == 303


async def test_discovery_is_kept_and_a_new_key_is_found(place: Place, idp: IdentityProvider) -> None:
    for _ in range(3):
        assert (await signed_in(place, idp))[1].status == 303
    assert idp.seen.count("metadata") == idp.seen.count("keys") == 1
    idp.add_key("k2")
    idp.make = lambda claims: idp.sign(claims, "k2")
    assert (await signed_in(place, idp))[1].status == 403  # asked less than a minute ago
    provider = place.console._provider
    assert provider
    provider._monotonic = lambda: time.monotonic() + 61
    assert (await signed_in(place, idp))[1].status == 303
    assert idp.seen.count("keys") == 2


Make = Callable[[IdentityProvider, dict[str, Any]], str]


def with_claims(**changed: Any) -> Make:
    def make(idp: IdentityProvider, claims: dict[str, Any]) -> str:
        merged = {**claims, **{name: value(claims) if callable(value) else value for name, value in changed.items()}}
        return raw(idp, {name: value for name, value in merged.items() if value is not None})

    return make


def raw(idp: IdentityProvider, claims: dict[str, Any], key: str = "k1", **headers: Any) -> str:
    """Signed without the library looking at the claims."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), idp.keys[key], "RS256", {"kid": key, **headers})


def with_public_key_as_secret(idp: IdentityProvider, claims: dict[str, Any]) -> str:
    public = idp.keys["k1"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head = b64(json.dumps({"alg": "HS256", "kid": "k1"}).encode()) + "." + b64(json.dumps(claims).encode())
    return f"{head}.{b64(hmac.new(pem, head.encode(), hashlib.sha256).digest())}"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned_as(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}."


def unsigned(_: IdentityProvider, claims: dict[str, Any]) -> str:
    return unsigned_as({"alg": "none", "kid": "k1"}, claims)


def by_a_stranger(_: IdentityProvider, claims: dict[str, Any]) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, "RS256", {"kid": "k1"})


def changed_afterwards(idp: IdentityProvider, claims: dict[str, Any]) -> str:
    head, _, signature = idp.sign(claims).split(".")
    return f"{head}.{b64(json.dumps({**claims, 'roles': ['admin']}).encode())}.{signature}"


BAD_TOKENS: dict[str, Make] = {
    "expired": with_claims(exp=lambda claims: claims["exp"] - 3600),
    "without exp": with_claims(exp=None),
    "exp is text": with_claims(exp="tomorrow"),
    "not valid yet": with_claims(nbf=lambda claims: claims["nbf"] + 3600),
    "from the future": with_claims(iat=lambda claims: claims["iat"] + 3600),
    "without iat": with_claims(iat=None),
    "another issuer": with_claims(iss="https://login.example"),
    "issuer with a slash": with_claims(iss=lambda claims: claims["iss"] + "/"),
    "without issuer": with_claims(iss=None),
    "another audience": with_claims(aud="somebody-else"),
    "no audience": with_claims(aud=None),
    "empty audience": with_claims(aud=[]),
    "several audiences without a party": with_claims(aud=[CLIENT, "somebody-else"]),
    "made for another party": with_claims(aud=[CLIENT, "somebody-else"], azp="somebody-else"),
    "one audience, another party": with_claims(azp="somebody-else"),
    "another nonce": with_claims(nonce="x" * 43),
    "without nonce": with_claims(nonce=None),
    "nonce is a list": with_claims(nonce=lambda claims: [claims["nonce"]]),
    "without subject": with_claims(sub=None),
    "blank subject": with_claims(sub="  "),
    "subject is a number": with_claims(sub=7),
    "unsigned": unsigned,
    "public key as a secret": with_public_key_as_secret,
    "signed by a stranger": by_a_stranger,
    "changed afterwards": changed_afterwards,
    "RS512": lambda idp, claims: idp.sign(claims, algorithm="RS512"),
    "PS256 by a key for RS256": lambda idp, claims: idp.sign(claims, algorithm="PS256"),
    "unknown key": lambda idp, claims: raw(idp, claims, kid="k9"),
    "key of no use": lambda idp, claims: raw(idp, claims, kid="small"),
    "key id is a number": lambda _idp, claims: unsigned_as({"alg": "RS256", "kid": 7}, claims),
    "critical header": lambda idp, claims: raw(idp, claims, crit=["exp"]),
    "no token at all": lambda _idp, _claims: "x",
    "empty": lambda _idp, _claims: "",
    "too long": lambda idp, claims: idp.sign({**claims, "more": "x" * 20_000}),
    "claims are a list": lambda idp, _: jwt.PyJWS().encode(b"[]", idp.keys["k1"], "RS256", {"kid": "k1"}),
    "claims are deep": lambda idp, _: jwt.PyJWS().encode(b"[" * 5000, idp.keys["k1"], "RS256", {"kid": "k1"}),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_tokens_that_are_not_believed(place: Place, idp: IdentityProvider, name: str) -> None:
    idp.make = lambda claims: BAD_TOKENS[name](idp, claims)
    browser, answer = await signed_in(place, idp)
    assert (answer.status, REFUSED in visible(answer.text)) == (403, True)
    assert not browser.session
    assert await place.stores.accounts.list() == ()
    assert await place.deeds() == ["sign-in-refused"]
    idp.make = None
    assert (await signed_in(place, idp, browser))[1].status == 303


async def test_a_build_without_the_nonce_is_caught(
    place: Place, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idtoken.hmac, "compare_digest", lambda _a, _b: True)
    idp.make = lambda claims: BAD_TOKENS["another nonce"](idp, claims)
    assert (await signed_in(place, idp))[1].status == 303


async def test_coming_back_without_having_left(place: Place, idp: IdentityProvider) -> None:
    browser, attacker = place.browser(), place.browser()
    left = await attacker.get("/sign-in/provider")
    planted = idp.approve(left.goal)
    answer = await browser.get(planted)  # somebody else's sign-in, slipped to this browser
    assert (answer.status, browser.session) == (403, "")
    assert "That took too long" in visible(answer.text)
    await browser.get("/sign-in/provider")
    answer = await browser.get(planted)
    assert (answer.status, browser.session) == (403, "")
    assert "token" not in idp.seen


@pytest.mark.parametrize("more", ["&error=access_denied", "&iss=https://login.example"])
async def test_answers_that_are_none(place: Place, idp: IdentityProvider, more: str) -> None:
    browser = place.browser()
    left = await browser.get("/sign-in/provider")
    answer = await browser.get(idp.approve(left.goal) + more)
    assert (answer.status, browser.session) == (403, "")
    assert "token" not in idp.seen


async def test_a_code_is_taken_once(place: Place, idp: IdentityProvider) -> None:
    browser = place.browser()
    left = await browser.get("/sign-in/provider")
    back = idp.approve(left.goal)
    kept = dict(browser.cookies)
    assert (await browser.get(back)).status == 303
    browser.cookies = kept
    assert (await browser.get(back)).status == 403


async def test_made_up_codes_have_to_wait(place: Place, idp: IdentityProvider) -> None:
    browser, statuses = place.browser(), []
    for _ in range(7):
        left = await browser.get("/sign-in/provider")
        state = parse_qs(urlsplit(left.goal).query)["state"][0]
        back = f"/sign-in/provider/callback?code=made-up&state={state}"
        statuses.append((await browser.get(back, **{"X-Address": "203.0.113.7"})).status)
    assert statuses == [403] * 5 + [429] * 2
    assert idp.seen.count("token") == 5


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.example"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
    ],
)
async def test_a_provider_that_is_none(place: Place, idp: IdentityProvider, metadata: dict[str, Any]) -> None:
    idp.metadata = metadata
    answer = await place.browser().get("/sign-in/provider")
    assert answer.status == 502
    assert "does not answer" in visible(answer.text)
    idp.metadata = {}
    assert (await signed_in(place, idp))[1].status == 303


async def test_a_provider_that_is_away(place: Place, idp: IdentityProvider) -> None:
    idp.down = True
    assert (await place.browser().get("/sign-in/provider")).status == 502
    idp.down = False
    assert (await signed_in(place, idp))[1].status == 303


async def test_the_public_address_is_the_one_to_come_back_to(
    tmp_path: Path, library: Library, idp: IdentityProvider
) -> None:
    settings = ConsoleSettings("https://desk.example/bot", ProviderSettings(idp.url, CLIENT, SECRET))
    async with opened(tmp_path, library, settings) as place:
        browser = place.browser()
        left = await browser.get("/sign-in/provider", Host="evil.example")
        asked = parse_qs(urlsplit(left.goal).query)
        assert asked["redirect_uri"] == ["https://desk.example/bot/console/sign-in/provider/callback"]
        (cookie,) = browser.set_cookies
        assert cookie.startswith("__Host-console-signing-in=")
        assert cookie.endswith("; Secure")


OBJECT_ID = "1a2b3c4d-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("issuer", "oid", "user"),
    [
        ("https://login.microsoftonline.com/t-1/v2.0", OBJECT_ID, OBJECT_ID),
        ("https://login.microsoftonline.us/t-1/v2.0", OBJECT_ID.upper(), OBJECT_ID),
        ("https://login.microsoftonline.com/t-1/v2.0", "bea@contoso.com", ""),
        ("https://login.microsoftonline.com/t-1/v2.0", None, ""),
        ("https://login.microsoftonline.com.example/t-1/v2.0", OBJECT_ID, ""),
        ("https://id.contoso.com", OBJECT_ID, ""),
    ],
)
def test_entra_id_alone_says_who_somebody_is_in_teams(issuer: str, oid: object, user: str) -> None:
    """Elsewhere users may write that claim themselves."""
    claims = {"sub": "person-1", "oid": oid, "roles": ["operator"]}
    assert idtoken.person(claims, ProviderSettings(issuer, CLIENT, SECRET)).teams_user == user


async def test_a_sign_in_links_to_teams(place: Place, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idtoken, "ENTRA", (idp.url,))
    await signed_in(place, idp)
    account = await place.stores.accounts.find("ann.lee")
    assert account
    assert account.teams_user is None
    idp.claims["oid"] = OBJECT_ID
    await signed_in(place, idp)
    assert await place.stores.accounts.find_teams(OBJECT_ID) == await place.stores.accounts.find("ann.lee")
    assert "teams-linked" in await place.deeds("ann.lee")
    idp.claims |= {"sub": "person-2", "preferred_username": "bob@contoso.com"}
    await signed_in(place, idp)  # who is linked already stays the one
    assert (await place.stores.accounts.find_teams(OBJECT_ID)) == await place.stores.accounts.find("ann.lee")
    other = await place.stores.accounts.find("bob")
    assert other
    assert other.teams_user is None
