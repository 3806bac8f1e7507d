"""Who gets in: over HTTP, with real signatures. Every forged token is refused, every valid one let in."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import bot.tokens
from bot.keys import RETRY_UNKNOWN, ConnectorKeys
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens
from tests.bot.door import Door, registered
from tests.bot.fakes import APP_ID, TEAMS_URL, Issuer, anywhere, teams_message

Forge = Callable[[Issuer], str]


def _b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsigned(issuer: Issuer, algorithm: str, **claims: object) -> str:
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    return f"{_b64(header)}.{_b64(issuer.claims(**claims))}."


def _hs256_with_public_key(issuer: Issuer) -> str:
    """The classic confusion: the public key as a shared secret. Built by hand, the library refuses to."""
    public = (
        issuer.keys["k1"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    signed = f"{_b64({'alg': 'HS256', 'kid': 'k1'})}.{_b64(issuer.claims())}"
    return f"{signed}.{_b64(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def _part(index: int, change: Callable[[str], str]) -> Forge:
    def forge(issuer: Issuer) -> str:
        parts = issuer.token().split(".")
        parts[index] = change(parts[index])
        return ".".join(parts)

    return forge


def _flip(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


def _signed_as(algorithm: str) -> Forge:
    def forge(issuer: Issuer) -> str:
        return jwt.encode(issuer.claims(), issuer.keys["k1"], algorithm, {"kid": "k1"})

    return forge


def _with(**changes: Any) -> Forge:
    return lambda issuer: issuer.token(**changes)


def _always(token: str) -> Forge:
    return lambda _: token


def _soon(seconds: int) -> int:
    return int(time.time()) + seconds


def _own_key_in_header(name: str) -> Forge:
    """The token brings the key it is signed with."""

    def forge(issuer: Issuer) -> str:
        own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        brought: dict[str, Any] = {
            "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key(), as_dict=True),
            "jku": f"{issuer.address}/keys",
            "x5u": f"{issuer.address}/keys",
        }
        return jwt.encode(issuer.claims(), own, "RS256", {"kid": "k1", name: brought[name]})

    return forge


def _es256(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "k1"})


def _strangers_key(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), rsa.generate_private_key(65537, 2048), "RS256", {"kid": "k1"})


def _other_listed_key(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), issuer.keys["unendorsed"], "RS256", {"kid": "k1"})


def _raw_payload(payload: str) -> Forge:
    """Signed properly, but not what claims should be."""

    def forge(issuer: Issuer) -> str:
        return jwt.PyJWS().encode(payload.encode(), issuer.keys["k1"], "RS256", {"kid": "k1"})

    return forge


def _nested(issuer: Issuer) -> str:
    return jwt.PyJWS().encode(issuer.token().encode(), issuer.keys["k1"], "RS256", {"kid": "k1", "cty": "JWT"})


def _header(header: object) -> Forge:
    def forge(issuer: Issuer) -> str:
        _, payload, signature = issuer.token().split(".")
        return f"{_b64(header)}.{payload}.{signature}"

    return forge


BAD_TOKENS: dict[str, Forge] = {
    # not tokens
    "empty": _always(""),
    "garbage": _always("garbage"),
    "dots": _always(".."),
    "two parts": lambda issuer: ".".join(issuer.token().split(".")[:2]),
    "four parts": lambda issuer: issuer.token() + ".x",
    "twice": lambda issuer: f"{issuer.token()} {issuer.token()}",
    "padded": lambda issuer: issuer.token() + "==",
    "blank inside": _part(1, lambda part: part[:10] + " " + part[10:]),
    "url-unsafe alphabet": _part(2, lambda part: part[:-4] + "+/+/"),
    "10 kB": _always("a" * 3000 + "." + "b" * 3000 + "." + "c" * 1500),
    "header is a list": _header([]),
    "header is null": _header(None),
    "header is deep": _header("[" * 2000),
    "header deep raw": _always(f"{_b64(b'[' * 3000)}.e30.e30"),
    "header not JSON": _always(f"{_b64(b'{')}.e30.e30"),
    "header not UTF-8": _always(f"{_b64(bytes([0xFF, 0xFE]))}.e30.e30"),
    # algorithms
    "alg none": lambda issuer: _unsigned(issuer, "none"),
    "alg none with a signature": lambda issuer: _unsigned(issuer, "none") + "c2ln",
    "alg None": lambda issuer: _unsigned(issuer, "None") + "c2ln",
    "alg empty": lambda issuer: _unsigned(issuer, "") + "c2ln",
    "alg is a number": _header({"alg": 256, "kid": "k1"}),
    "alg is missing": _header({"kid": "k1"}),
    "HS256 with the public key": _hs256_with_public_key,
    "RS384": _signed_as("RS384"),
    "RS512": _signed_as("RS512"),
    "PS256": _signed_as("PS256"),
    "ES256": _es256,
    "alg in small letters": _header({"alg": "rs256", "kid": "k1"}),
    # keys
    "no key id": lambda issuer: jwt.encode(issuer.claims(), issuer.keys["k1"], "RS256"),
    "key id is a number": _header({"alg": "RS256", "kid": 1}),
    "key id is a path": _header({"alg": "RS256", "kid": "../../dev/null"}),
    "key id is SQL": _header({"alg": "RS256", "kid": "k1' OR '1'='1"}),
    "unknown key id": _header({"alg": "RS256", "kid": "k9"}),
    "a stranger's key": _strangers_key,
    "another listed key": _other_listed_key,
    "own key as jwk": _own_key_in_header("jwk"),
    "own key as jku": _own_key_in_header("jku"),
    "own key as x5u": _own_key_in_header("x5u"),
    "critical extension": lambda issuer: issuer.token(headers={"crit": ["exp"], "exp": 1}),
    # signatures
    "signature changed": _part(2, _flip),
    "signature missing": _part(2, lambda _: ""),
    "signature cut": _part(2, lambda part: part[:-8]),
    "payload changed": _part(1, _flip),
    "payload exchanged": _part(1, lambda _: _b64({"iss": "https://api.botframework.com", "aud": APP_ID})),
    "header changed": _header({"alg": "RS256", "kid": "k1", "typ": "jwt"}),
    # claims
    "payload is a list": _raw_payload("[]"),
    "payload is a text": _raw_payload('"hello"'),
    "payload is null": _raw_payload("null"),
    "payload is deep": _raw_payload("[" * 2000),
    "nested token": _nested,
    "no exp": _with(exp=None),
    "exp is a text": _with(exp="tomorrow"),
    "exp is infinite": _raw_payload(
        '{"iss":"https://api.botframework.com","aud":"' + APP_ID + '","exp":1e999}',
    ),
    "exp is a list": _with(exp=[9999999999]),
    "expired": lambda issuer: issuer.token(exp=_soon(-301)),
    "expired long ago": _with(exp=1),
    "not yet valid": lambda issuer: issuer.token(nbf=_soon(310)),
    "issued in the future": lambda issuer: issuer.token(iat=_soon(310)),
    "no issuer": _with(iss=None),
    "issuer of the Emulator": _with(iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"),
    "issuer of a skill": _with(iss="https://login.microsoftonline.com/t-1/v2.0"),
    "issuer with a slash": _with(iss="https://api.botframework.com/"),
    "issuer in capitals": _with(iss="https://API.botframework.com"),
    "issuer over http": _with(iss="http://api.botframework.com"),
    "issuer is a list": _with(iss=["https://api.botframework.com"]),
    "no audience": _with(aud=None),
    "another audience": _with(aud="00000000-0000-0000-0000-000000000000"),
    "empty audience": _with(aud=""),
    "list of audiences": _with(aud=[APP_ID]),
    "audience in capitals": _with(aud=APP_ID.upper()),
}

UNFIT_TOKENS: dict[str, Forge] = {
    "key endorses nothing": lambda issuer: issuer.token("unendorsed"),
    "no service URL": _with(serviceurl=None),
    "another service URL": _with(serviceurl="https://smba.trafficmanager.net/amer/"),
    "service URL without its slash": _with(serviceurl=TEAMS_URL.rstrip("/")),
    "service URL is a list": _with(serviceurl=[TEAMS_URL]),
}


@pytest.fixture
async def door(session: aiohttp.ClientSession, shared_issuer: Issuer) -> AsyncIterator[Door]:
    async with registered(session, shared_issuer) as opened:
        yield opened


async def _still_works(door: Door, issuer: Issuer) -> None:
    status, _ = await door.post(teams_message(), issuer.token())
    assert status == 200
    assert door.engine.seen.pop().text == "hello"


async def test_a_valid_token_gets_in(door: Door, shared_issuer: Issuer) -> None:
    await _still_works(door, shared_issuer)


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_is_401(door: Door, shared_issuer: Issuer, case: str) -> None:
    status, problem = await door.post(teams_message(), BAD_TOKENS[case](shared_issuer))
    assert status == 401
    assert problem["error"]["code"] == "NotAuthenticated"
    assert door.engine.seen == []
    await _still_works(door, shared_issuer)


@pytest.mark.parametrize("case", UNFIT_TOKENS)
async def test_a_token_for_something_else_is_403(door: Door, shared_issuer: Issuer, case: str) -> None:
    status, _ = await door.post(teams_message(), UNFIT_TOKENS[case](shared_issuer))
    assert status == 403
    assert door.engine.seen == []


@pytest.mark.parametrize("channel", ["slack", "MSTEAMS", "emulator", "skype"])
async def test_a_key_speaks_for_its_channels_only(door: Door, shared_issuer: Issuer, channel: str) -> None:
    status, _ = await door.post(teams_message(channelId=channel), shared_issuer.token())
    assert status == 403


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "http://127.0.0.1:1/", "https://smba.trafficmanager.net@e.example/"]
)
async def test_a_signed_service_url_must_be_on_the_list_too(door: Door, shared_issuer: Issuer, url: str) -> None:
    status, _ = await door.post(teams_message(serviceUrl=url), shared_issuer.token(serviceurl=url))
    assert status == 403
    assert door.engine.seen == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "{token}",
        "Token {token}",
        "Bearer: {token}",
        "Bearer {token},",
        "x Bearer {token}",
    ],
)
async def test_only_a_bearer_header_counts(door: Door, shared_issuer: Issuer, header: str) -> None:
    status, _ = await door.post(teams_message(), Authorization=header.format(token=shared_issuer.token()))
    assert status == 401


async def test_no_header_and_two_headers_are_401(door: Door, shared_issuer: Issuer) -> None:
    assert (await door.post(teams_message()))[0] == 401
    value = f"Bearer {shared_issuer.token()}"
    headers = [("Content-Type", "application/json"), ("Authorization", value), ("Authorization", value)]
    async with door.client.post("/api/messages", data=b"{}", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_the_scheme_may_be_written_in_any_case(door: Door, shared_issuer: Issuer) -> None:
    assert (await door.post(teams_message(), Authorization=f"bearer {shared_issuer.token()}"))[0] == 200


@pytest.mark.parametrize("changes", [{"exp": -290}, {"nbf": 290}, {"iat": 290}])
async def test_clocks_may_differ_by_five_minutes(door: Door, shared_issuer: Issuer, changes: dict[str, int]) -> None:
    moved: dict[str, Any] = {name: _soon(seconds) for name, seconds in changes.items()}
    token = shared_issuer.token(**moved)
    assert (await door.post(teams_message(), token))[0] == 200


async def test_strangers_are_turned_away_before_their_body_is_read(door: Door) -> None:
    """The connection offers a body that never comes; the answer does not wait for it."""

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    headers = {"Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=2)
    async with door.client.post("/api/messages", data=endless(), headers=headers, timeout=timeout) as response:
        assert response.status == 401


async def test_rotation_over_http(session: aiohttp.ClientSession, issuer: Issuer) -> None:
    seconds = 0.0
    urls = ServiceUrls.channels()
    gate = ConnectorTokens(APP_ID, ConnectorKeys(session, issuer.metadata_url, lambda: seconds), urls)
    assert await gate.authenticate(f"Bearer {issuer.token()}", local=anywhere)
    issuer.keys["k2"] = issuer.keys.pop("k1")
    issuer.endorsements["k2"] = ["msteams"]
    seconds += RETRY_UNKNOWN
    assert (await gate.authenticate(f"Bearer {issuer.token('k2')}", local=anywhere)).endorsements == {"msteams"}


async def test_when_no_key_can_be_had_the_caller_is_asked_to_come_back(
    session: aiohttp.ClientSession, issuer: Issuer
) -> None:
    issuer.down = True
    async with registered(session, issuer) as door:
        status, problem = await door.post(teams_message(), issuer.token())
        assert (status, problem["error"]["code"]) == (503, "KeysUnavailable")


async def test_a_bot_without_app_id_cannot_pretend_to_check(session: aiohttp.ClientSession) -> None:
    with pytest.raises(ValueError, match="LoopbackOnly"):
        ConnectorTokens("", ConnectorKeys(session), ServiceUrls.channels())


async def test_teeth(door: Door, shared_issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the signature check taken out, the table above would fail."""

    def trusting(self: ConnectorTokens, token: str, key: object) -> dict[str, Any]:
        return jwt.decode(token, options={"verify_signature": False})

    monkeypatch.setattr(bot.tokens.ConnectorTokens, "_verified", trusting)
    let_in = [
        case for case in BAD_TOKENS if (await door.post(teams_message(), BAD_TOKENS[case](shared_issuer)))[0] == 200
    ]
    assert {"a stranger's key", "no exp", "another audience", "expired"} <= set(let_in)
