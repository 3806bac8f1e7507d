"""The contract of TurnStore over states that are kept in memory, and that nothing stale is ever stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from cases.model import Owner
from storage.recent import LONGEST, RecentStates
from tests.cases.samples import opened
from tests.storage import test_turns as contract
from tests.storage.samples import TEAMS, Stores, commit, incoming, memory_stores
from turn.errors import DuplicateActivity, ReusedActivityId, StateConflict
from turn.model import Commit, Incoming, Opened
from turn.ports import TurnStore

OWNER = Owner("msteams", "u1")
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


@dataclass
class Watched:
    """A store that tells what was looked up in it."""

    turns: TurnStore
    looked_up: list[str] = field(default_factory=list)

    async def open(self, message: Incoming, references: Sequence[str] = ()) -> Opened:
        self.looked_up.append(message.activity_id)
        return await self.turns.open(message, references)

    async def commit(self, change: Commit) -> frozenset[str]:
        return await self.turns.commit(change)


@pytest.fixture
def stores() -> Stores:
    """For the contract."""
    plain = memory_stores()
    plain.turns = RecentStates(plain.turns)
    return plain


@pytest.fixture
def watched() -> Watched:
    return Watched(memory_stores().turns)


async def _say(turns: TurnStore, name: str, **changes: Any) -> Opened:
    message = incoming(name)
    found = await turns.open(message)
    await turns.commit(commit(message, found.state_version, state={"said": name}, **changes))
    return found


async def test_only_the_first_turn_looks_up(watched: Watched) -> None:
    turns = RecentStates(watched)
    assert [(await _say(turns, name)).state for name in "abc"] == [None, {"said": "a"}, {"said": "b"}]
    assert watched.looked_up == ["a"]


async def test_what_another_object_wrote_is_found_out_by_the_commit(watched: Watched) -> None:
    turns = RecentStates(watched)
    await _say(turns, "a")
    await _say(watched, "b")
    message = incoming("c")
    stale = await turns.open(message)
    assert stale.state == {"said": "a"}
    with pytest.raises(StateConflict):
        await turns.commit(commit(message, stale.state_version))
    assert (await turns.open(message)).state == {"said": "b"}


async def test_an_activity_that_was_handled_is_never_handled_again(watched: Watched) -> None:
    turns = RecentStates(watched)
    for number in range(12):
        await _say(turns, str(number))
    assert (await turns.open(incoming("11"))).outcome is not None, "the last ones are known"
    with pytest.raises(ReusedActivityId):
        await turns.open(incoming("11", fingerprint="another"))
    again = incoming("0")
    new = await turns.open(again)
    assert new.outcome is None, "so long ago that it looks new"
    with pytest.raises(DuplicateActivity):
        await turns.commit(commit(again, new.state_version))
    assert (await turns.open(again)).outcome is not None


async def test_whoever_has_requests_is_looked_up(watched: Watched) -> None:
    turns, change = RecentStates(watched), opened(owner=OWNER)
    here = [incoming(name) for name in "abc"]
    await turns.open(here[0])
    await turns.commit(commit(here[0], cases=(change,)))
    for message in here[1:]:
        assert [case.reference for case in (await turns.open(message)).cases] == [change.case.reference]
    assert watched.looked_up == ["a", "b", "c"]


async def test_a_request_is_seen_in_the_users_other_conversations(watched: Watched) -> None:
    turns, change = RecentStates(watched), opened(owner=OWNER)
    group, alone = (
        [incoming(f"{place}{n}", address=replace(TEAMS, conversation=place)) for n in range(2)]
        for place in ("group", "alone")
    )
    await turns.open(group[0])
    await turns.commit(commit(group[0]))
    assert (await turns.open(group[1])).cases == ()
    await turns.open(alone[0])
    await turns.commit(commit(alone[0], cases=(change,)))
    assert (await turns.open(group[1])).cases == (change.case,)


@pytest.mark.parametrize("named", [(), ("LP-00000-0",)])
async def test_a_named_request_is_looked_up(watched: Watched, named: tuple[str, ...]) -> None:
    turns = RecentStates(watched)
    await _say(turns, "a")
    await turns.open(incoming("b"), named)
    assert ("b" in watched.looked_up) == bool(named)


async def test_little_is_kept_and_only_of_those_who_spoke_last(watched: Watched) -> None:
    turns = RecentStates(watched, most=2)
    for user in ("ann", "bob", "ann", "cy"):
        message = incoming(user=user)
        found = await turns.open(message)
        await turns.commit(commit(message, found.state_version))
    watched.looked_up.clear()
    for user in ("ann", "cy", "bob"):
        await turns.open(incoming(user, user))
    assert watched.looked_up == ["bob"]
    long = incoming("long", "ann")
    await turns.commit(commit(long, (await turns.open(long)).state_version, state={"text": "x" * LONGEST}))
    await turns.open(incoming("after", "ann"))
    assert watched.looked_up[-1] == "after"


async def test_nothing_is_kept_of_who_is_forgotten(watched: Watched) -> None:
    turns = RecentStates(watched)
    await _say(turns, "a")
    assert "said" in str(vars(turns))
    turns.forget("msteams", "u1")
    assert "said" not in str(vars(turns))
    assert vars(turns)["_keys"] == {}
    await turns.open(incoming("b"))
    assert watched.looked_up == ["a", "b"]


@dataclass
class Slow(Watched):
    """A store that has done what it was asked, and does not say so until it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, message: Incoming, references: Sequence[str] = ()) -> Opened:
        found = await super().open(message, references)
        await self.may.wait()
        return found

    async def commit(self, change: Commit) -> frozenset[str]:
        held = await super().commit(change)
        await self.may.wait()
        return held


async def test_a_request_made_while_a_state_is_looked_up_is_seen_by_the_next_turn() -> None:
    slow = Slow(memory_stores().turns)
    turns = RecentStates(slow)
    elsewhere = replace(TEAMS, conversation="19:other")
    looking = asyncio.create_task(turns.open(incoming("m1", address=elsewhere)))
    await asyncio.sleep(0)
    made = commit(incoming("m2"), cases=(opened(owner=OWNER),))
    making = asyncio.create_task(turns.commit(made))
    await asyncio.sleep(0)
    slow.may.set()
    await making
    found = await looking
    await turns.commit(commit(incoming("m1", address=elsewhere), found.state_version))
    assert (await turns.open(incoming("m3", address=elsewhere))).cases


async def test_a_request_that_is_stored_after_its_turn_gave_up_is_seen_elsewhere(watched: Watched) -> None:
    slow = Slow(watched)
    slow.may.set()
    turns = RecentStates(slow)
    elsewhere = replace(TEAMS, conversation="19:other")
    await turns.commit(
        commit(incoming("m1", address=elsewhere), (await turns.open(incoming("m1", address=elsewhere))).state_version)
    )
    slow.may.clear()
    making = asyncio.create_task(turns.commit(commit(incoming("m2"), cases=(opened(owner=OWNER),))))
    await asyncio.sleep(0)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    slow.may.set()
    await asyncio.sleep(0.01)
    assert (await turns.open(incoming("m3", address=elsewhere))).cases
