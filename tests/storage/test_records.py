"""Feedback, missed questions and secrets, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.storage.samples import NOW, Stores, commit, later
from turn.model import Exchange, Feedback, Missed

LIKED = Feedback("u1", "msteams", "zh-CN", "enrolment-deadline", "v1", True, later(1))
MISSED = Missed("怎么续约?", "zh-CN", "webchat", "suggestions", ("renewal", "fees"), later(2), "v1")
TALKED = Exchange(
    user="u1",
    channel="webchat",
    conversation="c1",
    language="zh-CN",
    text="怎么续约?",
    kind="answer",
    entry="renewal",
    score=0.5,
    knowledge_version="v1",
    at=later(1),
    form="directory-listing",
    step="country",
    reference="LP-1",
)


async def test_records_are_kept_with_the_turn(stores: Stores) -> None:
    disliked, earlier = replace(LIKED, helpful=False, at=NOW), replace(TALKED, at=NOW, form="", text="a\0")
    await stores.turns.commit(commit(records=(LIKED, MISSED, disliked, TALKED, earlier)))
    assert await stores.records.feedback(NOW) == [disliked, LIKED]
    assert await stores.records.missed(NOW) == [MISSED]
    assert await stores.records.exchanges(NOW) == [replace(earlier, text="a\ufffd"), TALKED]
    assert await stores.records.feedback(later(1)) == [LIKED]
    assert await stores.records.exchanges(later(1)) == [TALKED]
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
