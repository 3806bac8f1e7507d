"""The operators' channel and its cards: the same in memory and in every database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from cases.model import PARTNER, SYSTEM, Owner
from cases.usecases import mute
from desk.access import Role
from desk.accounts import linked, new_from_provider, new_local
from desk.channel import SHOW_CARD, CardStore, Channel, ChannelStore
from desk.errors import TeamsUserTaken
from storage.console import SqlAccounts
from storage.engine import Database
from storage.erasing import SqlEraser
from storage.memory import Memory
from storage.memory_cards import MemoryOperatorsChannel, MemoryRequestCards
from storage.memory_erasing import MemoryEraser
from storage.request_cards import SqlOperatorsChannel, SqlRequestCards
from tests.cases.samples import case as sample
from tests.cases.samples import opened
from tests.storage.conftest import _opened
from tests.storage.samples import NOW, FixedClock, Stores, commit, later, memory_stores, sql_stores
from turn.ports import Eraser, Erasure

HERE, THERE = "19:here@thread.tacv2", "19:there@thread.tacv2"
LEARNED = {"serviceUrl": "https://smba.example/", "bot": {"id": "28:b"}, "tenant": "t-1"}


@dataclass
class Office:
    """The operators' stores, and those of requests, over one backend."""

    channel: ChannelStore
    cards: CardStore
    stores: Stores
    eraser: Eraser

    async def due(self) -> list[str]:
        """The requests whose cards wait to be shown."""
        posts = await self.stores.outbox.claim(later(10**6), later(10**6 + 60), 100)
        return [str(post.payload["reference"]) for post in posts if post.kind == SHOW_CARD]


@pytest.fixture
async def office(backend: str, clock: FixedClock) -> AsyncIterator[Office]:
    if backend == "memory":
        memory = Memory()
        yield Office(
            MemoryOperatorsChannel(memory),
            MemoryRequestCards(memory),
            memory_stores(memory),
            MemoryEraser(memory, clock),
        )
        return
    async with _opened(backend) as database:
        yield Office(
            SqlOperatorsChannel(database),
            SqlRequestCards(database),
            sql_stores(database, clock),
            SqlEraser(database, clock),
        )


async def test_a_channel_is_kept_and_learned_of(office: Office) -> None:
    channel = office.channel
    assert await channel.find() is None
    await channel.learn(Channel(HERE, LEARNED))
    assert await channel.find() is None
    await channel.configure(HERE)
    assert await channel.find() == Channel(HERE)
    await channel.learn(Channel(THERE, LEARNED))
    assert await channel.find() == Channel(HERE)
    await channel.learn(Channel(HERE, LEARNED))
    await channel.configure(HERE)  # at the next start
    assert await channel.find() == Channel(HERE, LEARNED)
    await channel.configure(THERE)
    assert await channel.find() == Channel(THERE)
    await channel.configure("")
    assert await channel.find() is None


async def test_without_a_channel_changes_leave_nothing(office: Office) -> None:
    await office.stores.cases.apply(opened())
    assert await office.due() == []


async def test_every_change_leaves_a_post(office: Office) -> None:
    """In a turn, outside of one, and when the owner is forgotten."""
    await office.channel.configure(HERE)
    first, second = opened(owner=Owner("msteams", "u1")), opened(owner=Owner("msteams", "u1"))
    await office.stores.turns.commit(commit(cases=(first,)))
    assert await office.due() == [first.case.reference]
    await office.stores.cases.apply(second)
    assert await office.due() == [second.case.reference]
    await office.stores.cases.apply(mute(first.case, True, PARTNER, NOW))
    assert await office.due() == [first.case.reference]
    erasure = Erasure(Owner("msteams", "u1"), SYSTEM, later(1), later(2))
    assert await office.eraser.erase(erasure, ())
    assert sorted(await office.due()) == sorted([first.case.reference, second.case.reference])


async def test_what_is_not_stored_leaves_nothing(office: Office) -> None:
    await office.channel.configure(HERE)
    change = opened()
    await office.stores.cases.apply(change)
    assert await office.due() == [change.case.reference]
    with pytest.raises(Exception):  # noqa: B017 - whichever it is
        await office.stores.cases.apply(change)
    assert await office.due() == []


async def test_one_at_a_time_has_a_card(office: Office) -> None:
    reference, cards = sample().reference, office.cards
    takers = [cards.take(reference, NOW, later(60)) for _ in range(5)]
    taken = [card for card in await asyncio.gather(*takers) if card is not None]
    assert [(card.conversation, card.activity, card.shown) for card in taken] == [("", "", 0)]
    await cards.put_back(replace(taken[0], conversation=HERE, activity="a-1", shown=3))
    again = await cards.take(reference, later(1), later(61))
    assert again is not None
    assert (again.conversation, again.activity, again.shown) == (HERE, "a-1", 3)
    assert await cards.take(reference, later(60), later(120)) is None


async def test_whose_time_is_over_changes_nothing(office: Office) -> None:
    reference, cards = sample().reference, office.cards
    slow = await cards.take(reference, NOW, later(60))
    fast = await cards.take(reference, later(60), later(120))
    assert slow is not None
    assert fast is not None
    await cards.put_back(replace(slow, activity="slow", shown=9))
    assert await cards.take(reference, later(70), later(130)) is None
    await cards.put_back(replace(fast, activity="fast", shown=2))
    last = await cards.take(reference, later(80), later(140))
    assert last is not None
    assert (last.activity, last.shown) == ("fast", 2)


async def test_of_a_teams_user_there_is_one_account(database: Database) -> None:
    accounts, user = SqlAccounts(database), "1a2b3c4d-1111-2222-3333-444455556666"
    added = [new_local(name, frozenset({Role.OPERATOR, Role.ADMIN}), "hash", "root", NOW) for name in ("ann", "bea")]
    for change in added:
        await accounts.apply(change)
    await accounts.apply(linked(added[0].account, user, "root", NOW))
    assert await accounts.find_teams(user) == linked(added[0].account, user, "root", NOW).account
    with pytest.raises(TeamsUserTaken):
        await accounts.apply(linked(added[1].account, user, "root", NOW))
    stranger = new_from_provider("cy", "", "issuer|cy", frozenset({Role.VIEWER}), NOW, teams_user=user)
    with pytest.raises(TeamsUserTaken):
        await accounts.apply(stranger)
    await accounts.apply(linked(linked(added[0].account, user, "root", NOW).account, None, "root", NOW))
    assert await accounts.find_teams(user) is None
    await accounts.apply(stranger)
