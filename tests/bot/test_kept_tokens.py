"""A token that was verified is known again, as long as everything that it was verified for still holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

import bot.tokens
from bot.errors import NotAuthenticated
from bot.keys import SigningKey
from bot.service_urls import ServiceUrls
from bot.tokens import ConnectorTokens
from tests.bot.fakes import APP_ID, TEAMS_URL, Issuer, anywhere


@dataclass
class Keys:
    """One key, which may be taken away or exchanged."""

    key: SigningKey | None

    async def find(self, _: str) -> SigningKey | None:
        return self.key


def _signing_key(issuer: Issuer, name: str = "k1") -> SigningKey:
    return SigningKey(issuer.keys[name].public_key(), frozenset({"msteams"}))


async def test_a_token_that_is_shown_again_is_verified_once(
    shared_issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    real = ConnectorTokens._verified

    def counted(self: ConnectorTokens, token: str, key: SigningKey) -> dict[str, Any]:
        verified.append(token)
        return real(self, token, key)

    monkeypatch.setattr(ConnectorTokens, "_verified", counted)
    gate = ConnectorTokens(APP_ID, Keys(_signing_key(shared_issuer)), ServiceUrls.channels())
    first, second = shared_issuer.token(), shared_issuer.token(serviceurl="https://other.example/")
    for token in (first, first, second, first, second):
        claims = await gate.authenticate(f"Bearer {token}", local=anywhere)
        assert claims.values["serviceurl"] == (TEAMS_URL if token == first else "https://other.example/")
    assert verified == [first, second]


@pytest.mark.parametrize("change", ["expired", "not yet", "key withdrawn", "key exchanged", "signature changed"])
async def test_a_token_that_was_good_is_refused_once_it_is_not(
    shared_issuer: Issuer, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    keys = Keys(_signing_key(shared_issuer))
    gate = ConnectorTokens(APP_ID, keys, ServiceUrls.channels())
    token = shared_issuer.token(exp=int(time.time()) + 60, nbf=int(time.time()) - 60)
    assert await gate.authenticate(f"Bearer {token}", local=anywhere)
    match change:
        case "expired" | "not yet":
            there = time.time() + (400 if change == "expired" else -400)
            monkeypatch.setattr(time, "time", lambda: there)
            monkeypatch.setattr(ConnectorTokens, "_verified", _refusing)  # the library's clock is not ours to set
        case "key withdrawn":
            keys.key = None
        case "key exchanged":
            shared = Issuer()
            shared.add_key("k1")
            keys.key = _signing_key(shared)
        case _:
            token = token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)
    with pytest.raises(NotAuthenticated):
        await gate.authenticate(f"Bearer {token}", local=anywhere)


def _refusing(*_: object) -> dict[str, Any]:
    raise NotAuthenticated("verified anew")


async def test_no_more_tokens_are_kept_than_a_few(shared_issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.tokens, "MOST_KEPT", 3)
    gate = ConnectorTokens(APP_ID, Keys(_signing_key(shared_issuer)), ServiceUrls.channels())
    for number in range(5):
        await gate.authenticate(f"Bearer {shared_issuer.token(jti=str(number))}", local=anywhere)
    assert len(gate._kept) == 3
