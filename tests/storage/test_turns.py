"""The contract of TurnStore, over every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from dialogs.reply import JsonObject
from storage.codec import MAX_BYTES, to_json
from storage.errors import NaiveTime, NotJson, PostExists, StorageError, TooLarge
from storage.turns import outcome_from_json, outcome_to_json
from tests.storage.samples import NOW, OURS, TEAMS, Stores, commit, conversation, incoming, later, post, said, texts
from turn.errors import DuplicateActivity, ReusedActivityId, StateConflict, TurnError, UnknownConversation
from turn.model import Address, Commit, Feedback, Incoming, Opened, Outcome
from turn.ports import TurnStore


async def test_nothing_is_known_at_first(stores: Stores) -> None:
    assert await stores.turns.open(incoming()) == Opened(None, None, 0)


async def test_what_was_committed_is_read_back(stores: Stores) -> None:
    state: dict[str, Any] = {
        "name": "微软合作伙伴 — “金牌” 🎓 \u0000 \ud83d",
        "n": 12345678901234567890,
        "share": 0.1,
        "nothing": None,
        "list": [1, [True, {"deep": []}]],
        "": "",
    }
    message = incoming()
    activities = ({"id": "r1", "text": "你好"}, {"id": "r2", "half": "\udc00"})
    await stores.turns.commit(commit(message, outcome=Outcome(activities), state=state))
    opened = await stores.turns.open(message)
    assert opened == Opened(Outcome(activities, replayed=True), state, 1)


async def test_replies_that_posts_carry_are_read_from_those(stores: Stores) -> None:
    """Whatever became of a post; and of nothing that was sent besides."""
    message = incoming()
    activities = tuple({"id": name, "text": f"text of {name}"} for name in ("r1", "r2", "r3"))
    extra: JsonObject = {"id": "alone", "text": "told to one alone"}
    posts = tuple(replace(post(str(one["id"])), payload={"activity": one}) for one in (*activities, extra))
    outcome = Outcome(activities, tuple(one.id for one in posts))
    await stores.turns.commit(commit(message, outcome=outcome, posts=posts))
    await stores.outbox.done("r1", "sent as")
    await stores.outbox.park("r2", "gone")
    assert (await stores.turns.open(message)).outcome == replace(outcome, replayed=True)


def test_a_reply_is_stored_once() -> None:
    activity = {"id": "r1", "text": "a reply"}
    assert "a reply" not in to_json(outcome_to_json(Outcome((activity,), ("r1",))))
    assert "a reply" in to_json(outcome_to_json(Outcome((activity,))))


def test_what_an_older_version_stored_is_read() -> None:
    stored: JsonObject = {"activities": [{"id": "r1"}], "posts": ["r1"]}
    assert outcome_from_json(stored, {"r1": {"activity": {"id": "r1"}}}).activities == ({"id": "r1"},)


async def test_versions_count_up(stores: Stores) -> None:
    for version in range(3):
        await stores.turns.commit(commit(version=version, state={"n": version}))
    assert await stores.turns.open(incoming()) == Opened(None, {"n": 2}, 3)


@pytest.mark.parametrize(
    "other",
    [
        incoming(user="u2"),
        incoming(address=replace(TEAMS, conversation="19:b@thread.tacv2")),
        incoming(address=replace(TEAMS, channel="emulator")),
        incoming(user="|u1", address=replace(TEAMS, conversation="19:a@thread.tacv2|")),
    ],
)
async def test_each_user_of_each_conversation_has_a_state_of_its_own(stores: Stores, other: Incoming) -> None:
    message = incoming()
    await stores.turns.commit(commit(message))
    assert await stores.turns.open(other) == Opened(None, None, 0)


async def test_ids_are_not_joined(stores: Stores) -> None:
    """``a|b`` + ``c`` is another conversation than ``a`` + ``b|c``."""
    await stores.turns.commit(commit(incoming("c", "u", Address("x", "a|b"))))
    assert (await stores.turns.open(incoming("b|c", "b|u", Address("x", "a")))).state is None


async def test_a_reused_id_is_refused(stores: Stores) -> None:
    message = incoming(fingerprint="one")
    await stores.turns.commit(commit(message))
    with pytest.raises(ReusedActivityId):
        await stores.turns.open(replace(message, fingerprint="two"))


async def test_turns_that_end_at_once_are_each_kept_or_refused(stores: Stores) -> None:
    """However many of them the database stores together."""
    await stores.turns.commit(commit(incoming("first", "known"), posts=(post("taken"),)))
    users = [f"u{n}" for n in range(40)]
    commits = [commit(incoming(f"a-{user}", user), state={"of": user}, posts=(post(f"p-{user}"),)) for user in users]
    commits[3] = commit(incoming("first", "known"), 1)
    commits[7] = commit(incoming("second", "known"), 5)
    commits[11] = commit(incoming("third", "u11"), posts=(post("taken"),))
    ended = await asyncio.gather(*map(stores.turns.commit, commits), return_exceptions=True)
    failed = {place: type(result) for place, result in enumerate(ended) if isinstance(result, BaseException)}
    assert failed == {3: DuplicateActivity, 7: StateConflict, 11: PostExists}
    for place, user in enumerate(users):
        opened = await stores.turns.open(incoming("next", user))
        assert opened == (Opened(None, None, 0) if place in failed else Opened(None, {"of": user}, 1))


async def test_of_replies_that_come_at_once_to_one_conversation_the_later_wait(stores: Stores, backend: str) -> None:
    """Two conversations of a user, whose private replies meet in a third. On PostgreSQL, one after the other: there
    transactions that are at work together do not see each other.
    """
    mine = Address("msteams", "my own chat")
    commits = [
        commit(incoming(f"a{n}", "u", Address("msteams", f"group {n}")), posts=(post(f"p{n}", address=mine),))
        for n in range(3)
    ]
    if backend.startswith("postgresql"):
        held = [await stores.turns.commit(one) for one in commits]
    else:
        held = [await turn for turn in [asyncio.ensure_future(stores.turns.commit(one)) for one in commits]]
    assert held == [frozenset(), {"p1"}, {"p2"}]


def _full(message: Incoming, version: int = 0, **changes: Any) -> Commit:
    """A commit that touches every table."""
    rows: dict[str, Any] = {
        "log": said(f"log-{message.activity_id}"),
        "posts": (post(f"post-{message.activity_id}"),),
        "records": (Feedback("u", "msteams", "en", "greeting", "v1", True, NOW),),
    }
    return commit(message, version, **(rows | changes))


class _Alien:
    pass


FAILURES: list[tuple[type[Exception], dict[str, Any]]] = [
    (StateConflict, {"expected_version": 0}),
    (StateConflict, {"expected_version": 2}),
    (DuplicateActivity, {"incoming": incoming("first", address=OURS)}),
    (
        UnknownConversation,
        {"incoming": incoming("x", address=replace(OURS, conversation="nowhere")), "expected_version": 0},
    ),
    (PostExists, {"posts": (post("post-first"),)}),
    (PostExists, {"posts": (post("same"), post("same"))}),
    (TooLarge, {"state": {"text": "大" * (MAX_BYTES // 3)}}),
    (TooLarge, {"outcome": Outcome(({"text": "x" * MAX_BYTES},))}),
    (TooLarge, {"log": ({"id": "l", "text": "x" * MAX_BYTES},)}),
    (TooLarge, {"posts": (replace(post("big"), payload={"text": "x" * MAX_BYTES}),)}),
    (NotJson, {"state": {"n": float("nan")}}),
    (NotJson, {"state": {"object": _Alien()}}),
    (NaiveTime, {"posts": (replace(post("naive"), due_at=NOW.replace(tzinfo=None)),)}),
    (NaiveTime, {"records": (Feedback("u", "c", "en", "e", "v", True, NOW.replace(tzinfo=None)),)}),
]


@pytest.mark.parametrize(("error", "changes"), FAILURES, ids=lambda value: getattr(value, "__name__", ""))
async def test_a_refused_commit_stores_nothing(stores: Stores, error: type[Exception], changes: dict[str, Any]) -> None:
    await stores.log.create(conversation())
    await stores.turns.commit(_full(incoming("first", address=OURS)))
    second = incoming(address=OURS)
    with pytest.raises(error):
        await stores.turns.commit(replace(_full(second, 1), **changes))
    assert await stores.turns.open(second) == Opened(None, {"n": 1}, 1)
    assert await texts(stores.log) == ["log-first"]
    assert await stores.outbox.waiting() == (1, 0)
    assert len(await stores.records.feedback(NOW)) == 1
    await stores.turns.commit(_full(second, 1))  # and the store still works


async def test_errors_say_what_to_do() -> None:
    assert "shorten" in str(TooLarge("300000 of at most 262144 bytes"))
    assert all(issubclass(error, StorageError | TurnError) for error, _ in FAILURES)


async def test_big_values_up_to_the_limit_fit(stores: Stores) -> None:
    state = {"text": "大" * ((MAX_BYTES - 20) // 3)}
    await stores.turns.commit(commit(state=state))
    assert (await stores.turns.open(incoming())).state == state


async def test_what_was_read_belongs_to_the_reader(stores: Stores) -> None:
    state: dict[str, Any] = {"list": [1]}
    message = incoming()
    await stores.turns.commit(commit(message, state=state))
    state["list"].append(2)
    read = (await stores.turns.open(message)).state
    assert read == {"list": [1]}
    read["list"].append(3)
    assert (await stores.turns.open(message)).state == {"list": [1]}


async def test_log_rows_and_posts_of_a_turn(stores: Stores) -> None:
    await stores.log.create(conversation())
    message = incoming(address=OURS)
    posts = (post("p1"), post("p2", kind="check-page"))
    await stores.turns.commit(commit(message, log=said("a", "b"), posts=posts, lease_until=later(30)))
    assert await texts(stores.log) == ["a", "b"]
    assert await stores.outbox.claim(later(29), later(60), 10) == [posts[1]]  # an effect is nobody's
    assert await stores.outbox.claim(later(30), later(60), 10) == [posts[0]]


async def test_one_of_many_deliveries_is_committed(stores: Stores) -> None:
    """The channel redelivers while the first delivery is still being decided."""
    message = incoming()
    results = await asyncio.gather(
        *(stores.turns.commit(commit(message, state={"by": n})) for n in range(8)), return_exceptions=True
    )
    assert results.count(frozenset()) == 1
    assert {type(result) for result in results} == {frozenset, DuplicateActivity}
    assert (await stores.turns.open(message)).state == {"by": results.index(frozenset())}


async def _increment(turns: TurnStore, times: int) -> None:
    for _ in range(times):
        while True:
            message = incoming()
            opened = await turns.open(message)
            await asyncio.sleep(0)  # others get in between, as they do while a turn is decided
            number = (opened.state or {"n": 0})["n"]
            assert isinstance(number, int)
            try:
                await turns.commit(commit(message, opened.state_version, state={"n": number + 1}))
            except StateConflict:
                continue
            break


async def _torture(turns: TurnStore) -> object:
    await asyncio.gather(*(_increment(turns, 25) for _ in range(8)))
    return (await turns.open(incoming())).state


async def test_no_update_is_lost(stores: Stores) -> None:
    assert await _torture(stores.turns) == {"n": 200}


class _Blind:
    """A store without compare-and-swap: the last one wins."""

    def __init__(self, turns: TurnStore) -> None:
        self._turns = turns

    async def open(self, message: Incoming) -> Opened:
        return await self._turns.open(message)

    async def commit(self, change: Commit) -> frozenset[str]:
        while True:
            version = (await self._turns.open(incoming())).state_version
            try:
                return await self._turns.commit(replace(change, expected_version=version))
            except StateConflict:
                continue


async def test_the_torture_finds_a_store_that_loses_updates(stores: Stores) -> None:
    assert await _torture(_Blind(stores.turns)) != {"n": 200}
