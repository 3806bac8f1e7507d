"""Feedback, missed questions and secrets, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.storage.samples import NOW, Stores, commit, later
from turn.model import Feedback, Missed

LIKED = Feedback("u1", "msteams", "zh-CN", "enrolment-deadline", "v1", True, later(1))
MISSED = Missed("怎么续约?", "zh-CN", "webchat", "suggestions", ("renewal", "fees"), later(2), "v1")


async def test_records_are_kept_with_the_turn(stores: Stores) -> None:
    disliked = replace(LIKED, helpful=False, at=NOW)
    await stores.turns.commit(commit(records=(LIKED, MISSED, disliked)))
    assert await stores.records.feedback(NOW) == [disliked, LIKED]
    assert await stores.records.missed(NOW) == [MISSED]
    assert await stores.records.feedback(later(1)) == [LIKED]
    assert await stores.records.missed(later(3)) == []


async def test_what_users_type_is_always_storable(stores: Stores) -> None:
    await stores.turns.commit(commit(records=(replace(MISSED, text="a\0b\ud83dc"),)))
    assert [missed.text for missed in await stores.records.missed(NOW)] == ["a\ufffdb?c"]


async def test_a_secret_is_made_once(stores: Stores) -> None:
    made = await asyncio.gather(*(stores.secret("directline") for _ in range(8)))
    assert len(set(made)) == 1
    assert len(made[0]) == 32
    assert await stores.secret("directline") == made[0]
    assert await stores.secret("another") != made[0]
