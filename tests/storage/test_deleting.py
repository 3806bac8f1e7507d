"""The contract of Deletions, over every backend: a deleted message's words go, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

import storage.deleting
import storage.memory_deleting
from storage.deleting import SqlDeletions
from storage.memory import Memory
from storage.memory_deleting import MemoryDeletions
from storage.memory_sent import MemorySentPosts
from storage.missed import SqlMissed
from storage.sent import SqlSentPosts
from tests.storage.conftest import _opened
from tests.storage.samples import (
    NOW,
    TEAMS,
    FixedClock,
    Stores,
    commit,
    incoming,
    later,
    memory_stores,
    sql_stores,
)
from turn.model import REPLY, Address, Deleted, Exchange, Feedback, Incoming, Missed, Outcome, Post
from turn.ports import Deletions, SentPosts

MARK = "where is our KPI of Zanzibar"
HERE = (TEAMS.channel, TEAMS.conversation)


@dataclass
class Place:
    """Everything over one backend."""

    stores: Stores
    sent: SentPosts
    deletions: Deletions
    versions: dict[tuple[str, str], int]

    async def say(
        self,
        name: str,
        text: str = MARK,
        *records: Any,
        kind: str = "no-match",
        user: str = "u1",
        address: Address = TEAMS,
        at: float = 0,
        edits: str = "",
        state: dict[str, Any] | None = None,
    ) -> Incoming:
        """A turn of somebody who typed ``text``; its reply has the text, too."""
        message = replace(incoming(name, user, address), text=text, received_at=later(at), edits=edits)
        exchange = Exchange(
            user, address.channel, address.conversation, "en", text, kind, "fee", 0.5, "v", later(at),
            activity=edits or name,
        )  # fmt: skip
        activity = {"id": f"r {name}", "text": f"You wrote {text}"}
        place = "" if address == TEAMS else address.conversation
        reply = Post(f"p {name}{place}", REPLY, address, {"activity": activity, "entry": "fee"}, later(at), user=user)
        version = self.versions.get((address.conversation, user), 0)
        self.versions[address.conversation, user] = version + 1
        made = commit(
            message,
            version,
            outcome=Outcome((activity,), (reply.id,)),
            state=state or {"n": 1},
            posts=(reply,),
            records=(exchange, *(replace(one, at=later(at), user=user) for one in records)),
        )
        await self.stores.turns.commit(made)
        await self.stores.outbox.done(reply.id, f"m {name}")
        return message

    async def delete(self, name: str, user: str = "u1", conversation: str = TEAMS.conversation) -> None:
        await self.deletions.forget(Deleted(TEAMS.channel, conversation, user, name))

    async def texts(self) -> list[str]:
        return [one.text for one in await self.stores.records.exchanges(NOW)]

    async def missed(self) -> list[str]:
        return [one.text for one in await self.stores.records.missed(NOW)]


@pytest.fixture
async def place(backend: str, clock: FixedClock) -> AsyncIterator[Place]:
    if backend == "memory":
        memory = Memory()
        yield Place(memory_stores(memory), MemorySentPosts(memory), MemoryDeletions(memory), {})
        return
    async with _opened(backend) as database:
        yield Place(sql_stores(database, clock), SqlSentPosts(database), SqlDeletions(database), {})


def missed(text: str = MARK, reason: str = "no-match") -> Missed:
    return Missed(text, "en", TEAMS.channel, reason, ("fee",), NOW)


async def test_its_words_go_and_what_is_counted_stays(place: Place) -> None:
    await place.say("before", "another question", missed("another question"))
    said = await place.say("m", MARK, missed(), at=1, state={"asked": MARK, "dialog": {"values": {"company": MARK}}})
    await place.delete("m")
    assert await place.texts() == ["another question", ""]
    assert await place.missed() == ["another question"]
    one = (await place.stores.records.exchanges(later(1)))[0]
    assert (one.kind, one.entry, one.activity, one.score) == ("no-match", "fee", "m", 0.5)
    opened = await place.stores.turns.open(replace(said, activity_id="next"))
    assert opened.state == {"asked": "", "dialog": {"values": {"company": MARK}}}, "an open form keeps what it was told"
    assert opened.state_version == 3, "so that a turn at work is decided anew"
    again = await place.stores.turns.open(said)
    assert again.outcome == Outcome((), ("p m",), replayed=True)


async def test_deleting_twice_changes_nothing_more(place: Place) -> None:
    await place.say("m", MARK, missed())
    for _ in range(2):
        await place.delete("m")
    assert (await place.texts(), await place.missed()) == ([""], [])


@pytest.mark.parametrize("kind", ["fragment", "answer"])
async def test_an_answer_is_kept_unless_it_holds_the_words(place: Place, kind: str) -> None:
    await place.say("m", kind=kind)
    await place.delete("m")
    ((sent),) = await place.sent.of_turn(*HERE, "m")
    assert ("activity" in sent.post.payload) is (kind == "answer")
    assert (sent.post.payload["entry"], sent.sent_as) == ("fee", "m m")


async def test_its_edits_go_with_it(place: Place) -> None:
    await place.say("m", "first words", missed("first words"))
    edited = await place.say("m:edited:1", MARK, missed(), edits="m", at=1)
    await place.say("m2", "others", at=2)
    await place.delete("m")
    assert (await place.texts(), await place.missed()) == (["", "", "others"], [])
    assert (await place.stores.turns.open(edited)).outcome == Outcome((), ("p m:edited:1",), replayed=True)


@pytest.mark.parametrize(
    ("name", "user", "conversation"),
    [("m", "u2", TEAMS.conversation), ("m", "u1", "elsewhere"), ("unknown", "u1", TEAMS.conversation)],
)
async def test_only_its_own_sender_deletes_it_and_only_there(
    place: Place, name: str, user: str, conversation: str
) -> None:
    said = await place.say("m", MARK, missed(), state={"asked": MARK})
    await place.say("m", "elsewhere", missed(MARK), address=replace(TEAMS, conversation="c2"), at=1)
    await place.delete(name, user, conversation)
    assert (await place.texts(), await place.missed()) == ([MARK, "elsewhere"], [MARK, MARK])
    assert (await place.stores.turns.open(replace(said, activity_id="next"))).state == {"asked": MARK}
    again = (await place.stores.turns.open(said)).outcome
    assert again is not None
    assert again.activities


async def test_what_came_of_it_in_a_later_turn_goes_too(place: Place) -> None:
    """A question that was offered entries for is noted when one is chosen, or none."""
    await place.say("m", MARK, kind="suggestions")
    await place.say("press", "", missed(reason="none-of-these"), kind="suggestions", at=1)
    await place.delete("m")
    assert await place.missed() == []


async def test_the_same_words_said_again_stay(place: Place) -> None:
    await place.say("m", MARK, missed())
    await place.say("m2", MARK, missed(), at=1)
    await place.delete("m")
    assert (await place.texts(), await place.missed()) == (["", MARK], [MARK])
    assert [one.at for one in await place.stores.records.missed(NOW)] == [later(1)]


async def test_that_only_the_deleted_one_goes_has_teeth(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storage.deleting, storage.memory_deleting):
        monkeypatch.setattr(module, "is_gone", lambda *_: True)
    await place.say("m", MARK, missed())
    await place.say("m2", "others", missed("others"), at=1)
    await place.delete("m")
    assert await place.missed() == []


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
async def test_a_thumb_on_its_answer_is_still_counted_and_no_longer_a_question(place: Place) -> None:
    thumb = Feedback("u1", TEAMS.channel, "en", "fee", "v", False, NOW)
    await place.say("before", "how much", kind="answer")
    await place.say("m", kind="answer", at=1)
    await place.say("reaction", "", thumb, kind="feedback", at=2)
    console = SqlMissed(place.deletions._database)  # type: ignore[attr-defined]
    (question,) = await console.questions()
    assert question.text == MARK
    await place.delete("m")
    assert await console.questions(known={question.key: question}) == []
    assert await console.decided(question.key) is None
    assert len(await place.stores.records.feedback(NOW)) == 1
