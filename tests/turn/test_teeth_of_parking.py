"""What is given up, and when: with a part of it taken out, the very check of it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from dialogs.decision import Knowledge
from storage.memory import MemoryOutbox
from tests.talk import Talk
from tests.teeth import FOUND_OUT
from tests.turn import test_engine as checks
from turn.delivery import Delivery
from turn.errors import DeliveryFailed
from turn.model import Post


async def parks_nothing(*_: object) -> None:
    return


async def parks_at_once(delivery: Delivery, post: Post, failure: DeliveryFailed) -> None:
    await delivery._outbox.park(post.id, str(failure))


async def tries_for_ever(delivery: Delivery, post: Post, failure: DeliveryFailed) -> None:
    await POSTPONE(delivery, post, DeliveryFailed(failure.status))


POSTPONE = Delivery.postpone
REFUSED, BUSY = DeliveryFailed(403, final=True), DeliveryFailed(429)
PARKING: dict[str, tuple[str, object, Callable[[Talk], Awaitable[None]]]] = {
    "a refusal is tried for ever": (
        "turn.delivery.Delivery.postpone",
        tries_for_ever,
        lambda talk: checks.test_a_post_is_parked_when_trying_is_pointless_or_a_day_has_passed(talk, REFUSED),
    ),
    "nothing is ever given up": (
        "turn.delivery.GIVE_UP_AFTER",
        timedelta.max,
        lambda talk: checks.test_a_post_is_parked_when_trying_is_pointless_or_a_day_has_passed(talk, BUSY),
    ),
    "what fails once is given up": (
        "turn.delivery.Delivery.postpone",
        parks_at_once,
        lambda talk: checks.test_a_post_is_parked_when_trying_is_pointless_or_a_day_has_passed(talk, BUSY),
    ),
    "what is given up is lost": (
        "storage.memory.MemoryOutbox.park",
        MemoryOutbox.done,
        checks.test_a_post_that_always_fails_holds_nobody_up_and_is_parked_in_the_end,
    ),
    "what always fails is kept at work": (
        "turn.delivery.GIVE_UP_AFTER",
        timedelta.max,
        checks.test_a_post_that_always_fails_holds_nobody_up_and_is_parked_in_the_end,
    ),
    "what fails holds up what comes after it": (
        "storage.memory.PATIENCE",
        10**9,
        checks.test_a_post_that_always_fails_holds_nobody_up_and_is_parked_in_the_end,
    ),
    "what nobody handles is tried for ever": (
        "storage.memory.MemoryOutbox.park",
        parks_nothing,
        checks.test_one_bad_post_does_not_stop_the_others,
    ),
}


@pytest.mark.parametrize("broken", PARKING)
async def test_teeth_of_parking(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    place, careless, check = PARKING[broken]
    monkeypatch.setattr(place, careless)
    with pytest.raises(FOUND_OUT):
        await check(Talk(knowledge))
