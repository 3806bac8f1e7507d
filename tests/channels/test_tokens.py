"""Tokens: what is accepted, and for how long."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from channels.directline.errors import TokenExpired, Unauthorized
from channels.directline.settings import DirectLineSettings
from channels.directline.tokens import Kind, Tokens, new_conversation_id, new_user_id

SECRET = b"0123456789abcdef0123456789abcdef"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(SECRET, clock, DirectLineSettings())


def test_claims_survive(tokens: Tokens) -> None:
    claims = tokens.check(tokens.issue(Kind.CONVERSATION, "c", "dl_u", "https://a.example"), Kind.CONVERSATION)
    assert (claims.conversation, claims.user, claims.origin) == ("c", "dl_u", "https://a.example")


@pytest.mark.parametrize(
    ("kind", "life"), [(Kind.CONVERSATION, 1_800), (Kind.STREAM, 60), (Kind.RESUME, 30 * 24 * 3_600)]
)
def test_each_kind_lives_its_time(tokens: Tokens, clock: Clock, kind: Kind, life: int) -> None:
    token = tokens.issue(kind, "c", "u", "")
    clock.time += timedelta(seconds=life - 1)
    tokens.check(token, kind)
    clock.time += timedelta(seconds=1)
    with pytest.raises(TokenExpired):
        tokens.check(token, kind)


@pytest.mark.parametrize("given", Kind)
@pytest.mark.parametrize("wanted", Kind)
def test_a_kind_is_good_for_itself_only(tokens: Tokens, given: Kind, wanted: Kind) -> None:
    token = tokens.issue(given, "c", "u", "")
    if given is wanted:
        tokens.check(token, wanted)
    else:
        with pytest.raises(Unauthorized):
            tokens.check(token, wanted)


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _forgeries(good: str) -> dict[str, str]:
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    deep = base64.urlsafe_b64encode(b"[" * 1_200).rstrip(b"=").decode()
    other = b"another secret of thirty-two byte"
    return {
        "empty": "",
        "word": "undefined",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.x",
        "no signature": f"{head}.{body}.",
        "other body": f"{head}.{_part({**claims, 'conv': 'd'})}.{signature}",
        "other user": f"{head}.{_part({**claims, 'user': 'dl_x'})}.{signature}",
        "later expiry": f"{head}.{_part({**claims, 'exp': 2**40})}.{signature}",
        "flipped signature": good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:],
        "alg none": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "alg None, signed": f"{_part({'alg': 'None'})}.{body}.{signature}",
        "alg HS512": jwt.encode(claims, other * 2, algorithm="HS512"),
        "other secret": jwt.encode(claims, other, algorithm="HS256"),
        "raw secret as key": jwt.encode(claims, SECRET, algorithm="HS256"),
        "deep header": f"{deep}.{body}.{signature}",
        "list header": f"{_part([])}.{body}.{signature}",
        "not base64": f"{head}.!!!.{signature}",
        "not ascii": good + "é",
        "lone surrogate": good + "\udcff",
        "spaces": f" {good}",
        "huge": f"{head}.{'A' * 100_000}.{signature}",
        "nul": good + "\0",
    }


@pytest.mark.parametrize("forgery", _forgeries("a.e30.c"))
def test_forgeries_are_refused(tokens: Tokens, forgery: str) -> None:
    good = tokens.issue(Kind.CONVERSATION, "c", "u", "")
    with pytest.raises(Unauthorized):
        tokens.check(_forgeries(good)[forgery], Kind.CONVERSATION)


@pytest.mark.parametrize("missing", ["conv", "user", "origin", "kind", "exp", "jti"])
def test_every_claim_is_required(tokens: Tokens, missing: str) -> None:
    claims = {"conv": "c", "user": "u", "origin": "", "kind": "conversation", "exp": 2**33, "jti": "1"}
    key = tokens._key
    tokens.check(jwt.encode(claims, key, algorithm="HS256"), Kind.CONVERSATION)
    del claims[missing]
    with pytest.raises(Unauthorized):
        tokens.check(jwt.encode(claims, key, algorithm="HS256"), Kind.CONVERSATION)


def test_derived_ids_depend_on_everything(tokens: Tokens, clock: Clock) -> None:
    first = tokens.derived_id("activity", "c", "1")
    assert first == tokens.derived_id("activity", "c", "1")
    assert len(bytes.fromhex(first)) == 16
    other = Tokens(b"x" * 32, clock, DirectLineSettings())
    different = [
        tokens.derived_id("activity", "c", "2"),
        tokens.derived_id("activity", "d", "1"),
        tokens.derived_id("joined", "c", "1"),
        other.derived_id("activity", "c", "1"),
    ]
    assert first not in different


def test_fresh_ids_have_128_bits() -> None:
    assert len({new_conversation_id() for _ in range(100)}) == 100
    assert len(bytes.fromhex(new_conversation_id())) == 16
    assert len(bytes.fromhex(new_user_id().removeprefix("dl_"))) == 16


def test_a_short_secret_is_refused(clock: Clock) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short", clock, DirectLineSettings())
