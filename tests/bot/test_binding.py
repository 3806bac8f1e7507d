"""The gate alone: what a verified token vouches for.

Whoever reads the activity afterwards looks at some of it once more: through the whole door no test would see that the
gate no longer does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.errors import NotAuthorized, ServiceUrlRefused
from bot.keys import SigningKey
from bot.service_urls import ServiceUrls
from bot.tokens import Claims, ConnectorTokens, LoopbackOnly
from tests.bot.fakes import APP_ID, TEAMS_URL
from tests.teeth import FOUND_OUT

ELSEWHERE = "https://evil.example/"


@dataclass(frozen=True)
class Sent:
    """The part of an activity that a token vouches for."""

    channel_id: str
    service_url: str


class NoKeys:
    """Is not asked."""

    async def find(self, key_id: str) -> SigningKey | None:
        raise NotImplementedError(key_id)


def bound(signed: str = TEAMS_URL, sent: str = TEAMS_URL, channel: str = "msteams") -> None:
    gate = ConnectorTokens(APP_ID, NoKeys(), ServiceUrls.channels())
    gate.bind(Claims({"serviceurl": signed}, frozenset({"msteams"})), Sent(channel, sent))


def test_what_was_signed_for_a_channel_is_let_in() -> None:
    bound()


def test_an_address_off_the_list_is_refused_although_it_is_signed() -> None:
    with pytest.raises(ServiceUrlRefused):
        bound(ELSEWHERE, ELSEWHERE)


def test_another_address_than_the_signed_one_is_refused() -> None:
    with pytest.raises(NotAuthorized):
        bound(sent=TEAMS_URL + "other/")


def test_another_channel_than_the_keys_is_refused() -> None:
    with pytest.raises(NotAuthorized):
        bound(channel="slack")


def test_the_gate_of_one_machine_looks_at_the_list() -> None:
    gate = LoopbackOnly(ServiceUrls.loopback(), bound_to_loopback=True)
    gate.bind(Claims(), Sent("emulator", "http://127.0.0.1:1/"))
    with pytest.raises(ServiceUrlRefused):
        gate.bind(Claims(), Sent("emulator", TEAMS_URL))


def _checks(*, channel: bool = True, signed: bool = True, listed: bool = True) -> Callable[..., None]:
    def bind(gate: ConnectorTokens, claims: Claims, activity: Sent) -> None:
        if channel and activity.channel_id not in claims.endorsements:
            raise NotAuthorized
        if signed and claims.values.get("serviceurl") != activity.service_url:
            raise NotAuthorized
        if listed:
            gate._service_urls.check(activity.service_url)

    return bind


BREAKS = {
    "the signature is enough": (
        _checks(listed=False),
        test_an_address_off_the_list_is_refused_although_it_is_signed,
    ),
    "any address of the list will do": (_checks(signed=False), test_another_address_than_the_signed_one_is_refused),
    "a key speaks for all channels": (_checks(channel=False), test_another_channel_than_the_keys_is_refused),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_teeth(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """With one of the three taken out, the very check of it fails, and that of none does not."""
    careless, check = BREAKS[broken]
    monkeypatch.setattr(ConnectorTokens, "bind", _checks())
    check()
    monkeypatch.setattr(ConnectorTokens, "bind", careless)
    with pytest.raises(FOUND_OUT):
        check()
