"""A user is forgotten, over every backend: everything goes at once, others keep theirs, turns at work leave nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from cases.model import PARTNER, Owner, State, operator
from dialogs.privacy import ERASE
from dialogs.reply import JsonObject
from storage.archive import SqlArchive
from storage.engine import Database
from storage.erasing import SqlEraser
from storage.memory import Memory
from storage.memory_erasing import MemoryArchive, MemoryEraser
from storage.tables import log
from tests.cases.samples import opened
from tests.storage.conftest import _opened
from tests.storage.samples import (
    NOW,
    OURS,
    TEAMS,
    FixedClock,
    Stores,
    commit,
    incoming,
    later,
    memory_stores,
    post,
    said,
    sql_stores,
    texts,
)
from turn.erasing import ERASE_LATE, look_again
from turn.errors import StateConflict, UnknownConversation
from turn.model import Address, Commit, Exchange, Feedback, Missed, Post, Record
from turn.ports import Archive, Conversation, Eraser, Erasure

ANN, BOB = Owner("directline", "u1"), Owner("directline", "bob")
CLOSED = Address("directline", "conv-2", local=True)
THEIRS = Address("directline", "conv-bob", local=True)


@dataclass
class Place:
    """Everything over one backend."""

    stores: Stores
    eraser: Eraser
    archive: Archive
    clock: FixedClock


@pytest.fixture
async def place(backend: str, clock: FixedClock) -> AsyncIterator[Place]:
    if backend == "memory":
        memory = Memory()
        stores = memory_stores(memory)
        yield Place(stores, MemoryEraser(memory, clock), MemoryArchive(memory), clock)
        return
    async with _opened(backend) as database:
        yield Place(sql_stores(database, clock), SqlEraser(database, clock), SqlArchive(database), clock)


def _records(user: str) -> tuple[Record, ...]:
    liked = Feedback(user, "directline", "en", "e", "v", True, NOW)
    asked = Exchange(user, "directline", "c", "en", f"question of {user}", "answer", "e", 0.9, "v", NOW)
    return liked, asked, Missed(f"question of {user}", "en", "directline", "no-match", (), NOW, user=user)


def _turn(name: str, address: Address, user: str = "u1", version: int = 0) -> Commit:
    """A turn that leaves a row in every table."""
    change = opened(owner=Owner("directline", user), fields={"name": f"Company of {user}"})
    posts = (
        replace(post(f"{name}-sent", address=address), user=user),
        replace(post(f"{name}-parked", address=address), user=user),
        replace(post(f"{name}-reminder", 9e6, address, "remind"), user=user),
    )
    message = incoming(name, user, address)
    lines = [{**line, "timestamp": NOW.isoformat()} for line in said(f"{name}-a", f"{name}-b")]
    return commit(message, version, log=tuple(lines), posts=posts, records=_records(user), cases=(change,))


async def _fill(place: Place) -> dict[str, str]:
    """Two conversations of Ann's, one of Bob's; Ann's wish waits. Returns the references of their requests."""
    references = {}
    for name, address, user in (("one", OURS, "u1"), ("two", CLOSED, "u1"), ("bobs", THEIRS, "bob")):
        await place.stores.log.create(Conversation(address.conversation, user, "directline", NOW))
        turn = _turn(name, address, user)
        await place.stores.turns.commit(turn)
        await place.stores.outbox.done(f"{name}-sent")
        await place.stores.outbox.park(f"{name}-parked", "refused")
        references[name] = turn.cases[0].case.reference
    await place.stores.outbox.add([replace(post("wish", address=OURS, kind=ERASE), user="u1")])
    return references


def _wish(**changes: object) -> Erasure:
    wish = Erasure(ANN, PARTNER, NOW, NOW, post="wish", conversation=OURS.conversation)
    return replace(wish, **changes)  # type: ignore[arg-type]


def _done(name: str = "wish-done") -> Post:
    return Post(name, "reply", OURS, {"activity": {"id": name}}, NOW, user="u1")


def _empty(kept: JsonObject) -> bool:
    return not any(value for name, value in kept.items() if name not in ("channel", "user"))


def _items(kept: JsonObject, name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", kept[name])


async def test_everything_goes_and_others_keep_theirs(place: Place) -> None:
    references = await _fill(place)
    before = await place.archive.read(BOB)
    assert await place.eraser.erase(_wish(), ())
    assert _empty(await place.archive.read(ANN)), "nothing is kept"
    assert await place.archive.read(BOB) == before
    assert (len(_items(before, "requests")), len(_items(before, "messages"))) == (1, 2)
    for name in ("one", "two"):
        case = await place.stores.cases.find(references[name])
        assert case is not None
        assert (case.state, case.fields, case.empty) == (State.WITHDRAWN, {}, True)
        assert [event.kind for event in await place.stores.cases.events(case.reference)] == [
            "opened",
            "moved",
            "erased",
        ]
    assert (await place.stores.outbox.waiting()) == (1, 1), "Bob's"


async def test_the_conversation_goes_on_where_it_was_asked_and_others_are_closed(place: Place) -> None:
    await _fill(place)
    await place.eraser.erase(_wish(), ())
    assert await texts(place.stores.log) == []
    assert await place.stores.log.find(CLOSED.conversation) is None
    turn = _turn("three", OURS)
    await place.stores.turns.commit(turn)
    assert await texts(place.stores.log) == ["three-a", "three-b"]
    assert await texts(place.stores.log, watermark=2) == ["three-a", "three-b"], "numbers are never given twice"
    with pytest.raises(UnknownConversation):
        await place.stores.turns.commit(_turn("four", CLOSED))


async def test_it_happens_once_and_its_message_is_there_with_it(place: Place) -> None:
    await _fill(place)
    wish = _wish()
    assert await place.eraser.erase(wish, (_done(), look_again(wish, "wish-late")))
    assert (await place.stores.outbox.waiting())[0] == 3
    assert await place.eraser.erase(wish, (_done("other"),)), "another process had the same post"
    assert (await place.stores.outbox.waiting())[0] == 3
    assert [item["kind"] for item in _items(await place.archive.read(ANN), "waiting")] == ["reply", ERASE_LATE]


async def test_while_a_message_is_being_sent_nothing_is_erased(place: Place) -> None:
    await _fill(place)
    await place.stores.outbox.add([replace(post("going", address=OURS, kind="check-page"), user="u1")])
    assert len(await place.stores.outbox.claim(NOW, later(60), 10)) == 2  # and the wish itself
    kept = await place.archive.read(ANN)
    assert not await place.eraser.erase(_wish(), (_done(),))
    assert await place.archive.read(ANN) == kept
    place.clock.time = later(61)  # whoever sent it has died
    assert await place.eraser.erase(_wish(), ())
    assert _empty(await place.archive.read(ANN))


async def test_the_second_look_ends_with_the_last_trace(place: Place) -> None:
    await _fill(place)
    wish = _wish()
    await place.eraser.erase(wish, (_done(), look_again(wish, "wish-late")))
    late = replace(wish, post="wish-late")
    assert not await place.eraser.erase_late(late), "its message still waits"
    await place.stores.outbox.done("wish-done")
    assert await place.eraser.erase_late(late)
    assert _empty(await place.archive.read(ANN))
    assert await place.stores.outbox.waiting() == (1, 1)
    await place.stores.outbox.add([_done()])
    assert (await place.stores.outbox.waiting())[0] == 2, "not even its id is known any more"


async def test_a_turn_that_was_at_work_decides_anew(place: Place) -> None:
    """It had opened before; its state is gone."""
    await _fill(place)
    message = incoming("late", address=OURS)
    version = (await place.stores.turns.open(message)).state_version
    await place.eraser.erase(_wish(), ())
    with pytest.raises(StateConflict):
        await place.stores.turns.commit(_turn("late", OURS, version=version))
    assert _empty(await place.archive.read(ANN))
    again = await place.stores.turns.open(message)
    assert (again.state, again.state_version, again.cases) == (None, 0, ())


async def test_what_a_turn_without_a_state_stored_late_goes_with_the_second_look(place: Place) -> None:
    """A conversation that began while everything was erased, and had seen the requests."""
    await _fill(place)
    wish = _wish()
    await place.eraser.erase(wish, (look_again(wish, "wish-late"),))
    await place.stores.turns.commit(replace(_turn("late", TEAMS), log=(), posts=()))
    teams = replace(wish, owner=Owner("msteams", "u1"), post="wish-late")
    await place.eraser.erase_late(replace(wish, post="wish-late"))
    await place.eraser.erase_late(teams)
    assert _empty(await place.archive.read(teams.owner))
    assert _empty(await place.archive.read(ANN))


async def test_what_is_said_afterwards_stays(place: Place) -> None:
    await _fill(place)
    wish = _wish()
    await place.eraser.erase(wish, (look_again(wish, "wish-late"),))
    turn = _turn("new", OURS)
    at = later(1)
    turn = replace(turn, incoming=replace(turn.incoming, received_at=at), records=())
    turn = replace(turn, cases=tuple(replace(one, case=replace(one.case, created_at=at)) for one in turn.cases))
    turn = replace(turn, posts=tuple(replace(one, due_at=at) for one in turn.posts))
    await place.stores.turns.commit(turn)
    kept = await place.archive.read(ANN)
    assert await place.eraser.erase_late(replace(wish, post="wish-late"))
    left = await place.archive.read(ANN)
    stays = [item for item in _items(kept, "waiting") if item["kind"] != ERASE_LATE]
    assert left == {**kept, "waiting": stays}
    assert (len(_items(left, "conversations")), len(_items(left, "requests"))) == (1, 1)


async def test_a_request_made_after_the_wish_stays(place: Place) -> None:
    references = await _fill(place)
    await place.eraser.erase(_wish(asked_at=NOW - timedelta(days=365 * 9)), ())
    case = await place.stores.cases.find(references["one"])
    assert case is not None
    assert not case.empty


@pytest.mark.parametrize("known", [True, False])
async def test_many_turns_at_once_leave_nothing_behind(database: Database, clock: FixedClock, known: bool) -> None:
    """Turns in six conversations of a user and erasing, all at the same time: what is stored is whole, or gone.

    ``known``: the conversations have a state already; then nothing is left for the second look.
    """
    stores, eraser = sql_stores(database, clock), SqlEraser(database, clock)
    archive, wish = SqlArchive(database), _wish(post="", conversation="many-0")
    addresses = [Address("directline", f"many-{n}", local=True) for n in range(6)]
    for number in range(5):
        for address in addresses:
            await stores.log.create(Conversation(address.conversation, "u1", "directline", NOW))
            if known:
                name = f"first-{number}-{address.conversation}"
                await stores.turns.commit(replace(_turn(name, address), posts=()))
        barrier = asyncio.Barrier(len(addresses) + 1)

        async def erase(barrier: asyncio.Barrier = barrier) -> None:
            await barrier.wait()
            await eraser.erase(wish, ())

        await asyncio.gather(erase(), *(_one_turn(stores, address, barrier) for address in addresses))
        if not known:
            await eraser.erase_late(wish)
        assert _empty(await archive.read(ANN))
        assert await database.read(lambda connection: connection.execute(select(log)).all()) == [], "no orphans"


async def _one_turn(stores: Stores, address: Address, barrier: asyncio.Barrier) -> None:
    message = incoming(address=address)
    version = (await stores.turns.open(message)).state_version
    await barrier.wait()
    with contextlib.suppress(StateConflict, UnknownConversation):
        await stores.turns.commit(replace(_turn(message.activity_id, address, version=version), posts=()))


async def test_nothing_of_it_is_in_the_file(tmp_path: Path, clock: FixedClock) -> None:
    """SQLite: neither in free pages nor in the write-ahead log, while the database stays open."""
    url = f"sqlite:///{tmp_path}/bot.db"
    async with _opened(url) as database:
        stores, eraser = sql_stores(database, clock), SqlEraser(database, clock)
        await stores.log.create(Conversation(OURS.conversation, "u1", "directline", NOW))
        for n in range(60):
            lines = ({"id": f"l{n}", "text": f"canary-{n} " * 400},)
            change = opened(owner=ANN, fields={"name": f"canary-{n}"})
            await stores.turns.commit(replace(_turn(f"t{n}", OURS, version=n), log=lines, cases=(change,)))
        assert "canary" in _files(tmp_path)
        wish = _wish(post="")
        assert await eraser.erase(wish, (look_again(replace(wish, actor=operator("canary")), "wish-late"),))
        assert await eraser.erase_late(replace(wish, post="wish-late"))
        assert "canary" not in _files(tmp_path)
        assert "Company of u1" not in _files(tmp_path)


def _files(folder: Path) -> str:
    return "".join(file.read_bytes().decode("latin-1") for file in sorted(folder.iterdir()))
